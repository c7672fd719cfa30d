import type { FieldPath } from '../../manifests/manifest';
import { fullName } from '../../model/host';
import { isVisible } from '../../model/service';
import type { VirtualService } from '../../model/virtual-service';
import { quoted } from '../../values/names';
import { clientNamespaces } from '../backends';
import { destinationsIn } from '../destinations';
import { gatewayPods } from '../gateway-bindings';
import type { Rule } from '../rule';

/** A destination that is not exported to clients that get the route. */
export const destinationNotVisible: Rule = {
  id: 'MESH137',
  name: 'destination-not-visible',
  severity: 'error',
  codes: [],
  summary: 'a route leads clients to a service that is not exported to them',
  why: 'A VirtualService is told to all clients that it is exported to, and a proxy has clusters for those services alone that are exported to it. A client that has the route and not the service gets 503 (flag NC). istioctl looks from the namespace of the VirtualService. Source: pilot/pkg/model/sidecar.go, collectImportedServices; pilot/pkg/networking/core/cluster.go.',
  remedy:
    'Export the service to the namespaces of the clients, those of the pods of gateways among them (annotation `networking.istio.io/exportTo`, or `exportTo` of a ServiceEntry), or the VirtualService to those alone that see the service.',
  *check(mesh) {
    const pods = gatewayPods(mesh);
    for (const vs of mesh.model.virtualServices) {
      for (const { destination, path } of destinationsIn(vs.config)) {
        const host = fullName(destination.host ?? '', vs.namespace, mesh.model.mesh.domain);
        const services = [...(mesh.model.byHost.get(host)?.values() ?? [])];
        if (
          services.length === 0 ||
          services.some((s) => s.exportTo.includes('*')) ||
          !services.some((s) => isVisible(s, vs.namespace))
        )
          continue;
        const isBlind = (n: string) =>
          (vs.exportTo.includes('*') || vs.exportTo.includes(n)) && !services.some((s) => isVisible(s, n));
        // who does not know the host does not get its routes either
        const hasRoutes = (n: string) =>
          vs.hosts.some((h) => h !== host && [...(mesh.model.byHost.get(h)?.values() ?? [])].some((s) => isVisible(s, n)));
        const clients = (g: string) =>
          g === 'mesh' ? clientNamespaces(mesh).filter(hasRoutes) : [pods.get(g)?.client.namespace ?? []].flat();
        const blind = [...new Set(gatewaysOf(vs, path).flatMap(clients))].filter(isBlind);
        if (blind.length === 0) continue;
        yield {
          at: { manifest: vs.config.manifest, path: [...path, 'host'] },
          message: `"${host}" is not exported to ${quoted(blind.slice(0, 3))}${blind.length > 3 ? ` and ${blind.length - 3} more` : ''}, whose clients get this route: 503`,
          hint: 'export the service to them, or the VirtualService not',
          related: [{ at: { manifest: services[0]!.config.manifest, path: ['metadata'] }, message: 'the service' }],
        };
      }
    }
  },
};

/** The gateways (or `mesh`) that the rule around a destination is for. */
function gatewaysOf(vs: VirtualService, [, section, index]: FieldPath): readonly string[] {
  const matches: readonly any[] = vs.config.spec[section as string]?.[index as number]?.match ?? [];
  const named = (m: any): readonly string[] =>
    ((m?.gateways ?? []) as string[]).map((g) => (g === 'mesh' || g.includes('/') ? g : `${vs.namespace}/${g}`));
  if (matches.length === 0 || matches.some((m) => named(m).length === 0)) return vs.gateways;
  return vs.gateways.filter((g) => matches.some((m) => named(m).includes(g)));
}
