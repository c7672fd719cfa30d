export { AccessPolicy, type AccessPolicyProps } from './access-policy';
export type { ObjectsToAdopt } from './adopt-objects';
export { type CallPolicy, type CircuitBreaker, type ConnectionPolicy, LoadBalancer, type RetryPolicy } from './call-policy';
export { CanaryRelease, type CanaryReleaseProps, type ReleaseState } from './canary-release';
export { ExternalService, type ExternalServiceProps } from './external-service';
export { type Audience, FaultInjection, type FaultInjectionProps, type HttpService } from './fault-injection';
export type { GatewayCertificate, GatewayTls } from './gateway-servers';
export { type Carrier, ForkService, HeaderRoutedDevEnv, type HeaderRoutedDevEnvProps } from './header-routed-dev-env';
export { type GatewayRouteOptions, IngressGateway, type IngressGatewayProps } from './ingress-gateway';
export { type GatewayWorkload, type IstioVersion, Mesh, type MeshProps } from './mesh';
export {
  AdoptedService,
  type AdoptedServiceProps,
  type Fork,
  MeshService,
  type MeshServiceProps,
  MeshVersion,
  ServiceReference,
  type VersionProps,
} from './mesh-service';
export { SecureNamespace, type SecureNamespaceProps } from './secure-namespace';
export { type Callee, type Caller, type CallLimits, ServiceHost, Version } from './service-host';
export { StranglerMigration, type StranglerMigrationProps } from './strangler-migration';
export { TrafficMirror, type TrafficMirrorProps } from './traffic-mirror';
export { MeshDeployment, type WorkloadProps } from './workload';
