import type { OracleClient } from './types';

/** The prefix of a message's type in `@type`. */
export const TYPE = 'type.googleapis.com/';

const HCM = `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;
const TCP_PROXY = `${TYPE}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`;

/** Any message, as protojson with proto names: what we do not read is passed on as it is. */
export type Message = { [field: string]: unknown };

export interface SocketAddress {
  address?: { socket_address?: { address: string; port_value: number } };
}

export interface FilterChainMatch {
  destination_port?: number;
  prefix_ranges?: { address_prefix: string; prefix_len?: number }[];
  server_names?: string[];
  transport_protocol?: string;
  application_protocols?: string[];
}

export interface FilterChain {
  filter_chain_match?: FilterChainMatch;
  filters?: { name?: string; typed_config?: Message }[];
  transport_socket?: { typed_config?: { require_client_certificate?: boolean } };
}

export interface Listener extends SocketAddress {
  name: string;
  traffic_direction?: string;
  additional_addresses?: SocketAddress[];
  filter_chains?: FilterChain[];
  default_filter_chain?: FilterChain;
}

/** What is configured for a filter, by the filter's name. */
export interface PerFilter {
  typed_per_filter_config?: Record<string, Message>;
}

export interface WeightedCluster extends PerFilter {
  name: string;
  weight?: number;
}

export interface RouteAction {
  cluster?: string;
  weighted_clusters?: { clusters: WeightedCluster[]; header_name?: string };
  timeout?: string;
  retry_policy?: {
    num_retries?: number;
    per_try_timeout?: string;
    retry_on?: string;
    retriable_status_codes?: number[];
    retry_back_off?: { base_interval?: string };
    retry_host_predicate?: unknown;
  };
  request_mirror_policies?: {
    cluster: string;
    runtime_fraction?: { default_value?: Fraction };
    disable_shadow_host_suffix_append?: boolean;
  }[];
  hash_policy?: unknown;
}

export interface Fraction {
  numerator?: number;
  denominator?: string;
}

export interface Route extends PerFilter {
  name?: string;
  match?: Message;
  route?: RouteAction;
  redirect?: Message;
  direct_response?: { status: number };
  metadata?: IstioMetadata;
}

export interface VirtualHost extends PerFilter {
  name: string;
  routes?: Route[];
}

export interface RouteConfig {
  name: string;
  virtual_hosts?: VirtualHost[];
  validate_clusters?: boolean;
}

export interface Hcm {
  rds?: { route_config_name: string };
  route_config?: RouteConfig;
  http_filters?: { name: string; typed_config?: Message & { '@type'?: string } }[];
  [field: string]: unknown;
}

export interface IstioMetadata {
  filter_metadata?: { istio?: { config?: string } };
}

export interface LbEndpoint {
  endpoint?: SocketAddress;
  metadata?: { filter_metadata?: Record<string, { tlsMode?: string }> };
}

export interface LoadAssignment {
  cluster_name: string;
  endpoints?: { lb_endpoints?: LbEndpoint[] }[];
}

export interface TransportSocket {
  typed_config?: {
    common_tls_context?: { tls_certificate_sds_secret_configs?: { name: string }[]; tls_certificates?: unknown };
    sni?: string;
  };
}

export interface Cluster {
  name: string;
  type?: string;
  cluster_type?: { name: string };
  eds_cluster_config?: { service_name?: string };
  load_assignment?: LoadAssignment;
  lb_policy?: string;
  ring_hash_lb_config?: unknown;
  connect_timeout?: string;
  circuit_breakers?: { thresholds?: Record<string, unknown>[] };
  outlier_detection?: unknown;
  typed_extension_protocol_options?: Record<string, Message>;
  transport_socket_matches?: { name: string; transport_socket?: TransportSocket }[];
  transport_socket?: TransportSocket;
  metadata?: IstioMetadata;
}

/** What istiod sends to a case's proxy, and what it knows of the mesh. */
export interface Xds {
  id: string;
  error?: string;
  invalid?: string[];
  client: OracleClient & { ip: string };
  services: { Name: string; Namespace: string; Ports: Record<string, string>; Selector: Record<string, string> | null }[] | null;
  hosts: { Host: string; Namespace: string; Address: string }[] | null;
  pods: { Name: string; Namespace: string; IP: string }[] | null;
  listeners: Listener[] | null;
  routes: RouteConfig[] | null;
  clusters: Cluster[] | null;
  endpoints: LoadAssignment[] | null;
}

function typedConfig(chain: FilterChain, type: string): Message | undefined {
  return chain.filters?.map((filter) => filter.typed_config).find((config) => config?.['@type'] === type);
}

/** The HTTP connection manager of a filter chain. */
export function hcmOf(chain: FilterChain): Hcm | undefined {
  return typedConfig(chain, HCM) as Hcm | undefined;
}

/** Where a filter chain's TCP proxy forwards to. */
export function tcpDestinations(chain: FilterChain): { cluster: string; weight: number }[] | undefined {
  const proxy = typedConfig(chain, TCP_PROXY) as
    | { cluster?: string; weighted_clusters?: { clusters: { name: string; weight: number }[] } }
    | undefined;
  if (!proxy) return undefined;
  if (proxy.weighted_clusters) return proxy.weighted_clusters.clusters.map(({ name, weight }) => ({ cluster: name, weight }));
  return [{ cluster: proxy.cluster ?? '', weight: 100 }];
}

/** The endpoints that istiod sends for a cluster. */
export function endpointsOf(xds: Xds, cluster: Cluster): LbEndpoint[] {
  const service = cluster.eds_cluster_config?.service_name || cluster.name;
  const assignment =
    cluster.type === 'EDS' ? xds.endpoints?.find((candidate) => candidate.cluster_name === service) : cluster.load_assignment;
  return (assignment?.endpoints ?? []).flatMap((group) => group.lb_endpoints ?? []);
}

/** `…/namespaces/shop/virtual-service/reviews` in an object's metadata -> `virtual-service/shop/reviews`. */
export function configOf(metadata: IstioMetadata | undefined): string | undefined {
  const match = /namespaces\/([^/]+)\/([^/]+)\/(.+)$/.exec(metadata?.filter_metadata?.istio?.config ?? '');
  return match ? `${match[2]}/${match[1]}/${match[3]}` : undefined;
}

/** `1.5s` -> 1500. */
export function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Math.round(Number.parseFloat(duration) * 1e6) / 1e3;
}

/** A copy that may be changed. */
export function clone<T>(message: T): T {
  return structuredClone(message);
}
