import { createColors } from 'picocolors';

/** What every command ends with. */
export const EXIT = { clean: 0, findings: 1, usage: 2, failure: 3 } as const;

/** Colours on a terminal only, and not where NO_COLOR is set. */
export const color = createColors(Boolean(process.stdout.isTTY) && !process.env.NO_COLOR);

/** Writes a line for people or programs. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes data for programs. */
export const printJson = (data: unknown): void => print(JSON.stringify(data, null, 2));

/** Says that work goes on; on standard error, so that it is never part of an answer. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else process.stderr.write(`${text}\n`);
}

/** Takes the last progress away, on a terminal. */
export function progressDone(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** A command that cannot go on. The message says what, where, and the way out. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit: number = EXIT.failure,
  ) {
    super(message);
  }
}

/** Reports an error the same way everywhere, and gives the exit code. */
export function reportError(e: unknown, json: boolean): number {
  const message = e instanceof Error ? e.message : String(e);
  const exit = e instanceof Failure ? e.exit : EXIT.failure;
  if (json) printJson({ error: message });
  else process.stderr.write(`${createColors(Boolean(process.stderr.isTTY) && !process.env.NO_COLOR).red('error')} ${message}\n`);
  return exit;
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
