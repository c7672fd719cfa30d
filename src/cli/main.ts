import yargs from 'yargs';
import { EXIT, Failure, reportError } from './output';

const EPILOGUE = `Exit codes: 0 clean, 1 differences or findings, 2 wrong usage, 3 failure.
Colours and progress are for terminals only; NO_COLOR switches colours off.`;

/** The `mesh` command. Commands load what they need when they run, so that help is quick. */
export async function main(args: readonly string[]): Promise<number> {
  let exit: number = EXIT.clean;
  const json = args.includes('--json');
  const run = async (command: () => Promise<number>) => {
    try {
      exit = await command();
    } catch (e) {
      exit = reportError(e, json);
    }
  };
  const { version } = require('../../../package.json') as { version: string };
  const cli = yargs([...args])
    .scriptName('mesh')
    .usage('$0 <command>\n\nService-mesh intent in TypeScript, and the YAML it means.')
    .option('json', { type: 'boolean', default: false, describe: 'print data for programs' })
    .command(
      'synth',
      'write the YAML of the app, and say what it made',
      (y) =>
        y
          .option('app', {
            alias: 'a',
            type: 'string',
            describe: 'command that runs the app',
            defaultDescription: 'app in cdk8s.yaml',
          })
          .option('output', {
            alias: 'o',
            type: 'string',
            describe: 'folder to write to',
            defaultDescription: 'output in cdk8s.yaml',
          })
          .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'write, and say nothing' })
          .example('$0 synth', 'what cdk8s.yaml says')
          .example('$0 synth --app "node --import tsx main.ts" -o out', 'another app, another folder'),
      (a) => run(async () => (require('./commands/synth') as typeof import('./commands/synth')).synth(a)),
    )
    .command(
      'precedence <host>',
      'print who decides requests to a host, in order; writes nothing',
      (y) =>
        y
          .positional('host', { type: 'string', demandOption: true, describe: 'a host, or the beginning of one (reviews)' })
          .option('app', {
            alias: 'a',
            type: 'string',
            describe: 'command that runs the app',
            defaultDescription: 'app in cdk8s.yaml',
          })
          .example('$0 precedence reviews', 'the ladder of reviews, with the line that made each rung'),
      (a) => run(async () => (require('./commands/precedence') as typeof import('./commands/precedence')).precedence(a)),
    )
    .command(
      'init [dir]',
      'make a project, or add to a cdk8s project that exists',
      (y) =>
        y
          .positional('dir', { type: 'string', default: '.', describe: 'folder of the project' })
          .example('$0 init shop', 'a new project in ./shop'),
      (a) => run(async () => (require('./commands/init') as typeof import('./commands/init')).init(a)),
    )
    .command(
      'trace [path..]',
      'say what happens to a request, from manifests alone',
      (y) =>
        y
          .positional('path', {
            type: 'string',
            array: true,
            default: [] as string[],
            describe: 'files, folders or globs of manifests; - for standard input',
            defaultDescription: 'output in cdk8s.yaml',
          })
          .option('from', {
            type: 'string',
            describe: 'who asks: namespace/workload, service@version, gateway:namespace/name, outside',
            defaultDescription: 'outside',
          })
          .option('to', { type: 'string', describe: 'the host that is asked, as the client says it' })
          .option('url', { alias: 'u', type: 'string', describe: 'path with query', defaultDescription: '/' })
          .option('method', { alias: 'X', type: 'string', default: 'GET', describe: 'HTTP method' })
          .option('header', {
            alias: 'H',
            type: 'string',
            array: true,
            nargs: 1,
            default: [] as string[],
            describe: "'name: value'",
          })
          .option('port', { type: 'number', describe: 'port that is dialled', defaultDescription: "the service's only one" })
          .option('tls', { type: 'boolean', default: false, describe: 'the client itself speaks TLS' })
          .option('sni', { type: 'string', describe: 'name in the TLS hello', defaultDescription: 'the host' })
          .option('all', { type: 'boolean', default: false, describe: 'all that was passed over' })
          .option('mesh-config', { type: 'string', describe: 'file with MeshConfig, or the ConfigMap istio' })
          .option('batch', { type: 'string', describe: 'file of cases, one JSON object a line; - for standard input' })
          .example("$0 trace dist --from shop/page --to reviews -H 'end-user: alice'", 'who gets alice')
          .example('$0 trace dist --from gateway:shop/edge --to shop.example.com -u /api', 'from outside, by a gateway'),
      (a) =>
        run(async () =>
          (require('./commands/trace') as typeof import('./commands/trace')).traceCommand({
            ...a,
            path: a.path ?? [],
            meshConfig: a['mesh-config'],
          }),
        ),
    )
    .command(
      'diff <old> [new..]',
      'say what changes for requests between two sets of manifests',
      (y) =>
        y
          .positional('old', {
            type: 'string',
            demandOption: true,
            describe: 'file, folder or quoted glob; or two git revisions, as main..HEAD (main.. is up to the files as they are)',
          })
          .positional('new', {
            type: 'string',
            array: true,
            default: [] as string[],
            describe: 'file, folder or quoted glob; after revisions, the files and folders that are compared',
            defaultDescription: 'after revisions, output in cdk8s.yaml',
          })
          .option('markdown', { type: 'boolean', default: false, describe: 'print a table for a pull request' })
          .option('mesh-config', { type: 'string', describe: 'file with MeshConfig, or the ConfigMap istio; for both' })
          .example('$0 diff old/ dist/', 'two folders')
          .example('$0 diff main..HEAD dist', 'what this branch changes for requests'),
      (a) =>
        run(async () =>
          (require('./commands/diff') as typeof import('./commands/diff')).diffCommand({
            ...a,
            old: a.old!,
            new: a.new ?? [],
            meshConfig: a['mesh-config'],
          }),
        ),
    )
    .completion('completion', 'print a script for the shell that completes commands and options')
    .demandCommand(1, 'say what to do: one of the commands above')
    .recommendCommands()
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .epilogue(EPILOGUE)
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      // thrown, or yargs would go on and run the command
      throw error ?? new Failure(`${message}\n\nmesh --help lists the commands, mesh <command> --help their options`, EXIT.usage);
    });
  try {
    await cli.parseAsync();
  } catch (e) {
    exit = reportError(e, json);
  }
  return exit;
}
