import { objectText, type Ref } from '../model/config';
import { type FilterChain, type Listener, overlapping } from '../model/filter-chain';
import type { ProxyView } from '../model/proxy';
import { chooseHost, type RouteTable, type VirtualHost } from '../model/virtual-host';
import { act, type Named } from './act';
import { arrive } from './choose-chain';
import { withGrpcStep } from './grpc';
import { firstRoute, whyNot } from './match-route';
import type { Outcome, Step } from './outcome';
import { asInspected, isSpoken, normalizedPath, unspoken, unusable } from './path';
import { type Headers, headersOf, type TraceRequest } from './request';

/** What a client's sidecar, or a gateway, does with a request. */
export function outbound(proxy: ProxyView, request: TraceRequest): Outcome {
  return withGrpcStep(request.headers, outcomeOf(proxy, request));
}

function outcomeOf(proxy: ProxyView, request: TraceRequest): Outcome {
  const steps: Step[] = [];
  const { listener, chain } = arrive(proxy, asInspected(request));
  if (!listener && proxy.identity.kind === 'gateway')
    return { action: 'noListener', steps: [{ text: `the gateway listens on no port ${request.port}` }] };
  const unclear = listener && listenerRefusal(listener);
  if (unclear) return unclear;
  if (!chain)
    return { action: 'noFilterChain', steps: [{ text: `nothing at port ${request.port} takes this connection: it is closed` }] };
  if (chain.connection && (request.tls || !chain.terminatesTls)) return connectionOutcome(chain, steps);
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
  const nack = refusals.get(table) ?? refusal(table);
  refusals.set(table, nack);
  if (nack) return nack;
  if (!isSpoken(request)) return unspoken([]);
  const path = normalizedPath(request.path);
  if (path === undefined) return unusable(request.path, []);
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
  const asked = { path, headers };
  if (!found)
    return {
      action: 'noRoute',
      status: 404,
      vhost: vh.name,
      steps: [...steps, new Asking('no route of the host takes the request: 404', undefined, vh, vh.routes.length, asked)],
    };
  const { route, index } = found;
  const words = route.virtualService
    ? `route ${route.name ? `"${route.name}" ` : ''}takes it`
    : "the service's own default route takes it";
  steps.push(new Asking(words, route.by, vh, index, asked));
  return act(proxy, route, { path, host: request.host, scheme, method: request.method, headers }, steps, named(vh, index));
}

/** What an answer says of a route whatever the request: made once. */
const names = new WeakMap<VirtualHost, Named[]>();

function named(vh: VirtualHost, index: number): Named {
  const list = names.get(vh) ?? [];
  names.set(vh, list);
  const { name, virtualService: v } = vh.routes[index]!;
  list[index] ??= {
    vhost: vh.name,
    routeIndex: index,
    ...(name ? { routeName: name } : {}),
    ...(v ? { config: `virtual-service/${v.namespace}/${v.name}` } : {}),
  };
  return list[index];
}

/** Routes were asked. What was passed over is worked out when it is read: to say why costs more than to decide. */
class Asking implements Step {
  declare readonly by?: Ref;

  constructor(
    readonly text: string,
    by: Ref | undefined,
    private readonly vh: VirtualHost,
    private readonly end: number,
    private readonly asked: { readonly path: string; readonly headers: Headers },
  ) {
    if (by) this.by = by;
  }

  get passedOver(): NonNullable<Step['passedOver']> {
    return passed(this.vh, this.end, this.asked);
  }
}

/** Filter chains that fit the same connections make Envoy refuse their listener. */
const listenerRefusals = new WeakMap<Listener, Outcome | false>();

function listenerRefusal(listener: Listener): Outcome | false {
  const known = listenerRefusals.get(listener);
  if (known !== undefined) return known;
  const two = overlapping(listener.chains);
  const made: Outcome | false = two !== undefined && {
    action: 'nack',
    reason: 'multiple filter chains with overlapping matching rules are defined',
    steps: [
      {
        text: `Envoy refuses all of ${listener.name}, and keeps what it had: it cannot tell two ways of connections apart`,
        passedOver: two.map((c) => ({ by: c.connection?.by, name: c.http ?? '', reason: 'fits the same connections' })),
      },
    ],
  };
  listenerRefusals.set(listener, made);
  return made;
}

/** One route that Envoy does not take makes it refuse the whole table, and keep the one it had. */
const refusals = new WeakMap<RouteTable, Outcome | false>();

function refusal(table: RouteTable): Outcome | false {
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
  return false;
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
