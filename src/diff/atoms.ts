import { ANY, type Route, type WeightedCluster } from '../model/route';
import { type Asked, parseQuery } from '../trace/asked';
import type { Subject } from '../trace/authorize';
import { protocolOf, rewriteOf, upstreamHeaders } from '../trace/change-request';
import { testOf as routeTest } from '../trace/match-route';
import { normalizedPath } from '../trace/path';
import { type TraceRequest, withoutQuery } from '../trace/request';
import { canonical } from './canonical';
import { type Part, type PolicyClause, partHolds } from './policy-clauses';
import { type TextTest, testOf, testOfGlob } from './samples';
import { claimsOf } from './tokens';

/** A value of one dimension of a request; nothing where the request has none (no such header). */
export type Value = string | undefined;

/** A condition on one dimension of a request: `path`, `method`, `authority`, `token`, `header:name` or `query:name`. */
export interface Atom {
  readonly dimension: string;
  /** The same for the same condition. */
  readonly id: string;
  /** What to make samples from. */
  readonly tests: readonly TextTest[];
  /** A value that meets none of these does not meet the condition either. @default any value may */
  readonly only?: readonly TextTest[];
  holds(value: Value): boolean;
}

/** A way through the client's proxy: what it changes is what the server's policies see. */
export interface Passage {
  readonly route: Route | undefined;
  readonly to: WeightedCluster | undefined;
  /** The same for the same changes. */
  readonly print: string;
}

/** Straight to the server. */
export const DIRECT: Passage = { route: undefined, to: undefined, print: '' };

export function passage(route: Route, to: WeightedCluster): Passage {
  const { action: a } = route;
  if (a.kind !== 'forward') return DIRECT;
  const { add, remove } = route.request;
  const changes = [a.prefixRewrite, a.regexRewrite, a.authority, add, remove, to.request, to.authority];
  const print = canonical([changes, a.prefixRewrite === undefined ? undefined : route.match.path]);
  return print === UNCHANGED ? DIRECT : { route, to, print };
}
const UNCHANGED = canonical([[undefined, undefined, undefined, [], [], undefined, undefined], undefined]);

/** A request of which one dimension alone is known. */
interface Known extends Asked {
  readonly method: string;
  readonly host: string;
  readonly headers: Map<string, string[]>;
}

function asked(dimension: string, value: Value, base: TraceRequest): Known {
  const headers = new Map<string, string[]>([
    [':method', [dimension === 'method' ? value! : base.method]],
    [':authority', [dimension === 'authority' ? value! : base.host]],
    [':scheme', [base.tls ? 'https' : 'http']],
  ]);
  let path = '/';
  if (dimension === 'path') path = normalizedPath(value!) ?? '';
  else if (dimension.startsWith('query:') && value !== undefined) path = `/?${dimension.slice(6)}=${value}`;
  else if (dimension.startsWith('header:') && value !== undefined) {
    headers.set(dimension.slice(7), [value]);
    if (dimension === SCHEME && /^https?$/i.test(value)) headers.set(':scheme', [value.toLowerCase()]);
  }
  return {
    path,
    plain: withoutQuery(path),
    query: parseQuery(path),
    header: (name) => headers.get(name),
    headers,
    method: headers.get(':method')![0]!,
    host: headers.get(':authority')![0]!,
  };
}

const SCHEME = 'header:x-forwarded-proto';
const PSEUDO: Record<string, string> = { ':method': 'method', ':authority': 'authority' };

/** The conditions under which a route takes a request; `:scheme` is the application's word at a sidecar, the port's at a gateway. */
export function routeAtoms(r: Route, base: TraceRequest, gateway: boolean): Atom[] {
  const { path, ignoreCase, headers, query, claims } = r.match;
  const out: Atom[] = [];
  const add = (dimension: string, match: Route['match'], tests: readonly TextTest[], decide = false) => {
    const test = routeTest(match);
    out.push({
      ...(decide ? { only: tests } : {}),
      dimension,
      id: `${dimension} ${canonical({ ...match, headers: match.headers.map(({ field: _, ...h }) => h) })}`,
      tests,
      holds: (v) => test(asked(dimension, v, base)),
    });
  };
  if (path.kind !== 'prefix' || path.value !== '/') {
    const folded = ignoreCase && path.kind !== 'regex' ? { ignoreCase } : {};
    add('path', { ...ANY, path, ignoreCase }, [{ kind: path.kind, value: path.value, ...folded }], !ignoreCase);
  }
  for (const h of headers) {
    const scheme = gateway ? 'method' : SCHEME;
    const dimension = h.name === ':scheme' ? scheme : (PSEUDO[h.name] ?? `header:${h.name}`);
    const tests =
      h.name === ':scheme' ? (['http', 'https'].map((value) => ({ kind: 'exact', value })) as TextTest[]) : [testOf(h.match)];
    const decides = h.name !== ':scheme' && !h.invert && !('present' in h.match);
    add(dimension, { ...ANY, headers: [h] }, h.name === ':scheme' && gateway ? [] : tests, decides);
  }
  for (const q of query) add(`query:${q.name}`, { ...ANY, query: [q] }, [testOf(q.match)], !('present' in q.match));
  // a client's proxy knows no claims: such a condition is met by all requests, or by none
  for (const c of claims) add('method', { ...ANY, claims: [c] }, []);
  return out;
}

/** The conditions of a way to meet a policy, on the request as the client sends it. */
export function policyAtoms(c: PolicyClause, through: Passage, base: TraceRequest, tokenRules: readonly any[]): Atom[] {
  return c.parts.map((part) => {
    const dimension = dimensionOf(part);
    const only = through === DIRECT && decides(part) ? { only: part.values.map(testOfGlob) } : {};
    return {
      ...only,
      dimension,
      id: `${c.namespace} ${canonical(part)} ${through.print} ${dimension === 'token' ? canonical(tokenRules) : ''}`,
      tests: dimension === 'token' ? [] : testsOf(part, dimension, through),
      holds: (v) => partHolds(part, c.namespace, subject(dimension, v, through, base, tokenRules)),
    };
  });
}

/** Whether one of the values has to be met as it is written. */
const decides = ({ key, values, notValues }: Part): boolean =>
  (key === 'path' || key === 'method' || /^request\.headers\[[^:]/.test(key)) &&
  values.length > 0 &&
  notValues.length === 0 &&
  !values.some((v) => /[{}]/.test(v));

function dimensionOf({ key }: Part): string {
  if (key === 'path' || key === 'method') return key;
  if (key === 'host') return 'authority';
  if (key === 'remote.ip') return 'header:x-forwarded-for';
  if (key.startsWith('request.auth.')) return 'token';
  const [, header] = /^request\.headers\[(.+)\]$/.exec(key) ?? [];
  if (header === undefined) return 'method';
  const name = header.toLowerCase();
  if (name === ':path') return 'path';
  return name === 'host' ? 'authority' : (PSEUDO[name] ?? `header:${name}`);
}

function testsOf(p: Part, dimension: string, { route }: Passage): TextTest[] {
  const all = [...p.values, ...p.notValues];
  if (p.key === 'remote.ip') return all.map((v) => ({ kind: 'exact', value: v.split('/')[0]! }));
  const own = all.map(testOfGlob);
  const a = route?.action;
  if (dimension !== 'path' || !route || a?.kind !== 'forward' || a.prefixRewrite === undefined) return own;
  // what the server sees as "<rewrite>rest" the client sends as "<prefix>rest"
  const { prefixRewrite } = a;
  const back = own.flatMap((t): TextTest[] =>
    t.kind !== 'any' && t.value.startsWith(prefixRewrite) && route.match.path.kind === 'prefix'
      ? [{ ...t, value: route.match.path.value + t.value.slice(prefixRewrite.length) }]
      : [],
  );
  return [...own, ...back];
}

function subject(
  dimension: string,
  value: Value,
  { route, to }: Passage,
  base: TraceRequest,
  tokenRules: readonly any[],
): Subject {
  const a = asked(dimension, dimension === 'token' ? undefined : value, base);
  let { path, host, headers } = a;
  for (const name of [':method', ':authority', ':scheme']) headers.delete(name);
  if (route?.action.kind === 'forward' && to) {
    headers = upstreamHeaders(route, to, headers, protocolOf(base));
    path = rewriteOf(route, route.action)?.(path) ?? path;
    path = normalizedPath(path) ?? path;
    host = route.action.authority ?? to.authority ?? host;
  }
  return {
    principal: undefined,
    sourceIp: '0.0.0.0',
    remoteIp: headers.get('x-forwarded-for')?.at(-1)?.split(',').at(-1)?.trim() || '0.0.0.0',
    port: base.port,
    destinationIp: '0.0.0.0',
    sni: undefined,
    http: { method: a.method, path, host, headers },
    claims: dimension === 'token' ? claimsOf(value, tokenRules) : undefined,
    trustDomains: [],
  };
}
