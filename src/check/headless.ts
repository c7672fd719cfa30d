import type { Config } from '../model/config';
import { fullName } from '../model/host';
import type { Service } from '../model/service';
import type { CheckedMesh } from './checked-mesh';
import { texts } from './items';

/** The headless Service of Kubernetes that an object means by a host. */
export function headlessService(mesh: CheckedMesh, host: unknown, namespace: string): Service | undefined {
  if (typeof host !== 'string') return undefined;
  const { byHost, mesh: settings } = mesh.model;
  const found = [...(byHost.get(fullName(host, namespace, settings.domain))?.values() ?? [])];
  const [service] = found;
  // where a ServiceEntry has the host too, who is asked decides
  return found.length === 1 && service!.registry === 'Kubernetes' && service!.resolution === 'Passthrough' ? service : undefined;
}

/** Whether sidecars obey a VirtualService. */
export const isForSidecars = ({ spec }: Config): boolean => {
  const gateways = texts(spec.gateways).map(([, g]) => g);
  return gateways.length === 0 || gateways.includes('mesh');
};
