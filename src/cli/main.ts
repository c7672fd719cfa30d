import yargs, { type Argv, type FallbackCompletionFunction } from 'yargs';
import { withCommands } from './command-line';
import { completing } from './complete';
import { COMMANDS, SWITCHES, VALUED } from './names';
import { EXIT, reportError } from './output';
import { checkSwitches, checkValues, commandOf, explain, NO_COMMAND, wrongUsage } from './usage';

const EPILOGUE = `Exit codes: 0 clean, 1 findings or changes, 2 wrong usage, 3 failure,
130 mesh apply was interrupted.
Colours are for terminals, or with FORCE_COLOR; NO_COLOR switches them off.`;

/** The `mesh` command. */
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
  const common = yargs([...args])
    .scriptName('mesh')
    .usage('$0 <command>\n\nService-mesh intent in TypeScript, and the YAML it means.')
    .option('json', { type: 'boolean', default: false, describe: 'print data for programs, errors too' })
    .option('verbose', { type: 'boolean', default: false, describe: 'print the stack of an error' });
  const cli: Argv = withCommands(common, run, dashes)
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
    // a shell that completes half a line shows nobody what is wrong with that
    if (given[0] === '--get-yargs-completions') return EXIT.clean;
    exit = reportError(e, said);
  }
  return exit;
}

/** The options of the command that is asked, those of all commands among them. */
const optionsOf = (cli: Argv): string[] => Object.keys((cli as unknown as { getOptions(): { key: object } }).getOptions().key);
