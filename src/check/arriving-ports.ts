import type { Manifest } from '../manifests/manifest';
import { fullName, isWild } from '../model/host';
import { isHttpOrSniffed } from '../model/protocol';
import type { VirtualService } from '../model/virtual-service';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { gatewaysOf, serversFor } from './gateway-bindings';
import { items, texts } from './items';

const byManifest: (mesh: CheckedMesh) => ReadonlyMap<Manifest, VirtualService> = ofMesh(
  (mesh) => new Map(mesh.model.virtualServices.map((vs) => [vs.config.manifest, vs])),
);

/**
 * The ports by which requests come to an http rule: those of the hosts' services in the mesh, those of the servers at
 * gateways, less what the matches say. Nothing where that is not known: a host that is not there, a delegate.
 */
export function arrivingPorts(mesh: CheckedMesh, manifest: Manifest, rule: any): ReadonlySet<number> | undefined {
  const vs = byManifest(mesh).get(manifest);
  if (!vs) return undefined;
  const matches = items(rule.match).map(([, m]) => m);
  const out = new Set<number>();
  for (const bound of vs.gateways) {
    const ports = bound === 'mesh' ? portsInMesh(mesh, vs) : portsAt(mesh, vs, bound);
    if (!ports) return undefined;
    const here = matches.filter(
      (m) => texts(m.gateways).length === 0 || texts(m.gateways).some(([, g]) => isGateway(g, bound, vs)),
    );
    for (const p of ports) if (matches.length === 0 || here.some((m) => !m.port || m.port === p)) out.add(p);
  }
  return out;
}

const isGateway = (name: string, bound: string, vs: VirtualService): boolean =>
  name === bound || (name !== 'mesh' && `${vs.namespace}/${name}` === bound);

function portsInMesh(mesh: CheckedMesh, vs: VirtualService): number[] | undefined {
  const out: number[] = [];
  for (const h of vs.hosts) {
    const host = fullName(h, vs.namespace, mesh.model.mesh.domain);
    const spaces = mesh.model.byHost.get(host);
    if (isWild(host) || !spaces || spaces.size === 0) return undefined;
    for (const s of spaces.values()) for (const p of s.ports) if (isHttpOrSniffed(p.protocol)) out.push(p.port);
  }
  return out;
}

function portsAt(mesh: CheckedMesh, vs: VirtualService, bound: string): number[] | undefined {
  const gateway = gatewaysOf(mesh).get(bound);
  return gateway && serversFor(gateway, vs).map((s) => s.port);
}
