import { createColors } from 'picocolors';
import type { Problem } from '../synth/problem';
import { printable } from '../values/printable';

/** What every command ends with. */
export const EXIT = { clean: 0, findings: 1, usage: 2, failure: 3, interrupted: 130 } as const;

const plain = Boolean(process.env.NO_COLOR) || process.env.TERM === 'dumb';
/** Colours also where there is no terminal: for the logs of CI. */
const forced = !process.env.NO_COLOR && ![undefined, '', '0', 'false'].includes(process.env.FORCE_COLOR);

/** Colours on a terminal, and where FORCE_COLOR is set; not where NO_COLOR is. */
export const color = createColors(forced || (Boolean(process.stdout.isTTY) && !plain));
/** The same for what is told on standard error. */
export const errorColor = createColors(forced || (Boolean(process.stderr.isTTY) && !plain));

/** Writes a line for people or programs. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes data for programs. */
export const printJson = (data: unknown): void => print(JSON.stringify(data, null, 2));

/** Writes a line that is no part of the answer: on standard error. */
export const printError = (text: string): void => void process.stderr.write(`${text}\n`);

/** Says that work goes on; on standard error, so that it is never part of an answer. */
export function progress(text: string): void {
  if (process.stderr.isTTY && !plain) process.stderr.write(`\r\u001b[K${text}`);
  else printError(text);
}

/** Takes the last progress away, on a terminal. */
export function progressDone(): void {
  if (process.stderr.isTTY && !plain) process.stderr.write('\r\u001b[K');
}

/** A command that cannot go on. The message says what, where, and the way out. */
export class Failure extends Error {
  readonly problems: readonly Problem[];

  constructor(
    what: string | readonly Problem[],
    readonly exit: number = EXIT.failure,
    /** For people alone: what to do next, and the user's own stack for `--verbose`. */
    readonly more: { readonly hint?: string; readonly stack?: string } = {},
  ) {
    const problems = typeof what === 'string' ? [{ message: what }] : what;
    super(problems.map((p) => p.message).join('\n'));
    this.problems = problems;
  }
}

/** What a parser of YAML found wrong, without the picture of the line below it. */
export const parserSaid = (e: unknown): string => (e as Error).message.split('\n')[0]!.replace(/:$/, '');

/** What is wrong, and the exit code, of whatever was thrown. */
export function failureOf(e: unknown): Pick<Failure, 'problems' | 'exit'> {
  if (e instanceof Failure) return e;
  return { problems: [{ message: e instanceof Error ? e.message : String(e) }], exit: EXIT.failure };
}

/** How a command tells what it has to say. */
export interface Told {
  /** As data. */
  readonly json: boolean;
  /** As data, a line each, as `mesh apply` tells events. @default a document */
  readonly lines?: boolean;
  /** With the stack of an error. */
  readonly verbose: boolean;
}

/** Reports an error the same way everywhere, and gives the exit code. */
export function reportError(e: unknown, o: Told): number {
  const failure = e instanceof Failure ? e : undefined;
  const { problems, exit } = failureOf(e);
  if (o.json && o.lines) print(JSON.stringify({ type: 'error', errors: problems }));
  else if (o.json) printJson({ errors: problems });
  else problems.forEach(reportFailed);
  if (failure?.more.hint && !o.json) printError(failure.more.hint);
  const stack = failure ? failure.more.stack : (e as Error)?.stack;
  if (o.verbose && stack) printError(errorColor.dim(stack));
  return exit;
}

/** Says what is wrong, on standard error. */
export const reportFailed = (p: Problem): void => printError(`${errorColor.red('error')} ${inWords(p)}`);

/** Says what is worth a look, on standard error. */
export const reportFinding = (p: Problem): void => printError(`${errorColor.yellow('worth a look')} ${inWords(p)}`);

/** `main.ts:8: shop/Web: what is wrong`, without what the message says itself. */
function inWords(p: Problem): string {
  const said = (text: string | undefined) =>
    text === undefined || p.message.split(text).some((after, i) => i > 0 && !/^[\w/.-]/.test(after));
  const text = [...(said(p.place) ? [] : [p.place]), ...(said(p.construct) ? [] : [p.construct]), p.message].join(': ');
  return text.split('\n').map(printable).join('\n'); // some say what they have to say in several lines
}

/** Columns as wide as their longest cell. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows.reduce<number[]>((w, r) => r.map((c, i) => Math.max(w[i] ?? 0, c.length)), []);
  return rows
    .map(
      (r) =>
        indent +
        r
          .map((c, i) => (i === r.length - 1 ? c : c.padEnd(widths[i]!)))
          .join('  ')
          .trimEnd(),
    )
    .join('\n');
}
