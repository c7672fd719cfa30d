import { appendFileSync } from 'node:fs';
import type { Problem } from './problem';
import type { Summary } from './summary';

/** Environment variable: the file that a command of `mesh` asks the user's program to report to. */
export const REPORT = 'CDK8S_MESH_REPORT';

/** Environment variable: set where a command of `mesh` only asks, so that nothing is written. */
export const ASK_ONLY = 'CDK8S_MESH_ASK_ONLY';

/** A line of the report: what one App made, or why the program ended early. */
export type Reported =
  | { readonly summary: Summary }
  | { readonly problems: readonly Problem[]; readonly stack?: string | undefined };

/** Tells the command that runs the program, where one does. */
export function report(what: Reported): void {
  const file = process.env[REPORT];
  if (file) appendFileSync(file, `${JSON.stringify(what)}\n`);
}
