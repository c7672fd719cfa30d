import { asksDns, NO_ADDRESS, type Service } from './service';
import { selected, type Workload, workloadEntry } from './workload';

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
}

/**
 * The endpoints of a service's port, before subsets: its own, and those that other entries of its host and namespace have
 * for a port of that name, or of that number where DNS is asked. A ServiceEntry of several addresses is several entries, and
 * has each endpoint as often. For listeners, and where istiod finds out whether all take mutual TLS, it goes by ports' numbers
 * (push_context.go, ServiceEndpointsByPort).
 * Source: pilot/pkg/xds/endpoints/endpoint_builder.go.
 */
export function endpointsOf(
  service: Service,
  port: number,
  workloads: readonly Workload[],
  registry: readonly Service[],
  by: 'name' | 'number' = 'name',
): Endpoint[] {
  const name = service.ports.find((p) => p.port === port)?.name;
  if (name === undefined) return [];
  return registry
    .filter((s) => s.host === service.host && s.namespace === service.namespace && asksDns(s) === asksDns(service))
    .flatMap((s) => {
      // for names that DNS is asked for istiod goes by ports' numbers, else by their names
      const p = s.ports.find((x) => (by === 'number' || asksDns(s) ? x.port === port : x.name === name));
      return p ? ownEndpoints(s, p.port, workloads) : [];
    });
}

/** Source: pilot/pkg/serviceregistry/kube/controller and serviceentry/conversion.go. */
function ownEndpoints(service: Service, port: number, workloads: readonly Workload[]): Endpoint[] {
  const { manifest, spec } = service.config;
  if (service.registry === 'Kubernetes')
    return workloads
      .filter((w) => w.kind === 'Pod' || manifest.kind === 'Service')
      .flatMap((w) => {
        if (!selected([w], service.namespace, service.selector).length) return [];
        const at = targetPort(service, port, w);
        return at === undefined ? [] : [endpoint(w, at)];
      });
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

const endpoint = (w: Workload, port: number): Endpoint => ({
  address: w.address || NO_ADDRESS,
  port,
  mtls: w.hasSidecar,
  namespace: w.namespace,
  labels: w.labels,
  workload: w,
});

function targetPort(service: Service, port: number, w: Workload): number | undefined {
  const target = service.targetPorts.get(port) ?? port;
  if (typeof target === 'number' || /^\d+$/.test(target)) return Number(target);
  return w.ports.get(target);
}

function entryPort(service: Service, port: number, w: Workload): number {
  const name = service.ports.find((p) => p.port === port)!.name;
  return w.kind === 'WorkloadEntry' && w.ports.has(name) ? w.ports.get(name)! : Number(service.targetPorts.get(port) ?? port);
}
