import type { ProxyView } from '../model/proxy';
import type { RouteTable } from '../model/virtual-host';
import { AskedRequest } from './asked';
import { protocolOf } from './change-request';
import { GatewayAccess } from './gateway-access';
import { withGrpcStep } from './grpc';
import { gatewayLimits, limitSteps } from './limited';
import type { Outcome, Step } from './outcome';
import { asInspected, isSpoken, normalizedPath, unspoken, unusable } from './path';
import { type Headers, headersOf, linesOf, type TraceRequest } from './request';
import { HERE, type World } from './token';
import { type AskedHost, wayOf } from './way';

/** What a client's sidecar, or a gateway, does with a request. */
export function outbound(proxy: ProxyView, request: TraceRequest, world: World = HERE): Outcome {
  return withGrpcStep(request, outcomeOf(proxy, request, world));
}

function outcomeOf(proxy: ProxyView, request: TraceRequest, world: World): Outcome {
  const way = wayOf(proxy, asInspected(request));
  const access = GatewayAccess.of(proxy);
  if (way.outcome) return access && goesOn(proxy, way.outcome) ? access.connection(request, way.outcome) : way.outcome;
  if (!isSpoken(request)) return unspoken([]);
  const path = normalizedPath(request.path);
  if (path === undefined) return unusable(request.path, []);
  if (!path.startsWith('/')) return { action: 'local', status: 404, steps: [{ text: `no route is about "${path}": 404` }] };
  const { host, table, tls } = way;
  const scheme = schemeOf(proxy, request, tls);
  const filters = gatewayLimits(proxy);
  const limits = (p: string, headers: Headers | undefined): readonly Step[] => {
    if (filters.length === 0) return NONE;
    const { method, host, port } = request;
    return limitSteps(filters, { method, path: p, host, headers: headers ?? headersOf(request), principal: undefined, port });
  };
  if (!access) return routed(host, table, new AskedRequest(request, path, scheme), limits(path, undefined));
  const filtered = access.request(request, path, scheme, world);
  if ('status' in filtered) {
    const outcome = routed(host, table, new AskedRequest(request, path, scheme, filtered), []);
    return { ...outcome, steps: [...outcome.steps, ...filtered.steps] };
  }
  const steps = [...filtered.steps, ...limits(filtered.path, filtered.headers)];
  return routed(host, table, new AskedRequest(request, filtered.path, scheme, filtered), steps);
}

const NONE: readonly Step[] = [];

/** Whether a connection has an endpoint to go to: policies are asked at its first bytes, and without one it is closed before. */
const goesOn = (proxy: ProxyView, { action, destinations = [] }: Outcome): boolean =>
  action === 'l4' && destinations.some(({ cluster }) => (proxy.cluster(cluster)?.endpoints.length ?? 0) > 0);

/** What the routes make of a request. Steps are added to those that are there. */
function routed(host: AskedHost | undefined, table: RouteTable, asked: AskedRequest, steps: readonly Step[]): Outcome {
  const { scheme, path, refused } = asked;
  if (refused && (!host || (host.routes.host.requireTls && scheme !== 'https'))) {
    const { status, body, responseHeaders } = refused;
    return { action: 'local', status, body, ...(responseHeaders ? { responseHeaders } : {}), steps };
  }
  if (!host) return unknownHost(table, asked, steps);
  const { routes, step } = host;
  if (routes.host.requireTls && scheme !== 'https')
    return {
      action: 'httpsRedirect',
      status: 301,
      redirect: { code: 301, location: `https://${asked.host}${path}` },
      steps: [...steps, step, { text: 'a server of the gateway sends plain requests to HTTPS' }],
    };
  return routes.decide(asked, [...steps, step]);
}

/** At a sidecar the application may say that it came by HTTPS; a gateway knows. In HTTP/2 each request says its scheme. */
function schemeOf(proxy: ProxyView, request: TraceRequest, tls: boolean): string {
  if (proxy.identity.kind === 'sidecar' && protocolOf(request) !== 'HTTP/2') {
    const said = linesOf(request, 'x-forwarded-proto')?.[0]?.toLowerCase();
    if (said === 'https' || said === 'http') return said;
  }
  return tls ? 'https' : 'http';
}

/** A host that nobody knows goes to where the client dialled, or is answered with 502; a gateway answers 404. */
function unknownHost({ unknown }: RouteTable, { method, host, path }: AskedRequest, steps: readonly Step[]): Outcome {
  if (unknown === 'notFound')
    return {
      action: 'noVirtualHost',
      status: 404,
      flags: 'NR',
      steps: [...steps, { text: `no host of the gateway is ${host}: 404` }],
    };
  const name = unknown === 'blackhole' ? 'block_all' : 'allow_any';
  const named = { vhost: name, routeIndex: 0, routeName: name };
  if (unknown === 'blackhole')
    return {
      action: 'directResponse',
      status: 502,
      ...named,
      directResponse: { status: 502 },
      steps: [{ text: `nobody in the mesh is ${host}, and only what is registered may be called: 502` }],
    };
  const to = { cluster: 'PassthroughCluster', weight: 100, response: [], by: undefined };
  return {
    action: 'route',
    status: 200,
    ...named,
    timeoutMs: 0,
    destinations: [{ ...to, status: 200, method, path, host }],
    steps: [{ text: `nobody in the mesh is ${host}: the request goes to where the client dialled` }],
  };
}
