import { quoted } from '../../values/names';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { backendsOf } from '../gateway-api';
import { items } from '../items';
import type { Rule } from '../rule';

/** A route of the Gateway API leads to a port that the Service does not have, or says none. */
export const routeBackendPortUnknown: Rule = {
  id: 'MESH206',
  name: 'route-backend-port-unknown',
  severity: 'error',
  codes: [],
  summary: 'a route of the Gateway API leads to a port that its Service does not have, or to none',
  why: "The port of a backendRef is that of the Service, not that of the container. istiod takes any number and makes no cluster for one that the Service lacks: Envoy answers with 503 (flag NC), in proportion to the weight. Without a port the API server refuses HTTPRoutes and GRPCRoutes by a rule of their CRDs, and istiod the route of the others. Source: pilot/pkg/config/kube/gateway/conversion.go, buildDestination; the Gateway API's BackendObjectReference.",
  remedy: 'Write a port of the Service.',
  *check(mesh) {
    const services = byName(mesh);
    for (const { group, kind, namespace, name, at, ref } of backendsOf(mesh)) {
      if (kind !== 'Service' || (group !== '' && group !== 'core')) continue;
      const service = services.get(`${namespace}/${name}`);
      const ports = items(service?.spec.ports).map(([, p]) => p.port);
      if (!service || service.spec.type === 'ExternalName' || ports.includes(ref.port)) continue;
      const missing = ref.port === undefined || ref.port === null;
      yield {
        at: missing ? at : { ...at, path: [...at.path.slice(0, -1), 'port'] },
        message: missing
          ? `a backendRef to Service "${name}" has to say a port`
          : `Service "${namespace}/${name}" has no port "${ref.port}"`,
        hint: ports.length === 0 ? 'the Service has no ports' : `it has ${quoted(ports.map(String))}`,
        related: [{ at: { manifest: service.manifest, path: ['spec', 'ports'] }, message: 'the Service is here' }],
      };
    }
  },
};

const byName = ofMesh((mesh: CheckedMesh) => new Map(mesh.of('Service').map((c) => [`${c.namespace}/${c.name}`, c])));
