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
 * The pods that a headless service may be asked for by name, where the name is none of them: those that StatefulSets say (`db-0 to db-2`), or
 * an empty text where none has a name. Nothing where the name may be right: Kubernetes writes names of pods that say a hostname
 * and this service as their subdomain. Source: k8s.io/endpointslice, utils.go, getEndpointHostname.
 */
export function podsInstead(registry: Registry, namespace: string, host: string): string | undefined {
  const service = headlessNamed(registry, namespace, host);
  if (!service || serviceNamed(registry, namespace, host) || service.written.length > 0) return undefined;
  const pod = bare(host).slice(0, bare(host).indexOf('.'));
  const behind = [...new Set(service.ports.flatMap((p) => endpointsByNumber(service, p.port, registry).map((e) => e.workload)))];
  const known: string[] = [];
  for (const w of behind) {
    const spec = w?.config.spec;
    const said = w?.template.reduce<any>((o, field) => o?.[field], w.config.manifest.object)?.spec ?? spec;
    if (w === undefined || said?.hostname === pod) return undefined;
    if (w.config.manifest.kind !== 'StatefulSet' || spec!.serviceName !== service.name) continue;
    const { name } = w.config;
    const [, number] = pod.startsWith(`${name}-`) ? (/^-(0|[1-9]\d*)$/.exec(pod.slice(name.length)) ?? []) : [];
    const first = Number(spec!.ordinals?.start ?? 0);
    // a number that is left out is what the cluster has
    const last = spec!.replicas === undefined ? Number.POSITIVE_INFINITY : first + Number(spec!.replicas) - 1;
    if (number !== undefined && Number(number) >= first && Number(number) <= last) return undefined;
    known.push(
      last === first
        ? `${name}-${first}`
        : `${name}-${first} ${last < Number.POSITIVE_INFINITY ? `to ${name}-${last}` : 'and on'}`,
    );
  }
  return behind.length === 0 ? undefined : known.join(', ');
}

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
