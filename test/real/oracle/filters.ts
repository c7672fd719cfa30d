import { requestLog } from './access-log';
import type { TlsMaterial } from './bootstrap';
import type { Chain } from './plan';
import { clusterName, forEnvoy } from './routes';
import { clone, type FilterChain, type Hcm, type Message, type RouteConfig, TYPE } from './xds';

const HTTP_FILTER = `${TYPE}envoy.extensions.filters.http.`;
/** Filters that need something outside, or that upstream Envoy lacks. */
const DROPPED = /\.(wasm|ext_authz|ext_proc|golang|composite)\./;
const NETWORK = /\.(rbac|tcp_proxy|http_connection_manager)\.v3\./;

/** A chain's filters: who may connect, and what becomes of the connection. Others say nothing about that. */
export function networkFilters({ given, tag }: Chain, hcm: Hcm | undefined): Message[] {
  return (given.filters ?? [])
    .filter(({ typed_config }) => NETWORK.test(String(typed_config?.['@type'])))
    .map((filter) => {
      const type = String(filter.typed_config?.['@type']);
      if (hcm && /http_connection_manager/.test(type)) return { ...filter, typed_config: hcm };
      return /tcp_proxy/.test(type) ? { ...filter, typed_config: tcpForEnvoy(filter.typed_config as Message, tag) } : filter;
    });
}

/** A TCP proxy to the clusters of a case. */
function tcpForEnvoy(given: Message, tag: string): Message {
  const { access_log: _log, ...proxy } = clone(given) as Message & {
    cluster?: string;
    weighted_clusters?: { clusters: { name: string }[] };
  };
  if (proxy.cluster) proxy.cluster = clusterName(tag, proxy.cluster);
  for (const weighted of proxy.weighted_clusters?.clusters ?? []) weighted.name = clusterName(tag, weighted.name);
  return proxy;
}

/** A chain's HTTP connection manager with its routes. */
export function hcmForEnvoy(chain: Chain, given: Hcm, routes: RouteConfig, accessLog: string): Hcm {
  const { rds: _rds, tracing: _tracing, request_id_extension: _id, ...hcm } = clone(given) as Hcm & Message;
  hcm.route_config = forEnvoy(routes, chain);
  hcm.http_filters = (hcm.http_filters ?? []).filter(({ typed_config }) => {
    const type = typed_config?.['@type'] ?? '';
    return type.startsWith(HTTP_FILTER) && !DROPPED.test(type);
  });
  for (const { typed_config } of hcm.http_filters) askInCase(typed_config as Message | undefined, chain.tag);
  hcm.access_log = [requestLog(accessLog)];
  return hcm;
}

/** The ratelimit filter asks a cluster of the case. */
function askInCase(config: Message | undefined, tag: string): void {
  const asks = config?.rate_limit_service as { grpc_service?: { envoy_grpc?: { cluster_name: string } } } | undefined;
  const to = asks?.grpc_service?.envoy_grpc;
  if (to) to.cluster_name = clusterName(tag, to.cluster_name);
}

/** A chain's TLS with certificates of ours: who shows what is as istiod says. */
export function tlsForEnvoy(socket: NonNullable<FilterChain['transport_socket']>, material: TlsMaterial): Message {
  const { typed_config: given, ...rest } = clone(socket) as unknown as { typed_config: Message };
  const {
    tls_certificate_sds_secret_configs: _certificates,
    combined_validation_context: combined,
    validation_context_sds_secret_config: _validation,
    ...common
  } = given.common_tls_context as Message & { combined_validation_context?: { default_validation_context?: Message } };
  const trusted = { ...combined?.default_validation_context, trusted_ca: { inline_string: material.authority } };
  return {
    ...rest,
    typed_config: {
      ...given,
      common_tls_context: {
        ...common,
        tls_certificates: [{ certificate_chain: { inline_string: material.cert }, private_key: { inline_string: material.key } }],
        ...(given.require_client_certificate ? { validation_context: trusted } : {}),
      },
    },
  };
}
