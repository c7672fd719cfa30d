import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { backendsOf, isGranted, parentsOf } from '../gateway-api';
import { candidates } from '../hints';
import { namespacesOf } from '../namespaces';
import type { Rule } from '../rule';

/** A route of the Gateway API leads to a Service that is not there, or to which it may not lead. */
export const routeBackendUnknown: Rule = {
  id: 'MESH095',
  name: 'route-backend-unknown',
  severity: 'error',
  codes: ['KIA1402'],
  summary: 'a route leads to a Service that is not there, or from a Gateway into another namespace without a ReferenceGrant',
  why: 'The requests that would go there are answered with 500, in proportion to the weight. For the requests of a Gateway, a Service of another namespace needs a ReferenceGrant there; routes that are attached to Services alone need none, where Kiali asks for one. Kind and group of a reference may be left out, and are Service then (Kiali passes such references by). Source: pilot/pkg/config/kube/gateway/conversion.go, buildDestination.',
  remedy: 'Name a Service that is there, by its bare name, or add a ReferenceGrant in its namespace.',
  *check(mesh) {
    const services = servicesByNamespace(mesh);
    const namespaces = namespacesOf(mesh);
    const granted = isGranted(mesh);
    const isService = ({ group, kind }: { group: string; kind: string }) =>
      kind === 'Service' && (group === '' || group === 'core');
    const backends = backendsOf(mesh).filter(isService);
    // for the requests of sidecars and waypoints istiod asks for no grant
    const atGateways = new Set(parentsOf(mesh).flatMap((p) => (isMeshParent(p) ? [] : [p.route])));
    for (const b of [...backends, ...parentsOf(mesh).filter(isService)]) {
      const known = services.get(b.namespace);
      const kind = b.route.manifest.kind;
      if (!known?.has(b.name))
        yield {
          at: b.at,
          message: `there is no Service "${b.name}" in namespace "${b.namespace}"`,
          hint: b.name.includes('.')
            ? `write the bare name, and the namespace beside it: "name: ${b.name.split('.')[0]}"`
            : candidates(b.name, known ?? []) || 'name a Service that is there, with its namespace',
          ...(namespaces.has(b.namespace) ? {} : { severity: 'info' as const }),
        };
      else if (b.namespace !== b.route.namespace && backends.includes(b) && atGateways.has(b.route) && !granted(b))
        yield {
          at: b.at,
          message: `${kind} "${b.route.name}" of namespace "${b.route.namespace}" may not lead to Service "${b.name}" of namespace "${b.namespace}"`,
          hint: `add a ReferenceGrant to namespace "${b.namespace}", from ${kind} of "${b.route.namespace}" to Service`,
        };
    }
  },
};

/** Whether a route is attached to what sidecars and waypoints call, not to a Gateway. */
const isMeshParent = ({ kind }: { kind: string }) => kind === 'Service' || kind === 'ServiceEntry';

const servicesByNamespace = ofMesh((mesh: CheckedMesh) => {
  const out = new Map<string, Set<string>>();
  for (const c of mesh.of('Service')) {
    const known = out.get(c.namespace) ?? new Set();
    out.set(c.namespace, known.add(c.name));
  }
  return out;
});
