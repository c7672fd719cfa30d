import { type Fraction, plus } from './fraction';
import type { Outcome } from './outcome';
import type { TraceRequest } from './request';

/** How a share of the requests ends, as the client sees it. */
export interface Ending {
  /** How many of the requests end so. */
  readonly share: Fraction;
  /** HTTP status; nothing for a connection that is not looked into. */
  readonly status: number | undefined;
  /** Envoy's response flags, where there is one. */
  readonly flags: string | undefined;
  /** `shop/reviews-v1`, a host outside, or the proxy that answers. */
  readonly where: string;
  /** The subset that answers, where it is one. */
  readonly subset: string | undefined;
  /** In words, for what is no plain success. */
  readonly reason: string | undefined;
  /** Pods of this share differ: some end so, others otherwise. */
  readonly maybe: boolean;
}

/** What a route answers itself, in words. */
export function answeredText({ action, redirect, config }: Outcome): string | undefined {
  if (action === 'redirect' && redirect)
    return redirect.location === undefined ? 'sent to nowhere' : `sent to ${redirect.location}`;
  return action === 'directResponse' && config !== undefined ? 'the route answers it' : undefined;
}

/** Why nobody behind a cluster answers, in words. */
export function nobodyBehind(cluster: string, { host, port }: TraceRequest): string {
  if (cluster === 'BlackHoleCluster') return `the proxy may call what it knows alone, and knows nothing of ${host}:${port}`;
  const [, , subset, of] = /^outbound\|(\d+)\|([^|]*)\|(.+)$/.exec(cluster) ?? [];
  return of === undefined ? `no pod is behind ${cluster}` : `no pod is behind ${subset ? `subset ${subset} of ` : ''}${of}`;
}

/** Equal endings add up. */
export function merged(endings: readonly Ending[]): readonly Ending[] {
  if (endings.length === 1) return endings;
  const out = new Map<string, Ending>();
  for (const e of endings) {
    const key = JSON.stringify([e.status, e.flags, e.where, e.subset, e.reason, e.maybe]);
    const known = out.get(key);
    out.set(key, known ? { ...known, share: plus(known.share, e.share) } : e);
  }
  return [...out.values()];
}
