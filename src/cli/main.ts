import yargs, { type Argv } from 'yargs';
import { EXIT, reportError } from './output';
import { checkSwitches, explain, oneText, wrongUsage } from './usage';

const EPILOGUE = `Exit codes: 0 clean, 1 findings (with --strict), 2 wrong usage, 3 failure.
Colours are for terminals only; NO_COLOR switches them off.`;

const COMMANDS = ['synth', 'precedence', 'init', 'completion'];
const SWITCHES = ['json', 'verbose', 'quiet', 'q', 'strict', 'help', 'h', 'version'];
const OPTIONS = ['json', 'verbose', 'quiet', 'strict', 'help', 'version', 'app', 'output'];

/** The `mesh` command. Commands load what they need when they run, so that help is quick. */
export async function main(args: readonly string[]): Promise<number> {
  process.stdout.on('error', quietPipe);
  let exit: number = EXIT.clean;
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const has = (name: string) => own.some((a) => a === `--${name}` || a === `--${name}=true`);
  const said = { json: has('json'), verbose: has('verbose') };
  const run = async (command: () => Promise<number>) => {
    try {
      exit = await command();
    } catch (e) {
      exit = reportError(e, said);
    }
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
          .option('output', {
            alias: 'o',
            type: 'string',
            requiresArg: true,
            describe: 'folder to write to',
            defaultDescription: 'as in cdk8s.yaml',
            coerce: oneText('output'),
          })
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
          .positional('dir', { type: 'string', default: '.', describe: 'folder of the project' })
          .example('$0 init shop', 'a new project in ./shop'),
      (a) => run(async () => (require('./commands/init') as typeof import('./commands/init')).init(a)),
    )
    .completion('completion', 'print a script for bash or zsh that completes')
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
      throw wrongUsage(explain(message ?? error.message, own, COMMANDS, OPTIONS));
    });
  try {
    checkSwitches(args, SWITCHES);
    if (args.length === 0) {
      process.stderr.write(`${await cli.getHelp()}\n`);
      return EXIT.usage;
    }
    cli.demandCommand(1, 'say what to do: one of the commands');
    await cli.parseAsync();
  } catch (e) {
    exit = reportError(e, said);
  }
  return exit;
}

const withApp = (y: Argv<{ json: boolean; verbose: boolean }>) =>
  y.option('app', {
    alias: 'a',
    type: 'string',
    requiresArg: true,
    describe: 'command that runs the app',
    defaultDescription: 'as in cdk8s.yaml',
    coerce: oneText('app'),
  });

/** `mesh synth | head` is no failure of ours. */
function quietPipe(e: NodeJS.ErrnoException): void {
  if (e.code === 'EPIPE') process.exit();
  throw e;
}
