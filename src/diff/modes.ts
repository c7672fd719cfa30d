import type { Arrival } from '../trace/arrival';
import type { Trace } from '../trace/flow';
import { canonical } from './canonical';
import { keyOf } from './facts';

/** How one pod gets a request before and after; nothing on a side on which it does not. */
export type Both = readonly [Arrival | undefined, Arrival | undefined];

/** Arrivals at the same pods and ports. */
export function bothArrivals(old: Trace, now: Trace): Both[] {
  const key = ({ endpoint: { workload, address, port } }: Arrival) => `${workload ? keyOf(workload) : address} ${port}`;
  const [a, b] = [old, now].map((t) => new Map(t.arrivals.map((x) => [key(x), x]))) as [
    Map<string, Arrival>,
    Map<string, Arrival>,
  ];
  return [...new Set([...a.keys(), ...b.keys()])].map((k) => [a.get(k), b.get(k)]);
}

/** What a pod's sidecar takes: `PERMISSIVE`, `STRICT`. */
const modeOf = (a: Arrival): string => /is (\w+)$/.exec(a.outcome?.steps[0]?.text ?? '')?.[1] ?? '';
/** Whether a pod does not take the connection, so that no policy is asked. */
export const isClosed = (a: Arrival | undefined): boolean => a?.outcome?.action === 'noFilterChain';

/**
 * The modes of mutual TLS at a pod, where it is they that a request comes to another end by: the pod takes the connection on one side
 * alone, or the client's proxy, which chooses by itself, speaks mutual TLS on one side alone.
 */
export function modeChange([a, b]: Both, old: Trace, now: Trace): readonly [string, string] | undefined {
  if (!a || !b) return undefined;
  const [from, to] = [modeOf(a), modeOf(b)];
  if (from === to || from === '' || to === '') return undefined;
  const tls = (t: Trace, name: string) => canonical(t.clusters.find((c) => c.name === name)?.tls ?? null);
  const chosen = a.mutualTls !== b.mutualTls && tls(old, a.cluster) === tls(now, b.cluster);
  return isClosed(a) !== isClosed(b) || chosen ? [from, to] : undefined;
}
