/** Fields of a message by name, each with those of the message that it holds; null where it holds something else. */
export interface Fields {
  readonly [name: string]: Fields | null;
}

const fields = (plain: string, messages: Fields = {}): Fields => ({
  ...Object.fromEntries((plain === '' ? [] : plain.split(' ')).map((name) => [name, null])),
  ...messages,
});

const tracingZipkin = fields('address');
const tracingLightstep = fields('address accessToken');
const tracingDatadog = fields('address');
const tracingStackdriver = fields('debug maxNumberOfAttributes maxNumberOfAnnotations maxNumberOfMessageEvents');
const tracingOpenCensusAgent = fields('address context');
const tracing = fields('customTags maxPathTagLength sampling tlsSettings enableIstioTags', {
  zipkin: tracingZipkin,
  lightstep: tracingLightstep,
  datadog: tracingDatadog,
  stackdriver: tracingStackdriver,
  openCensusAgent: tracingOpenCensusAgent,
});
const sds = fields('enabled k8sSaJwtPath');
const remoteService = fields('address tlsSettings tcpKeepalive');
const topologyProxyProtocolConfiguration = fields('');
const topology = fields('numTrustedProxies forwardClientCertDetails', { proxyProtocol: topologyProxyProtocolConfiguration });
const proxyConfigProxyStatsMatcher = fields('inclusionPrefixes inclusionSuffixes inclusionRegexps');
const privateKeyProviderCryptoMb = fields('pollDelay fallback');
const privateKeyProviderQAT = fields('pollDelay fallback');
const privateKeyProvider = fields('', { cryptomb: privateKeyProviderCryptoMb, qat: privateKeyProviderQAT });
const proxyConfigProxyHeadersSetCurrentClientCertDetails = fields('subject cert chain dns uri');
const proxyConfigProxyHeadersRequestId = fields('disabled');
const proxyConfigProxyHeadersServer = fields('disabled value');
const proxyConfigProxyHeadersAttemptCount = fields('disabled');
const proxyConfigProxyHeadersEnvoyDebugHeaders = fields('disabled');
const proxyConfigProxyHeadersMetadataExchangeHeaders = fields('mode');
const proxyConfigProxyHeadersXForwardedHost = fields('enabled');
const proxyConfigProxyHeadersXForwardedPort = fields('enabled');
const proxyConfigProxyHeaders = fields('forwardedClientCert preserveHttp1HeaderCase', {
  setCurrentClientCertDetails: proxyConfigProxyHeadersSetCurrentClientCertDetails,
  requestId: proxyConfigProxyHeadersRequestId,
  server: proxyConfigProxyHeadersServer,
  attemptCount: proxyConfigProxyHeadersAttemptCount,
  envoyDebugHeaders: proxyConfigProxyHeadersEnvoyDebugHeaders,
  metadataExchangeHeaders: proxyConfigProxyHeadersMetadataExchangeHeaders,
  xForwardedHost: proxyConfigProxyHeadersXForwardedHost,
  xForwardedPort: proxyConfigProxyHeadersXForwardedPort,
});
const proxyConfigConnectionSettings = fields(
  'profile listenerPerConnectionBufferLimitBytes clusterPerConnectionBufferLimitBytes httpIdleTimeout httpMaxConnectionDuration httpDrainTimeout httpRequestTimeout httpRequestHeadersTimeout httpStreamIdleTimeout httpMaxStreamDuration httpMaxConcurrentStreams http2InitialStreamWindowSize http2InitialConnectionWindowSize httpHeadersWithUnderscoresAction httpMergeSlashes httpPathWithEscapedSlashesAction listenerConnectionLimit globalDownstreamConnectionLimit',
);
const proxyConfig = fields(
  'configPath binaryPath serviceCluster tracingServiceName drainDuration discoveryAddress discoveryRefreshDelay zipkinAddress statsdUdpAddress envoyMetricsServiceAddress proxyAdminPort availabilityZone controlPlaneAuthPolicy customConfigFile statNameLength concurrency proxyBootstrapTemplatePath interceptionMode proxyMetadata runtimeValues statusPort extraStatTags terminationDrainDuration meshId readinessProbe holdApplicationUntilProxyStarts caCertificatesPem image fileFlushInterval fileFlushMinSizeKb statsCompression',
  {
    tracing,
    sds,
    envoyAccessLogService: remoteService,
    envoyMetricsService: remoteService,
    gatewayTopology: topology,
    proxyStatsMatcher: proxyConfigProxyStatsMatcher,
    privateKeyProvider,
    proxyHeaders: proxyConfigProxyHeaders,
    connectionSettings: proxyConfigConnectionSettings,
  },
);
const outboundTrafficPolicy = fields('mode tls');
const inboundTrafficPolicy = fields('mode');
const configSource = fields('address tlsSettings subscribedResources');
const certificateData = fields('pem spiffeBundleUrl certSigners trustDomains');
const certificate = fields('secretName dnsNames');
const serviceSettingsSettings = fields('clusterLocal');
const serviceSettings = fields('hosts', { settings: serviceSettingsSettings });
const labelSelectorRequirement = fields('key operator values');
const labelSelector = fields('matchLabels', { matchExpressions: labelSelectorRequirement });
const serviceScopeConfigs = fields('scope', { namespaceSelector: labelSelector, servicesSelector: labelSelector });
const ca = fields('address tlsSettings requestTimeout istiodSide');
const envoyExternalAuthorizationRequestBody = fields('maxRequestBytes allowPartialMessage packAsBytes');
const envoyExternalAuthorizationHttpProvider = fields(
  'service port timeout pathPrefix failOpen clearRouteCache statusOnError includeHeadersInCheck includeRequestHeadersInCheck includeAdditionalHeadersInCheck headersToUpstreamOnAllow headersToDownstreamOnDeny headersToDownstreamOnAllow',
  { includeRequestBodyInCheck: envoyExternalAuthorizationRequestBody },
);
const envoyExternalAuthorizationGrpcProvider = fields('service port timeout failOpen clearRouteCache statusOnError', {
  includeRequestBodyInCheck: envoyExternalAuthorizationRequestBody,
});
const httpHeader = fields('name value envName');
const zipkinTracingProvider = fields('service port maxTagLength enable64bitTraceId path traceContextOption timeout', {
  headers: httpHeader,
});
const lightstepTracingProvider = fields('service port accessToken maxTagLength');
const datadogTracingProvider = fields('service port maxTagLength');
const stackdriverProviderLogging = fields('labels');
const stackdriverProvider = fields('debug maxNumberOfAttributes maxNumberOfAnnotations maxNumberOfMessageEvents maxTagLength', {
  logging: stackdriverProviderLogging,
});
const openCensusAgentTracingProvider = fields('service port context maxTagLength');
const skyWalkingTracingProvider = fields('service port accessToken');
const httpService = fields('path timeout', { headers: httpHeader });
const grpcService = fields('timeout', { initialMetadata: httpHeader });
const resourceDetectorsEnvironmentResourceDetector = fields('');
const resourceDetectorsDynatraceResourceDetector = fields('');
const resourceDetectors = fields('', {
  environment: resourceDetectorsEnvironmentResourceDetector,
  dynatrace: resourceDetectorsDynatraceResourceDetector,
});
const openTelemetryTracingProviderDynatraceSamplerDynatraceApi = fields('service port', { http: httpService });
const openTelemetryTracingProviderDynatraceSampler = fields('tenant clusterId rootSpansPerMinute', {
  httpService: openTelemetryTracingProviderDynatraceSamplerDynatraceApi,
});
const openTelemetryTracingProvider = fields('service port maxTagLength serviceAttributeEnrichment', {
  http: httpService,
  grpc: grpcService,
  resourceDetectors,
  dynatraceSampler: openTelemetryTracingProviderDynatraceSampler,
});
const prometheusMetricsProvider = fields('');
const envoyFileAccessLogProviderLogFormat = fields('text labels');
const envoyFileAccessLogProvider = fields('path omitEmptyValues', { logFormat: envoyFileAccessLogProviderLogFormat });
const envoyHttpGrpcV3LogProvider = fields(
  'service port logName filterStateObjectsToLog additionalRequestHeadersToLog additionalResponseHeadersToLog additionalResponseTrailersToLog',
);
const envoyTcpGrpcV3LogProvider = fields('service port logName filterStateObjectsToLog');
const envoyOpenTelemetryLogProviderLogFormat = fields('text labels');
const envoyOpenTelemetryLogProvider = fields('service port logName', { logFormat: envoyOpenTelemetryLogProviderLogFormat });
const sDSProvider = fields('name service port');
const meshConfig = fields('name', {
  envoyExtAuthzHttp: envoyExternalAuthorizationHttpProvider,
  envoyExtAuthzGrpc: envoyExternalAuthorizationGrpcProvider,
  zipkin: zipkinTracingProvider,
  lightstep: lightstepTracingProvider,
  datadog: datadogTracingProvider,
  stackdriver: stackdriverProvider,
  opencensus: openCensusAgentTracingProvider,
  skywalking: skyWalkingTracingProvider,
  opentelemetry: openTelemetryTracingProvider,
  prometheus: prometheusMetricsProvider,
  envoyFileAccessLog: envoyFileAccessLogProvider,
  envoyHttpAls: envoyHttpGrpcV3LogProvider,
  envoyTcpAls: envoyTcpGrpcV3LogProvider,
  envoyOtelAls: envoyOpenTelemetryLogProvider,
  sds: sDSProvider,
});
const defaultProviders = fields('tracing metrics accessLogging');
const proxyPathNormalization = fields('normalization');
const tLSConfig = fields('minProtocolVersion ecdhCurves cipherSuites');
const defaultTrafficPolicy = fields('connectionPool outlierDetection');
const serviceEntryVisibilityMatchRule = fields('', { namespaceSelector: labelSelector });
const serviceEntryVisibilityPolicy = fields('visibility', { matchingRules: serviceEntryVisibilityMatchRule });
const serviceEntryVisibility = fields('defaultVisibility applyToSidecars', { policies: serviceEntryVisibilityPolicy });

/** The fields of MeshConfig. Source: istio.io/api v1.31.1, mesh/v1alpha1/config.proto and proxy.proto. */
export const MESH_CONFIG: Fields = fields(
  'proxyListenPort proxyInboundListenPort proxyHttpPort connectTimeout hboneIdleTimeout protocolDetectionTimeout tcpKeepalive ingressClass ingressService ingressControllerMode ingressSelector enableTracing accessLogFile accessLogFormat accessLogEncoding enableEnvoyAccessLogService disableEnvoyListenerLog enableAutoMtls trustDomain trustDomainAliases defaultServiceExportTo defaultVirtualServiceExportTo defaultDestinationRuleExportTo rootNamespace localityLbSetting zoneAwareLbSetting dnsRefreshRate h2UpgradePolicy inboundClusterStatName outboundClusterStatName enablePrometheusMerge verifyCertificateAtClient defaultHttpRetryPolicy',
  {
    defaultConfig: proxyConfig,
    outboundTrafficPolicy,
    inboundTrafficPolicy,
    configSources: configSource,
    caCertificates: certificateData,
    certificates: certificate,
    serviceSettings,
    serviceScopeConfigs,
    ca,
    extensionProviders: meshConfig,
    defaultProviders,
    discoverySelectors: labelSelector,
    pathNormalization: proxyPathNormalization,
    meshMTLS: tLSConfig,
    tlsDefaults: tLSConfig,
    defaultTrafficPolicy,
    serviceEntryVisibility,
  },
);
