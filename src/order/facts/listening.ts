import type { Manifest } from '../../manifests/manifest';
import { fullName } from '../../model/host';
import { type Fact, list, listenersOf, NOTHING, type References, rootsOf } from './references';
import { hostsInMesh } from './served-hosts';

/**
 * Ports that routes ask for without naming them: a destination without a port is asked at the one that was called. So the host
 * that a route leads to listens at each port of the hosts that it is for, where it ever does.
 * Source: pilot/pkg/networking/core/route/route.go, GetDestinationCluster.
 */
export function listeningFacts(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const ports = new Map<string, Set<number>>();
  for (const m of objects)
    for (const { host, port } of listenersOf(m, domain)) ports.set(host, (ports.get(host) ?? new Set()).add(port));
  const roots = rootsOf(objects);
  return (m) => {
    const own = listenersOf(m, domain);
    if (own.length > 0) return { ...NOTHING, provides: new Set(own.map(({ host, port }): Fact => `listens ${host} ${port}`)) };
    if (m.kind !== 'VirtualService') return NOTHING;
    const hosts = roots(m).flatMap((root) => hostsInMesh(root, domain));
    const called = new Set(hosts.flatMap((h) => [...(ports.get(h) ?? [])]));
    // one port alone is the one that everybody names
    if (called.size < 2) return NOTHING;
    const to = list(m.object.spec?.http).flatMap((rule) => list(rule.route).map((r) => r.destination));
    const without = to.filter((d) => d?.host && d.port?.number === undefined).map((d) => fullName(d.host, m.namespace, domain));
    return { ...NOTHING, needs: new Set(without.flatMap((host) => [...called].map((port): Fact => `listens ${host} ${port}`))) };
  };
}
