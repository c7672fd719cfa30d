import { listedBy } from './listed';
import { asksDns, NO_ADDRESS, portNumbered, type Service, type ServicePort } from './service';
import { selected, type Workload, workloadEntry } from './workload';
import { podBehind } from './written-endpoints';

/** Where requests for a service's port can arrive. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Whether it takes mutual TLS. */
  readonly mtls: boolean;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The pods; none for an address outside the mesh. */
  readonly workload: Workload | undefined;
  /** `region/zone/subzone`, where that is known. */
  readonly locality?: string | undefined;
  /** It is told to proxies as one that is not ready. */
  readonly unready?: true;
}

/** What endpoints are taken from: workloads, and all services of the mesh. */
export interface EndpointSources {
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
}

/**
 * The endpoints of a service's port, before subsets: its own, and those that other entries of its host and namespace have
 * for a port of that name. A ServiceEntry of several addresses is several entries, and has each endpoint as often.
 * Source: pilot/pkg/xds/endpoints/endpoint_builder.go, BuildClusterLoadAssignment.
 */
export function endpointsOf(service: Service, port: number, sources: EndpointSources): Endpoint[] {
  const name = portNumbered(service, port)?.name;
  return instances(service, sources, (_, p) => p.name === name).filter((e) => isAddress(e.address));
}

/**
 * Those that listeners, and clusters that are no EDS, have for a port: of ServiceEntries not by its name, but by its number. A
 * Service and a ServiceEntry of one host and namespace share them: the youngest that has some for the port says which.
 * Source: pilot/pkg/model/push_context.go, initServiceRegistry; endpointshards.go, CopyEndpoints.
 */
export function endpointsByNumber({ host, namespace }: Service, port: number, sources: EndpointSources): Endpoint[] {
  let found: Endpoint[] = [];
  for (const s of ofHost(sources.services, hostKey(host, namespace))) {
    const names = new Set(s.ports.filter((p) => p.port === port).map((p) => p.name));
    if (names.size === 0) continue;
    const own = instances(s, sources, (of, p) => (of.registry === 'Kubernetes' ? names.has(p.name) : p.port === port));
    if (own.length > 0) found = own;
  }
  return found;
}

const hostKey = (host: string, namespace: string) => `${namespace}/${host}`;
const ofHost = listedBy((s: Service) => [hostKey(s.host, s.namespace)]);

/**
 * The endpoints that a service and others of its host have for some ports. A ServiceEntry with DNS_ROUND_ROBIN has one for a
 * port number, and none where an older entry has some. Source: serviceentry/conversion.go, mergeServicesInstancesByNamespaceHost.
 */
function instances(
  { host, namespace }: Service,
  { services, workloads }: EndpointSources,
  wanted: (service: Service, port: ServicePort) => boolean,
): Endpoint[] {
  const out: Endpoint[] = [];
  const taken = new Set<number>();
  for (const s of ofHost(services, hostKey(host, namespace))) {
    const one = s.resolution === 'DNSRoundRobinLB';
    for (const p of s.ports) {
      if (one && taken.has(p.port)) continue;
      const own = ownEndpoints(s, p.port, workloads);
      if (own.length > 0 && s.registry !== 'Kubernetes') taken.add(p.port);
      if (wanted(s, p)) out.push(...(one ? own.slice(0, 1) : own));
    }
  }
  return out;
}

const isAddress = (text: string) => /^[\d.]+$/.test(text) || text.includes(':');

/** Source: pilot/pkg/serviceregistry/kube/controller and serviceentry/conversion.go. */
function ownEndpoints(service: Service, port: number, workloads: readonly Workload[]): Endpoint[] {
  const { manifest, spec } = service.config;
  if (service.registry === 'Kubernetes') {
    // a headless Service has pods alone
    const machines = manifest.kind === 'Service' && service.resolution === 'ClientSideLB';
    const pods = selected(workloads, service.namespace, service.selector)
      .filter((w) => w.kind === 'Pod' || machines)
      .flatMap((w) => {
        const at = targetPort(service, port, w);
        return at === undefined ? [] : [endpoint(w, at)];
      });
    return service.written.length === 0 ? pods : withWritten(service, port, pods, workloads);
  }
  if (service.selector)
    return selected(workloads, service.namespace, service.selector).map((w) => endpoint(w, entryPort(service, port, w)));
  const listed = (spec.endpoints ?? []) as Record<string, any>[];
  if (listed.length > 0)
    return listed.map((e, i) => {
      const w = workloadEntry(service.config, e, `${service.config.name}-${i}`);
      return { ...endpoint(w, entryPort(service, port, w)), workload: undefined };
    });
  if (!asksDns(service)) return [];
  const at = Number(service.targetPorts.get(port) ?? port);
  return [{ address: service.host, port: at, mtls: false, namespace: service.namespace, labels: {}, workload: undefined }];
}

/** Besides the pods that a Service selects, what it has by hand. Source: endpointslice.go, endpointSliceCache.get. */
function withWritten(service: Service, port: number, pods: readonly Endpoint[], workloads: readonly Workload[]): Endpoint[] {
  const { namespace } = service;
  const name = portNumbered(service, port)!.name;
  const taken = new Set(pods.map((e) => e.address));
  const own = service.written.flatMap((e): Endpoint[] => {
    const pod = e.portName === name && !taken.has(e.address) ? podBehind(workloads, e, namespace) : 'missing';
    if (pod === 'missing') return [];
    taken.add(e.address);
    if (e.state === 'terminating') return [];
    const unready = e.state === 'unready' ? { unready: true as const } : {};
    if (pod) return [{ ...endpoint(pod, e.port), address: e.address, ...unready }];
    return [{ address: e.address, port: e.port, mtls: false, namespace, labels: {}, workload: undefined, ...unready }];
  });
  return [...pods, ...own];
}

const endpoint = (w: Workload, port: number): Endpoint => ({
  address: w.address || NO_ADDRESS,
  port,
  mtls: w.hasSidecar,
  namespace: w.namespace,
  labels: w.labels,
  workload: w,
  ...(w.locality === undefined ? {} : { locality: w.locality }),
});

/** Of a machine, what it says of the Service's port. Source: kube/controller/controller.go, serviceInstanceFromWorkloadInstance. */
function targetPort(service: Service, port: number, w: Workload): number | undefined {
  const target = service.targetPorts.get(port) ?? port;
  if (w.kind === 'WorkloadEntry' && typeof target === 'number') return entryPort(service, port, w);
  if (typeof target === 'number' || /^\d+$/.test(target)) return Number(target);
  return w.ports.get(target);
}

function entryPort(service: Service, port: number, w: Workload): number {
  const name = portNumbered(service, port)!.name;
  return w.kind === 'WorkloadEntry' && w.ports.has(name) ? w.ports.get(name)! : Number(service.targetPorts.get(port) ?? port);
}
