import { fullName } from '../../model/host';
import { isVisible } from '../../model/service';
import { quoted } from '../../values/names';
import { clientNamespaces } from '../backends';
import { destinationsIn } from '../destinations';
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
    'Export the service to the namespaces of the clients (annotation `networking.istio.io/exportTo`, or `exportTo` of a ServiceEntry), or the VirtualService to those alone that see the service.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      if (!vs.gateways.includes('mesh')) continue;
      for (const { destination, path } of destinationsIn(vs.config)) {
        const host = fullName(destination.host ?? '', vs.namespace, mesh.model.mesh.domain);
        const services = [...(mesh.model.byHost.get(host)?.values() ?? [])];
        if (
          services.length === 0 ||
          services.some((s) => s.exportTo.includes('*')) ||
          !services.some((s) => isVisible(s, vs.namespace))
        )
          continue;
        const blind = clientNamespaces(mesh).filter(
          (n) =>
            (vs.exportTo.includes('*') || vs.exportTo.includes(n)) &&
            !services.some((s) => isVisible(s, n)) &&
            // who does not know the host does not get its routes either
            vs.hosts.some((h) => h !== host && [...(mesh.model.byHost.get(h)?.values() ?? [])].some((s) => isVisible(s, n))),
        );
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
