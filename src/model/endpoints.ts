import { NO_ADDRESS, type Service } from './service';
import { selected, type Workload, workloadEntry } from './workload';

/** Where requests for a service's port can arrive. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Whether it takes mutual TLS. */
  readonly mtls: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The pods; none for an address outside the mesh. */
  readonly workload: Workload | undefined;
}

/**
 * The endpoints of a service's port, before subsets.
 * Source: pilot/pkg/serviceregistry/kube/controller and serviceentry/conversion.go.
 */
export function endpointsOf(service: Service, port: number, workloads: readonly Workload[]): Endpoint[] {
  if (!service.ports.some((p) => p.port === port)) return [];
  const { manifest, spec } = service.config;
  if (service.registry === 'Kubernetes') {
    return workloads
      .filter((w) => w.kind === 'Pod' || manifest.kind === 'Service')
      .flatMap((w) => {
        if (!selected([w], service.namespace, service.selector).length) return [];
        const at = targetPort(service, port, w);
        return at === undefined ? [] : [endpoint(w, at)];
      });
  }
  if (service.selector) {
    return selected(workloads, service.namespace, service.selector).flatMap((w) => {
      const at = entryPort(service, port, w);
      return [endpoint(w, at)];
    });
  }
  const listed = (spec.endpoints ?? []) as Record<string, any>[];
  if (listed.length > 0)
    return listed.map((e, i) => {
      const w = workloadEntry(service.config, e, `${service.config.name}-${i}`);
      return { ...endpoint(w, entryPort(service, port, w)), workload: undefined };
    });
  if (service.resolution === 'DNSLB' || service.resolution === 'DNSRoundRobinLB')
    return [
      {
        address: service.host,
        port: Number(service.targetPorts.get(port) ?? port),
        mtls: false,
        labels: {},
        workload: undefined,
      },
    ];
  return [];
}

const endpoint = (w: Workload, port: number): Endpoint => ({
  address: w.address || NO_ADDRESS,
  port,
  mtls: w.hasSidecar,
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
