import { selects } from './config';
import type { DestinationRule } from './destination-rules';
import { type Endpoint, type EndpointSources, endpointsByNumber, endpointsOf } from './endpoints';
import { isWild } from './host';
import { millis } from './mesh-config';
import type { PeerAuthentications } from './peer-authentication';
import { isHttp2 } from './protocol';
import { portNumbered, type Service, type ServicePort } from './service';
import { circuitBreaker, forPort, forSubset, loadBalancer, outlierDetection, type TrafficPolicy } from './traffic-policy';

export type ClusterTls =
  | { readonly mode: 'ISTIO_MUTUAL' | 'MUTUAL' | 'SIMPLE' | 'PLAIN'; readonly sni?: string }
  /** Endpoint by endpoint: mutual TLS where there is a sidecar. */
  | { readonly auto: readonly { readonly name: string; readonly mode: string; readonly sni?: string }[] };

/** Where a share of requests goes: endpoints, and how they are called. */
export interface Cluster {
  readonly name: string;
  readonly type: 'EDS' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'ORIGINAL_DST' | 'STATIC' | 'envoy.clusters.dynamic_forward_proxy';
  readonly service: Service | undefined;
  readonly subset: string;
  readonly endpoints: readonly Endpoint[];
  readonly lb: string | undefined;
  readonly ringHash: Readonly<Record<string, string>> | undefined;
  readonly connectTimeoutMs: number;
  readonly circuitBreaker: Readonly<Record<string, unknown>> | undefined;
  readonly outlier: Readonly<Record<string, unknown>> | undefined;
  /** How places count, where its DestinationRule says so (`localityLbSetting`). */
  readonly near?: any;
  readonly http: Readonly<Record<string, unknown>> | undefined;
  readonly tls: ClusterTls | undefined;
  readonly rule: DestinationRule | undefined;
}

export interface ClusterContext extends EndpointSources {
  readonly kind: 'sidecar' | 'gateway';
  readonly peers: PeerAuthentications;
  readonly autoMtls: boolean;
  readonly connectTimeoutMs: number;
  service(host: string): Service | undefined;
  ruleFor(service: Service): DestinationRule | undefined;
}

const PASSTHROUGH_HTTP = {
  common_http_protocol_options: { idle_timeout: '300s' },
  use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
};

const bare = (name: string, type: Cluster['type'], more: Partial<Cluster> = {}): Cluster => ({
  name,
  type,
  service: undefined,
  subset: '',
  endpoints: [],
  lb: undefined,
  ringHash: undefined,
  connectTimeoutMs: 10_000,
  circuitBreaker: undefined,
  outlier: undefined,
  http: undefined,
  tls: undefined,
  rule: undefined,
  ...more,
});

/** `outbound|9080|v1|reviews.shop.svc.cluster.local` */
export function clusterParts(
  name: string,
): { readonly port: number; readonly subset: string; readonly host: string } | undefined {
  const [direction, port, subset, host] = name.split('|');
  return direction === 'outbound' && host !== undefined ? { port: Number(port), subset: subset!, host } : undefined;
}

/** A cluster by its name; none where the proxy has none of that name. Source: pilot/pkg/networking/core/cluster_builder.go. */
export function clusterOf(name: string, context: ClusterContext): Cluster | undefined {
  if (name === 'PassthroughCluster')
    return context.kind === 'sidecar'
      ? bare(name, 'ORIGINAL_DST', { lb: 'CLUSTER_PROVIDED', connectTimeoutMs: context.connectTimeoutMs, http: PASSTHROUGH_HTTP })
      : undefined;
  if (name === 'BlackHoleCluster') return bare(name, 'STATIC', { connectTimeoutMs: context.connectTimeoutMs });
  if (name.startsWith('inbound|') || name === 'InboundPassthroughCluster')
    return bare(name, 'ORIGINAL_DST', { lb: 'CLUSTER_PROVIDED' });
  const parts = clusterParts(name);
  const service = parts && context.service(parts.host);
  const port = service && portNumbered(service, parts.port);
  if (!parts || !service || !port || service.resolution === 'Alias' || port.protocol === 'UDP') return undefined;
  const rule = context.ruleFor(service);
  const subset = rule?.subsets.find((s) => s.subset.name === parts.subset)?.subset;
  if (parts.subset !== '' && !subset) return undefined;
  return outbound(name, service, port, rule, subset, context);
}

function outbound(
  name: string,
  service: Service,
  port: ServicePort,
  rule: DestinationRule | undefined,
  subset: any,
  context: ClusterContext,
): Cluster | undefined {
  const whole: TrafficPolicy | undefined = rule?.trafficPolicy;
  const policy = subset ? forSubset(whole, subset.trafficPolicy, port.port) : forPort(whole, port.port).policy;
  // the destination's word holds for its subsets too, and a subset's own, whatever it says for the port
  const passes = [forPort(whole, port.port).policy, policy, subset?.trafficPolicy].some(
    (p) => p?.loadBalancer?.simple === 'PASSTHROUGH',
  );
  const dynamic = isWild(service.host) && service.resolution === 'DynamicDNS';
  const type = passes ? 'ORIGINAL_DST' : dynamic ? 'envoy.clusters.dynamic_forward_proxy' : typeOf(service, context.kind);
  const labels = subset?.labels ?? {};
  const all = type === 'EDS' ? endpointsOf(service, port.port, context) : endpointsByNumber(service, port.port, context);
  const left = type === 'EDS' && leavesOutUnready(service, policy) ? all.filter((e) => !e.unready) : all;
  const endpoints = type === 'ORIGINAL_DST' || dynamic ? [] : left.filter((e) => selects(labels, e.labels));
  if ((type === 'STRICT_DNS' || type === 'LOGICAL_DNS') && endpoints.length === 0) return undefined;
  const wanted = tlsMode(subset?.trafficPolicy, port.port) ?? tlsMode(whole, port.port);
  const { lb, ring } = loadBalancer(policy?.loadBalancer);
  const provided = type === 'ORIGINAL_DST' || dynamic;
  const seconds = (text: string) => `${(millis(text) ?? 0) / 1000}s`;
  const tls = tlsOf(service, port, subset, policy, whole, type, context);
  const pool = policy?.connectionPool ?? {};
  return {
    name,
    type,
    service,
    subset: subset?.name ?? '',
    endpoints: endpoints.map((e) => ({ ...e, mtls: takesMtls(e, wanted, context.peers) })),
    lb: provided ? 'CLUSTER_PROVIDED' : lb,
    ringHash: provided ? undefined : ring,
    connectTimeoutMs: millis(pool.tcp?.connectTimeout) ?? context.connectTimeoutMs,
    circuitBreaker: circuitBreaker(policy),
    outlier: outlierDetection(policy?.outlierDetection, seconds),
    near: policy?.loadBalancer?.localityLbSetting,
    http: httpOptions(port, pool, policy?.tls, tls, context.kind, seconds),
    tls,
    rule,
  };
}

/** Source: pilot/pkg/xds/endpoints/endpoint_builder.go, supportsUnhealthyEndpoints; a service that prefers near endpoints has them always. */
function leavesOutUnready({ config }: Service, policy: TrafficPolicy | undefined): boolean {
  const near = config.spec.trafficDistribution ?? config.manifest.annotations['networking.istio.io/traffic-distribution'];
  return near === undefined && policy?.outlierDetection?.minHealthPercent > 0;
}

/** Source: pilot/pkg/xds/endpoints/mtls_checker.go. */
function takesMtls(e: Endpoint, wanted: string | undefined, peers: PeerAuthentications): boolean {
  if (wanted !== undefined) return e.mtls && wanted === 'ISTIO_MUTUAL';
  return e.mtls && peers.ofWorkload(e.namespace, e.labels, e.port).mode !== 'DISABLE';
}

function tlsMode(policy: TrafficPolicy | undefined, port: number): string | undefined {
  const setting = policy?.portLevelSettings?.find((s: any) => Number(s.port?.number) === port && s.tls);
  const tls = setting?.tls ?? policy?.tls;
  return tls ? (tls.mode ?? 'DISABLE') : undefined;
}

/** Source: pilot/pkg/networking/core/cluster.go, convertResolution. */
function typeOf(s: Service, kind: 'sidecar' | 'gateway'): Cluster['type'] {
  switch (s.resolution) {
    case 'DNSLB':
      return 'STRICT_DNS';
    case 'DNSRoundRobinLB':
      return 'LOGICAL_DNS';
    case 'Passthrough':
      return kind === 'gateway' ? 'EDS' : 'ORIGINAL_DST';
    default:
      return 'EDS';
  }
}

/** Source: pilot/pkg/networking/core/cluster_tls.go, buildUpstreamTLSSettings, and push_context.go, BestEffortInferServiceMTLSMode. */
function tlsOf(
  service: Service,
  port: ServicePort,
  subset: any,
  policy: TrafficPolicy | undefined,
  whole: TrafficPolicy | undefined,
  type: Cluster['type'],
  context: ClusterContext,
): ClusterTls | undefined {
  const given = policy?.tls;
  const sni = `outbound_.${port.port}_.${subset?.name ?? ''}_.${service.host}`;
  if (given) {
    const mode = given.mode ?? 'DISABLE';
    if (mode === 'DISABLE') return undefined;
    if (mode === 'ISTIO_MUTUAL') return { mode, sni: given.sni || sni };
    const withSecret = given.credentialName && !String(given.credentialName).startsWith('configmap://');
    if (withSecret && context.kind === 'sidecar' && !context.ruleFor(service)?.selector) return undefined;
    if (mode === 'MUTUAL' && !given.credentialName && !(given.clientCertificate && given.privateKey)) return undefined;
    return { mode: mode === 'MUTUAL' ? 'MUTUAL' : 'SIMPLE', ...(given.sni ? { sni: given.sni } : {}) };
  }
  if (service.external || !context.autoMtls) return undefined;
  const balancer = (subset ? subset.trafficPolicy : whole)?.loadBalancer?.simple;
  if (service.resolution === 'Passthrough' || balancer === 'PASSTHROUGH') {
    const all = endpointsByNumber(service, port.port, context);
    if (all.length === 0 || all.some((e) => !e.mtls)) return undefined;
  }
  if (context.peers.ofNamespace(service.namespace) === 'DISABLE') return undefined;
  if (type === 'ORIGINAL_DST') return { mode: 'ISTIO_MUTUAL', sni };
  return {
    auto: [
      { name: 'tlsMode-istio', mode: 'ISTIO_MUTUAL', sni },
      { name: 'tlsMode-disabled', mode: 'PLAIN' },
    ],
  };
}

/** Source: cluster_builder.go, setUpstreamProtocol; cluster_traffic_policy.go, applyConnectionPool and applyH2Upgrade. */
function httpOptions(
  port: ServicePort,
  pool: any,
  givenTls: any,
  tls: ClusterTls | undefined,
  kind: 'sidecar' | 'gateway',
  seconds: (text: string) => string,
): Record<string, unknown> | undefined {
  const http = pool.http ?? {};
  const out: Record<string, any> = {};
  const downstream = {
    use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} as Record<string, unknown> },
  };
  let protocol: Record<string, any> | undefined;
  if (isHttp2(port.protocol)) protocol = { explicit_http_config: { http2_protocol_options: {} } };
  else if (port.protocol === 'Unsupported' && kind === 'sidecar') protocol = downstream;
  if (http.h2UpgradePolicy === 'UPGRADE' && !http.useClientProtocol)
    protocol ??= { explicit_http_config: { http2_protocol_options: {} } };
  const common: Record<string, unknown> = {};
  const idle = http.idleTimeout ?? pool.tcp?.idleTimeout;
  if (idle) common.idle_timeout = seconds(idle);
  if (http.maxRequestsPerConnection > 0) common.max_requests_per_connection = http.maxRequestsPerConnection;
  if (pool.tcp?.maxConnectionDuration) common.max_connection_duration = seconds(pool.tcp.maxConnectionDuration);
  const h2 = protocol?.explicit_http_config?.http2_protocol_options;
  if (h2 && http.maxConcurrentStreams > 0) h2.max_concurrent_streams = http.maxConcurrentStreams;
  if (h2 && http.http2KeepAlive) {
    const { interval, timeout } = http.http2KeepAlive;
    h2.connection_keepalive = {
      ...(interval ? { interval: seconds(interval) } : {}),
      ...(timeout ? { timeout: seconds(timeout) } : {}),
    };
  }
  const touched = Object.keys(common).length > 0 || http.maxConcurrentStreams > 0 || http.http2KeepAlive;
  if (http.useClientProtocol) protocol = downstream;
  if (tls && 'mode' in tls && (tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL')) {
    const upstream: Record<string, boolean> = {};
    if (!givenTls.sni) upstream.auto_sni = true;
    if (!givenTls.sni && !(givenTls.subjectAltNames?.length > 0) && givenTls.insecureSkipVerify !== true)
      upstream.auto_san_validation = true;
    if (Object.keys(upstream).length > 0) out.upstream_http_protocol_options = upstream;
  }
  if (Object.keys(common).length > 0) out.common_http_protocol_options = common;
  if (!protocol && !touched && Object.keys(out).length === 0) return undefined;
  return { ...out, ...(protocol ?? { explicit_http_config: { http_protocol_options: {} } }) };
}

/** Whether the cluster speaks Istio's mutual TLS to the endpoint. */
export function takesMutualTls({ tls }: Cluster, endpoint: Endpoint): boolean {
  if (!tls) return false;
  return 'auto' in tls ? endpoint.mtls : tls.mode === 'ISTIO_MUTUAL';
}

/** The name in the hello of Istio's mutual TLS to the cluster's endpoints. */
export function sniOf({ tls }: Cluster): string | undefined {
  if (!tls) return undefined;
  return 'auto' in tls ? tls.auto.find((t) => t.mode === 'ISTIO_MUTUAL')?.sni : tls.sni;
}
