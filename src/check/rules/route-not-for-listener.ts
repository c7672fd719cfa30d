import { objectText } from '../../model/config';
import { quoted } from '../../values/names';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { GATEWAY_API, type GatewayApiObject, gatewaysOf, parentsOf, type Reference } from '../gateway-api';
import { hostsOfRoute, kindsTaken, listenersMeant, takesHost, takesNamespace } from '../gateway-api-listeners';
import { candidates } from '../hints';
import { items, textOf } from '../items';
import { namespacesOf } from '../namespaces';
import type { Found, Rule } from '../rule';

/** A route of the Gateway API asks of its Gateway what none of the listeners has. */
export const routeNotForListener: Rule = {
  id: 'MESH205',
  name: 'route-not-for-listener',
  severity: 'error',
  codes: [],
  summary: 'a route is attached to a Gateway none of whose listeners has its port, its kind or its host names',
  why: 'A route is accepted where one listener has the port and the name that its parentRef says, takes routes of its kind (HTTP and HTTPS: HTTPRoute and GRPCRoute; TLS: TLSRoute; TCP: TCPRoute) and of its namespace, and has one of its host names. Else the Gateway does not know it: 404, or no connection. A host name that no listener has is left out of a route that is accepted, in silence. Nothing but the status of the route says so. Source: pilot/pkg/config/kube/gateway/conversion.go, referenceAllowed.',
  remedy: "Name a port or sectionName that a listener has, and host names within the listener's.",
  *check(mesh) {
    const gateways = byName(mesh);
    const namespaces = namespacesOf(mesh);
    const servedBy = new Map<GatewayApiObject, (Attached | undefined)[]>();
    for (const parent of parentsOf(mesh)) {
      if (parent.group !== GATEWAY_API || parent.kind !== 'Gateway') {
        servedBy.set(parent.route, [...(servedBy.get(parent.route) ?? []), undefined]);
        continue;
      }
      const gateway = gateways.get(`${parent.namespace}/${parent.name}`);
      // route-gateway-unknown tells of Gateways and sections that are not there
      const section = textOf(parent.ref.sectionName);
      const isThere = gateway && (!section || items(gateway.spec.listeners).some(([, l]) => l.name === section));
      const fault = isThere ? refusal(parent, gateway, (l) => takesNamespace(l, gateway, parent.route, namespaces)) : undefined;
      if (fault) yield fault;
      const attached = isThere && !fault ? { gateway, listeners: listenersMeant(gateway, parent.ref) } : undefined;
      servedBy.set(parent.route, [...(servedBy.get(parent.route) ?? []), attached]);
    }
    for (const [route, all] of servedBy) yield* hostsLeftOut(route, all);
  },
};

interface Attached {
  readonly gateway: GatewayApiObject;
  readonly listeners: readonly any[];
}

/** Why no listener takes the route, if that is so. */
function refusal(
  { route, ref, at }: Reference,
  gateway: GatewayApiObject,
  isOfNamespace: (listener: any) => boolean,
): Found | undefined {
  const related = [{ at: { manifest: gateway.manifest, path: ['spec', 'listeners'] }, message: 'the listeners of the Gateway' }];
  const name = `${gateway.namespace}/${gateway.name}`;
  const field = (f: string) => ({ ...at, path: [...at.path.slice(0, -1), f] });
  const section = textOf(ref.sectionName);
  const every = listenersMeant(gateway, { ...ref, port: undefined });
  // a listener without a port is refused by the schema
  if (every.length === 0 || every.some((l) => typeof l.port !== 'number')) return undefined;
  const meant = listenersMeant(gateway, ref);
  const who = section ? `listener "${section}" of Gateway "${name}"` : `Gateway "${name}"`;
  if (meant.length === 0)
    return {
      at: field('port'),
      message: section ? `${who} has port ${every[0].port}, not ${ref.port}` : `${who} has no listener with port ${ref.port}`,
      hint: candidates(
        String(ref.port),
        every.map((l) => String(l.port)),
      ),
      related,
    };
  // route-gateway-unknown tells of it
  if (!meant.some(isOfNamespace)) return undefined;
  const { kind } = route.manifest;
  const place = section ? field('sectionName') : at;
  const ofKind = meant.filter((l) => kindsTaken(l)?.includes(kind) ?? true);
  if (ofKind.length === 0) {
    const taken = [...new Set(meant.flatMap((l) => kindsTaken(l) ?? []))];
    return {
      at: place,
      message: section ? `${who} takes no ${kind}` : `no listener of ${who} takes ${kind}s`,
      hint: `${meant.map((l) => `"${l.name}" is ${l.protocol}`).join(', ')}${taken.length > 0 ? `, for ${taken.join(' and ')}` : ''}`,
      related,
    };
  }
  const hosts = hostsOfRoute(route).map(([, h]) => h);
  const withHost = ofKind.filter((l) => hosts.some((h) => takesHost(l, h)));
  if (withHost.length === 0)
    return {
      at: { manifest: route.manifest, path: ['spec', 'hostnames'] },
      message: `${who} has none of the host names ${quoted(hosts)}`,
      hint: `it has ${quoted([...new Set(ofKind.map((l) => String(l.hostname)))])}`,
      related,
    };
  if (withHost.some(isOfNamespace)) return undefined;
  return {
    at: place,
    message: `the listeners of ${who} that have the host names and the kind of the route take no routes of namespace "${route.namespace}"`,
    hint: `add "allowedRoutes: {namespaces: {from: All}}" to listener ${quoted(withHost.map((l) => String(l.name)))}`,
    related,
  };
}

/** Host names that no listener has, of a route that is accepted with others. */
function* hostsLeftOut(route: GatewayApiObject, all: readonly (Attached | undefined)[]): Iterable<Found> {
  const known = all.filter((a) => a !== undefined);
  if (known.length < all.length) return;
  const { kind } = route.manifest;
  const listeners = known.flatMap((a) => a.listeners).filter((l) => kindsTaken(l)?.includes(kind) ?? true);
  const [first] = known;
  for (const [k, host] of hostsOfRoute(route)) {
    if (listeners.some((l) => takesHost(l, host))) continue;
    yield {
      at: { manifest: route.manifest, path: ['spec', 'hostnames', k] },
      severity: 'warning',
      message: `no listener that ${objectText(route.manifest)} is attached to has the host name "${host}", so it is left out`,
      hint: `they have ${quoted([...new Set(listeners.map((l) => String(l.hostname)))])}`,
      related: [
        { at: { manifest: first!.gateway.manifest, path: ['spec', 'listeners'] }, message: 'the listeners of the Gateway' },
      ],
    };
  }
}

const byName = ofMesh((mesh: CheckedMesh) => new Map(gatewaysOf(mesh).map((g) => [`${g.namespace}/${g.name}`, g])));
