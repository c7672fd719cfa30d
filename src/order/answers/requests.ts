import type { Manifest } from '../../manifests/manifest';
import { ruleMet, type Subject } from '../../trace/authorize';
import { canonical } from '../../values/equal';
import { isTokens, type Rule, rulesOf } from '../facts/authorization-rules';
import { list } from '../facts/references';
import type { Place } from './places';
import { ADDRESS, HOST, type Sample, samplesFor } from './policy-samples';
import { type Caller, OUTSIDE, type PolicyRule, type Requesters } from './requesters';

/** A request to some pods, as one that stands for all that are decided about alike. */
export interface Request {
  readonly caller: Caller;
  readonly sample: Sample;
  readonly text: string;
}

/** What tells requests apart, besides the policies about the pods where they end. */
export interface Told {
  /** How pods see a request, and where it goes, as text. */
  readonly seen: (s: Sample) => { readonly samples: readonly Sample[]; readonly text: string };
  /** Who may send them. */
  readonly isCaller: (c: Caller) => boolean;
}

/** Pods see requests as they are sent, by anybody. */
export const AS_SENT: Told = { seen: (s) => ({ samples: [s], text: '' }), isCaller: () => true };

/** What tells requests to some pods apart. */
export interface Asked {
  readonly rules: readonly PolicyRule[];
  /** Namespaces whose pods may speak otherwise to them. */
  readonly spaces: ReadonlySet<string>;
  readonly samples: readonly Sample[];
  /** What sets a caller apart, besides what rules ask for. */
  readonly sortOf: (c: Caller) => string;
  /** Which rules a caller's request meets. */
  readonly met: (c: Caller, s: Sample) => readonly boolean[];
  /** Tells a request from all others. */
  readonly textOf: (c: Caller, s: Sample) => string;
}

/**
 * What policies and DestinationRules about some pods ask for.
 * @param paths others that are asked for, as clients send them
 * @param host the only one that requests are for, at a Gateway
 */
export function askedOf(places: readonly Place[], paths: readonly string[] = [], host?: string): Asked {
  const all = [...new Set(places.flatMap((p) => p.all))];
  const rules = rulesIn(all);
  const jwts = all.filter(isTokens).flatMap((m) => list(m.object.spec?.jwtRules));
  const ports = [...new Set(places.flatMap((p) => [...p.services.targets]))];
  const own = rules.map((r) => r.rule);
  const spoken = all.filter((m) => m.kind === 'DestinationRule');
  const spaces = new Set(spoken.flatMap((m) => [m.namespace, ...list(m.object.spec?.exportTo)]));
  const isSelected = spoken.some((m) => m.object.spec?.workloadSelector);
  const trust = trustDomainsOf(own);
  return {
    rules,
    spaces,
    samples: samplesFor(own, ports, jwts, paths, host),
    sortOf: (c) =>
      [c.account === undefined, spaces.has(c.namespace) ? c.namespace : '', isSelected ? canonical(c.labels) : ''].join(),
    met: (c, s) => rules.map(({ rule, namespace }) => ruleMet(rule, namespace, asking(c, s, true, true, trust), 'ALLOW')),
    textOf: (c, s) => textOf(c, s, isSelected),
  };
}

/** Requests to pods, one of each sort that is told apart. */
export function requestsTo(
  { rules, spaces, samples, sortOf, met, textOf }: Asked,
  requesters: Requesters,
  { seen, isCaller }: Told,
): readonly Request[] {
  const out = new Map<string, Request>();
  const some = requesters.toldApart(rules, spaces, sortOf, isCaller);
  for (const s of samples) {
    const { samples: ends, text } = seen(s);
    const bare = [text, bareOf(met, s, ends)].join();
    for (const c of some) {
      const print = `${sortOf(c)} ${bare} ${ends.map((x) => met(c, x))}`;
      if (!out.has(print)) out.set(print, { caller: c, sample: s, text: textOf(c, s) });
    }
  }
  return [...out.values()];
}

/** Samples of which one is not met as another is, whoever of some callers sends it. */
export function samplesTold({ samples, met }: Asked, callers: readonly Caller[], { seen }: Told): readonly Sample[] {
  const out = new Map<string, Sample>();
  for (const s of samples) {
    const { samples: ends, text } = seen(s);
    const print = `${text} ${bareOf(met, s, ends)} ${callers.map((c) => ends.map((x) => met(c, x)))}`;
    if (!out.has(print)) out.set(print, s);
  }
  return [...out.values()];
}

/** What of a request is the same whoever sends it; who speaks plain text is nobody. */
const bareOf = (met: Asked['met'], s: Sample, ends: readonly Sample[]): string =>
  [s.port, s.token?.jwt ?? '', ...ends.map((x) => met(OUTSIDE, x))].join();

/** The rules of policies, each once. */
const rulesIn = (all: readonly Manifest[]): readonly PolicyRule[] => [
  ...new Map(
    all
      .filter((m) => m.kind === 'AuthorizationPolicy')
      .flatMap((m) => rulesOf(m).map((rule) => [`${m.namespace} ${canonical(rule)}`, { rule, namespace: m.namespace }] as const)),
  ).values(),
];

/** Trust domains that rules name: an identity is of whichever they mean. */
export function trustDomainsOf(rules: readonly Rule[]): readonly string[] {
  const named = [...JSON.stringify(rules).matchAll(/"([^"/*]+)\/ns\//g)].map((m) => m[1]!);
  return [...new Set(['cluster.local', ...named])];
}

/** Tells a request from all others to the same pods. */
function textOf({ account, labels }: Caller, s: Sample, isSelected: boolean): string {
  const said = [
    ...[...s.headers].map(([name, v]) => `${name}: ${v}`),
    ...(s.token ? [`a token with ${canonical(s.token.claims)} that ${s.token.jwt} takes`] : []),
    ...(s.host === HOST ? [] : [`host ${s.host}`]),
    ...(s.ip === ADDRESS ? [] : [`address ${s.ip}`]),
    ...(isSelected ? [`from pods ${canonical(labels)}`] : []),
  ];
  return `${s.method} ${s.path} at port ${s.port} of ${account ?? 'somebody outside'}${said.length > 0 ? ` (${said.join(', ')})` : ''}`;
}

/** What policies know of a request: who calls, where mutual TLS says it, and what the token says, where one looks at it. */
export const asking = (
  { account }: Caller,
  s: Sample,
  isKnown: boolean,
  isLookedAt: boolean,
  trustDomains: readonly string[],
): Subject => ({
  principal: account !== undefined && isKnown ? `cluster.local/ns/${account.replace('/', '/sa/')}` : undefined,
  sourceIp: s.ip,
  remoteIp: s.ip,
  port: s.port,
  destinationIp: s.ip,
  sni: undefined,
  http: { method: s.method, path: s.path, host: s.host, headers: s.headers },
  claims: isLookedAt ? s.token?.claims : undefined,
  trustDomains,
});
