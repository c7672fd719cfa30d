import { describeCondition } from './describe';
import { type HeaderMatch, headerAccepts, headerAnd, headerDisjoint, headerEmpty, headerImplies } from './header-match';
import { type PathMatch, pathAccepts, pathAnd, pathDisjoint, pathImplies } from './path-match';
import type { Request } from './request';
import {
  intersect,
  type StringMatch,
  stricter,
  accepts as stringAccepts,
  disjoint as stringDisjoint,
  implies as stringImplies,
  type ValueMatch,
} from './string-match';

/**
 * A conjunction of conditions on a request: it denotes the set of requests that it accepts. `{}` accepts all.
 * A list of matches denotes the union; the empty list accepts nothing.
 */
export interface Match {
  readonly path?: PathMatch;
  readonly method?: StringMatch;
  readonly scheme?: StringMatch;
  readonly authority?: StringMatch;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, HeaderMatch>>;
  /** By name, case-sensitive. */
  readonly query?: Readonly<Record<string, ValueMatch>>;
  readonly port?: number;
  readonly sourceLabels?: Readonly<Record<string, string>>;
  readonly sourceNamespace?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Two conditions whose conjunction Istio has no way to write (a regex with a prefix on the path, say).
 * The compiler catches it and names the rules that asked for it.
 */
export class CannotCombine extends Error {
  constructor(
    readonly where: string,
    readonly a: Condition,
    readonly b: Condition,
  ) {
    super(
      `${where} cannot meet two conditions at once: that it ${describeCondition(a)}, and that it ${describeCondition(b)}; Istio has no way to write both`,
    );
  }
}

type Condition = ValueMatch | PathMatch | HeaderMatch | string;

/** Whether the request meets every condition. */
export function accepts(m: Match, r: Request): boolean {
  if (m.path && !pathAccepts(m.path, r.path)) return false;
  if (m.method && !stringAccepts(m.method, r.method)) return false;
  if (m.scheme && !stringAccepts(m.scheme, r.scheme)) return false;
  if (m.authority && !stringAccepts(m.authority, r.authority)) return false;
  if (m.port !== undefined && m.port !== r.port) return false;
  if (m.sourceNamespace !== undefined && m.sourceNamespace !== r.source.namespace) return false;
  for (const [k, v] of Object.entries(m.sourceLabels ?? {})) if (r.source.labels[k] !== v) return false;
  for (const [name, h] of Object.entries(m.headers ?? {})) if (!headerAccepts(h, r.headers[name] ?? [])) return false;
  for (const [name, q] of Object.entries(m.query ?? {})) {
    const value = r.query[name];
    if (value === undefined || !stringAccepts(q, value)) return false;
  }
  return true;
}

/** The conjunction of two matches; `undefined` when no request can meet both. Throws {@link CannotCombine}. */
export function and(a: Match, b: Match): Match | undefined {
  const out: Mutable<Match> = {};
  if (a.port !== undefined && b.port !== undefined && a.port !== b.port) return undefined;
  const port = a.port ?? b.port;
  if (port !== undefined) out.port = port;
  if (a.sourceNamespace !== undefined && b.sourceNamespace !== undefined && a.sourceNamespace !== b.sourceNamespace)
    return undefined;
  const namespace = a.sourceNamespace ?? b.sourceNamespace;
  if (namespace !== undefined) out.sourceNamespace = namespace;

  // What is certainly empty is settled before what cannot be written is asked for.
  if (disjoint(a, b)) return undefined;
  const labels = merged(a.sourceLabels, b.sourceLabels, (x) => x);
  if (labels) out.sourceLabels = labels;
  if (a.path && b.path) out.path = pathAnd(a.path, b.path) ?? raise('the path', a.path, b.path);
  else if (a.path ?? b.path) out.path = (a.path ?? b.path)!;
  for (const key of ['method', 'scheme', 'authority'] as const) {
    const x = a[key];
    const y = b[key];
    if (x && y) out[key] = intersect(x, y) ?? raise(`the ${key}`, x, y);
    else if (x ?? y) out[key] = (x ?? y)!;
  }
  const query = merged(a.query, b.query, (x, y, name) => stricter(x, y) ?? raise(`the query parameter "${name}"`, x, y));
  if (query) out.query = query;
  const headers = merged(a.headers, b.headers, (x, y) => headerAnd(x, y)!);
  if (headers) out.headers = headers;
  return out;
}

/** Entries of both, those of one name joined; nothing where there are none. Tables that multiply ask this very often. */
function merged<T>(
  a: Readonly<Record<string, T>> | undefined,
  b: Readonly<Record<string, T>> | undefined,
  both: (x: T, y: T, name: string) => T,
): Readonly<Record<string, T>> | undefined {
  const [mine, others] = [isSome(a), isSome(b)];
  if (!mine || !others) return mine ? a : others ? b : undefined;
  const out: Record<string, T> = { ...a };
  for (const name in b) {
    const x = out[name];
    out[name] = x === undefined ? b[name]! : both(x, b[name]!, name);
  }
  return out;
}

function isSome(record: object | undefined): boolean {
  for (const _ in record) return true;
  return false;
}

function raise(where: string, a: Condition, b: Condition): never {
  throw new CannotCombine(where, a, b);
}

/** True only if every request that `a` accepts is certainly accepted by `b`; false when it is not, or not known. */
export const implies = (a: Match, b: Match): boolean => impliesEither(a, a, b);

/** True only if every request that both `x` and `y` accept is certainly accepted by `b`: one of the two sees to each condition. */
export function impliesEither(x: Match, y: Match, b: Match): boolean {
  if (b.path && !((x.path && pathImplies(x.path, b.path)) || (y.path && pathImplies(y.path, b.path)) || everyPath(b.path)))
    return false;
  for (const name in b.headers) {
    const h = b.headers[name]!;
    if (!headerImplies(x.headers?.[name], h) && !headerImplies(y.headers?.[name], h)) return false;
  }
  if (b.port !== undefined && x.port !== b.port && y.port !== b.port) return false;
  if (b.sourceNamespace !== undefined && x.sourceNamespace !== b.sourceNamespace && y.sourceNamespace !== b.sourceNamespace)
    return false;
  for (const key in b.sourceLabels)
    if (x.sourceLabels?.[key] !== b.sourceLabels[key] && y.sourceLabels?.[key] !== b.sourceLabels[key]) return false;
  return (
    impliesString(x, y, b, 'method') &&
    impliesString(x, y, b, 'scheme') &&
    impliesString(x, y, b, 'authority') &&
    impliesQuery(x, y, b)
  );
}

/** `/` begins every path: Istio writes no condition at all so. */
const everyPath = (p: PathMatch) => 'prefix' in p.match && p.match.prefix === '/';

function impliesString(x: Match, y: Match, b: Match, key: 'method' | 'scheme' | 'authority'): boolean {
  const wanted = b[key];
  const one = x[key];
  const other = y[key];
  return !wanted || (one !== undefined && stringImplies(one, wanted)) || (other !== undefined && stringImplies(other, wanted));
}

function impliesQuery(x: Match, y: Match, b: Match): boolean {
  for (const name in b.query) {
    const wanted = b.query[name]!;
    const one = x.query?.[name];
    const other = y.query?.[name];
    if (!(one && stringImplies(one, wanted)) && !(other && stringImplies(other, wanted))) return false;
  }
  return true;
}

/** True only if certainly no request meets both; false when one does, or when it is not known. */
export function disjoint(a: Match, b: Match): boolean {
  if (a.path && b.path && pathDisjoint(a.path, b.path)) return true;
  for (const key of ['method', 'scheme', 'authority'] as const) {
    const x = a[key];
    const y = b[key];
    if (x && y && stringDisjoint(x, y)) return true;
  }
  if (a.port !== undefined && b.port !== undefined && a.port !== b.port) return true;
  if (a.sourceNamespace !== undefined && b.sourceNamespace !== undefined && a.sourceNamespace !== b.sourceNamespace) return true;
  for (const key in a.sourceLabels) {
    const other = b.sourceLabels?.[key];
    if (other !== undefined && other !== a.sourceLabels[key]) return true;
  }
  for (const name in a.query) {
    const other = b.query?.[name];
    if (other && stringDisjoint(a.query[name]!, other)) return true;
  }
  for (const name in a.headers) {
    const other = b.headers?.[name];
    if (other && headerDisjoint(a.headers[name]!, other)) return true;
  }
  return false;
}

/** Whether no request can meet the match: only headers can contradict themselves. */
export function isEmpty(m: Match): boolean {
  return Object.values(m.headers ?? {}).some(headerEmpty);
}

/** Union-wise {@link implies}: each match of `a` is included in one of `b`. */
export function impliesAny(a: readonly Match[], b: readonly Match[]): boolean {
  return a.every((x) => b.some((y) => implies(x, y)));
}

/** Whether some match of the list accepts the request. */
export function acceptsAny(matches: readonly Match[], r: Request): boolean {
  return matches.some((m) => accepts(m, r));
}
