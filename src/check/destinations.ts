import type { FieldPath } from '../manifests/manifest';
import type { Config } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items } from './items';

const PROTOCOLS = ['http', 'tls', 'tcp'] as const;

/** A destination of a VirtualService. */
export interface Destination {
  readonly config: Config;
  readonly destination: { readonly host?: string; readonly subset?: string; readonly port?: { readonly number?: number } };
  /** Of the destination itself. */
  readonly path: FieldPath;
  readonly role: 'route' | 'mirror';
  readonly protocol: 'http' | 'tls' | 'tcp';
}

/** Every destination of every VirtualService: of routes, and of mirrors. */
export const destinationsOf: (mesh: CheckedMesh) => readonly Destination[] = ofMesh((mesh) =>
  mesh.of('VirtualService').flatMap((config) => destinationsIn(config)),
);

/** Those of one VirtualService. */
export function destinationsIn(config: Config): Destination[] {
  const out: Destination[] = [];
  for (const protocol of PROTOCOLS)
    for (const [i, rule] of items(config.spec[protocol])) {
      const add = (destination: any, role: Destination['role'], list: string, j: number) => {
        if (destination) out.push({ config, destination, role, protocol, path: ['spec', protocol, i, list, j, 'destination'] });
      };
      for (const [j, r] of items(rule.route)) add(r.destination, 'route', 'route', j);
      if (rule.mirror)
        out.push({ config, destination: rule.mirror, role: 'mirror', protocol, path: ['spec', protocol, i, 'mirror'] });
      for (const [j, m] of items(rule.mirrors)) add(m.destination, 'mirror', 'mirrors', j);
    }
  return out;
}
