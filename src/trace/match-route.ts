import type { HeaderMatcher, Route, RouteMatch } from '../model/route';
import { accepts, re2, type ValueMatch } from '../routing/string-match';
import { type Headers, queryOf, withoutQuery } from './request';

/** What a route is asked about. */
export interface Asked {
  readonly path: string;
  readonly headers: Headers;
  /** Claims of the request's token, where one was found valid. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** The first route that takes the request. Routes whose path cannot be the request's are not looked at. */
export function firstRoute(
  routes: readonly Route[],
  asked: Asked,
): { readonly index: number; readonly route: Route } | undefined {
  const query = parseQuery(asked.path);
  const path = withoutQuery(asked.path);
  for (const index of candidates(routes, path)) {
    const route = routes[index]!;
    if (takes(route.match, path, query, asked)) return { index, route };
  }
  return undefined;
}

/** Routes by their path: exact ones, prefixes by length, and those that have to be tried. */
interface PathIndex {
  readonly exact: ReadonlyMap<string, readonly number[]>;
  readonly prefixes: ReadonlyMap<string, readonly number[]>;
  readonly lengths: readonly number[];
  readonly rest: readonly number[];
}
const indices = new WeakMap<readonly Route[], PathIndex>();

function candidates(routes: readonly Route[], path: string): readonly number[] {
  const { exact, prefixes, lengths, rest } = indices.get(routes) ?? indexed(routes);
  const lists = [rest, exact.get(path)];
  for (const n of lengths) if (n <= path.length) lists.push(prefixes.get(path.slice(0, n)));
  const found = lists.filter((l): l is readonly number[] => l !== undefined && l.length > 0);
  return found.length === 1 ? found[0]! : found.flat().sort((a, b) => a - b);
}

function indexed(routes: readonly Route[]): PathIndex {
  const exact = new Map<string, number[]>();
  const prefixes = new Map<string, number[]>();
  const rest: number[] = [];
  routes.forEach(({ match: { path, ignoreCase } }, i) => {
    if (ignoreCase || path.kind === 'regex') {
      rest.push(i);
      return;
    }
    const map = path.kind === 'exact' ? exact : prefixes;
    const list = map.get(path.value);
    if (list) list.push(i);
    else map.set(path.value, [i]);
  });
  const index = { exact, prefixes, rest, lengths: [...new Set([...prefixes.keys()].map((p) => p.length))].sort((a, b) => a - b) };
  indices.set(routes, index);
  return index;
}

/** Why a route does not take a request, in words; nothing when it does. */
export function whyNot(route: Route, asked: Asked): string | undefined {
  const { match } = route;
  const path = withoutQuery(asked.path);
  if (!takesPath(match, path)) return `path ${JSON.stringify(path)} ${pathWords(match)}`;
  for (const h of match.headers) if (!takesHeader(h, asked.headers)) return headerWords(h, asked.headers.get(h.name));
  const query = parseQuery(asked.path);
  for (const q of match.query)
    if (!takesValue(q.match, query.get(q.name)))
      return `query ${q.name} is ${said(query.has(q.name) ? [query.get(q.name)!] : undefined)}`;
  for (const c of match.claims) if (!takesClaim(c, asked.claims)) return `claim ${c.path.join('.')} is not met`;
  return undefined;
}

/** `header end-user is "jason", not "alice"`, in words for each kind of test. */
function headerWords({ name, match, invert }: HeaderMatcher, values: readonly string[] | undefined): string {
  const what = name.startsWith(':') ? name.slice(1) : `header ${name}`;
  if (!values)
    return invert ? `${what} is missing, which counts as empty, and must not be ${wanted(match)}` : `${what} is missing`;
  return `${what} is ${said(values)}, ${invert ? 'which it must not be' : `not ${wanted(match)}`}`;
}

function wanted(m: ValueMatch): string {
  if ('exact' in m) return JSON.stringify(m.exact);
  if ('prefix' in m) return `what begins with ${JSON.stringify(m.prefix)}`;
  return 'regex' in m ? `what ${m.regex} matches` : 'there';
}

const said = (values: readonly string[] | undefined) => (values ? values.map((v) => JSON.stringify(v)).join(', ') : 'nothing');

function pathWords({ path, ignoreCase }: RouteMatch): string {
  const how = path.kind === 'exact' ? 'is not' : path.kind === 'prefix' ? 'does not begin with' : 'does not match';
  return `${how} ${JSON.stringify(path.value)}${ignoreCase && path.kind !== 'regex' ? ' in any case' : ''}`;
}

function takes(m: RouteMatch, path: string, query: ReadonlyMap<string, string>, asked: Asked): boolean {
  if (!takesPath(m, path)) return false;
  for (const h of m.headers) if (!takesHeader(h, asked.headers)) return false;
  for (const q of m.query) if (!takesValue(q.match, query.get(q.name))) return false;
  for (const c of m.claims) if (!takesClaim(c, asked.claims)) return false;
  return true;
}

function takesPath({ path, ignoreCase }: RouteMatch, given: string): boolean {
  if (path.kind === 'regex') return re2(path.value).matches(given);
  const [a, b] = ignoreCase ? [given.toLowerCase(), path.value.toLowerCase()] : [given, path.value];
  return path.kind === 'exact' ? a === b : a.startsWith(b);
}

/** Several lines of one header are looked at one by one; any may do. */
function takesHeader({ name, match, invert }: HeaderMatcher, headers: Headers): boolean {
  const values = headers.get(name);
  if ('present' in match) return (values !== undefined) !== invert;
  if (!invert) return values?.some((v) => accepts(match, v)) === true;
  return !(values ?? ['']).some((v) => accepts(match, v));
}

const takesValue = (match: ValueMatch, value: string | undefined): boolean => value !== undefined && accepts(match, value);

function takesClaim(
  { path, match, invert }: RouteMatch['claims'][number],
  claims: Readonly<Record<string, unknown>> | undefined,
): boolean {
  let value: unknown = claims;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  const values = (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === 'string');
  return values.some((v) => accepts(match, v)) !== invert;
}

/** The first value of each name, as it is sent. */
export function parseQuery(path: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const text = queryOf(path).slice(1);
  if (text === '') return out;
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    if (!out.has(name)) out.set(name, value);
  }
  return out;
}
