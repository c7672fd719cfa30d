import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Construct } from 'constructs';
import type { Origin } from '../routing/table';

const OURS = [`${sep}cdk8s-mesh${sep}lib${sep}`, __dirname];

/** Where the user's code made this: the construct's path and, where it can be told, the line of their own file. */
export function originOf(scope: Construct): Origin {
  const source = userLine();
  return { construct: scope.node.path, ...(source ? { source } : {}) };
}

/** The first line of the call stack that is neither ours nor a library's. */
function userLine(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 24;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  for (const line of stack?.split('\n').slice(3) ?? []) {
    const [, where, row] = /\(?((?:file:\/\/|[A-Za-z]:\\|\/)[^()]+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (!where || where.includes('node:')) continue;
    const file = where.startsWith('file://') ? fileURLToPath(where) : where;
    if (!isAbsolute(file) || file.includes(`${sep}node_modules${sep}`) || OURS.some((o) => file.includes(o))) continue;
    return `${relative(process.cwd(), file).split(sep).join('/')}:${row}`;
  }
  return undefined;
}
