import type { ProxySources } from '../model/proxy';
import { NO_ADDRESS, type Service } from '../model/service';
import { withoutPort } from '../model/virtual-host';

type Names = Pick<ProxySources, 'byHost' | 'mesh'>;

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

/** The address that it dials: `0.0.0.0` for a service that has none of its own, {@link ELSEWHERE} for one outside the mesh. */
export function addressNamed(names: Names, namespace: string, host: string): string {
  const name = bare(host);
  if (isAddress(name)) return name;
  const service = serviceNamed(names, namespace, name);
  return service ? service.address || NO_ADDRESS : ELSEWHERE;
}

export const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host);
