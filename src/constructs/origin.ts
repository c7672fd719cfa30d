import { dirname, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Construct } from 'constructs';
import type { Origin } from '../routing/table';
import { AppModel } from './app-model';

const OURS = [`${sep}cdk8s-mesh${sep}lib${sep}`, dirname(__dirname) + sep];

/**
 * Where the user's code made this: the construct's path and, where it can be told, the line of their own file.
 * The line is worked out when it is first asked for, since reading a stack costs more than all else that a rule does.
 */
export function originOf(scope: Construct): Origin {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 16;
  const here = new Error();
  Error.stackTraceLimit = limit;
  let line: { readonly is: string | undefined } | undefined;
  const origin: Origin = {
    construct: scope.node.path,
    get source() {
      line ??= { is: userLine((here.stack ?? '').split('\n').slice(2)) };
      return line.is;
    },
  };
  const { origins } = AppModel.of(scope);
  if (!origins.has(scope)) origins.set(scope, origin);
  return origin;
}

/** The first of the lines of a call stack that is neither ours nor a library's, as `file:line`. */
export function userLine(calls: readonly string[]): string | undefined {
  for (const line of calls) {
    const [, where, row] = /\(?((?:file:\/\/|[A-Za-z]:\\|\/)[^()]+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (!where || /[( ]node:/.test(line)) continue;
    const file = where.startsWith('file://') ? fileURLToPath(where) : where;
    if (!isAbsolute(file) || file.includes(`${sep}node_modules${sep}`) || OURS.some((o) => file.includes(o))) continue;
    return `${relative(process.cwd(), file).split(sep).join('/')}:${row}`;
  }
  return undefined;
}
