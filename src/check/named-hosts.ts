import type { Config } from '../model/config';
import { fullName } from '../model/host';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { HostIndex } from './host-index';
import { items, texts } from './items';

/** Hosts that the manifests give names to. */
export interface NamedHosts {
  /** Of Services and ServiceEntries. */
  readonly services: HostIndex;
  /** The same, by namespace of the object. */
  readonly byNamespace: ReadonlyMap<string, HostIndex>;
  /** Of VirtualServices. */
  readonly routes: HostIndex;
  readonly routesByNamespace: ReadonlyMap<string, HostIndex>;
}

/** All hosts of the mesh: of objects that would be refused too, whose own fault is told elsewhere. */
export const namedHosts: (mesh: CheckedMesh) => NamedHosts = ofMesh((mesh) => {
  const domain = mesh.model.mesh.domain;
  const [services, routes] = [new HostIndex(), new HostIndex()];
  const [byNamespace, routesByNamespace] = [new Map<string, HostIndex>(), new Map<string, HostIndex>()];
  const put = (host: string, { namespace }: Config, all: HostIndex, by: Map<string, HostIndex>) => {
    all.add(host);
    const known = by.get(namespace) ?? new HostIndex();
    by.set(namespace, known);
    known.add(host);
  };
  for (const c of mesh.of('Service')) put(`${c.name}.${c.namespace}.svc.${domain}`, c, services, byNamespace);
  for (const c of mesh.of('ServiceEntry')) for (const [, h] of texts(c.spec.hosts)) put(h, c, services, byNamespace);
  for (const c of mesh.of('VirtualService'))
    for (const [, h] of texts(c.spec.hosts)) put(fullName(h, c.namespace, domain), c, routes, routesByNamespace);
  return { services, byNamespace, routes, routesByNamespace };
});

/** Hosts of the Gateways' servers, without the namespace that may stand before them. */
export const gatewayHosts: (mesh: CheckedMesh) => HostIndex = ofMesh((mesh) => {
  const out = new HostIndex();
  for (const c of mesh.of('Gateway'))
    for (const [, server] of items(c.spec.servers)) for (const [, h] of texts(server.hosts)) out.add(h.slice(h.indexOf('/') + 1));
  return out;
});
