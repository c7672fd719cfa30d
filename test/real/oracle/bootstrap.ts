import { connectionLog } from './access-log';
import type { KeyPair } from './certificates';
import { hcmForEnvoy, networkFilters, tlsForEnvoy } from './filters';
import type { Chain, Served } from './plan';
import { clusterName } from './routes';
import type { OracleCase } from './types';
import { clone, endpointsOf, type Message, TYPE, type Xds } from './xds';

/** What Envoy shows and trusts. */
export interface TlsMaterial extends KeyPair {
  readonly authority: string;
}

function loopback(port: number): Message {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** No connections are taken there. */
const CLOSED = 1;
const UNLIMITED = 2 ** 32 - 1;

/** The clusters of a case for Envoy: each is the echo, or has no endpoint where istiod sends none. */
export function clustersOf(
  xds: Xds,
  tag: string,
  echoPort: number,
  { unreachable = [], served = {} }: Pick<OracleCase, 'unreachable' | 'served'> = {},
): Message[] {
  return (xds.clusters ?? []).map((cluster) => {
    const up = cluster.type === 'EDS' ? endpointsOf(xds, cluster).length > 0 : cluster.name !== 'BlackHoleCluster';
    const port = unreachable.some((host) => cluster.name.endsWith(`|${host}`)) ? CLOSED : echoPort;
    const grpc = served[cluster.name.split('|').at(-1)!];
    const endpoints = up ? [{ lb_endpoints: [{ endpoint: { address: loopback(grpc ?? port) } }] }] : [];
    return {
      name: clusterName(tag, cluster.name),
      type: 'STATIC',
      connect_timeout: '2s',
      load_assignment: { cluster_name: cluster.name, endpoints },
      ...(grpc === undefined ? {} : { typed_extension_protocol_options: HTTP2 }),
      circuit_breakers: { thresholds: [{ max_retries: UNLIMITED }] },
    };
  });
}

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const HTTP2: Message = {
  [OPTIONS]: { '@type': `${TYPE}${OPTIONS}`, explicit_http_config: { http2_protocol_options: {} } },
};

/** How a listener is served. */
export interface Serving {
  /** The port of the loopback address that clients connect to, if they do. */
  readonly port: number | undefined;
  readonly tls: TlsMaterial;
  readonly accessLog: string;
  /** The chains whose routes are served; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
}

/** Listener filters of upstream Envoy that tell chains apart. */
const LISTENER_FILTERS = /\.(tls_inspector|http_inspector)\./;

/**
 * A listener of istiod's for Envoy, with all its filter chains and their matches as they are. In place of the kernel's original
 * destination PROXY protocol says what was dialled: Envoy hands the connection on by it.
 */
export function listenerOf(served: Served, serving: Serving): Message {
  const { name: _name, access_log: _log, metadata: _metadata, ...rest } = clone(served.listener) as unknown as Message;
  const chains = served.chains.map((chain) => ({ chain, message: chainOf(chain, serving) }));
  const fallback = chains.find(({ chain }) => chain.isDefault)?.message;
  const filters = ((rest.listener_filters ?? []) as { typed_config?: Message }[]).filter(({ typed_config }) =>
    LISTENER_FILTERS.test(String(typed_config?.['@type'])),
  );
  return {
    ...rest,
    name: served.key,
    ...(serving.port === undefined ? moved(rest, served.port) : { address: loopback(serving.port), additional_addresses: [] }),
    bind_to_port: serving.port !== undefined,
    listener_filters: [...(serving.port === undefined ? [] : [PROXY_PROTOCOL]), ...filters],
    filter_chains: chains.filter(({ chain }) => !chain.isDefault).map(({ message }) => message),
    ...(fallback ? { default_filter_chain: fallback } : {}),
    access_log: [connectionLog(serving.accessLog, served.key)],
  };
}

/** What is dialled, and by whom, stands before what the client sends. */
const PROXY_PROTOCOL: Message = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: { '@type': `${TYPE}envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol` },
};

/** A listener's addresses at another port. */
function moved(listener: Message, port: number): Message {
  const at = (each: any) => ({ ...each, address: { socket_address: { ...each.address.socket_address, port_value: port } } });
  const more = (listener.additional_addresses ?? []) as any[];
  return { ...at({ address: listener.address }), ...(more.length > 0 ? { additional_addresses: more.map(at) } : {}) };
}

function chainOf(chain: Chain, { tls, accessLog, only }: Serving): Message {
  const { name, given, hcm } = chain;
  const { filter_chain_match, transport_socket } = given;
  const routes = !only || only.has(name) ? chain.routes : undefined;
  return {
    name,
    ...(filter_chain_match ? { filter_chain_match } : {}),
    filters: networkFilters(chain, hcm && hcmForEnvoy(chain, hcm, routes ?? { name: chain.routesName }, accessLog)),
    ...(transport_socket ? { transport_socket: tlsForEnvoy(transport_socket, tls) } : {}),
  };
}

/** Envoy's whole configuration. */
export function bootstrap(adminPort: number, listeners: readonly Message[], clusters: readonly Message[]): Message {
  return {
    admin: { address: loopback(adminPort) },
    static_resources: { listeners, clusters },
    layered_runtime: { layers: [{ name: 'oracle', static_layer: { 're2.max_program_size.error_level': 32768 } }] },
  };
}
