import type { Arrival } from '../trace/arrival';
import { seenBy } from '../trace/arrival';
import type { Ending } from '../trace/ending';
import type { Trace } from '../trace/flow';
import { plus } from '../trace/fraction';

type Answer = Pick<Ending, 'status' | 'reason'>;

/** Whether a connection ends without an answer. */
export const isClosed = (e: Answer): boolean => e.status === undefined && e.reason !== undefined;
/** Whether the caller gets what it asked for, or is sent on. */
export const isGood = (e: Answer): boolean => !isClosed(e) && (e.status ?? 200) < 400;

/**
 * How shares of the requests end, as far as the caller can tell: those that are turned away with one status are one, whoever does
 * it. Pods of one share that differ stay apart.
 */
export function callerEnds({ endings }: Trace): readonly Ending[] {
  const out = new Map<unknown, Ending>();
  for (const e of endings) {
    if (e.share.of === 0) continue;
    const key = isGood(e) || e.maybe ? e : (e.status ?? 'closed');
    const known = out.get(key);
    out.set(key, known ? { ...known, share: plus(known.share, e.share) } : e);
  }
  return [...out.values()];
}

/** Whether any share of the requests is not turned away. */
export const isLetIn = ({ endings }: Trace): boolean => endings.some((e) => e.share.of > 0 && isGood(e));

/** Whether a server gets the request, and is not kept from it by its own sidecar. */
export const isReached = (a: Arrival, t: Trace): boolean =>
  isLetIn(t) && (typeof a.outcome?.status === 'string' || isGood(seenBy(a, t.outbound?.action === 'l4' ? 'l4' : 'route')));

/** Whether a destination of the client's proxy gets requests, or copies of them. */
export function reaches(t: Trace, cluster: string): boolean {
  if (t.outbound?.mirrors?.some((m) => m.cluster === cluster)) return true;
  const there = t.arrivals.filter((a) => a.cluster === cluster);
  return isLetIn(t) && (there.length === 0 || there.some((a) => isReached(a, t)));
}
