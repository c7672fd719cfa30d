import { type Config, selects } from '../model/config';
import { hostsMeet, hostWithin } from '../model/host';
import type { MeshModel } from '../model/mesh-model';
import type { ProxyView } from '../model/proxy';
import type { VirtualService } from '../model/virtual-service';
import { proxyOf } from './client';
import type { Trace } from './flow';
import { takesPath } from './match-route';
import { asInspected, normalizedPath } from './path';
import { withoutQuery } from './request';
import { wayOf } from './way';

/**
 * Objects of which one goes before the others by its age alone, as istiod has them in order for a trace: the first is the one
 * that the answer holds by. Sources: pilot/pkg/model/{push_context,sidecar,destination_rule,authentication,gateway}.go.
 */
export function contenders(model: MeshModel, t: Trace): Map<string, readonly Config[]> {
  const out = new Map<string, readonly Config[]>();
  const add = (role: string, list: readonly Config[]) => {
    if (list.length > 1) out.set(role, list);
  };
  for (const c of t.clusters) {
    if (c.rule) add(`rules for ${c.rule.host} in ${c.rule.namespace}`, c.rule.from);
    const { service } = c;
    if (service?.registry === 'External')
      add(`entries for ${service.host}`, distinct(model.services.filter((s) => s.host === service.host).map((s) => s.config)));
  }
  for (const { endpoint } of t.arrivals) {
    const w = endpoint.workload;
    if (!w) continue;
    for (const [i, level] of model.peers.levels(w.namespace, w.labels).entries())
      add(`peers ${i} of ${w.namespace}/${w.name}`, level);
    for (const [key, list] of tokenRules(model, w)) add(`tokens ${key} of ${w.namespace}/${w.name}`, list);
  }
  if (t.client.proxy === 'none') return out;
  const proxy = proxyOf(model, t.client);
  add('routes', routes(model, proxy, t));
  if (t.client.proxy === 'gateway') {
    add('gateways', gateways(proxy, t));
    return out;
  }
  const { sidecar } = proxy.scope;
  if (sidecar)
    add(
      'scopes',
      model.sidecars.filter((c) => c.namespace === sidecar.namespace && fits(c, sidecar, t.client.labels)),
    );
  return out;
}

/** Whether a Sidecar is for the proxy as another is: by a selector, or for all. */
const fits = (c: Config, other: Config, labels: Readonly<Record<string, string>>): boolean =>
  other.spec.workloadSelector
    ? c.spec.workloadSelector && selects(c.spec.workloadSelector.labels, labels)
    : !c.spec.workloadSelector;

const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** By namespace and issuer. */
function tokenRules(model: MeshModel, w: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }) {
  const out = new Map<string, Config[]>();
  for (const { rule, by } of model.policies.tokenRules(w.namespace, w.labels)) {
    const key = `${rule.issuer} ${by.manifest.namespace}`;
    const config = model.of('RequestAuthentication').find((c) => c.manifest === by.manifest)!;
    out.set(key, distinct([...(out.get(key) ?? []), config]));
  }
  return out;
}

/**
 * The VirtualService that decided, and one more for its hosts, if there is any. A gateway asks the routes of all of them, so there one
 * counts that has a route for the path.
 */
function routes(model: MeshModel, proxy: ProxyView, t: Trace): Config[] {
  const first = decided(model, proxy, t);
  if (!first) return [];
  const takers = t.client.proxy === 'gateway' ? takersAt(proxy, t) : undefined;
  const rival = model.virtualServices.find(
    (v) =>
      v !== first &&
      (!takers || takers.has(v)) &&
      v.gateways.some((g) => first.gateways.includes(g)) &&
      v.hosts.some((h) => first.hosts.some((f) => hostsMeet(h.toLowerCase(), f.toLowerCase()))),
  );
  return rival ? [first.config, rival.config] : [];
}

/** Those with a route for the path of a request; nothing where no routes are asked. */
function takersAt(proxy: ProxyView, { request }: Trace): ReadonlySet<VirtualService> | undefined {
  const way = wayOf(proxy, asInspected(request));
  const path = normalizedPath(request.path);
  if (way.outcome || !way.host || path === undefined) return undefined;
  const taking = way.host.routes.host.routes.filter((r) => takesPath(r.match, withoutQuery(path)));
  return new Set(taking.flatMap((r) => r.virtualService ?? []));
}

function decided(model: MeshModel, proxy: ProxyView, { request, outbound: o }: Trace): VirtualService | undefined {
  if (!o) return undefined;
  const named = (test: (v: VirtualService) => boolean) => model.virtualServices.find(test);
  if (o.config) return named((v) => o.config === `virtual-service/${v.namespace}/${v.name}`);
  const by = o.action === 'l4' ? o.destinations?.find((d) => d.by)?.by : undefined;
  if (by) return named((v) => v.config.manifest === by.manifest);
  const way = o.action === 'noRoute' ? wayOf(proxy, asInspected(request)) : undefined;
  return way && !way.outcome ? way.host?.routes.host.routes[0]?.virtualService : undefined;
}

/** Gateways of the proxy that serve the host; all of them, where a server is left out for another. */
function gateways(proxy: ProxyView, { request }: Trace): Config[] {
  const { byPort, omitted } = proxy.servers;
  const names = [request.sni, request.host.replace(/:\d+$/, '')].flatMap((n) => (n === undefined ? [] : [n.toLowerCase()]));
  const serves = (hosts: readonly string[]) =>
    hosts.some((h) => names.some((n) => hostWithin(n, h.slice(h.indexOf('/') + 1).toLowerCase())));
  const servers = [...byPort.values()].flat();
  const chosen = new Set([
    ...servers.filter((s) => omitted.length > 0 || serves(s.hosts)).map((s) => s.by.manifest),
    ...omitted.map((o) => o.by.manifest),
  ]);
  return proxy.sources.gateways.filter((g) => chosen.has(g.manifest));
}
