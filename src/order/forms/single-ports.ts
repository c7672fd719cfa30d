import type { Manifest } from '../../manifests/manifest';
import { fullName } from '../../model/host';
import { type Fact, isRoutes, isService, list, NOTHING, type References, rootsOf } from '../facts/references';
import { bindings, isGateway, MESH } from '../facts/served-hosts';

/**
 * Destinations without a port: they mean the port of a Service that has one, and of another the port that was called. So a Service
 * comes to have more ports when nobody relies on its being one. Source: pilot/pkg/networking/core/route, GetDestinationCluster.
 */
export function singlePortFacts(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const ports = new Map<string, number[][]>();
  const served = new Map<string, number[]>();
  for (const m of objects) {
    if (isService(m)) {
      const host = hostOf(m, domain);
      ports.set(host, [...(ports.get(host) ?? []), portsOf(m)]);
    }
    if (isGateway(m)) {
      const name = `${m.namespace}/${m.name}`;
      served.set(name, [...(served.get(name) ?? []), ...list(m.object.spec?.servers).map((s) => s.port?.number)]);
    }
  }
  const changing = new Map(
    [...ports].filter(([, states]) => states.some((p) => p.length === 1) && states.some((p) => p.length > 1)),
  );
  if (changing.size === 0) return () => NOTHING;
  const roots = rootsOf(objects);
  /** The ports on which requests come that a VirtualService is for. */
  const called = (m: Manifest): number[] =>
    roots(m)
      .flatMap((root) => bindings(root, domain))
      .flatMap(({ place, hosts }) =>
        place === MESH ? hosts.flatMap((h) => (ports.get(h) ?? []).flat()) : (served.get(place) ?? []),
      );
  return (m) => {
    if (isService(m)) {
      const host = hostOf(m, domain);
      return changing.has(host) && portsOf(m).length === 1 ? { ...NOTHING, provides: new Set([factOf(host)]) } : NOTHING;
    }
    if (!isRoutes(m)) return NOTHING;
    const { http, tls, tcp } = m.object.spec ?? {};
    const hosts = [...list(http), ...list(tls), ...list(tcp)]
      .flatMap((rule) => list(rule.route).map((r) => r.destination))
      .filter((d) => d?.host && d.port?.number === undefined)
      .map((d) => fullName(d.host, m.namespace, domain))
      .filter((h) => changing.has(h));
    if (hosts.length === 0) return NOTHING;
    const from = called(m);
    // who calls a port that the Service has when it has several finds it anyway
    const several = (h: string) => changing.get(h)!.filter((state) => state.length > 1);
    const relying = hosts.filter((h) => from.some((port) => several(h).some((state) => !state.includes(port))));
    return relying.length > 0 ? { ...NOTHING, needs: new Set(relying.map(factOf)) } : NOTHING;
  };
}

const factOf = (host: string): Fact => `single ${host}`;
const hostOf = (m: Manifest, domain: string): string => `${m.name}.${m.namespace}.svc.${domain}`;
const portsOf = (m: Manifest): number[] => list(m.object.spec?.ports).map((p) => p.port);
