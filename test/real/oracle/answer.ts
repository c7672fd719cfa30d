import type { LoggedConnection, LoggedRequest } from './access-log';
import { describeRoute } from './describe';
import { type Observed, observe } from './observe';
import type { Chain, Job } from './plan';
import type { Response } from './requests';
import { clusterName, placeOf } from './routes';
import type { Answer, Destination } from './types';
import type { Route, RouteAction, VirtualHost } from './xds';

/** A request that was sent, and what is known of it. */
export interface Sent {
  /** A string: why there is no answer. */
  readonly response: Response | string;
  readonly log: LoggedRequest | undefined;
  readonly connection: LoggedConnection | undefined;
}

/** The virtual host and the route that Envoy chose. */
export interface Matched {
  readonly host: VirtualHost;
  readonly index: number;
  /** undefined: none of the virtual host's routes. */
  readonly route: Route | undefined;
}

/** What Envoy chose for a request, from its access log. */
export function matched(chain: Chain | undefined, log: LoggedRequest | undefined): Matched | undefined {
  const place = placeOf(log?.route ?? undefined);
  const host = place && chain?.routes?.virtual_hosts?.[place.virtualHost];
  if (!place || !host) return undefined;
  return { host, index: place.route, route: host.routes?.[place.route] };
}

/** The answer to a request that came to a chain's HTTP, with what its other weighted destinations said (by their place in the route). */
export function answerOf(job: Job, chain: Chain, sent: Sent, others: ReadonlyMap<number, Sent>): Answer {
  const at = { listener: chain.listener, routeConfig: chain.routesName };
  const { response, log } = sent;
  if (!chain.routes) return { ...at, action: 'noRouteConfig' };
  if (typeof response === 'string') return { ...at, action: 'error', error: response };
  const seen = observe(job.request, response, log);
  const match = matched(chain, log);
  const head = { ...at, status: seen.status, ...(seen.flags ? { flags: seen.flags } : {}) };
  if (!match) return withoutHost(head, seen, log);
  const { flags: _flags, ...unflagged } = head;
  if (!match.route) return { ...unflagged, vhost: match.host.name, action: 'noRoute', ...grpcOf(seen) };
  const facts = { ...head, vhost: match.host.name, routeIndex: match.index, ...describeRoute(match.route) };
  return withRoute(facts, match.route, { job, chain }, { seen, log }, others);
}

/** Why Envoy answers that the upstream, or the want of one, is the reason of. */
const UPSTREAM = /^(via_upstream|cluster_not_found|no_healthy_upstream)$/;

interface At {
  readonly job: Job;
  readonly chain: Chain;
}

type Head = Pick<Answer, 'listener' | 'routeConfig' | 'status' | 'flags'>;

function withoutHost(head: Head, seen: Observed, log: LoggedRequest | undefined): Answer {
  if (log?.flags?.includes('NR') || log?.details === 'route_not_found')
    return { ...head, action: 'noVirtualHost', ...grpcOf(seen) };
  if (seen.responseHeaders?.location) return { ...head, action: 'httpsRedirect', redirect: redirectOf(seen), ...grpcOf(seen) };
  return { ...head, action: 'local', ...(log?.details ? { details: log.details } : {}), ...ownBody(seen) };
}

function withRoute(
  facts: Omit<Answer, 'action'>,
  route: Route,
  at: At,
  { seen, log }: { seen: Observed; log: LoggedRequest | undefined },
  others: ReadonlyMap<number, Sent>,
): Answer {
  if (!route.route && log?.details === 'fault_filter_abort')
    return { ...facts, action: route.redirect ? 'redirect' : 'directResponse', local: true, ...ownBody(seen) };
  if (route.redirect) {
    const { location: _location, ...headers } = seen.responseHeaders ?? {};
    const more = Object.keys(headers).length ? { responseHeaders: headers } : {};
    return { ...facts, action: 'redirect', redirect: redirectOf(seen), ...more };
  }
  if (route.direct_response) {
    const directResponse = { status: route.direct_response.status, ...(seen.body ? { body: seen.body } : {}) };
    const headers = seen.responseHeaders ? { responseHeaders: seen.responseHeaders } : {};
    return { ...facts, action: 'directResponse', directResponse, ...headers };
  }
  if (!route.route) return { ...facts, action: 'none', ...(seen.body ? { body: seen.body } : {}) };
  const why = log?.details;
  const details = why && why !== 'via_upstream' ? { details: why } : {};
  if (why === 'fault_filter_abort' || (seen.status !== 503 && !UPSTREAM.test(why ?? ''))) {
    const destinations = clustersOf(route.route).map(({ cluster, weight }) => ({ cluster, weight }));
    return { ...facts, action: 'route', ...details, local: true, destinations, ...ownBody(seen) };
  }
  if (!route.route.weighted_clusters) {
    const destinations = [destination(at, clustersOf(route.route)[0] as Weighted, seen, log)];
    return { ...facts, action: 'route', ...details, destinations };
  }
  const destinations = clustersOf(route.route).map((to, place) => {
    const other = others.get(place);
    const usable = other && typeof other.response !== 'string' ? observe(at.job.request, other.response, other.log) : undefined;
    return destination(at, to, usable, other?.log);
  });
  const statuses = new Set(destinations.flatMap(({ status }) => status ?? []));
  if (statuses.size < 2) return { ...facts, action: 'route', ...details, destinations };
  const { flags: _flags, ...unflagged } = facts;
  return { ...unflagged, status: 'mixed', action: 'route', destinations };
}

interface Weighted {
  readonly cluster: string;
  readonly weight: number;
}

/** Where a route goes, with istiod's names. A single destination has the weight 100. */
export function clustersOf(action: RouteAction): Weighted[] {
  if (!action.weighted_clusters) return [{ cluster: action.cluster ?? '', weight: 100 }];
  return action.weighted_clusters.clusters.map(({ name, weight = 0 }) => ({ cluster: name, weight }));
}

function destination({ chain }: At, to: Weighted, seen: Observed | undefined, log: LoggedRequest | undefined): Destination {
  if (!seen) return to;
  const went = log?.cluster;
  const strayed = went && went !== '-' && went !== clusterName(chain.tag, to.cluster);
  return { ...to, ...seen, ...(strayed ? { MISMATCH: went } : {}) };
}

/** Of Envoy's own answer to a gRPC client. */
function grpcOf({ responseHeaders = {} }: Observed): Pick<Answer, 'responseHeaders'> {
  const said = Object.entries(responseHeaders).filter(([name]) => name.startsWith('grpc-'));
  return said.length > 0 ? { responseHeaders: Object.fromEntries(said) } : {};
}

function redirectOf({ status, responseHeaders }: Observed): NonNullable<Answer['redirect']> {
  const location = responseHeaders?.location;
  return { code: status, ...(location === undefined ? {} : { location }) };
}

function ownBody({ body, responseHeaders }: Observed): Pick<Answer, 'body' | 'responseHeaders'> {
  return { ...(body ? { body } : {}), ...(responseHeaders ? { responseHeaders } : {}) };
}
