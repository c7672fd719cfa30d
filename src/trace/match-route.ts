import type { HeaderMatcher, Route, RouteMatch } from '../model/route';
import { accepts, re2, type ValueMatch } from '../routing/string-match';
import type { Asked } from './asked';

/** Whether a request meets a condition. */
export type Test = (asked: Asked) => boolean;

/** Whether a route takes a request. */
export function testOf(match: RouteMatch): Test {
  const rest = conditionsOf(match);
  return rest ? (asked) => takesPath(match, asked.plain) && rest(asked) : (asked) => takesPath(match, asked.plain);
}

/** Whether a route takes a request whose path is right; nothing for one that then takes all. */
export function conditionsOf({ headers, query, claims }: RouteMatch): Test | undefined {
  const all = [...headers.map(headerTest), ...query.map(queryTest), ...claims.map(claimTest)];
  if (all.length <= 1) return all[0];
  return (asked) => {
    for (const test of all) if (!test(asked)) return false;
    return true;
  };
}

/** Whether the path is right; it is given without its query. */
export function takesPath({ path, ignoreCase }: RouteMatch, given: string): boolean {
  if (path.kind === 'regex') return re2(path.value).matches(given);
  const [a, b] = ignoreCase ? [given.toLowerCase(), path.value.toLowerCase()] : [given, path.value];
  return path.kind === 'exact' ? a === b : a.startsWith(b);
}

/** Several lines of one header are looked at one by one; any may do. */
function headerTest({ name, match, invert }: HeaderMatcher): Test {
  if ('present' in match) return (asked) => (asked.header(name) !== undefined) !== invert;
  const met = (line: string) => accepts(match, line);
  if (!invert) return (asked) => asked.header(name)?.some(met) === true;
  return (asked) => !(asked.header(name) ?? ['']).some(met);
}

function queryTest({ name, match }: RouteMatch['query'][number]): Test {
  return ({ query }) => {
    const value = query.get(name);
    return value !== undefined && accepts(match, value);
  };
}

function claimTest({ path, match, invert }: RouteMatch['claims'][number]): Test {
  return ({ claims }) => {
    let value: unknown = claims;
    for (const key of path)
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    const values = (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === 'string');
    return values.some((v) => accepts(match, v)) !== invert;
  };
}

/** Why a route does not take a request, in words; nothing when it does. */
export function whyNot({ match }: Route, asked: Asked): string | undefined {
  if (!takesPath(match, asked.plain)) return `path ${JSON.stringify(asked.plain)} ${pathWords(match)}`;
  for (const h of match.headers) if (!headerTest(h)(asked)) return headerWords(h, asked.header(h.name));
  for (const q of match.query) if (!queryTest(q)(asked)) return `query ${q.name} is ${said(listed(asked.query.get(q.name)))}`;
  for (const c of match.claims) if (!claimTest(c)(asked)) return `claim ${c.path.join('.')} is not met`;
  return undefined;
}

const listed = (value: string | undefined) => (value === undefined ? undefined : [value]);

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
