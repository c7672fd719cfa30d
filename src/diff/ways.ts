import type { Route } from '../model/route';
import type { Client } from '../trace/client';
import type { TraceRequest } from '../trace/request';
import { DIRECT, type Passage, passage } from './atoms';
import { canonical } from './canonical';
import { type Arriving, clusterPrint, clustersOf, effectPrint, type Facts, keyOf, type Side } from './facts';
import type { PolicyClause, Verdicts } from './policy-clauses';

/** One mesh, as one client sees one host and port of it. */
export interface View {
  readonly side: Side;
  readonly client: Client;
  readonly facts: Facts;
}

/** What one side does with the requests of one region. */
export interface Way<C> {
  readonly route: Route | undefined;
  readonly clause: C;
  readonly passages: readonly { readonly passage: Passage; readonly arriving: readonly Arriving[] }[];
  readonly effect: string;
  /** What the servers' sidecars hold for this client. */
  readonly servers: string;
}

/** What the policies of all servers ask that requests may come to. */
export const clausesOf = (v: View): PolicyClause[] =>
  unique(
    [...new Set(v.facts.arrivals.map((a) => v.side.verdictsAt(a, v.client)))].flatMap((x) => [...x.deny, ...(x.allow ?? [])]),
  );
export const tokenRulesOf = (v: View): any[] => unique([...new Set(v.facts.arrivals.map((a) => v.side.tokenRules(a)))].flat());
const unique = <T>(list: readonly T[]): T[] => [...new Map(list.map((x) => [canonical(x), x])).values()];

/** The ways through the client's proxy, and the one past it. */
export function passagesOf(v: View): Passage[] {
  const all = v.facts.routes.flatMap((r) => (r.action.kind === 'forward' ? r.action.clusters.map((c) => passage(r, c)) : []));
  return [...new Map([DIRECT, ...all].map((p) => [p.print, p])).values()];
}

/**
 * The routes of a side in their order, and last what takes the rest.
 * @param clause when a route takes a request, and when the rest is asked
 */
export function waysOf<C>(v: View, base: TraceRequest, clause: (r: Route | undefined) => C): Way<C>[] {
  const serversOf = (arriving: readonly Arriving[]) =>
    canonical(
      arriving
        .map((a) => [keyOf(a.workload), a.cluster, a.hello, serverPrint(v, a)])
        .sort((x, y) => (canonical(x) < canonical(y) ? -1 : 1)),
    );
  const byCluster = new Map<string, Arriving[]>();
  for (const a of v.facts.arrivals) {
    const list = byCluster.get(a.cluster);
    if (list) list.push(a);
    else byCluster.set(a.cluster, [a]);
  }
  const known = new Map<string, string>();
  const memo = (key: string, made: () => string): string => {
    const text = known.get(key) ?? made();
    known.set(key, text);
    return text;
  };
  const of = (r: Route): Way<C> => {
    const { action } = r;
    const passages =
      action.kind === 'forward'
        ? action.clusters.map((c) => ({
            passage: passage(r, c),
            arriving: byCluster.get(c.cluster) ?? [],
          }))
        : [];
    return {
      route: r,
      clause: clause(r),
      passages,
      effect: effectPrint(r) + clustersOf(r).map((n) => memo(n, () => clusterPrint(v.side.cluster(v.client, base, n)))),
      servers: memo(`servers ${clustersOf(r).slice(0, passages.length).join(' ')}`, () =>
        serversOf(passages.flatMap((p) => p.arriving)),
      ),
    };
  };
  const unasked = v.client.proxy === 'none' || !v.facts.http;
  const direct = unasked ? [{ passage: DIRECT, arriving: v.facts.arrivals }] : [];
  const rest: Way<C> = {
    route: undefined,
    clause: clause(undefined),
    passages: direct,
    effect: v.facts.host && v.facts.routes.length > 0 && !unasked ? 'no route' : canonical(v.facts.does),
    servers: serversOf(direct.flatMap((p) => p.arriving)),
  };
  return [...v.facts.routes.map(of), rest];
}

/** What a server's sidecar holds, for one client. */
export function serverPrint(v: View, a: Arriving): string {
  const [own, , tokenRules] = v.side.inboundFacts(a);
  return `${own} ${v.side.verdictsAt(a, v.client).print} ${tokenRules}`;
}

/** A way to be let in, or to be kept out. */
export interface Letting<C> {
  readonly allowed: boolean;
  readonly met: readonly C[];
  readonly unmet: readonly C[];
}

/** All ways to be let in, and to be kept out. */
export function outcomes<C>({ deny, allow }: Verdicts, clause: (c: PolicyClause) => C): Letting<C>[] {
  const no = deny.map(clause);
  const yes = allow?.map(clause);
  return [
    ...(yes ?? [undefined]).map((c) => ({ allowed: true, met: c ? [c] : [], unmet: no })),
    ...no.map((c) => ({ allowed: false, met: [c], unmet: [] })),
    ...(yes ? [{ allowed: false, met: [], unmet: [...yes, ...no] }] : []),
  ];
}
