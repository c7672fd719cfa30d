import yargs, { type Argv, type FallbackCompletionFunction } from 'yargs';
import { completing } from './complete';
import { COMMANDS, SWITCHES, VALUED } from './names';
import { clusterArgs, PATHS, text, texts, withApp, withCluster, withPlan } from './options';
import { EXIT, reportError } from './output';
import { checkSwitches, checkValues, commandOf, explain, milliseconds, NO_COMMAND, onePort, wrongUsage } from './usage';

const EPILOGUE = `Exit codes: 0 clean, 1 findings or changes, 2 wrong usage, 3 failure,
130 mesh apply was interrupted.
Colours are for terminals, or with FORCE_COLOR; NO_COLOR switches them off.`;

/** The `mesh` command. Commands load what they need when they run, so that help is quick. */
export async function main(given: readonly string[]): Promise<number> {
  const args = given[0] === 'help' ? [...given.slice(1), '--help'] : given; // as git, npm and others have it
  let exit: number = EXIT.clean;
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const has = (name: string) => own.some((a) => a === `--${name}` || a === `--${name}=true`);
  const dashes = own.filter((x, i) => x === '-' && own[i - 1] !== '--batch');
  const said = { json: has('json'), lines: commandOf(own, VALUED) === 'apply', verbose: has('verbose') };
  let chosen: (() => Promise<number>) | undefined;
  // it is run when all is parsed: yargs writes its help for each command that it has to wait for
  const run = (command: () => Promise<number>) => {
    chosen = command;
  };
  const { version } = require('../../../package.json') as { version: string };
  const cli = yargs([...args])
    .scriptName('mesh')
    .usage('$0 <command>\n\nService-mesh intent in TypeScript, and the YAML it means.')
    .option('json', { type: 'boolean', default: false, describe: 'print data for programs, errors too' })
    .option('verbose', { type: 'boolean', default: false, describe: 'print the stack of an error' })
    .command(
      'synth',
      'write the YAML of the app, and say what it made',
      (y) =>
        withApp(y)
          .option('output', { alias: 'o', ...text('output', 'folder to write to', 'as in cdk8s.yaml') })
          .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'print findings and errors alone' })
          .option('strict', { type: 'boolean', default: false, describe: 'end with 1 when something is worth a look' })
          .example('$0 synth', 'what cdk8s.yaml says')
          .example('$0 synth -o out', 'into another folder'),
      (a) => run(async () => (require('./commands/synth') as typeof import('./commands/synth')).synth(a)),
    )
    .command(
      'precedence <host>',
      'print who decides requests to a host; writes nothing',
      (y) =>
        withApp(y)
          .positional('host', { type: 'string', demandOption: true, describe: 'a host, or its beginning' })
          .example('$0 precedence reviews', 'a service of the app')
          .example('$0 precedence a.example.com', 'a host at a gateway'),
      (a) => run(async () => (require('./commands/precedence') as typeof import('./commands/precedence')).precedence(a)),
    )
    .command(
      'init [dir]',
      'make a project, or add to a cdk8s project',
      (y) =>
        y
          .positional('dir', { type: 'string', default: '.', defaultDescription: 'this one', describe: 'folder of the project' })
          .example('$0 init shop', 'a new project in ./shop'),
      (a) => run(async () => (require('./commands/init') as typeof import('./commands/init')).init(a)),
    )
    .command(
      'trace [manifests..]',
      'say what happens to a request, from manifests alone',
      (y) =>
        y
          .positional('manifests', PATHS)
          .option(
            'from',
            text('from', 'who asks: namespace/workload, service@version, gateway:namespace/name, outside', 'outside'),
          )
          .option('to', text('to', 'the host that is asked, as the client says it'))
          .option('path', { alias: ['url', 'u'], ...text('path', 'path that is asked for, with its query', '/') })
          .option('method', { alias: 'X', ...text('method', 'HTTP method', 'GET') })
          .option('header', { alias: 'H', ...texts("'name: value'") })
          .option('port', {
            type: 'number',
            requiresArg: true,
            describe: 'port that is dialled',
            defaultDescription: "the service's only one",
            coerce: onePort('port'),
          })
          .option('tls', { type: 'boolean', default: false, describe: 'the client itself speaks TLS' })
          .option('sni', text('sni', 'name in the TLS hello', 'the host'))
          .option(
            'alpn',
            text('alpn', 'what the client speaks: h2c, h2 (with --tls), or none: bytes that are no HTTP', 'http/1.1'),
          )
          .option(
            'address',
            text('address', "the client's IP address, for policies about addresses", "its pod's, or 203.0.113.1"),
          )
          .option('all', { type: 'boolean', default: false, describe: 'all that was passed over' })
          .option('then', texts('whom the service asks then: reviews, or reviews:9080/path'))
          .option('propagate', texts('headers that services pass on, such as x-dev,baggage'))
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio', 'that ConfigMap in manifests'),
          )
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace', 'default') })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .option('batch', text('batch', 'file of cases, one JSON object a line; - for standard input'))
          .example("$0 trace --from page --to reviews -H 'end-user: alice'", '')
          .example('$0 trace k8s/ --from gateway:shop/edge --to a.example.com', ''),
      (a) =>
        run(async () =>
          (require('./commands/trace') as typeof import('./commands/trace')).traceCommand({
            ...a,
            path: [...(a.manifests ?? []), ...dashes], // which yargs drops
            meshConfig: a['mesh-config'],
            clusterDomain: a['cluster-domain'],
          }),
        ),
    )
    .command(
      'check [manifests..]',
      'say what is wrong, or likely to be, in manifests',
      (y) =>
        y
          .positional('manifests', PATHS)
          .option('severity', text('severity', 'leave out what is less bad: error, warning, info', 'info'))
          .option('rules', text('rules', 'rules to follow: a,b; all but some: --rules=-a,-b', 'all'))
          .option('explain', text('explain', 'say what a rule is about: its name, id or code; all lists them'))
          .option('sarif', { type: 'boolean', default: false, describe: 'print SARIF, for code hosts' })
          .option('github', { type: 'boolean', default: false, describe: 'print annotations for GitHub Actions' })
          .option('now', text('now', 'the day that it is, for what has an end', 'today'))
          .option('mesh-config', text('mesh-config', 'file with MeshConfig, or the ConfigMap istio'))
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace', 'default') })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .option('batch', text('batch', 'file of cases, one JSON object a line; - for standard input'))
          .example('$0 check', 'what mesh synth wrote')
          .example('helm template . -n shop | $0 check - -n shop', "a chart's output")
          .example('$0 check --explain subset-not-defined', ''),
      (a) =>
        run(async () =>
          (require('./commands/check') as typeof import('./commands/check')).checkCommand({
            ...a,
            path: [...(a.manifests ?? []), ...dashes], // which yargs drops
            meshConfig: a['mesh-config'],
            clusterDomain: a['cluster-domain'],
          }),
        ),
    )
    .command(
      'diff <old> [new..]',
      'say what changes for requests between manifests',
      (y) =>
        y
          .positional('old', {
            type: 'string',
            demandOption: true,
            describe: 'file, folder or quoted glob; or git revisions: main..HEAD, main..',
          })
          .positional('new', {
            type: 'string',
            array: true,
            default: [] as string[],
            describe: 'file, folder or quoted glob; after revisions, files and folders',
            defaultDescription: 'after revisions, output in cdk8s.yaml',
          })
          .option('markdown', { type: 'boolean', default: false, describe: 'print a table for a pull request' })
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio; for both', "each side's ConfigMap istio"),
          )
          .option('old-mesh-config', text('old-mesh-config', 'what it was on the old side', '--mesh-config'))
          .option('namespace', {
            alias: 'n',
            ...text('namespace', 'where objects are that say no namespace; for both', 'default'),
          })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names; for both", 'cluster.local'))
          .example('$0 diff old/ dist/', 'two folders')
          .example('$0 diff main..HEAD dist', 'what this branch changes for requests'),
      (a) =>
        run(async () =>
          (require('./commands/diff') as typeof import('./commands/diff')).diffCommand({
            ...a,
            old: a.old!,
            new: a.new ?? [],
            meshConfig: a['mesh-config'],
            oldMeshConfig: a['old-mesh-config'],
            clusterDomain: a['cluster-domain'],
          }),
        ),
    )
    .command(
      'plan [manifests..]',
      'say what apply would do to a cluster, in which order, and what it changes for requests',
      (y) =>
        withPlan(y)
          .option('base', text('base', 'compare with a folder or a git revision instead of a cluster'))
          .option('out', text('out', 'file to write the plan to, for apply --plan'))
          .example('$0 plan', "what cdk8s.yaml's output means for the current context")
          .example('$0 plan --base main', 'for a pull request, without a cluster'),
      (a) =>
        run(async () => (require('./commands/plan') as typeof import('./commands/plan')).planCommand(clusterArgs(a, dashes))),
    )
    .command(
      'gitops [manifests..]',
      'write the commit that has to come first, where one commit would leave a gap',
      (y) =>
        y
          .positional('manifests', { ...PATHS, describe: 'files or folders of manifests, which are written to' })
          .option('base', text('base', 'git revision, or folder, of what the clusters have now'))
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace') })
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio', 'that ConfigMap in manifests'),
          )
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .example('$0 gitops --base main', 'of a pull request')
          .example('$0 gitops --base HEAD dist', 'what comes after the last commit'),
      (a) =>
        run(async () =>
          (require('./commands/gitops') as typeof import('./commands/gitops')).gitops({
            ...a,
            path: [...a.manifests, ...dashes],
            base: a.base,
            meshConfig: a['mesh-config'],
            clusterDomain: a['cluster-domain'],
          }),
        ),
    )
    .command(
      'apply [manifests..]',
      'write to a cluster, so that nothing is ever missing that something refers to',
      (y) =>
        withPlan(y)
          .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask' })
          .option('dry-run', { type: 'boolean', default: false, describe: 'ask the server what it would do; write nothing' })
          .option('verify', {
            type: 'boolean',
            default: false,
            describe: 'ask the server, by a dry run, about each object before',
          })
          .option('plan', text('plan', 'apply only what a plan says that mesh plan --out wrote'))
          .option('barrier', {
            ...text('barrier', 'how long proxies get where istiod cannot be asked: 5s', '5s'),
            coerce: milliseconds('barrier'),
          })
          .option('timeout', {
            ...text('timeout', 'how long workloads, proxies, and namespaces that go are waited for: 5m', '5m'),
            coerce: milliseconds('timeout'),
          })
          .example('$0 apply', 'asks before it writes')
          .example('$0 apply --yes --context staging --context prod', 'in a pipeline: one after the other'),
      (a) =>
        run(async () =>
          (require('./commands/apply') as typeof import('./commands/apply')).applyCommand({
            ...clusterArgs(a, dashes),
            dryRun: a['dry-run'],
          }),
        ),
    )
    .command(
      'status [manifests..]',
      'say what in a cluster is not as the files say, and who owns it',
      (y) => withCluster(y).example('$0 status', 'hand edits, stolen fields, what is missing or too much'),
      (a) =>
        run(async () =>
          (require('./commands/status') as typeof import('./commands/status')).statusCommand(clusterArgs(a, dashes)),
        ),
    )
    .completion('completion', 'print a script for bash or zsh that completes', completing(args) as FallbackCompletionFunction)
    .strict()
    .help('help', 'print this help')
    .alias('help', 'h')
    .version('version', 'print the version', version)
    .epilogue(EPILOGUE)
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .exitProcess(false)
    .fail((message, error) => {
      // thrown, or yargs would go on and run the command; its own errors are YErrors, also those that it makes of ours
      if (error && error.name !== 'YError') throw error;
      throw wrongUsage(explain(message ?? error.message, own, COMMANDS, optionsOf(cli)));
    });
  try {
    checkSwitches(args, SWITCHES);
    checkValues(args, VALUED);
    const named = own.find((x) => /^--(manifests|old|new)(=|$)/.test(x));
    // yargs takes the name of an argument for an option
    if (named !== undefined)
      throw wrongUsage(explain(`Unknown argument: ${named.slice(2).split('=')[0]}`, own, COMMANDS, optionsOf(cli)));
    if (args.length === 0) {
      process.stderr.write(`${await cli.getHelp()}\n`);
      return EXIT.usage;
    }
    cli.demandCommand(1, NO_COMMAND);
    await cli.parseAsync();
    if (chosen) exit = await chosen();
  } catch (e) {
    exit = reportError(e, said);
  }
  return exit;
}

/** The options of the command that is asked, those of all commands among them. */
const optionsOf = (cli: Argv): string[] => Object.keys((cli as unknown as { getOptions(): { key: object } }).getOptions().key);
