export { type AccessCallers, AccessPolicy, type AccessPolicyProps } from './access-policy';
export type { ObjectsToAdopt } from './adopt-objects';
export { AdoptedService, type AdoptedServiceProps } from './adopted-service';
export { ApplicationMetrics, type ApplicationMetricsProps } from './application-metrics';
export { type BlueGreen, type BlueGreenPreview, BlueGreenRelease, type BlueGreenReleaseProps } from './blue-green-release';
export type { CallPolicy, CircuitBreaker, ConnectionPolicy, PortPolicy, RetryPolicy } from './call-policy';
export type { Callee, Caller, CallLimits } from './caller';
export {
  CanaryRelease,
  type CanaryReleaseProps,
  type CanaryRequests,
  type ReleaseState,
  type StaticCanaryProps,
  type StaticCanaryShares,
} from './canary-release';
export { customize, type ObjectClass } from './customize';
export { EgressGateway, type EgressGatewayProps } from './egress-gateway';
export { Experiment, type ExperimentProps } from './experiment';
export type { ExtensionProvider } from './extension-providers';
export { ExternalAuthorization, type ExternalAuthorizationProps } from './external-authorization';
export type { ExternalServiceProps } from './external-facts';
export { ExternalService } from './external-service';
export { type Audience, FaultInjection, type FaultInjectionProps, type HttpService } from './fault-injection';
export type { FlaggerCanaryProps, FlaggerMetrics } from './flagger-release';
export { type Fork, type ForkProps, ForkService } from './fork-service';
export type { CorsOptions, GatewayRouteOptions } from './gateway-options';
export type { GatewayCertificate, GatewayTls } from './gateway-servers';
export { GrafanaDashboard, type GrafanaDashboardProps } from './grafana-dashboard';
export type { Exceptions, Guarded } from './guarded';
export { type Carrier, HeaderRoutedDevEnv, type HeaderRoutedDevEnvProps } from './header-routed-dev-env';
export { type Balancing, HeadlessGrpcService, type HeadlessGrpcServiceProps } from './headless-grpc-service';
export { IngressGateway, type IngressGatewayProps } from './ingress-gateway';
export type { JwtIssuer } from './jwt-issuer';
export { JwtPolicy, type JwtPolicyProps } from './jwt-policy';
export type { Each, Limit, LocalLimit } from './limits';
export { LoadBalancer } from './load-balancer';
export type { Locality } from './locality';
export { type DataPlane, type EgressWorkload, type GatewayWorkload, type IstioVersion, Mesh, type MeshProps } from './mesh';
export { MeshJob, type MeshJobProps } from './mesh-job';
export { MeshService, type MeshServiceProps, MeshVersion, type VersionProps } from './mesh-service';
export {
  type AccessLogs,
  type MetricTags,
  Observability,
  type ObservabilityProps,
  type Tracing,
  type TracingTag,
} from './observability';
export type { CallPolicyOf, ConnectionPolicyOf, OpaquePolicy, PortPolicyOf } from './opaque-policy';
export { type GlobalLimits, RateLimit, type RateLimitProps } from './rate-limit';
export { RateLimitService, type RateLimitServiceProps } from './rate-limit-service';
export type { RolloutMetrics } from './rollouts-metrics';
export type { RolloutsCanaryProps } from './rollouts-release';
export type { RolloutStep, SetHeaderRoute, SetMirrorRoute } from './rollouts-steps';
export type { RuleOptions } from './rule-options';
export { SecureNamespace, type SecureNamespaceProps } from './secure-namespace';
export { ServiceHost } from './service-host';
export { ServicePods } from './service-pods';
export { ServiceReference, type ServiceReferenceProps } from './service-reference';
export { StatefulService, type StatefulServiceProps } from './stateful-service';
export { MeshStatefulSet } from './stateful-set';
export type { Sticky } from './sticky';
export type { Storage } from './storage';
export { StranglerMigration, type StranglerMigrationProps } from './strangler-migration';
export { TrafficMirror, type TrafficMirrorProps } from './traffic-mirror';
export { Version } from './version';
export { type Machine, type MachinePlace, type RegisteringVmProps, type VmProps, VmWorkload } from './vm-workload';
export { MeshDeployment } from './workload';
export type { WorkloadProps } from './workload-props';
