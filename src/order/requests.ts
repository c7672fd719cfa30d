import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { ruleMet, type Subject } from '../trace/authorize';
import { canonical } from '../values/equal';
import { isTokens, type Rule, rulesOf } from './authorization-rules';
import type { Place } from './places';
import { ADDRESS, HOST, type Sample, samplesFor } from './policy-samples';
import { accountOf, isWorkload, podLabels } from './readiness';
import { list } from './references';

type Labels = Readonly<Record<string, string>>;

/** Somebody who calls; without an account from outside the mesh. */
export interface Caller {
  readonly account: string | undefined;
  readonly namespace: string;
  readonly labels: Labels;
}

/** A request to some pods, as one that stands for all that are decided about alike. */
export interface Request {
  readonly caller: Caller;
  readonly sample: Sample;
  readonly text: string;
}

/** Somebody outside the mesh. */
export const OUTSIDE: Caller = { account: undefined, namespace: '', labels: {} };
/** Who is in the mesh, and named by nobody. */
const SOMEBODY: Caller = { account: 'somebody/else', namespace: 'somebody', labels: {} };

/** Who calls, in a workload's pods. */
export const callerOf = (m: Manifest): Caller => ({ account: accountOf(m), namespace: m.namespace, labels: podLabels(m) });

/** What a rule means by an account of a namespace, or by the namespace: `ns/a/sa/b`, `ns/a`. */
export const PRINCIPAL = /^ns\/([^/*]+)(?:\/sa\/([^/*]+))?$/;

/** Who is there in both states, with one account. */
export class Requesters {
  private readonly byAccount = new Map<string, Caller[]>();
  private readonly byNamespace = new Map<string, Caller[]>();
  private readonly all: readonly Caller[];
  /** Accounts that rules name, and no workload has in both states. */
  private readonly strangers = new Map<string, Caller>();
  /** By a pattern of a rule. */
  private readonly alike = new Map<string, readonly Caller[]>();

  constructor(live: readonly Manifest[], desired: readonly Manifest[]) {
    const after = new Map(desired.filter(isWorkload).map((m) => [keyOf(m), m]));
    const isStill = (m: Manifest) => isWorkload(m) && after.has(keyOf(m)) && accountOf(after.get(keyOf(m))!) === accountOf(m);
    this.all = live.filter(isStill).map(callerOf);
    const add = (lists: Map<string, Caller[]>, key: string, c: Caller) => {
      const known = lists.get(key);
      if (known) known.push(c);
      else lists.set(key, [c]);
    };
    for (const c of this.all) {
      add(this.byAccount, c.account!, c);
      add(this.byNamespace, c.namespace, c);
    }
  }

  /** One of each sort that rules tell apart, those of some namespaces, and somebody outside; of those who may be meant. */
  toldApart(
    rules: readonly PolicyRule[],
    spaces: ReadonlySet<string>,
    sortOf: (c: Caller) => string,
    isMeant: (c: Caller) => boolean,
  ): readonly Caller[] {
    const named = rules.flatMap((r) => whoIn(r).map((who) => this.meantBy(who)));
    const known = new Set(named.flat());
    const isOther = (c: Caller) => !known.has(c) && isMeant(c);
    const near = [...spaces].flatMap((ns) => [
      ...new Map((this.byNamespace.get(ns) ?? []).filter(isOther).map((c) => [sortOf(c), c])).values(),
    ]);
    const other = this.all.find((c) => isOther(c) && !spaces.has(c.namespace)) ?? (isMeant(SOMEBODY) ? SOMEBODY : undefined);
    const meant = named.map((some) => some.filter(isMeant)).flatMap((some) => [...some.slice(0, MOST_NAMED), ...some.slice(-1)]);
    return [...new Set([...(isMeant(OUTSIDE) ? [OUTSIDE] : []), ...meant, ...near, ...(other ? [other] : [])])];
  }

  private stranger(namespace: string, account: string): Caller {
    const known = this.strangers.get(`${namespace}/${account}`) ?? { account: `${namespace}/${account}`, namespace, labels: {} };
    this.strangers.set(`${namespace}/${account}`, known);
    return known;
  }

  /** Whom a value of a rule means: `ns/a/sa/b` with or without a trust domain, `ns/a`, and patterns. */
  private meantBy(who: string): readonly Caller[] {
    const [, ns, account] = PRINCIPAL.exec(who) ?? [];
    // who is in no file and runs for a while, as a job, calls too
    if (ns !== undefined) {
      const known = account ? this.byAccount.get(`${ns}/${account}`) : this.byNamespace.get(ns);
      return known ?? [this.stranger(ns, account ?? 'default')];
    }
    const known = this.alike.get(who) ?? this.all.filter((c) => isLike(who, `ns/${c.account!.replace('/', '/sa/')}`));
    this.alike.set(who, known);
    return known;
  }
}

/** How many are looked at of those whom one value of a rule means. */
const MOST_NAMED = 2;

/** A rule, and the namespace of its policy. */
export interface PolicyRule {
  readonly rule: Rule;
  readonly namespace: string;
}

/** Whom a rule asks for, or for others than whom. */
export function whoIn({ rule, namespace }: PolicyRule): readonly string[] {
  const sources = list(rule.from).map((f) => f.source ?? {});
  const conditions = list(rule.when);
  const of = (field: string, key: string) => [
    ...sources.flatMap((s) => [...list(s[field]), ...list(s[`not${field[0]!.toUpperCase()}${field.slice(1)}`])]),
    ...conditions.filter((w) => w.key === key).flatMap((w) => [...list(w.values), ...list(w.notValues)]),
  ];
  const principals = of('principals', 'source.principal').map((p) => String(p).replace(/^[^/]*\/ns\//, 'ns/'));
  const accounts = of('serviceAccounts', 'source.serviceAccount').map((a) => String(a).split('/'));
  return [
    ...principals,
    ...of('namespaces', 'source.namespace').map((ns) => `ns/${ns}`),
    ...accounts.map((a) => `ns/${a.length > 1 ? a[0] : namespace}/sa/${a.at(-1)}`),
  ];
}

/** Whether a text begins or ends as a pattern says, or holds what is in its middle. */
export const isLike = (pattern: string, text: string): boolean =>
  text.includes(pattern.replace(/^\*|\*$/g, '').replace(/\*.*$/, ''));

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
 */
export function askedOf(places: readonly Place[], paths: readonly string[] = []): Asked {
  const all = [...new Set(places.flatMap((p) => p.all))];
  const rules = rulesIn(all);
  const jwts = all.filter(isTokens).flatMap((m) => list(m.object.spec?.jwtRules));
  const ports = [...new Set(places.flatMap((p) => p.services.flatMap((s) => s.ports.map((x) => x.target))))];
  const own = rules.map((r) => r.rule);
  const spoken = all.filter((m) => m.kind === 'DestinationRule');
  const spaces = new Set(spoken.flatMap((m) => [m.namespace, ...list(m.object.spec?.exportTo)]));
  const isSelected = spoken.some((m) => m.object.spec?.workloadSelector);
  const trust = trustDomainsOf(own);
  return {
    rules,
    spaces,
    samples: samplesFor(own, ports, jwts, paths),
    sortOf: (c) =>
      [c.account === undefined, spaces.has(c.namespace) ? c.namespace : '', isSelected ? canonical(c.labels) : ''].join(),
    met: (c, s) => rules.map(({ rule, namespace }) => ruleMet(rule, namespace, asking(c, s, true, true, trust), 'ALLOW')),
    textOf: (c, s) => textOf(c, s, isSelected),
  };
}

/** Requests to pods, one of each sort that is told apart. */
export function requestsTo(
  { rules, spaces, samples, sortOf, met, textOf }: Asked,
  callers: Requesters,
  { seen, isCaller }: Told = AS_SENT,
): readonly Request[] {
  const out = new Map<string, Request>();
  const some = callers.toldApart(rules, spaces, sortOf, isCaller);
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
export function samplesTold({ samples, met }: Asked, callers: readonly Caller[], { seen }: Told = AS_SENT): readonly Sample[] {
  const out = new Map<string, Sample>();
  for (const s of samples) {
    const { samples: ends, text } = seen(s);
    const print = `${text} ${bareOf(met, s, ends)} ${callers.map((c) => ends.map((x) => met(c, x)))}`;
    if (!out.has(print)) out.set(print, s);
  }
  return [...out.values()];
}

/** What of a request is the same whoever sends it; who speaks plain text is nobody. */
const bareOf = (met: Asked['met'], s: Sample, ends: readonly Sample[] = [s]): string =>
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
