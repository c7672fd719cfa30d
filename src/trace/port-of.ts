import type { MeshModel } from '../model/mesh-model';
import type { Client } from './client';
import { headlessNamed, serviceNamed } from './resolve-name';

/**
 * The port that a client means who says none: the one in the host, the only one of the service, or the scheme's.
 * @param option how to say which, for the error
 * @throws when the service has several
 */
export function portOf(model: MeshModel, host: string, client: Client, tls: boolean, option: string): number {
  const [, said] = /:(\d+)$/.exec(host) ?? [];
  if (said) return Number(said);
  const usual = tls ? 443 : 80;
  if (client.proxy === 'gateway') return usual;
  const service = serviceNamed(model, client.namespace, host) ?? headlessNamed(model, client.namespace, host);
  const ports = (service?.ports ?? []).map((p) => p.port);
  if (ports.length > 1) throw new Error(`${service!.host} has ports ${ports.join(', ')}: say which with ${option}`);
  return ports[0] ?? usual;
}
