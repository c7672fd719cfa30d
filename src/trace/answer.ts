import type { Cluster } from '../model/cluster';
import type { ProxyView } from '../model/proxy';
import type { Destination, Outcome } from './outcome';

/** What the upstream of the recorded cases answers with. */
const UPSTREAM_HEADERS: Readonly<Record<string, string>> = { 'x-up': '1', 'x-up2': 'up' };

/** An outcome in the form of the recorded answers: what a batch prints, line by line. */
export function answer(o: Outcome): Record<string, unknown> {
  const { steps: _, cors, destinations, mirrors, message: __, ...rest } = o;
  return {
    ...rest,
    ...(cors ? { cors: true } : {}),
    // Istio tells Envoy to leave the copies' host as it is
    ...(mirrors ? { mirrors: mirrors.map((m) => ({ ...m, noShadowSuffix: true })) } : {}),
    ...(destinations ? { destinations: destinations.map((d) => destinationAnswer(d, o.local === true)) } : {}),
  };
}

function destinationAnswer(d: Destination, local: boolean): Record<string, unknown> {
  const { response, by: _, status, ...rest } = d;
  if (local || status === undefined) return rest;
  const reached = d.method !== undefined;
  const headers = new Map(reached ? Object.entries(UPSTREAM_HEADERS).map(([k, v]) => [k, [v]]) : []);
  for (const c of response) {
    if (c.how === 'remove') headers.delete(c.name);
    else headers.set(c.name, c.how === 'add' ? [...(headers.get(c.name) ?? []), c.value!] : [c.value!]);
  }
  const changed = [...headers].filter(([k, v]) => !reached || v.length !== 1 || v[0] !== UPSTREAM_HEADERS[k]);
  const removed = reached ? Object.keys(UPSTREAM_HEADERS).filter((k) => !headers.has(k)) : [];
  return {
    ...rest,
    status,
    ...(changed.length > 0 ? { responseHeaders: Object.fromEntries(changed.map(([k, v]) => [k, v.join(', ')])) } : {}),
    ...(removed.length > 0 ? { responseHeadersRemoved: removed } : {}),
  };
}

/** The clusters that answers name, in the form of the recorded ones; `null` for one that the proxy does not have. */
export function clusterAnswers(proxy: ProxyView, outcomes: readonly Outcome[]): Record<string, unknown> {
  const names = new Set<string>();
  for (const o of outcomes) {
    for (const d of o.destinations ?? []) names.add(d.cluster);
    for (const m of o.mirrors ?? []) names.add(m.cluster);
  }
  return Object.fromEntries([...names].sort().map((n) => [n, clusterAnswer(proxy.cluster(n))]));
}

/** A cluster in the form of the recorded ones. */
export function clusterAnswer(c: Cluster | undefined): Record<string, unknown> | null {
  if (!c) return null;
  const pods = (w: Cluster['endpoints'][number]) =>
    w.workload?.kind === 'Pod' ? `${w.workload.namespace}/${w.workload.name}` : w.address;
  const rule = c.rule?.from[0];
  return {
    type: c.type,
    ...(c.endpoints.length > 0
      ? { endpoints: c.endpoints.map((e) => ({ to: `${pods(e)}:${e.port}`, ...(e.mtls ? { mtls: true } : {}) })) }
      : {}),
    ...(c.lb ? { lb: c.lb } : {}),
    ...(c.ringHash ? { ringHash: c.ringHash } : {}),
    ...(c.connectTimeoutMs === 10_000 ? {} : { connectTimeoutMs: c.connectTimeoutMs }),
    ...(c.circuitBreaker ? { circuitBreaker: c.circuitBreaker } : {}),
    ...(c.outlier ? { outlier: c.outlier } : {}),
    ...(c.http ? { http: c.http } : {}),
    ...(c.tls ? { tls: c.tls } : {}),
    ...(rule ? { config: `destination-rule/${rule.namespace}/${rule.name}` } : {}),
  };
}
