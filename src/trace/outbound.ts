import { objectText, type Ref } from '../model/config';
import type { FilterChain } from '../model/outbound-listeners';
import type { ProxyView } from '../model/proxy';
import type { ForwardAction, HeaderChanges, Route, WeightedCluster } from '../model/route';
import { chooseHost, type RouteTable, type VirtualHost } from '../model/virtual-host';
import { upstream } from './change-request';
import { arrive } from './choose-chain';
import { corsOutcome } from './cors';
import { firstRoute, whyNot } from './match-route';
import type { Destination, Outcome, Step } from './outcome';
import { normalizedPath } from './path';
import { location } from './redirect';
import { type Headers, headersOf, type TraceRequest } from './request';

/** What a client's sidecar, or a gateway, does with a request. */
export function outbound(proxy: ProxyView, request: TraceRequest): Outcome {
  const steps: Step[] = [];
  const { listener, chain } = arrive(proxy, request);
  if (!listener && proxy.identity.kind === 'gateway')
    return { action: 'noListener', steps: [{ text: `the gateway listens on no port ${request.port}` }] };
  if (!chain)
    return { action: 'noFilterChain', steps: [{ text: `nothing at port ${request.port} takes this connection: it is closed` }] };
  if (chain.connection) return connectionOutcome(chain, steps);
  if (chain.terminatesTls !== request.tls)
    return {
      action: 'tlsMismatch',
      steps: [
        {
          text: chain.terminatesTls
            ? 'the port speaks TLS and the client does not'
            : 'the client speaks TLS and the port does not',
        },
      ],
    };
  return http(proxy, proxy.table(chain.http!), request, chain.terminatesTls, steps);
}

function connectionOutcome(chain: FilterChain, steps: readonly Step[]): Outcome {
  const { clusters, by } = chain.connection!;
  return {
    action: 'l4',
    destinations: clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: [], by: c.by })),
    steps: [...steps, { text: 'the connection is handed on as it is', ...(by ? { by } : {}) }],
  };
}

function http(proxy: ProxyView, table: RouteTable, request: TraceRequest, tls: boolean, steps: Step[]): Outcome {
  const nack = refusal(table);
  if (nack) return nack;
  const path = normalizedPath(request.path);
  if (path === undefined) return { action: 'local', status: 400, steps: [{ text: 'a path with "#" is answered with 400' }] };
  if (!path.startsWith('/')) return { action: 'local', status: 404, steps: [{ text: `no route is about "${path}": 404` }] };
  const headers = headersOf(request);
  const scheme = schemeOf(proxy, headers, tls);
  headers.set(':method', [request.method]);
  headers.set(':authority', [request.host]);
  headers.set(':scheme', [scheme]);
  const vh = chooseHost(table, request.host);
  if (!vh) return unknownHost(table, request, path, headers, steps);
  steps.push({
    text: `host ${request.host} is ${vh.name}`,
    ...(vh.hidden.length > 0 ? { passedOver: vh.hidden.map((h) => ({ ...h, name: objectText(h.by.manifest) })) } : {}),
  });
  if (vh.requireTls && scheme !== 'https')
    return {
      action: 'httpsRedirect',
      status: 301,
      redirect: { code: 301, location: `https://${request.host}${path}` },
      steps: [...steps, { text: 'a server of the gateway sends plain requests to HTTPS' }],
    };
  const found = firstRoute(vh.routes, { path, headers });
  const passedOver = passed(vh, found?.index ?? vh.routes.length, { path, headers });
  if (!found)
    return {
      action: 'noRoute',
      status: 404,
      vhost: vh.name,
      steps: [...steps, { text: 'no route of the host takes the request: 404', passedOver }],
    };
  const { route, index } = found;
  steps.push({
    text: `${route.virtualService ? `route ${route.name ? `"${route.name}" ` : ''}takes it` : "the service's own default route takes it"}`,
    ...cite(route.by),
    passedOver,
  });
  const base = {
    vhost: vh.name,
    routeIndex: index,
    ...(route.name ? { routeName: route.name } : {}),
    ...(route.virtualService ? { config: `virtual-service/${route.virtualService.namespace}/${route.virtualService.name}` } : {}),
  };
  return { ...base, ...act(proxy, route, { path, host: request.host, scheme, method: request.method, headers }, steps), steps };
}

/** One route that Envoy does not take makes it refuse the whole table, and keep the one it had. */
function refusal(table: RouteTable): Outcome | undefined {
  const hosts = [...table.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [i, vh] of hosts.entries())
    for (const [j, { action, by }] of vh.routes.entries()) {
      if (action.kind !== 'refused') continue;
      const part = (what: string) => `${what}: embedded message failed validation | caused by `;
      return {
        action: 'nack',
        reason: `Proto constraint validation failed (${part('HttpConnectionManagerValidationError.RouteConfig')}${part(`RouteConfigurationValidationError.VirtualHosts[${i}]`)}${part(`VirtualHostValidationError.Routes[${j}]`)}field: "action", reason: is required)`,
        steps: [{ text: `Envoy refuses all routes of ${table.name}, and keeps those it had: ${action.reason}`, ...cite(by) }],
      };
    }
  return undefined;
}

const cite = (by: Ref | undefined) => (by ? { by } : {});

/** At a sidecar the application may say that it came by HTTPS; a gateway knows. */
function schemeOf(proxy: ProxyView, headers: Headers, tls: boolean): string {
  const said = headers.get('x-forwarded-proto')?.[0]?.toLowerCase();
  if (proxy.identity.kind === 'sidecar' && (said === 'https' || said === 'http')) return said;
  return tls ? 'https' : 'http';
}

function passed(vh: VirtualHost, end: number, asked: { path: string; headers: Headers }): NonNullable<Step['passedOver']> {
  return [
    ...vh.routes.slice(0, end).map((r) => ({ by: r.by, name: r.name ?? '', reason: whyNot(r, asked) ?? '' })),
    ...vh.omitted.map((o) => ({ by: o.by, name: '', reason: o.reason })),
  ];
}

/** A host that nobody knows goes to where the client dialled, or is answered with 502; a gateway answers 404. */
function unknownHost(table: RouteTable, request: TraceRequest, path: string, headers: Headers, steps: readonly Step[]): Outcome {
  if (table.unknown === 'notFound')
    return {
      action: 'noVirtualHost',
      status: 404,
      flags: 'NR',
      steps: [...steps, { text: `no host of the gateway is ${request.host}: 404` }],
    };
  if (table.unknown === 'blackhole')
    return {
      action: 'directResponse',
      status: 502,
      vhost: 'block_all',
      routeIndex: 0,
      routeName: 'block_all',
      directResponse: { status: 502 },
      steps: [...steps, { text: `nobody in the mesh is ${request.host}, and only what is registered may be called: 502` }],
    };
  void headers;
  return {
    action: 'route',
    status: 200,
    vhost: 'allow_any',
    routeIndex: 0,
    routeName: 'allow_any',
    timeoutMs: 0,
    destinations: [
      {
        cluster: 'PassthroughCluster',
        weight: 100,
        status: 200,
        method: request.method,
        path,
        host: request.host,
        response: [],
        by: undefined,
      },
    ],
    steps: [...steps, { text: `nobody in the mesh is ${request.host}: the request goes to where the client dialled` }],
  };
}

interface Asked {
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  readonly method: string;
  readonly headers: Headers;
}

type Result = Omit<Outcome, 'steps'>;

function act(proxy: ProxyView, route: Route, asked: Asked, steps: Step[]): Result {
  const { action } = route;
  const common = { ...(route.fault ? { fault: route.fault } : {}), ...(route.cors ? { cors: route.cors } : {}) };
  if (action.kind === 'redirect') {
    const { responseHeaders = {} } = answerHeaders(route.response, { location: location(route, action, asked) });
    const { location: to, ...headers } = responseHeaders;
    return {
      action: 'redirect',
      status: action.code,
      redirect: { code: action.code, ...(to === undefined ? {} : { location: to }) },
      ...common,
      ...(Object.keys(headers).length > 0 ? { responseHeaders: headers } : {}),
    };
  }
  if (action.kind === 'respond')
    return {
      action: 'directResponse',
      status: action.status,
      directResponse: { status: action.status, ...(action.body ? { body: action.body } : {}) },
      ...common,
      ...answerHeaders(route.response, action.status === 201 ? { location: `${asked.scheme}://${asked.host}${asked.path}` } : {}),
    };
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  return { ...forwarded(proxy, route, action, asked, steps), ...common };
}

function forwarded(proxy: ProxyView, route: Route, action: ForwardAction, asked: Asked, steps: Step[]): Result {
  const base = {
    action: 'route' as const,
    timeoutMs: action.timeoutMs,
    ...(action.retry ? { retry: action.retry } : {}),
    ...(action.mirrors.length > 0 ? { mirrors: action.mirrors } : {}),
    ...(action.hashPolicy.length > 0 ? { hashPolicy: action.hashPolicy } : {}),
  };
  const { fault } = route;
  const delayed = fault?.delay && fault.delay.percent >= 100 ? 'DI' : '';
  const bare = action.clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: [], by: c.by }));
  if (fault?.abort && fault.abort.percent >= 100) {
    const { status = 200, grpc } = fault.abort;
    steps.push({
      text: grpc === undefined ? `a fault answers it with ${status}` : `a fault answers it with gRPC status ${grpc}`,
      ...cite(route.by),
    });
    return {
      ...base,
      status,
      flags: delayed ? `${delayed},FI` : 'FI',
      local: true,
      destinations: bare,
      ...(grpc !== undefined && isGrpc(asked.headers)
        ? {
            responseHeaders: {
              'content-type': 'application/grpc',
              'grpc-status': String(grpc),
              'grpc-message': 'fault filter abort',
            },
          }
        : { body: 'fault filter abort' }),
    };
  }
  const cors = route.cors ? corsOutcome(route.cors, asked.method, asked.headers) : {};
  if (cors.answer) {
    steps.push({ text: 'the proxy answers the CORS preflight itself', ...cite(route.by) });
    return {
      ...base,
      status: 200,
      local: true,
      destinations: bare,
      ...(Object.keys(cors.answer).length > 0 ? { responseHeaders: cors.answer } : {}),
      ...(delayed ? { flags: delayed } : {}),
    };
  }
  const destinations = action.clusters.map((c) => destination(proxy, route, action, c, asked, cors.headers, delayed));
  const statuses = new Set(destinations.map((d) => d.status));
  const [first] = destinations as [Destination];
  return {
    ...base,
    status: statuses.size > 1 ? 'mixed' : first.status!,
    ...(statuses.size === 1 && first.flags ? { flags: first.flags } : {}),
    destinations,
  };
}

function destination(
  proxy: ProxyView,
  route: Route,
  action: ForwardAction,
  to: WeightedCluster,
  asked: Asked,
  corsHeaders: Readonly<Record<string, string>> | undefined,
  delayed: string,
): Destination {
  const cluster = proxy.cluster(to.cluster);
  const failure = !cluster
    ? 'NC'
    : cluster.name === 'BlackHoleCluster' || (cluster.type === 'EDS' && cluster.endpoints.length === 0)
      ? 'UH'
      : '';
  const flags = [failure, delayed].filter(Boolean).sort().join(',');
  const response = [
    ...changesOf(to.response),
    ...changesOf(route.response),
    ...Object.entries(corsHeaders ?? {}).map(([name, value]) => ({ name, value, how: 'set' as const })),
  ];
  const end = { cluster: to.cluster, weight: to.weight, response, by: to.by, ...(flags ? { flags } : {}) };
  if (failure) return { ...end, status: 503, ...(failure === 'UH' ? { body: 'no healthy upstream' } : {}) };
  const sent = upstream(route, action, to, asked.path, asked.host, asked.headers);
  const set: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, values] of sent.headers) {
    if (name.startsWith(':')) continue;
    if (asked.headers.get(name)?.join('\n') !== values.join('\n')) set[name] = values.join(', ');
  }
  for (const name of asked.headers.keys()) if (!sent.headers.has(name)) removed.push(name);
  return {
    ...end,
    status: 200,
    method: asked.method,
    path: sent.path,
    host: sent.host,
    ...(Object.keys(set).length > 0 ? { requestHeaders: set } : {}),
    ...(removed.length > 0 ? { requestHeadersRemoved: removed.sort() } : {}),
  };
}

const isGrpc = (headers: Headers) => /^application\/grpc(\+|$)/.test(headers.get('content-type')?.[0] ?? '');

const changesOf = (c: HeaderChanges | undefined): Destination['response'] =>
  c
    ? [
        ...c.remove.map((name) => ({ name, how: 'remove' as const })),
        ...c.add.map(({ name, value, append }) => ({ name, value, how: append ? ('add' as const) : ('set' as const) })),
      ]
    : [];

/** Headers of an answer that the proxy gives itself. */
function answerHeaders(changes: HeaderChanges, own: Record<string, string> = {}): { responseHeaders?: Record<string, string> } {
  const out = { ...own };
  for (const name of changes.remove) delete out[name];
  for (const { name, value, append } of changes.add)
    out[name] = append && out[name] !== undefined ? `${out[name]}, ${value}` : value;
  return Object.keys(out).length > 0 ? { responseHeaders: out } : {};
}
