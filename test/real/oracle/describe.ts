import type { ClusterFacts, RouteFacts, TlsFacts } from './types';
import {
  type Cluster,
  configOf,
  endpointsOf,
  type Fraction,
  milliseconds,
  type Route,
  type RouteAction,
  type TransportSocket,
  type Xds,
} from './xds';

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 1e4, MILLION: 1e6 };
const UNLIMITED = 2 ** 32 - 1;

function percent(fraction: Fraction): number {
  return ((fraction.numerator ?? 0) / (DENOMINATORS[fraction.denominator ?? 'HUNDRED'] ?? 100)) * 100;
}

/** Without what is undefined. */
function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** What a route says besides where it goes. */
export function describeRoute(route: Route): RouteFacts {
  const filters = route.typed_per_filter_config;
  return compact<RouteFacts>({
    routeName: route.name || undefined,
    config: configOf(route.metadata),
    timeoutMs: route.route && (milliseconds(route.route.timeout) ?? 15_000),
    retry: route.route && retryOf(route.route),
    mirrors: route.route?.request_mirror_policies?.map(
      ({ cluster, runtime_fraction, disable_shadow_host_suffix_append: plain }) => ({
        cluster,
        percent: runtime_fraction?.default_value ? percent(runtime_fraction.default_value) : 100,
        ...(plain ? { noShadowSuffix: true as const } : {}),
      }),
    ),
    hashPolicy: route.route?.hash_policy,
    fault: faultOf(filters?.['envoy.filters.http.fault']),
    cors: filters?.['envoy.filters.http.cors'] ? true : undefined,
  });
}

type Retry = NonNullable<RouteFacts['retry']>;

function retryOf({ retry_policy: policy }: RouteAction): Retry | undefined {
  if (!policy) return undefined;
  return compact<Retry>({
    attempts: policy.num_retries ?? 1,
    perTryTimeoutMs: policy.per_try_timeout ? milliseconds(policy.per_try_timeout) : undefined,
    retryOn: policy.retry_on ?? '',
    codes: policy.retriable_status_codes,
    backoffMs: milliseconds(policy.retry_back_off?.base_interval),
    ignorePreviousHosts: policy.retry_host_predicate ? true : undefined,
  });
}

type Fault = NonNullable<RouteFacts['fault']>;

function faultOf(config: unknown): Fault | undefined {
  const fault = config as
    | {
        delay?: { fixed_delay?: string; percentage?: Fraction };
        abort?: { http_status?: number; grpc_status?: number; percentage?: Fraction };
      }
    | undefined;
  if (!fault) return undefined;
  const { delay, abort } = fault;
  const share = (fraction: Fraction | undefined) => (fraction ? percent(fraction) : 0);
  return compact<Fault>({
    delay: delay && { ms: milliseconds(delay.fixed_delay) ?? 0, percent: share(delay.percentage) },
    abort:
      abort &&
      compact<NonNullable<Fault['abort']>>({
        status: abort.http_status,
        grpc: abort.grpc_status,
        percent: share(abort.percentage),
      }),
  });
}

/** What CDS and EDS say of a cluster; null if istiod sends none of that name. */
export function describeCluster(xds: Xds, name: string): ClusterFacts | null {
  const cluster = xds.clusters?.find((candidate) => candidate.name === name);
  if (!cluster) return null;
  const endpoints = endpointFacts(xds, cluster);
  const http = cluster.typed_extension_protocol_options?.['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'];
  return compact<ClusterFacts>({
    type: cluster.type ?? cluster.cluster_type?.name ?? 'STATIC',
    endpoints: endpoints.length ? endpoints : undefined,
    lb: cluster.lb_policy && cluster.lb_policy !== 'ROUND_ROBIN' ? cluster.lb_policy : undefined,
    ringHash: cluster.ring_hash_lb_config,
    connectTimeoutMs: cluster.connect_timeout !== '10s' ? milliseconds(cluster.connect_timeout) : undefined,
    circuitBreaker: thresholds(cluster.circuit_breakers?.thresholds?.[0]),
    outlier: cluster.outlier_detection,
    http: http && Object.fromEntries(Object.entries(http).filter(([field]) => field !== '@type')),
    tls: clusterTls(cluster),
    config: configOf(cluster.metadata),
  });
}

function endpointFacts(xds: Xds, cluster: Cluster): { to: string; mtls?: true }[] {
  return endpointsOf(xds, cluster).map(({ endpoint, metadata }) => {
    const address = endpoint?.address?.socket_address;
    const pod = xds.pods?.find((candidate) => candidate.IP === address?.address);
    const mtls = metadata?.filter_metadata?.['envoy.transport_socket_match']?.tlsMode === 'istio';
    const to = address ? `${pod ? `${pod.Namespace}/${pod.Name}` : address.address}:${address.port_value}` : '?';
    return mtls ? { to, mtls } : { to };
  });
}

function thresholds(limits: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const set = Object.entries(limits ?? {}).filter(
    ([field, limit]) => (typeof limit === 'number' && limit !== UNLIMITED) || (field === 'retry_budget' && limit),
  );
  return set.length ? Object.fromEntries(set) : undefined;
}

function clusterTls(cluster: Cluster): ClusterFacts['tls'] {
  const matches = cluster.transport_socket_matches;
  if (matches) return { auto: matches.map(({ name, transport_socket }) => ({ name, ...tlsFacts(transport_socket) })) };
  return cluster.transport_socket && tlsFacts(cluster.transport_socket);
}

function tlsFacts(socket: TransportSocket | undefined): TlsFacts {
  const config = socket?.typed_config;
  if (!config?.common_tls_context) return { mode: 'PLAIN' };
  const { tls_certificate_sds_secret_configs: secrets, tls_certificates: files } = config.common_tls_context;
  const sni = config.sni ? { sni: config.sni } : {};
  if (secrets?.some(({ name }) => name === 'default')) return { mode: 'ISTIO_MUTUAL', ...sni };
  return { mode: secrets?.length || files ? 'MUTUAL' : 'SIMPLE', ...sni };
}
