import type { Config } from '../../model/config';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { GATEWAY_API, type GatewayApiObject, gatewaysOf, parentsOf, type Reference } from '../gateway-api';
import { listenersMeant, takesNamespace } from '../gateway-api-listeners';
import { candidates } from '../hints';
import { items, textOf } from '../items';
import { namespacesOf } from '../namespaces';
import type { Found, Rule } from '../rule';

/** A route of the Gateway API is attached to a Gateway that is not there, or does not take it. */
export const routeGatewayUnknown: Rule = {
  id: 'MESH094',
  name: 'route-gateway-unknown',
  severity: 'error',
  codes: ['KIA1401'],
  summary: 'a route is attached to a Gateway that is not there, or that takes no routes of its namespace',
  why: 'The route is not accepted, so the Gateway does not know it: 404. A listener takes routes of its own namespace unless allowedRoutes says otherwise. Where nothing of the namespace of the Gateway is among the manifests it is an info. Source: pilot/pkg/config/kube/gateway/conversion.go, referenceAllowed.',
  remedy: 'Name a Gateway and listener that are there, or let the listener take routes of the namespace with allowedRoutes.',
  *check(mesh) {
    const { byName, names } = gateways(mesh);
    const namespaces = namespacesOf(mesh);
    for (const parent of parentsOf(mesh)) {
      if (parent.group !== GATEWAY_API || parent.kind !== 'Gateway') continue;
      const gateway = byName.get(`${parent.namespace}/${parent.name}`);
      if (gateway) yield* refusals(parent, gateway, namespaces);
      else
        yield {
          at: parent.at,
          message: `there is no Gateway "${parent.name}" in namespace "${parent.namespace}"`,
          hint:
            candidates(parent.name, names.get(parent.namespace) ?? []) ||
            elsewhere(parent.name, gatewaysOf(mesh)) ||
            'name a Gateway that is there, with its namespace',
          ...(namespaces.has(parent.namespace) ? {} : { severity: 'info' as const }),
        };
    }
  },
};

const elsewhere = (name: string, all: readonly GatewayApiObject[]) => {
  const other = all.find((g) => g.name === name);
  return other ? `it is in another namespace: add "namespace: ${other.namespace}"` : '';
};

/** Why no listener takes the route, if that is so. */
function* refusals(
  { route, ref, at }: Reference,
  gateway: GatewayApiObject,
  namespaces: ReadonlyMap<string, Config | undefined>,
): Iterable<Found> {
  const all = items(gateway.spec.listeners);
  const section = textOf(ref.sectionName);
  const meant = listenersMeant(gateway, ref);
  const path = at.path.slice(0, -1);
  const related = [{ at: { manifest: gateway.manifest, path: ['spec', 'listeners'] }, message: 'the listeners of the Gateway' }];
  if (section && !all.some(([, l]) => l.name === section))
    yield {
      at: { ...at, path: [...path, 'sectionName'] },
      message: `Gateway "${gateway.name}" has no listener "${section}"`,
      hint:
        candidates(
          section,
          all.flatMap(([, l]) => textOf(l.name) ?? []),
        ) || 'leave sectionName out',
      related,
    };
  else if (meant.length > 0 && !meant.some((l) => takesNamespace(l, gateway, route, namespaces)))
    yield {
      at,
      message: `no listener of Gateway "${gateway.namespace}/${gateway.name}" takes routes of namespace "${route.namespace}"`,
      hint: 'add "allowedRoutes: {namespaces: {from: All}}" to the listener, or move the route',
      related,
    };
}

const gateways = ofMesh((mesh: CheckedMesh) => {
  const byName = new Map<string, GatewayApiObject>();
  const names = new Map<string, string[]>();
  for (const g of gatewaysOf(mesh)) {
    byName.set(`${g.namespace}/${g.name}`, g);
    const known = names.get(g.namespace);
    if (known) known.push(g.name);
    else names.set(g.namespace, [g.name]);
  }
  return { byName, names };
});
