import type { MeshModel } from '../model/mesh-model';
import type { Client } from './client';

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
  const { namespace } = client;
  const { domain } = model.mesh;
  for (const name of [host, `${host}.${namespace}.svc.${domain}`, `${host}.svc.${domain}`, `${host}.${domain}`]) {
    const found = model.byHost.get(name);
    if (!found) continue;
    const s = found.get(namespace) ?? [...found.values()][0]!;
    const ports = s.ports.map((p) => p.port);
    if (ports.length === 1) return ports[0]!;
    if (ports.length > 1) throw new Error(`${name} has ports ${ports.join(', ')}: say which with ${option}`);
  }
  return usual;
}
