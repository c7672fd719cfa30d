import {
  type Cluster,
  clone,
  endpointsOf,
  type FilterChain,
  type Hcm,
  hcmOf,
  type Listener,
  type Message,
  TYPE,
  type Xds,
} from '../oracle/xds';

/** Where Envoy reads what it is sent. */
export interface Places {
  routes(name: string): string;
  /** Where clients connect to. */
  readonly port: number;
  /** The port of the loopback address for an address that istiod sends; nothing where it stays as it is. */
  portOf(ip: string): number | undefined;
}

/** What a proxy is sent, by type; routes by their names. */
export interface SidecarConfig {
  readonly clusters: readonly Message[];
  readonly listeners: readonly Message[];
  readonly routes: ReadonlyMap<string, Message>;
}

const LISTENER_FILTERS = /\.(tls_inspector|http_inspector)\./;
const NETWORK = /\.(rbac|tcp_proxy|http_connection_manager)\.v3\./;
const HTTP = /\.http\.(router|fault|cors|rbac|grpc_stats)\./;
const PER_FILTER = /^envoy\.filters\.http\.(fault|cors|router|rbac|grpc_stats)$/;
const UNLIMITED = 2 ** 32 - 1;

/**
 * What istiod sends to a sidecar, for an Envoy of ours: the outbound half, in plain text to the upstream, without filters that
 * upstream Envoy lacks. PROXY protocol says what a client dialled, in place of iptables; pods are servers on the loopback address.
 */
export function sidecarConfig(xds: Xds, places: Places): SidecarConfig {
  const clusters = (xds.clusters ?? []).filter(({ name, type }) => name.startsWith('outbound|') && type !== 'ORIGINAL_DST');
  return {
    clusters: clusters.map((cluster) => clusterFor(xds, cluster, places)),
    listeners: (xds.listeners ?? [])
      .filter(({ traffic_direction, name }) => traffic_direction === 'OUTBOUND' || name === 'virtualOutbound')
      .map((listener) => listenerFor(listener, places)),
    routes: new Map((xds.routes ?? []).map((routes) => [routes.name, cleaned(clone(routes)) as unknown as Message])),
  };
}

/** A cluster with its endpoints in it: Envoy has a watch of its own for each file, and systems allow for few. */
function clusterFor(xds: Xds, cluster: Cluster, places: Places): Message {
  const own = clone(cluster) as Cluster & { filters?: unknown };
  const { transport_socket: _t, transport_socket_matches: _m, filters: _f, eds_cluster_config: _e, ...rest } = own;
  const common = { ...rest, circuit_breakers: { thresholds: [{ max_retries: UNLIMITED }] } };
  if (cluster.type !== 'EDS') return common;
  const lb_endpoints = endpointsOf(xds, cluster).map((each) => moved(each, places));
  const endpoints = lb_endpoints.length > 0 ? [{ lb_endpoints }] : [];
  return { ...common, type: 'STATIC', load_assignment: { cluster_name: cluster.name, endpoints } };
}

const from = (path: string): Message => ({ resource_api_version: 'V3', path_config_source: { path } });

function moved({ endpoint }: { endpoint?: any }, { portOf }: Places): Message {
  const { address, port_value } = endpoint.address.socket_address;
  const port = portOf(address);
  const socket_address = port === undefined ? { address, port_value } : { address: '127.0.0.1', port_value: port };
  return { endpoint: { address: { socket_address } } };
}

function listenerFor(listener: Listener, places: Places): Message {
  const { access_log: _log, metadata: _metadata, ...rest } = clone(listener) as unknown as Message;
  const isDoor = listener.name === 'virtualOutbound';
  const { filter_chains = [], default_filter_chain } = listener;
  const filters = ((rest.listener_filters ?? []) as { typed_config?: Message }[]).filter(({ typed_config }) =>
    LISTENER_FILTERS.test(String(typed_config?.['@type'])),
  );
  return {
    ...rest,
    ...(isDoor
      ? { address: { socket_address: { address: '127.0.0.1', port_value: places.port } }, additional_addresses: [] }
      : {}),
    bind_to_port: isDoor,
    listener_filters: [...(isDoor ? [PROXY_PROTOCOL] : []), ...filters],
    filter_chains: filter_chains.map((chain) => chainFor(chain, places)),
    ...(default_filter_chain ? { default_filter_chain: chainFor(default_filter_chain, places) } : {}),
  };
}

const PROXY_PROTOCOL: Message = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: { '@type': `${TYPE}envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol` },
};

function chainFor(chain: FilterChain, places: Places): Message {
  const hcm = hcmOf(chain);
  const filters = clone(chain.filters ?? [])
    .filter(({ typed_config }) => NETWORK.test(String(typed_config?.['@type'])))
    .map(({ typed_config, ...filter }) => {
      const { access_log: _log, ...config } = typed_config ?? {};
      const isHttp = hcm !== undefined && String(config['@type']).includes('http_connection_manager');
      return { ...filter, typed_config: isHttp ? httpFor(hcm, places) : config };
    });
  return { ...chain, filters };
}

function httpFor(given: Hcm, places: Places): Message {
  const { tracing: _tracing, request_id_extension: _id, access_log: _log, ...hcm } = clone(given) as Hcm & Message;
  return {
    ...hcm,
    ...(hcm.rds
      ? {
          rds: {
            route_config_name: hcm.rds.route_config_name,
            config_source: from(places.routes(hcm.rds.route_config_name)),
          },
        }
      : {}),
    http_filters: (hcm.http_filters ?? []).filter(({ typed_config }) => HTTP.test(String(typed_config?.['@type']))),
  };
}

/** Drops what is configured for filters that upstream Envoy lacks, at whatever level. */
function cleaned<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, inner] of Object.entries(value as Record<string, any>)) {
    if (key === 'typed_per_filter_config') {
      for (const filter of Object.keys(inner)) if (!PER_FILTER.test(filter)) delete inner[filter];
    } else cleaned(inner);
  }
  return value;
}
