import type { Cluster } from '../model/cluster';
import { clusterParts } from '../model/cluster';
import type { Ref } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import type { Trace } from '../trace/flow';
import type { Outcome } from '../trace/outcome';
import { isLetIn, isReached, reaches } from './caller-ends';
import { canonical } from './canonical';
import { causesOf } from './causes';
import { endsPrint, endsText } from './ends-text';

/** What about a request's way is otherwise. */
export type Aspect =
  | 'ends'
  | 'timeout'
  | 'retries'
  | 'mirrors'
  | 'fault'
  | 'cors'
  | 'hashing'
  | 'request'
  | 'response'
  | 'destination'
  | 'mutual TLS'
  | 'may'
  | 'objects';

/** One thing that differs between two traces of one request. */
export interface Change {
  readonly aspect: Aspect;
  /** In people's words: `v2 10 % -> 25 %`. */
  readonly text: string;
  /** The fields that decided. */
  readonly old: readonly Ref[];
  readonly now: readonly Ref[];
}

/** A trace, and the clusters of the proxy that it began at. */
export interface Traced {
  readonly trace: Trace;
  readonly model: MeshModel;
  cluster(name: string): Cluster | undefined;
}

/**
 * All that differs between the two ways of one request; nothing where a client and a server see no difference. Who is turned away
 * on both sides sees nothing of where that is done, nor of how the destination is called.
 */
export function changesBetween(old: Traced, now: Traced): Change[] {
  const ends = endsChange(old, now);
  const out: Change[] = ends ? [ends] : [];
  const [a, b] = [old.trace.outbound, now.trace.outbound];
  const letIn = isLetIn(old.trace) || isLetIn(now.trace);
  if (a?.action === 'route' && b?.action === 'route') out.push(...routeChanges(a, b, ends !== undefined, letIn));
  if (a && b && (a.action === 'route' || a.action === 'l4') && a.action === b.action) out.push(...destinationChanges(old, now));
  // what the client's proxy changes is told already
  const sent = out.some((c) => c.aspect === 'request');
  if (!ends) out.push(...arrivalChanges(old.trace, now.trace, sent));
  return out;
}

function endsChange(old: Traced, now: Traced): Change | undefined {
  if (endsPrint(old.trace) === endsPrint(now.trace)) return undefined;
  return { aspect: 'ends', text: endsText(old.trace, now.trace), ...causesOf(old, now) };
}

const listed = (r: Ref | undefined): readonly Ref[] => (r ? [r] : []);
const msText = (ms: number | undefined) => (ms ? (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`) : 'none');
const ruleOf = (o: Outcome, field: string): Ref | undefined => {
  const by = o.steps.findLast((s) => s.by)?.by;
  if (!by) return undefined;
  const at = by.path.indexOf('match');
  return { manifest: by.manifest, path: [...(at < 0 ? by.path : by.path.slice(0, at)), field] };
};

function routeChanges(a: Outcome, b: Outcome, endsDiffer: boolean, letIn: boolean): Change[] {
  const out: Change[] = [];
  const put = (aspect: Aspect, field: string, x: unknown, y: unknown, text: (o: Outcome) => string, name: string = aspect) => {
    if (canonical(x ?? null) === canonical(y ?? null)) return;
    const [l, r] = [text(a), text(b)];
    out.push({
      aspect,
      text: `${name} ${l === r ? 'changed' : `${l} -> ${r}`}`,
      old: listed(ruleOf(a, field)),
      now: listed(ruleOf(b, field)),
    });
  };
  if (letIn) {
    put('timeout', 'timeout', a.timeoutMs, b.timeoutMs, (o) => msText(o.timeoutMs));
    put('retries', 'retries', a.retry, b.retry, retryText);
  }
  put('mirrors', 'mirrors', mirrorsOf(a), mirrorsOf(b), mirrorText, 'copies');
  // an abort shows in how requests end
  const fault = (o: Outcome) => (endsDiffer ? { delay: faultOf(o).delay } : faultOf(o));
  put('fault', 'fault', fault(a), fault(b), faultText);
  put(
    'cors',
    'corsPolicy',
    a.cors,
    b.cors,
    (o) => (o.cors ? `for ${o.cors.origins.map((m) => Object.values(m)[0]).join(', ')}` : 'none'),
    'CORS',
  );
  if (letIn)
    put('hashing', 'route', a.hashPolicy, b.hashPolicy, (o) =>
      (o.hashPolicy?.length ?? 0) > 0 ? canonical(o.hashPolicy) : 'none',
    );
  return out;
}

function retryText({ retry: r }: Outcome): string {
  if (!r) return 'none';
  const parts = [`${r.attempts}`];
  if (r.perTryTimeoutMs) parts.push(`of ${msText(r.perTryTimeoutMs)}`);
  parts.push(`on ${r.retryOn}${r.codes ? `,${r.codes.join()}` : ''}`);
  if (r.backoffMs) parts.push(`after ${msText(r.backoffMs)}`);
  if (!r.ignorePreviousHosts) parts.push('at any pod');
  return parts.join(' ');
}

/** What no request gets does not count. */
const mirrorsOf = ({ mirrors = [] }: Outcome) => mirrors.filter((m) => m.percent > 0);
const faultOf = ({ fault }: Outcome) => ({
  delay: fault?.delay && fault.delay.percent > 0 ? fault.delay : undefined,
  abort: fault?.abort && fault.abort.percent > 0 ? fault.abort : undefined,
});

const mirrorText = (o: Outcome): string =>
  mirrorsOf(o)
    .map((m) => `${m.percent} % to ${clusterText(m.cluster)}`)
    .join(', ') || 'none';

function faultText(o: Outcome): string {
  const f = faultOf(o);
  const parts: string[] = [];
  if (f.delay) parts.push(`${msText(f.delay.ms)} late for ${f.delay.percent} %`);
  if (f.abort) parts.push(`${f.abort.status ?? `gRPC status ${f.abort.grpc}`} for ${f.abort.percent} %`);
  return parts.join(', ') || 'none';
}

/** `outbound|9080|v1|reviews.shop.svc.cluster.local` -> `reviews.shop v1` */
function clusterText(name: string): string {
  const p = clusterParts(name);
  return p ? `${p.host.replace(/\.svc\..*$/, '')}${p.subset ? ` ${p.subset}` : ''}` : name;
}

const SETTINGS: readonly (readonly [keyof Cluster, string])[] = [
  ['lb', 'load balancer'],
  ['ringHash', 'hash ring'],
  ['circuitBreaker', 'circuit breaker'],
  ['outlier', 'outlier detection'],
  ['connectTimeoutMs', 'connect timeout'],
  ['http', 'HTTP settings'],
  ['tls', 'TLS'],
  ['type', 'resolution'],
];

/** What each destination gets and answers, and how it is called. */
function destinationChanges(old: Traced, now: Traced): Change[] {
  const out: Change[] = [];
  const of = (t: Traced) => [
    ...(t.trace.outbound!.destinations ?? []).map((d) => d.cluster),
    ...(t.trace.outbound!.mirrors ?? []).map((m) => m.cluster),
  ];
  const mine = new Set(of(old));
  for (const name of new Set(of(now).filter((n) => mine.has(n)))) {
    if (!reaches(old.trace, name) && !reaches(now.trace, name)) continue;
    const [x, y] = [old, now].map((t) => (t.trace.outbound!.destinations ?? []).find((d) => d.cluster === name));
    const refs = {
      old: listed(x?.by ?? ruleOf(old.trace.outbound!, 'route')),
      now: listed(y?.by ?? ruleOf(now.trace.outbound!, 'route')),
    };
    const put = (aspect: Aspect, get: (d: NonNullable<typeof x>) => string, what: string) => {
      // an answer that comes before the destination says nothing of it
      if (x?.status !== 200 || y?.status !== 200 || get(x) === get(y)) return;
      out.push({ aspect, text: `${clusterText(name)} ${what} ${get(x) || 'none'} -> ${get(y) || 'none'}`, ...refs });
    };
    put('request', (d) => d.path ?? '', 'gets path');
    put('request', (d) => d.host ?? '', 'gets host');
    put('request', (d) => headersText(d.requestHeaders, d.requestHeadersRemoved), 'gets headers');
    put(
      'response',
      (d) => d.response.map((h) => `${h.how} ${h.name}${h.value === undefined ? '' : ` ${h.value}`}`).join(', '),
      'answers with headers',
    );
    const [c, d] = [old.cluster(name), now.cluster(name)];
    if (!c || !d) continue;
    for (const [field, words] of SETTINGS) {
      const [l, r] = [c[field], d[field]].map((v) => settingText(field, v)) as [string, string];
      if (canonical(c[field] ?? null) === canonical(d[field] ?? null)) continue;
      out.push({
        aspect: 'destination',
        text: `${words} of ${clusterText(name)} ${l === r ? 'changed' : `${l} -> ${r}`}`,
        old: listed(policyOf(c)),
        now: listed(policyOf(d)),
      });
    }
  }
  return out;
}

function settingText(field: keyof Cluster, v: unknown): string {
  if (v === undefined || v === null) return field === 'lb' ? 'ROUND_ROBIN' : 'none';
  if (typeof v === 'string') return v;
  if (field === 'connectTimeoutMs') return msText(v as number);
  if (field === 'tls') return 'auto' in (v as object) ? 'automatic' : String((v as { mode: string }).mode);
  return Object.entries(v as object)
    .map(([k, x]) => `${k} ${typeof x === 'object' ? canonical(x) : x}`)
    .join(', ');
}

const headersText = (set: Readonly<Record<string, string>> = {}, removed: readonly string[] = []): string =>
  [...Object.entries(set).map(([k, v]) => `${k}: ${v}`), ...removed.map((h) => `no ${h}`)].sort().join(', ');

/** The part of a DestinationRule that says how a cluster is called. */
function policyOf({ rule, subset }: Cluster): Ref | undefined {
  if (!rule) return undefined;
  const own = rule.subsets.find((s) => s.subset.name === subset && s.subset.trafficPolicy);
  if (own) return { manifest: own.from.manifest, path: ['spec', 'subsets', own.index, 'trafficPolicy'] };
  return { manifest: (rule.policyFrom ?? rule.from[0]!).manifest, path: ['spec', 'trafficPolicy'] };
}

/** Whether requests arrive encrypted, and what the server's own sidecar hands on. */
function arrivalChanges(old: Trace, now: Trace, sent: boolean): Change[] {
  const out: Change[] = [];
  const key = (a: Trace['arrivals'][number]) =>
    canonical([
      a.cluster,
      a.endpoint.port,
      a.endpoint.workload ? [a.endpoint.workload.namespace, a.endpoint.workload.config.name] : a.endpoint.address,
    ]);
  const theirs = new Map(now.arrivals.map((a) => [key(a), a]));
  for (const a of old.arrivals) {
    const b = theirs.get(key(a));
    if (!b || !(isReached(a, old) || isReached(b, now))) continue;
    const steps = {
      old: listed(a.outcome?.steps.find((s) => s.by)?.by),
      now: listed(b.outcome?.steps.find((s) => s.by)?.by),
    };
    const how = (m: boolean) => (m ? 'by mutual TLS' : 'in plain text');
    if (a.mutualTls !== b.mutualTls)
      out.push({ aspect: 'mutual TLS', text: `${how(a.mutualTls)} -> ${how(b.mutualTls)}`, ...steps });
    const [d, e] = [a.outcome?.destinations?.[0], b.outcome?.destinations?.[0]];
    if (sent || a.outcome?.status !== 200 || b.outcome?.status !== 200 || !d || !e) continue;
    const put = (what: string, l: string, r: string) => {
      if (l !== r) out.push({ aspect: 'request', text: `the server gets ${what} ${l || 'none'} -> ${r || 'none'}`, ...steps });
    };
    put('path', d.path ?? '', e.path ?? '');
    put('headers', ...([d, e].map((x) => headersText(x.requestHeaders, x.requestHeadersRemoved)) as [string, string]));
  }
  return [...new Map(out.map((c) => [c.aspect + c.text, c])).values()];
}
