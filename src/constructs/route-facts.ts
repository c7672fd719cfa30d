import type { HttpRoute } from '../routing/compile';
import { endsOf, type HttpTable, type Origin } from '../routing/table';
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
