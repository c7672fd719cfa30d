import type { ProxyView } from '../model/proxy';
import type { ForwardAction, HeaderChanges, Route, WeightedCluster } from '../model/route';
import type { AskedRequest } from './asked';
import { changedHeaders, isNone, rewriteOf, settingFirst, upstreamHeaders } from './change-request';
import { grpcTimeout, isGrpc } from './grpc';
import type { Destination } from './outcome';

/** Requests that a route hands to one of its clusters. */
export interface Delivery {
  readonly status: 200 | 503;
  readonly flags: string;
  /** As the cluster gets it, or the answer for want of one. */
  deliver(asked: AskedRequest, corsHeaders?: Readonly<Record<string, string>>): Destination;
}

/** How a route delivers to a cluster; all that is the same for each request is worked out here. */
export function deliveryTo(
  proxy: ProxyView,
  route: Route,
  action: ForwardAction,
  to: WeightedCluster,
  delayed: string,
): Delivery {
  const failure = failureOf(proxy, to.cluster);
  const { cluster, weight, by } = to;
  const own = responseChanges(to.response, route.response);
  const response = (cors: Readonly<Record<string, string>> | undefined) => (cors ? [...own, ...settingAll(cors)] : own);
  if (failure) {
    const flags = delayed ? [failure, delayed].sort().join(',') : failure;
    const body = failure === 'UH' ? { body: 'no healthy upstream' } : {};
    return {
      status: 503,
      flags,
      deliver: (_, cors) => ({ cluster, weight, response: response(cors), by, flags, status: 503, ...body }),
    };
  }
  const rewritten = rewriteOf(route, action);
  const authority = action.authority ?? to.authority;
  const plain = (asked: AskedRequest, cors?: Readonly<Record<string, string>>): Destination => ({
    cluster,
    weight,
    response: response(cors),
    by,
    status: 200,
    method: asked.method,
    path: rewritten ? rewritten(asked.path) : asked.path,
    host: authority ?? asked.host,
  });
  const limit = grpcTimeout(action);
  const untouched = !delayed && isNone(route.request) && (!to.request || isNone(to.request));
  return {
    status: 200,
    flags: delayed,
    deliver: (asked, cors) => {
      const told = limit !== undefined && isGrpc(asked.header('content-type')?.[0]) ? limit : undefined;
      if (untouched && told === undefined && !asked.isChanged) return plain(asked, cors);
      const sent = upstreamHeaders(route, to, asked.headers, asked.protocol);
      if (told !== undefined) sent.set('grpc-timeout', [told]);
      return { ...plain(asked, cors), ...(delayed ? { flags: delayed } : {}), ...changedHeaders(asked.sent, sent) };
    },
  };
}

/** The destinations of a request that is answered before it gets to one. */
export const undelivered = (action: ForwardAction): Destination[] =>
  action.clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: [], by: c.by }));

/** Why the proxy cannot hand on what is for a cluster, as Envoy flags it. */
function failureOf(proxy: ProxyView, name: string): 'NC' | 'UH' | undefined {
  const cluster = proxy.cluster(name);
  if (!cluster) return 'NC';
  return cluster.name === 'BlackHoleCluster' || (cluster.type === 'EDS' && cluster.endpoints.length === 0) ? 'UH' : undefined;
}

const responseChanges = (destination: HeaderChanges | undefined, route: HeaderChanges): Destination['response'] => [
  ...changesOf(destination),
  ...changesOf(route),
];

const changesOf = (c: HeaderChanges | undefined): Destination['response'] =>
  c
    ? [
        ...c.remove.map((name) => ({ name, how: 'remove' as const })),
        ...settingFirst(c).map(({ name, value, append }) => ({ name, value, how: append ? ('add' as const) : ('set' as const) })),
      ]
    : [];

const settingAll = (headers: Readonly<Record<string, string>>): Destination['response'] =>
  Object.entries(headers).map(([name, value]) => ({ name, value, how: 'set' as const }));
