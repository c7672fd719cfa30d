import { dirname, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Construct } from 'constructs';
import type { Origin } from '../routing/table';
import { AppModel } from './app-model';
import { callsOf, inSources, placeOf } from './calls';

const OURS = [`${sep}cdk8s-mesh${sep}lib${sep}`, dirname(__dirname) + sep];

/**
 * Where the user's code made this: the construct's path and, where it can be told, the line of their own file.
 * The line is worked out when it is first asked for, since reading a stack costs more than all else that a rule does.
 */
export function originOf(scope: Construct): Origin {
  if (making?.scope === scope) return making.origin;
  const origin = new CalledFrom(scope.node.path);
  const { origins } = AppModel.of(scope);
  if (!origins.has(scope)) origins.set(scope, origin);
  return origin;
}

/** `"shop/Web" (main.ts:8)`. */
export const inWords = (o: Origin): string => `"${o.construct}"${o.source ? ` (${o.source})` : ''}`;

/** The construct that says things while it is made, and where that is. */
let making: { readonly scope: Construct; readonly origin: Origin } | undefined;

/** All that a construct says while it is made comes from where it is made: one stack, which is dear to take, tells it. */
export function whileMade(scope: Construct, say: () => void): void {
  const outer = making;
  making = { scope, origin: AppModel.of(scope).origins.get(scope) ?? originOf(scope) };
  try {
    say();
  } finally {
    making = outer;
  }
}

class CalledFrom implements Origin {
  private here: Error | undefined;
  private line: string | undefined;

  constructor(readonly construct: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 16;
    this.here = new Error();
    Error.stackTraceLimit = limit;
  }

  get source(): string | undefined {
    if (this.here) this.line = lineOf(this.here);
    this.here = undefined; // the stack is large, and the line is all that is asked of it
    return this.line;
  }
}

/**
 * Where the user's code called what is called here, as `file:line`; worked out when it is first asked for.
 * @param inner a function or class on the way: calls that it makes are left out
 */
export function whereCalled(inner: (...args: any[]) => unknown): () => string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 16;
  let here: Error | undefined = new Error();
  Error.captureStackTrace(here, inner);
  Error.stackTraceLimit = limit;
  let line: string | undefined;
  return () => {
    if (here) line = lineOf(here);
    here = undefined;
    return line;
  };
}

// In a realm beside Node's own, as jest makes one for each file of tests, Node's decides what a stack says.
const HOME = relative instanceof Function;

/** A loop that makes a thousand services makes them all at one place. */
const known = new Map<string, string | undefined>();

/** The first of the calls that lead here which is neither ours nor a library's, as `file:line`. */
function lineOf(here: Error): string | undefined {
  if (!HOME) return userLine((here.stack ?? '').split('\n').slice(1));
  for (const call of callsOf(here)) {
    const file = call.getFileName();
    if (!file || !usersOwn(file)) continue;
    const place = placeOf(call);
    if (!known.has(place)) known.set(place, userLine([inSources(call)]));
    const line = known.get(place);
    if (line) return line;
  }
  return undefined;
}

/** The first of the lines of a call stack that is neither ours nor a library's, as `file:line`. */
export function userLine(calls: readonly string[]): string | undefined {
  for (const line of calls) {
    const [, where, row] = /\(?((?:file:\/\/|[A-Za-z]:\\|\/)[^()]+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (!where || /[( ]node:/.test(line)) continue;
    const file = usersOwn(where);
    if (file) return `${fromHere(file)}:${row}`;
  }
  return undefined;
}

/** The path of a file from the folder that the app runs in. */
export const fromHere = (file: string): string => relative(process.cwd(), file).split(sep).join('/');

/** The path of a file that is neither ours nor a library's. */
function usersOwn(where: string): string | undefined {
  const file = where.startsWith('file://') ? fileURLToPath(where) : where;
  return !isAbsolute(file) || file.includes(`${sep}node_modules${sep}`) || OURS.some((o) => file.includes(o)) ? undefined : file;
}
