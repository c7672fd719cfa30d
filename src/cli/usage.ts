import { didYouMean } from '../values/names';
import { EXIT, Failure } from './output';

const HELP = 'mesh --help lists the commands, mesh <command> --help their options';

/** What is said where no command is named. */
export const NO_COMMAND = 'say what to do: one of the commands';

/** What commands cannot do without. */
const NEEDS: Readonly<Record<string, string>> = {
  precedence: 'a host',
  diff: 'two sets of manifests, or two revisions',
};

/** The command that a command line names; nothing where it names none. */
export const commandOf = (args: readonly string[], valued: readonly string[]): string | undefined =>
  args.find((a, i) => !a.startsWith('-') && !valued.includes(args[i - 1]?.replace(/^--?/, '') ?? ''));

/** A command line that is wrong. */
export const wrongUsage = (message: string): Failure => new Failure(message, EXIT.usage, { hint: HELP });

/** What yargs finds wrong, with what was probably meant. */
export function explain(
  message: string,
  args: readonly string[],
  commands: readonly string[],
  options: readonly string[],
): string {
  const [, lacking] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (lacking) return `${lacking.length > 1 ? '--' : '-'}${lacking} needs a value`;
  if (message.startsWith('Not enough non-option arguments')) {
    const command = args.find((a) => !a.startsWith('-'));
    return `${command} needs ${NEEDS[command ?? '']}`;
  }
  const [, unknown] = /^Unknown (?:argument|command)s?: (.*)$/.exec(message) ?? [];
  if (message === NO_COMMAND) {
    // yargs looks no further
    const [, name] = /^--?([^=]+)/.exec(args.find((a) => a.startsWith('-')) ?? '') ?? [];
    return name === undefined || options.includes(name) ? message : unknownOption(name, options);
  }
  if (unknown === undefined) return message;
  const names = unknown.split(', ');
  const option = names.find((n) => args.some((a) => new RegExp(`^--?${literally(n)}(=|$)`).test(a)));
  if (option !== undefined) return unknownOption(option, options);
  // only the first word may be a command
  if (args.find((a) => !a.startsWith('-')) !== names[0]) return `unknown argument "${names[0]}"`;
  return `unknown command "${names[0]}"${didYouMean(names[0]!, commands) || `: there are ${commands.join(', ')}`}`;
}

function unknownOption(name: string, options: readonly string[]): string {
  const long = options.filter((o) => o.length > 1);
  const near = didYouMean(name, long)
    .replaceAll('"', '')
    .replace(/(mean|or) /g, '$1 --');
  return `unknown option "${name.length > 1 ? '--' : '-'}${name}"${near}`;
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Refuses `--quiet=maybe`, which yargs takes for `--no-quiet`. */
export function checkSwitches(args: readonly string[], switches: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    const [, name, value] = /^--?(?:no-)?([a-z-]+)=(.*)$/.exec(arg) ?? [];
    if (name && switches.includes(name) && value !== 'true' && value !== 'false')
      throw wrongUsage(`${arg.split('=')[0]} is a switch and takes no value (given: "${value}")`);
  }
}

/** Refuses `--rules -schema`, which yargs takes for `-s -c -h …`, and so for a call for help. */
export function checkValues(args: readonly string[], valued: readonly string[]): void {
  for (const [i, arg] of args.entries()) {
    if (arg === '--') return;
    const value = args[i + 1];
    const name = arg.replace(/^--?/, '');
    if (arg === name || !valued.includes(name) || value === undefined || !/^-[a-z]./i.test(value)) continue;
    throw wrongUsage(`${arg} needs a value; one that begins with "-" is written ${arg.replace(/^-(?!-)/, '--')}=${value}`);
  }
}

/** An option that takes one value: given several times it is named, since nobody knows which is meant. yargs makes wrong usage of what this throws. */
const once =
  <T>(name: string, read: (given: unknown) => T) =>
  (given: unknown): T => {
    if (Array.isArray(given)) throw new Error(`--${name} is given ${given.length} times, and takes one value`);
    return read(given);
  };

/** An option that takes a text, once, and not an empty one. */
export const oneText = (name: string) =>
  once(name, (given) => {
    if (typeof given === 'string' && given.trim() === '') throw new Error(`--${name} is empty: give it a value, or leave it out`);
    return given as string | undefined;
  });

/** An option that takes a whole number, once. */
export const oneNumber = (name: string, from: number, to = Number.POSITIVE_INFINITY) =>
  once(name, (given) => {
    if (given !== undefined && !(Number.isInteger(given) && (given as number) >= from && (given as number) <= to))
      throw new Error(
        `--${name} has to be a whole number ${to === Number.POSITIVE_INFINITY ? `of at least ${from}` : `from ${from} to ${to}`}`,
      );
    return given as number | undefined;
  });

/** An option that takes the number of a port, once. */
export const onePort = (name: string) => oneNumber(name, 1, 65_535);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** An option that takes a time, once: `500ms`, `5s`, `2m`; in milliseconds. */
export const milliseconds = (name: string) =>
  once(name, (given) => {
    if (given === undefined) return undefined;
    const [, n, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(String(given)) ?? [];
    if (n === undefined) throw new Error(`--${name} is "${given}": it has to be a time, such as 500ms, 5s or 2m`);
    return Number(n) * UNITS[unit!]!;
  });
