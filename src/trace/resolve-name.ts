import { type Endpoint, endpointsByNumber } from '../model/endpoints';
import type { ProxySources } from '../model/proxy';
import { NO_ADDRESS, type Service } from '../model/service';
import { withoutPort } from '../model/virtual-host';

type Names = Pick<ProxySources, 'byHost' | 'mesh'>;
type Registry = Names & Pick<ProxySources, 'services' | 'workloads'>;

/** An address that no service of the mesh has. */
export const ELSEWHERE = '240.0.0.1';

const bare = (host: string) => withoutPort(host).toLowerCase().replace(/\.$/, '');

/** The service that a client of a namespace calls by a name, as Kubernetes' DNS search finds it; none for other names. */
export function serviceNamed({ byHost, mesh }: Names, namespace: string, host: string): Service | undefined {
  const name = bare(host);
  for (const full of [name, `${name}.${namespace}.svc.${mesh.domain}`, `${name}.svc.${mesh.domain}`, `${name}.${mesh.domain}`]) {
    const found = byHost.get(full);
    if (found) return found.get(namespace) ?? [...found].sort(([a], [b]) => (a < b ? -1 : 1))[0]![1];
  }
  return undefined;
}

const isHeadless = (s: Service | undefined) => s?.resolution === 'Passthrough' && s.registry === 'Kubernetes';

/** The headless service whose pods a name is of: its own, or a pod's (`db-0.db.shop`). */
export function headlessNamed(names: Names, namespace: string, host: string): Service | undefined {
  const known = serviceNamed(names, namespace, host);
  const at = bare(host).indexOf('.');
  const service = known ?? (at < 0 ? undefined : serviceNamed(names, namespace, bare(host).slice(at + 1)));
  return isHeadless(service) ? service : undefined;
}

/** The pods of a headless service that a name may be of, at the port that is dialled: those of one StatefulSet, or all of them. */
export function podsNamed(registry: Registry, service: Service, host: string, port: number): readonly Endpoint[] {
  const all = endpointsByNumber(service, port, registry);
  const pod = bare(host).split('.')[0]!;
  const named = bare(host).startsWith(`${service.name}.`) || bare(host) === service.name ? [] : all.filter((e) => isOf(pod, e));
  return named.length > 0 ? named : all;
}

/** `db-0` is a pod of `db`. */
const isOf = (pod: string, { workload }: Endpoint) =>
  workload !== undefined && pod.startsWith(`${workload.config.name}-`) && /^-\d+$/.test(pod.slice(workload.config.name.length));

/**
 * The address that a client dials: of a headless service that of one of its pods, by preference another's than its own;
 * {@link ELSEWHERE} for what is outside the mesh.
 */
export function addressNamed(
  registry: Registry,
  client: { readonly namespace: string; readonly address?: string },
  host: string,
  port: number,
): string {
  const name = bare(host);
  if (isAddress(name)) return name;
  const headless = headlessNamed(registry, client.namespace, name);
  if (headless) {
    const pods = podsNamed(registry, headless, name, port).filter((e) => isAddress(e.address));
    return (pods.find((e) => e.address !== client.address || e.workload?.several) ?? pods[0])?.address ?? NO_ADDRESS;
  }
  const service = serviceNamed(registry, client.namespace, name);
  return service ? service.address || NO_ADDRESS : ELSEWHERE;
}

export const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host);
