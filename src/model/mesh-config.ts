import { goMillis } from '../values/go-duration';

/** What MeshConfig says that decides about requests. Istio's defaults where it says nothing. Source: pkg/config/mesh/mesh.go. */
export interface MeshConfig {
  readonly rootNamespace: string;
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  /** Suffix of services' names; not a field of MeshConfig, but of the installation. */
  readonly domain: string;
  readonly registryOnly: boolean;
  readonly autoMtls: boolean;
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  readonly defaultHttpRetryPolicy: Readonly<Record<string, any>> | undefined;
  /** Of the first connection to an upstream, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Names of the providers that decide who may; nothing where MeshConfig is not known to say which there are. */
  readonly authorizers: ReadonlySet<string> | undefined;
  /** Fields of the given MeshConfig that no rule here knows. */
  readonly notUnderstood: readonly string[];
  /** All that was given. */
  readonly given: Readonly<Record<string, unknown>>;
}

const KNOWN = new Set([
  'rootNamespace',
  'trustDomain',
  'trustDomainAliases',
  'outboundTrafficPolicy',
  'enableAutoMtls',
  'defaultVirtualServiceExportTo',
  'defaultServiceExportTo',
  'defaultDestinationRuleExportTo',
  'defaultHttpRetryPolicy',
  'connectTimeout',
  'defaultConfig',
  // about telemetry and installation: no request goes another way
  'accessLogFile',
  'accessLogEncoding',
  'accessLogFormat',
  'enableTracing',
  'enablePrometheusMerge',
  'extensionProviders',
  'defaultProviders',
  'ingressControllerMode',
  'ingressService',
  'ingressSelector',
  'enableEnvoyAccessLogService',
  'disableEnvoyListenerLog',
  'dnsRefreshRate',
]);

/** Of `defaultConfig`: how a proxy is run and what it tells of itself. No request goes another way. */
const HARMLESS = new Set([
  'availabilityZone',
  'binaryPath',
  'caCertificatesPem',
  'concurrency',
  'configPath',
  'controlPlaneAuthPolicy',
  'discoveryAddress',
  'drainDuration',
  'envoyAccessLogService',
  'envoyMetricsService',
  'extraStatTags',
  'fileFlushInterval',
  'fileFlushMinSizeKb',
  'holdApplicationUntilProxyStarts',
  'image',
  'meshId',
  'privateKeyProvider',
  'proxyAdminPort',
  'proxyStatsMatcher',
  'readinessProbe',
  'serviceCluster',
  'statNameLength',
  'statsCompression',
  'statsdUdpAddress',
  'statusPort',
  'terminationDrainDuration',
  'tracing',
  'tracingServiceName',
  'zipkinAddress',
]);

/** The fields of `defaultConfig` that may matter: `defaultConfig.gatewayTopology`. */
function notUnderstoodIn(defaultConfig: unknown): string[] {
  if (defaultConfig === undefined || defaultConfig === null) return [];
  if (typeof defaultConfig !== 'object') return ['defaultConfig'];
  return Object.entries(defaultConfig).flatMap(([field, value]) => {
    if (HARMLESS.has(field) || (field === 'interceptionMode' && ['REDIRECT', 'TPROXY'].includes(value))) return [];
    if (field !== 'proxyMetadata') return [`defaultConfig.${field}`];
    return Object.keys(value ?? {}).map((name) => `defaultConfig.proxyMetadata.${name}`);
  });
}

/** @param given MeshConfig as an object; nothing for the defaults */
export function meshConfig(given: Readonly<Record<string, any>> = {}, domain = 'cluster.local'): MeshConfig {
  return {
    given,
    rootNamespace: given.rootNamespace ?? 'istio-system',
    trustDomain: given.trustDomain ?? 'cluster.local',
    trustDomainAliases: given.trustDomainAliases ?? [],
    domain,
    // a policy that says no mode is not the default
    registryOnly: given.outboundTrafficPolicy ? (given.outboundTrafficPolicy.mode ?? 'REGISTRY_ONLY') === 'REGISTRY_ONLY' : false,
    autoMtls: given.enableAutoMtls ?? true,
    defaultVirtualServiceExportTo: given.defaultVirtualServiceExportTo ?? ['*'],
    defaultServiceExportTo: given.defaultServiceExportTo ?? ['*'],
    defaultDestinationRuleExportTo: given.defaultDestinationRuleExportTo ?? ['*'],
    defaultHttpRetryPolicy: given.defaultHttpRetryPolicy,
    connectTimeoutMs: millis(given.connectTimeout) ?? 10_000,
    authorizers: Array.isArray(given.extensionProviders) ? new Set(authorizersOf(given.extensionProviders)) : undefined,
    notUnderstood: [
      ...Object.keys(given).filter((k) => !KNOWN.has(k)),
      ...notUnderstoodIn(given.defaultConfig),
      ...(given.outboundTrafficPolicy?.mode === 'ALLOW_ANY_DYNAMIC_DNS' ? ['outboundTrafficPolicy ALLOW_ANY_DYNAMIC_DNS'] : []),
    ],
  };
}

/** Source: pilot/pkg/security/authz/builder/extauthz.go, processExtensionProvider. */
const authorizersOf = (providers: readonly any[]): readonly string[] =>
  providers.flatMap((p) => (p?.envoyExtAuthzHttp || p?.envoyExtAuthzGrpc ? [String(p.name)] : []));

/** A Go duration (`1m30s`, `2.5s`) in milliseconds; nothing where it is none, or below zero. */
export function millis(text: unknown): number | undefined {
  const ms = typeof text === 'string' ? goMillis(text) : undefined;
  return ms === undefined || ms < 0 ? undefined : ms;
}
