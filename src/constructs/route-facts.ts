import type { HttpRoute } from '../routing/compile';
import { endsOf, type HttpTable, type Origin, type Overlay } from '../routing/table';
import type { AppModel } from './app-model';

/** Where each route of a VirtualService comes from: the rules that it was made of, the gateway's first. */
export const partsOf = (http: readonly HttpRoute[]): Readonly<Record<string, readonly Origin[]>> =>
  Object.fromEntries(http.map((r, i) => [`spec.http.${i}`, r.rules.map((rule) => rule.origin)]));

/** Remembers which subsets the routes name, so that DestinationRules define exactly those. */
export function nameSubsets(model: AppModel, routes: readonly HttpRoute[]): void {
  for (const r of routes) {
    if (r.action.kind === 'split') for (const d of r.action.to) if (d.subset) nameSubset(model, d.host, d.subset);
    for (const m of r.effects.mirrors ?? []) if (m.subset) nameSubset(model, m.host, m.subset);
  }
}

/**
 * Throws where a route leads to another host whose calls go to where the client dialled: a proxy would send them to the address
 * of this host again. At a gateway istiod gives such hosts endpoints. Source: pilot/pkg/networking/core/cluster.go, convertResolution.
 */
export function checkDialled(model: AppModel, routes: readonly HttpRoute[], of: string, overlays: readonly Overlay[]): void {
  if (model.headless.size === 0) return;
  for (const r of routes) {
    const ends = [...(r.action.kind === 'split' ? r.action.to : []), ...(r.effects.mirrors ?? [])];
    const end = ends.find((d) => d.host !== of && model.headless.has(d.host));
    const mirrors = overlays.filter(({ effect }) => effect.kind === 'mirror' && effect.mirror.host === end?.host);
    const said = (mirrors.length > 0 ? mirrors : r.rules).map(({ origin }) => `"${origin.construct}"`);
    if (end)
      throw new Error(
        `routes of host "${of}" (by ${[...new Set(said)].join(', ')}) lead to "${end.host}", whose clients choose its pods by themselves: a proxy connects to the address that its client dialled, which is none of these pods; make it a HeadlessGrpcService of mode 'mesh'`,
      );
  }
}

/** Remembers one subset. */
export function nameSubset(model: AppModel, host: string, subset: string): void {
  const named = model.namedSubsets.get(host) ?? new Set();
  model.namedSubsets.set(host, named.add(subset));
}

/** Where a table's requests may end, and the egress gateways on the way, as a Sidecar's `namespace/host`. */
export const leadsTo = (model: AppModel, table: HttpTable): string[] =>
  [...endsOf(table)].flatMap((host) => {
    const way = model.waysOut.get(host);
    return [`${namespaceOf(host)}/${host}`, ...(way ? [way.egressHost] : [])];
  });

/** `reviews.bookinfo.svc.cluster.local` -> `bookinfo`; a host of another form may be declared in any namespace. */
const namespaceOf = (host: string) => /^[^.]+\.([^.]+)\.svc\./.exec(host)?.[1] ?? '*';
