import type { Config, Ref } from '../model/config';
import { fullName } from '../model/host';
import { isAmbientNamespace, type WaypointUse, waypointOf } from './ambient';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items, texts } from './items';

/** A host in ambient mode that a VirtualService or DestinationRule is about. */
export interface AmbientHost {
  readonly config: Config;
  readonly at: Ref;
  readonly host: string;
  readonly service: Config;
  readonly waypoint: WaypointUse | undefined;
}

/** Services and ServiceEntries of ambient namespaces by host. */
const ambientServices = ofMesh((mesh) => {
  const out = new Map<string, Config>();
  for (const c of mesh.of('ServiceEntry'))
    if (isAmbientNamespace(mesh, c.namespace)) for (const [, h] of texts(c.spec.hosts)) out.set(h, c);
  for (const c of mesh.of('Service'))
    if (isAmbientNamespace(mesh, c.namespace)) out.set(`${c.name}.${c.namespace}.svc.${mesh.model.mesh.domain}`, c);
  return out;
});

function* hostsIn(mesh: CheckedMesh, config: Config, hosts: Iterable<readonly [Ref['path'], string]>): Iterable<AmbientHost> {
  for (const [path, host] of hosts) {
    const service = ambientServices(mesh).get(fullName(host, config.namespace, mesh.model.mesh.domain));
    if (service) yield { config, at: { manifest: config.manifest, path }, host, service, waypoint: waypointOf(mesh, service) };
  }
}

/** Hosts in ambient mode of VirtualServices that tell requests apart, for calls within the mesh. */
export const routedAmbientHosts: (mesh: CheckedMesh) => readonly AmbientHost[] = ofMesh((mesh) =>
  mesh.of('VirtualService').flatMap((config) => {
    const { spec } = config;
    const gateways = texts(spec.gateways).map(([, g]) => g);
    if (gateways.length > 0 && !gateways.includes('mesh')) return [];
    if (items(spec.http).length + items(spec.tls).length === 0) return [];
    return [
      ...hostsIn(
        mesh,
        config,
        texts(spec.hosts).map(([i, h]) => [['spec', 'hosts', i], h] as const),
      ),
    ];
  }),
);

/** Hosts in ambient mode of DestinationRules with settings for requests. */
export const ruledAmbientHosts: (mesh: CheckedMesh) => readonly AmbientHost[] = ofMesh((mesh) =>
  mesh.of('DestinationRule').flatMap((config) => {
    const { spec } = config;
    const policies = [spec.trafficPolicy, ...items(spec.subsets).map(([, s]) => s.trafficPolicy)];
    if (!policies.some(isAboutRequests)) return [];
    return [...hostsIn(mesh, config, [[['spec', 'host'], String(spec.host ?? '')]])];
  }),
);

/** Whether ztunnel cannot do what a traffic policy says. */
function isAboutRequests(policy: any): boolean {
  if (!policy) return false;
  const hash = policy.loadBalancer?.consistentHash;
  return (
    policy.connectionPool?.http !== undefined ||
    policy.outlierDetection !== undefined ||
    hash?.httpHeaderName !== undefined ||
    hash?.httpCookie !== undefined ||
    items(policy.portLevelSettings).some(([, p]) => isAboutRequests(p))
  );
}
