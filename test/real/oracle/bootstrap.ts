import type { KeyPair } from './certificates';
import { contains } from './listeners';
import type { Served } from './plan';
import { clusterName, forEnvoy } from './routes';
import { clone, endpointsOf, type Hcm, type Message, TYPE, type Xds } from './xds';

/** What Envoy shows and trusts. */
export interface TlsMaterial extends KeyPair {
  readonly authority: string;
}

const HTTP_FILTER = `${TYPE}envoy.extensions.filters.http.`;
/** Filters that need something outside, or that upstream Envoy lacks. */
const DROPPED = /\.(wasm|ext_authz|ext_proc|golang|composite)\./;
const LOGGED = {
  id: '%REQ(X-ORACLE-ID)%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER_RAW%',
  flags: '%RESPONSE_FLAGS%',
  details: '%RESPONSE_CODE_DETAILS%',
};

function loopback(port: number): Message {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** The clusters of a case for Envoy: each is the echo, or has no endpoint where istiod sends none. */
export function clustersOf(xds: Xds, tag: string, echoPort: number): Message[] {
  return (xds.clusters ?? []).map((cluster) => {
    const up = cluster.type === 'EDS' ? endpointsOf(xds, cluster).length > 0 : cluster.name !== 'BlackHoleCluster';
    const endpoints = up ? [{ lb_endpoints: [{ endpoint: { address: loopback(echoPort) } }] }] : [];
    return {
      name: clusterName(tag, cluster.name),
      type: 'STATIC',
      connect_timeout: '2s',
      load_assignment: { cluster_name: cluster.name, endpoints },
    };
  });
}

/** One of Envoy's listeners, on a port of the loopback address. */
export function listenerOf(served: Served, port: number, tls: TlsMaterial, accessLog: string): Message {
  const chain: Message = {
    filters: served.hcm
      ? [{ name: 'envoy.filters.network.http_connection_manager', typed_config: hcmForEnvoy(served, served.hcm, accessLog) }]
      : connectionFilters(served),
  };
  if (served.tls) {
    chain.transport_socket = {
      name: 'tls',
      typed_config: {
        '@type': `${TYPE}envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
        ...(served.mtls ? { require_client_certificate: true } : {}),
        common_tls_context: {
          tls_certificates: [{ certificate_chain: { inline_string: tls.cert }, private_key: { inline_string: tls.key } }],
          validation_context: { trusted_ca: { inline_string: tls.authority } },
        },
      },
    };
  }
  return { name: served.key, address: loopback(port), listener_filters: [TLS_INSPECTOR], filter_chains: [chain] };
}

/** Tells RBAC the name in the client's hello. */
const TLS_INSPECTOR: Message = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: { '@type': `${TYPE}envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector` },
};

/** Who may connect is istiod's; whoever may reaches the echo. */
function connectionFilters({ rbac, destination, tag }: Served): Message[] {
  const to = { stat_prefix: 'tcp', cluster: clusterName(tag, 'InboundPassthroughCluster') };
  return [
    ...rbac.map((filter) => (destination ? (decideDestination(filter, destination) as Message) : filter)),
    {
      name: 'envoy.filters.network.tcp_proxy',
      typed_config: { '@type': `${TYPE}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`, ...to },
    },
  ];
}

/** Envoy's whole configuration. */
export function bootstrap(adminPort: number, listeners: readonly Message[], clusters: readonly Message[]): Message {
  return {
    admin: { address: loopback(adminPort) },
    static_resources: { listeners, clusters },
    layered_runtime: { layers: [{ name: 'oracle', static_layer: { 're2.max_program_size.error_level': 32768 } }] },
  };
}

function hcmForEnvoy(served: Served, given: Hcm, accessLog: string): Hcm {
  const { rds: _rds, tracing: _tracing, request_id_extension: _id, ...hcm } = clone(given) as Hcm & Message;
  hcm.route_config = forEnvoy(served.routes, served.tag, served.routesName);
  hcm.http_filters = (hcm.http_filters ?? [])
    .filter(({ typed_config }) => {
      const type = typed_config?.['@type'] ?? '';
      return type.startsWith(HTTP_FILTER) && !DROPPED.test(type);
    })
    .map((filter) => {
      const isRbac = /\.rbac\./.test(filter.typed_config?.['@type'] ?? '');
      return isRbac && served.destination ? (decideDestination(filter, served.destination) as typeof filter) : filter;
    });
  hcm.access_log = [
    {
      name: 'log',
      typed_config: {
        '@type': `${TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog`,
        path: accessLog,
        log_format: { json_format: LOGGED },
      },
    },
  ];
  return hcm;
}

/** RBAC's conditions on the connection's destination, replaced by their truth: our Envoy listens elsewhere. */
function decideDestination(rule: unknown, to: { ip: string; port: number }): unknown {
  if (Array.isArray(rule)) return rule.map((each) => decideDestination(each, to));
  if (!rule || typeof rule !== 'object') return rule;
  const entries = Object.entries(rule);
  if (entries.length === 1) {
    const holds = destinationCondition(rule as Message, to);
    if (holds !== undefined) return holds ? { any: true } : { not_rule: { any: true } };
  }
  return Object.fromEntries(entries.map(([field, value]) => [field, decideDestination(value, to)]));
}

function destinationCondition(rule: Message, to: { ip: string; port: number }): boolean | undefined {
  if (rule.destination_port !== undefined) return rule.destination_port === to.port;
  const range = rule.destination_port_range as { start: number; end: number } | undefined;
  if (range) return to.port >= range.start && to.port < range.end;
  const prefix = rule.destination_ip as { address_prefix: string; prefix_len?: number } | undefined;
  return prefix && contains(prefix, to.ip);
}
