import type { Arrival } from '../../src/trace/arrival';
import type { Trace } from '../../src/trace/flow';

interface End {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

const isAway = ({ status, reason }: End) => (status === undefined ? reason !== undefined : status >= 400);

/** What of a trace its caller sees, told apart here on its own: of a share that is turned away the status alone. */
export interface Caller {
  /** Some share of the requests is not turned away. */
  readonly letIn: boolean;
  /** A text an end. */
  readonly ends: readonly string[];
  /** Whether requests to a destination come through, and copies of them are sent there. */
  readonly gets: (cluster: string) => boolean;
  /** Those that come through. */
  readonly arrivals: readonly Arrival[];
}

/** @param place what sets ends apart that are no refusals */
export function callerOf(t: Trace, place: (e: Trace['endings'][number]) => unknown): Caller {
  const away = new Map<string, number>();
  const ends: string[] = [];
  for (const e of t.endings) {
    if (!isAway(e) || e.maybe) ends.push(JSON.stringify([e.share, place(e)]));
    else {
      const status = `${e.status ?? 'closed'}`;
      away.set(status, (away.get(status) ?? 0) + e.share.of / e.share.in);
    }
  }
  for (const [status, share] of away) if (share > 0) ends.push(`${status} ${share.toFixed(6)}`);
  const letIn = t.endings.some((e) => e.share.of > 0 && !isAway(e));
  const open = new Set(t.endings.flatMap((e) => (isAway(e) ? [] : e.where.split(', '))));
  const named = ({ endpoint: { workload: w, address, port } }: Arrival) =>
    w ? `${w.namespace}/${w.config.name}` : `${address}:${port}`;
  const shut = new Set(t.endings.flatMap((e) => (isAway(e) ? e.where.split(', ') : [])));
  // at a gateway requests do not end
  const arrivals = t.arrivals.filter((a) => letIn && (open.has(named(a)) || !shut.has(named(a))));
  const copies = new Set(t.outbound?.mirrors?.map((m) => m.cluster));
  return {
    letIn,
    ends: ends.sort(),
    gets: (c) => copies.has(c) || (letIn && (!t.arrivals.some((a) => a.cluster === c) || arrivals.some((a) => a.cluster === c))),
    arrivals,
  };
}
