import type { Cluster } from './cluster';
import { compare } from './config';

/** Endpoints of one place, as a proxy takes them. */
export interface Place {
  /** `region/zone/subzone`, as far as it is said. */
  readonly locality: string;
  /** 0: taken first. Those of the next are taken when so many of these have failed that fewer than 5 in 7 are well (Envoy's 1.4). */
  readonly priority: number;
  /** Parts of the requests among those of the same priority. */
  readonly weight: number;
}

/**
 * In which order, and by which parts, a proxy at a place takes the endpoints of a cluster; nothing where all are alike to it, some
 * endpoint's place is not known, or labels decide (`failoverPriority`). Priorities need outlier detection, shares do not.
 * Source: pilot/pkg/networking/core/loadbalancer/loadbalancer.go, ApplyLocalityLoadBalancer.
 * @param from the proxy's place
 */
export function placesOf({ endpoints, outlier, near, service }: Cluster, from: string): readonly Place[] | undefined {
  const all = groups(endpoints);
  if (!all || all.length < 2 || near?.enabled === false || near?.failoverPriority?.length > 0) return undefined;
  const distribute: any[] = near?.distribute ?? [];
  if (distribute.length > 0) {
    const own = distribute.find((d) => matches(from, d.from ?? ''));
    return own ? distributed(all, own.to ?? {}) : undefined;
  }
  // what a Service says of itself holds where no DestinationRule says anything
  if (!outlier || (near === undefined && service?.config.spec.trafficDistribution)) return undefined;
  const failover: any[] = near?.failover ?? [];
  const ranked = all.map(({ locality, count }) => ({ locality, weight: count, priority: rank(from, locality, failover) }));
  const ranks = [...new Set(ranked.map((r) => r.priority))].sort((a, b) => a - b);
  if (ranks.length === 1) return undefined;
  return ranked
    .map((r) => ({ ...r, priority: ranks.indexOf(r.priority) }))
    .sort((a, b) => a.priority - b.priority || compare(a.locality, b.locality));
}

interface Group {
  readonly locality: string;
  readonly count: number;
}

function groups(endpoints: Cluster['endpoints']): Group[] | undefined {
  const counts = new Map<string, number>();
  for (const { locality: l, workload } of endpoints) {
    if (l === undefined) return undefined;
    counts.set(l, (counts.get(l) ?? 0) + (workload?.weight || 1));
  }
  return [...counts].map(([locality, count]) => ({ locality, count })).sort((a, b) => compare(a.locality, b.locality));
}

/** The order in which places are looked at does not matter: Istio refuses ones that overlap. */
function distributed(all: readonly Group[], to: Readonly<Record<string, number>>): Place[] {
  return Object.entries(to).flatMap(([place, share]) => {
    const there = all.filter((g) => matches(g.locality, place));
    const total = there.reduce((n, g) => n + g.count, 0);
    return there.map(({ locality, count }) => ({ locality, priority: 0, weight: Math.ceil((count * Number(share)) / total) }));
  });
}

/** Source: pilot/pkg/networking/util/util.go, LbPriority; loadbalancer.go, applyLocalityFailover. */
function rank(from: string, to: string, failover: readonly any[]): number {
  const [region, zone = '', subzone = ''] = from.split('/');
  const [toRegion, toZone = '', toSubzone = ''] = to.split('/');
  if (region === toRegion) return zone !== toZone ? 2 : subzone !== toSubzone ? 1 : 0;
  const setting = failover.find((f) => f.from === region);
  return setting && setting.to !== toRegion ? 4 : 3;
}

/** Source: util.go, LocalityMatch. */
function matches(locality: string, rule: string): boolean {
  const have = locality.split('/');
  const want = rule.split('/');
  return [0, 1, 2].every((i) => want[i] === '*' || (i > 0 && !want[i]) || (have[i] ?? '') === (want[i] ?? ''));
}
