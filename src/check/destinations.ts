import type { FieldPath } from '../manifests/manifest';
import type { Config } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';

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
  for (const protocol of ['http', 'tls', 'tcp'] as const)
    for (const [i, rule] of ((config.spec[protocol] ?? []) as any[]).entries()) {
      const add = (destination: any, role: Destination['role'], path: FieldPath) => {
        if (destination) out.push({ config, destination, role, protocol, path: ['spec', protocol, i, ...path] });
      };
      for (const [j, r] of ((rule?.route ?? []) as any[]).entries()) add(r?.destination, 'route', ['route', j, 'destination']);
      add(rule?.mirror, 'mirror', ['mirror']);
      for (const [j, m] of ((rule?.mirrors ?? []) as any[]).entries())
        add(m?.destination, 'mirror', ['mirrors', j, 'destination']);
    }
  return out;
}
