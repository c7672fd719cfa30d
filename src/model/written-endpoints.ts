import type { Config } from './config';
import { listedBy } from './listed';
import type { Workload } from './workload';

/** An address that a Service has from an EndpointSlice or Endpoints, for one of its ports. */
export interface WrittenEndpoint {
  readonly address: string;
  /** Name of the Service's port. */
  readonly portName: string;
  readonly port: number;
  /** One that ends gets no requests; one that is not ready gets some where too few are. */
  readonly state: 'ready' | 'unready' | 'terminating';
  /** The pod that is said to be there. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
}

const SERVICE = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
/** Makes the slices of Services with a selector: they are made here from the workloads, whose pods may not be here. */
const CONTROLLER = 'endpointslice-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';

/**
 * The addresses that Services have by hand, by `namespace/name` of the Service. Endpoints count for Services without a selector,
 * as Kubernetes copies those into slices.
 * Source: pilot/pkg/serviceregistry/kube/controller/endpointslice.go, updateEndpointCacheForSlice.
 */
export function writtenEndpoints(
  slices: readonly Config[],
  endpoints: readonly Config[],
  services: readonly Config[],
): ReadonlyMap<string, readonly WrittenEndpoint[]> {
  const out = new Map<string, WrittenEndpoint[]>();
  const add = (service: string, e: WrittenEndpoint) => {
    const own = out.get(service);
    if (own) own.push(e);
    else out.set(service, [e]);
  };
  for (const { manifest, namespace } of slices) {
    const service = manifest.labels[SERVICE];
    const { addressType, endpoints: list, ports } = manifest.object;
    if (service === undefined || addressType === 'FQDN' || manifest.labels[MANAGED_BY] === CONTROLLER) continue;
    for (const e of objects(list))
      for (const address of texts(e.addresses))
        for (const p of objects(ports)) add(`${namespace}/${service}`, written(address, p, e, namespace));
  }
  const selecting = new Set(endpoints.length > 0 ? services.filter((s) => s.spec.selector).map(nameOf) : []);
  for (const config of endpoints) {
    const service = nameOf(config);
    if (selecting.has(service) || config.manifest.labels[SKIP_MIRROR] === 'true') continue;
    for (const s of objects(config.manifest.object.subsets))
      for (const a of objects(s.addresses))
        if (typeof a.ip === 'string') for (const p of objects(s.ports)) add(service, written(a.ip, p, a, config.namespace));
  }
  return out;
}

const nameOf = (c: Config) => `${c.namespace}/${c.name}`;
const objects = (list: unknown): Record<string, any>[] =>
  Array.isArray(list) ? list.filter((x) => typeof x === 'object' && x !== null) : [];
const texts = (list: unknown): string[] => (Array.isArray(list) ? list.filter((x) => typeof x === 'string') : []);

/** Source: endpointslice.go, endpointHealthStatus. */
function stateOf(conditions: any): WrittenEndpoint['state'] {
  if (conditions?.ready !== false) return 'ready';
  return conditions.terminating === false ? 'unready' : 'terminating';
}

const written = (address: string, port: Record<string, any>, of: Record<string, any>, namespace: string): WrittenEndpoint => ({
  address,
  portName: port.name ?? '',
  port: Number(port.port ?? 0),
  state: stateOf(of.conditions),
  pod: of.targetRef?.kind === 'Pod' ? { namespace: of.targetRef.namespace ?? namespace, name: of.targetRef.name } : undefined,
});

const podsByName = listedBy((w: Workload) => (w.kind === 'Pod' ? [`${w.namespace}/${w.name}`] : []));
const podsByAddress = listedBy((w: Workload) => (w.kind === 'Pod' ? [`${w.namespace}/${w.address}`] : []));

/**
 * The pod behind an address. `missing`: one is named that is not there, and istiod waits for it.
 * Source: endpointslice.go, getPod.
 */
export function podBehind(
  workloads: readonly Workload[],
  e: WrittenEndpoint,
  namespace: string,
): Workload | undefined | 'missing' {
  if (e.pod) return podsByName(workloads, `${e.pod.namespace}/${e.pod.name}`)[0] ?? 'missing';
  return podsByAddress(workloads, `${namespace}/${e.address}`)[0];
}
