import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { destinationsOf } from '../destinations';
import { headlessService, isForSidecars } from '../headless';
import { items, texts } from '../items';
import type { Rule } from '../rule';

/** A DestinationRule chooses among the pods of a headless Service, which sidecars do not. */
export const headlessNotBalanced: Rule = {
  id: 'MESH191',
  name: 'headless-not-balanced',
  severity: 'warning',
  codes: [],
  summary: 'a DestinationRule chooses among the pods of a headless Service, which sidecars do not',
  why: 'For a headless Service a sidecar connects to the pod that its client dialled (its cluster is ORIGINAL_DST): no subset narrows it, no load balancer chooses, and a pod that is ejected is dialled all the same. So a route to a subset goes to pods of every version. Limits of connections and TLS settings hold. At gateways, which get endpoints, all of it holds; nothing is found where a gateway leads to the host. Source: pilot/pkg/networking/core/cluster.go, cluster_traffic_policy.go (CLUSTER_PROVIDED).',
  remedy: 'Give the Service an address (no `clusterIP: None`), or leave the setting out.',
  *check(mesh) {
    for (const config of mesh.of('DestinationRule')) {
      const service = headlessService(mesh, config.spec.host, config.namespace);
      if (!service || ledTo(mesh).byGateways.has(service.host)) continue;
      const related = [{ at: { manifest: service.config.manifest, path: ['spec', 'clusterIP'] }, message: 'headless here' }];
      const say = (path: readonly (string | number)[], what: string) => ({
        at: { manifest: config.manifest, path: [...path] },
        message: `${what}: "${service.host}" is headless, so the client chooses the pod, and no proxy`,
        related,
      });
      for (const [i, s] of items(config.spec.subsets))
        if (ledTo(mesh).subsets.has(`${service.host} ${s.name}`))
          yield say(['spec', 'subsets', i], `requests for subset "${s.name}" go to pods that are not of it, too`);
      const balancer = config.spec.trafficPolicy?.loadBalancer;
      if (balancer && balancer.simple !== 'PASSTHROUGH')
        yield say(['spec', 'trafficPolicy', 'loadBalancer'], 'this load balancer balances nothing');
      if (config.spec.trafficPolicy?.outlierDetection)
        yield say(['spec', 'trafficPolicy', 'outlierDetection'], 'pods that are ejected are called all the same');
    }
  },
};

/** Headless hosts that gateways lead to, and their subsets that sidecars do. */
const ledTo = ofMesh((mesh: CheckedMesh) => {
  const byGateways = new Set<string>();
  const subsets = new Set<string>();
  for (const { config, destination } of destinationsOf(mesh)) {
    const service = headlessService(mesh, destination.host, config.namespace);
    if (!service) continue;
    const sidecars = isForSidecars(config);
    // a delegate serves whoever delegates to it
    if (!sidecars || texts(config.spec.gateways).length > 1 || texts(config.spec.hosts).length === 0)
      byGateways.add(service.host);
    if (sidecars && destination.subset) subsets.add(`${service.host} ${destination.subset}`);
  }
  return { byGateways, subsets };
});
