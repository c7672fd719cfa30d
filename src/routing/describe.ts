import { claimOfHeader } from './claims';
import type { Cors, Effect, HeaderChanges, PathRewrite, Retries } from './effects';
import type { HeaderMatch } from './header-match';
import type { L4Match } from './l4';
import type { Match } from './match';
import type { PathMatch } from './path-match';
import { milliseconds } from './render-http';
import type { ValueMatch } from './string-match';
import type { Action, Destination } from './table';

const value = (v: ValueMatch): string =>
  'exact' in v
    ? `is "${v.exact}"`
    : 'prefix' in v
      ? `starts with "${v.prefix}"`
      : 'regex' in v
        ? `matches ${v.regex}`
        : 'is present';
const named = (header: string) => {
  const claim = claimOfHeader(header);
  return claim === undefined ? `header ${header}` : `claim ${claim}`;
};
const notValue = (v: ValueMatch): string => ('present' in v ? 'is absent' : `not: ${value(v)}`);
const path = (m: NonNullable<Match['path']>): string => {
  const where = 'exact' in m.match ? m.match.exact : 'prefix' in m.match ? `${m.match.prefix}*` : `~ ${m.match.regex}`;
  return `path ${where}${m.ignoreCase ? ' (any case)' : ''}`;
};

const unlike = (v: ValueMatch): string =>
  'exact' in v
    ? `is not "${v.exact}"`
    : 'prefix' in v
      ? `does not start with "${v.prefix}"`
      : 'regex' in v
        ? `does not match ${v.regex}`
        : 'is absent';

/** A condition as words that follow "it": `starts with "/a"`; a text is one exact value. */
export function describeCondition(c: ValueMatch | PathMatch | HeaderMatch | string): string {
  if (typeof c === 'string') return value({ exact: c });
  if ('all' in c) return [...c.all.map(value), ...c.none.map(unlike)].join(' and ');
  return 'match' in c ? `${value(c.match)}${c.ignoreCase ? ' in any case' : ''}` : value(c);
}

/** A match in words, for people: `path /api/*, header end-user is "jason"`; `always` when it has no condition. */
export function describeMatch(m: Match): string {
  const parts = [
    ...(m.path ? [path(m.path)] : []),
    ...(m.method ? [`method ${value(m.method)}`] : []),
    ...(m.scheme ? [`scheme ${value(m.scheme)}`] : []),
    ...(m.authority ? [`authority ${value(m.authority)}`] : []),
    ...Object.entries(m.headers ?? {}).flatMap(([n, h]) => [
      ...h.all.map((v) => `${named(n)} ${value(v)}`),
      ...h.none.map((v) => `${named(n)} ${notValue(v)}`),
    ]),
    ...Object.entries(m.query ?? {}).map(([n, v]) => `query ${n} ${value(v)}`),
    ...(m.port === undefined ? [] : [`port ${m.port}`]),
    ...(m.sourceLabels
      ? [
          `from ${Object.entries(m.sourceLabels)
            .map(([k, v]) => `${k}=${v}`)
            .join(',')}`,
        ]
      : []),
    ...(m.sourceNamespace === undefined ? [] : [`from namespace ${m.sourceNamespace}`]),
  ];
  return parts.length > 0 ? parts.join(', ') : 'always';
}

/** The union of matches in words. */
export const describeMatches = (matches: readonly Match[]): string => matches.map(describeMatch).join(' or ');

/** A condition on connections in words: `connection to port 3306 from app=api`. */
export function describeConnection(m: L4Match): string {
  const { port, sniHosts, ...source } = m;
  const from = Object.keys(source).length > 0 ? ` ${describeMatch(source).replaceAll(', ', ' ')}` : '';
  return `connection${port === undefined ? '' : ` to port ${port}`}${sniHosts ? ` that asks for ${sniHosts.join(' or ')}` : ''}${from}`;
}

const destination = (d: Destination, total: number | undefined): string =>
  `${total === undefined ? '' : `${Math.round(((d.weight ?? 1) / total) * 10_000) / 100} % `}${d.host.replace(/\.svc\..*$/, '')}${d.subset ? ` ${d.subset}` : ''}`;

/** An action in words: `90 % reviews.bookinfo v1, 10 % reviews.bookinfo v2`. */
export function describeAction(a: Action): string {
  switch (a.kind) {
    case 'split': {
      const total = a.to.length > 1 ? a.to.reduce((n, d) => n + (d.weight ?? 1), 0) : undefined;
      return a.to.map((d) => destination(d, total)).join(', ');
    }
    case 'redirect':
      return `redirect ${a.code ?? 301} to ${redirectTarget(a)}`;
    case 'respond':
      return `answer ${a.status}`;
    case 'delegate':
      return `delegate ${a.namespace}/${a.name}`;
  }
}

/** Where a redirect leads: what it leaves out stays as the client asked for it. */
function redirectTarget(a: Extract<Action, { kind: 'redirect' }>): string {
  const authority = `${a.authority ?? (a.scheme || a.port !== undefined ? '<host>' : '')}${a.port === undefined ? '' : `:${a.port}`}`;
  const uri = a.uri ?? (a.prefix === undefined ? '' : `${a.prefix}*`);
  const base = `${a.scheme ? `${a.scheme}://` : ''}${authority}`;
  return `${base}${uri || (base === '' ? 'itself' : '')}`;
}

/** An effect in words: `abort 500 for 10 %`. */
export function describeEffect(e: Effect): string {
  switch (e.kind) {
    case 'delay':
      return `delay ${milliseconds(e.ms)} for ${e.percent} %`;
    case 'abort':
      return `abort ${'http' in e.status ? e.status.http : e.status.grpc} for ${e.percent} %`;
    case 'mirror':
      return `mirror ${e.mirror.percent} % to ${e.mirror.host.replace(/\.svc\..*$/, '')}${e.mirror.subset ? ` ${e.mirror.subset}` : ''}`;
    case 'timeout':
      return `timeout ${milliseconds(e.ms)}`;
    case 'retries':
      return describeRetries(e.retries);
    case 'cors':
      return `CORS ${describeCors(e.cors)}`;
    case 'headers':
      return describeHeaders(e.changes).join(', ');
    case 'rewrite':
      return [
        ...(e.path ? [`rewrite: ${describeRewrite(e.path)}`] : []),
        ...(e.authority === undefined ? [] : [`host becomes "${e.authority}"`]),
      ].join(', ');
  }
}

/** Effects in words, one each. */
export const describeEffects = (effects: readonly Effect[]): readonly string[] => effects.map(describeEffect).filter(Boolean);

const describeRetries = (r: Retries): string =>
  r.attempts === 0
    ? 'no retries'
    : [
        `${r.attempts} ${r.attempts === 1 ? 'retry' : 'retries'}`,
        ...(r.on ? [`on ${r.on}`] : []),
        ...(r.perTryTimeout === undefined ? [] : [`of ${milliseconds(r.perTryTimeout)} each`]),
        ...(r.backoff === undefined ? [] : [`backoff ${milliseconds(r.backoff)}`]),
      ].join(' ');

const describeCors = (c: Cors): string => `for pages whose origin ${c.allowOrigins.map(value).join(' or ')}`;

function describeHeaders(changes: HeaderChanges): readonly string[] {
  return (['request', 'response'] as const).flatMap((side) => {
    const { set, add, remove } = changes[side] ?? {};
    return [
      ...Object.entries(set ?? {}).map(([name, v]) => `${side} header ${name} becomes "${v}"`),
      ...Object.entries(add ?? {}).map(([name, v]) => `${side} header ${name} gets "${v}"`),
      ...(remove ?? []).map((name) => `${side} header ${name} is removed`),
    ];
  });
}

/** A rewrite of the path in words: `prefix "/api" becomes "/"`. */
export function describeRewrite(r: PathRewrite): string {
  if ('replaceFull' in r) return `all of it becomes "${r.replaceFull}"`;
  return 'regex' in r ? `what matches ${r.regex} becomes "${r.with}"` : `prefix "${r.replacePrefix}" becomes "${r.with}"`;
}
