import { clone, type PerFilter, type RouteAction, type RouteConfig } from './xds';

/** The header that says which of a route's weighted clusters is asked. */
export const WEIGHT_HEADER = 'x-oracle-rand';

/** Where a route stands in istiod's configuration. */
export interface RoutePlace {
  readonly virtualHost: number;
  /** -1: none of the virtual host's routes. */
  readonly route: number;
}

const FILTERS =
  /^envoy\.filters\.http\.(fault|cors|router|rbac|jwt_authn|local_ratelimit|lua|header_mutation|grpc_web|grpc_stats|compressor|buffer)$/;

/** Envoy's name of a cluster of a case: many cases share one Envoy. */
export function clusterName(tag: string, cluster: string): string {
  return `${tag}~${cluster}`;
}

/** The place that a route's name (as `forEnvoy` gave it) tells of. */
export function placeOf(routeName: string | undefined): RoutePlace | undefined {
  const parts = routeName?.split('^') ?? [];
  return parts.length === 4 ? { virtualHost: Number(parts[2]), route: Number(parts[3]) } : undefined;
}

/** Whose routes they are. */
export interface RoutesOf {
  readonly tag: string;
  readonly routesName: string;
  /** Whether it matters how long things take. */
  readonly isTimed: boolean;
}

/**
 * A route configuration of a case as our Envoy is to serve it: clusters are named for the case, each route's name is its place, the
 * weighted choice is ours to make, delays are short, and each virtual host ends in a route that says "none of these".
 */
export function forEnvoy(original: RouteConfig, { tag, routesName: name, isTimed }: RoutesOf): RouteConfig {
  const config = clone(original);
  config.validate_clusters = false;
  config.virtual_hosts?.forEach((host, virtualHost) => {
    const placeName = (route: number) => `${tag}^${name}^${virtualHost}^${route}`;
    cleanFilters(host, isTimed);
    host.routes?.forEach((route, index) => {
      route.name = placeName(index);
      cleanFilters(route, isTimed);
      if (route.route) renameClusters(route.route, tag, isTimed);
    });
    const none = { name: placeName(-1), match: { prefix: '/' }, direct_response: { status: 404 } };
    host.routes = [...(host.routes ?? []), none];
  });
  return config;
}

function renameClusters(action: RouteAction, tag: string, isTimed: boolean): void {
  if (action.cluster) action.cluster = clusterName(tag, action.cluster);
  for (const mirror of action.request_mirror_policies ?? []) mirror.cluster = clusterName(tag, mirror.cluster);
  if (!action.weighted_clusters) return;
  action.weighted_clusters.header_name = WEIGHT_HEADER;
  for (const weighted of action.weighted_clusters.clusters) {
    weighted.name = clusterName(tag, weighted.name);
    cleanFilters(weighted, isTimed);
  }
}

/** Drops what is configured for filters that upstream Envoy lacks, and makes delays short where nobody takes the time. */
function cleanFilters(holder: PerFilter, isTimed: boolean): void {
  const filters = holder.typed_per_filter_config;
  if (!filters) return;
  for (const filter of Object.keys(filters)) if (!FILTERS.test(filter)) delete filters[filter];
  const fault = filters['envoy.filters.http.fault'] as { delay?: { fixed_delay?: string } } | undefined;
  if (fault?.delay?.fixed_delay && !isTimed) fault.delay.fixed_delay = '0.001s';
}
