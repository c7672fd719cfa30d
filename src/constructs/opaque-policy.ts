import { quoted } from '../values/names';
import type { HttpProtocol, Port, Protocol } from '../values/port';
import type { CallPolicy, CircuitBreaker, ConnectionPolicy, PortPolicy } from './call-policy';
import type { LoadBalancer } from './load-balancer';

/**
 * What callers do about connections that no proxy looks into. What counts, ends or tells apart single requests is not there:
 * Envoy reads it where it speaks HTTP, and nowhere else. `maxPendingRequests` are connections that wait for one to the service.
 * Source: Envoy's circuit breakers, tried on Envoy 1.40; `maybeSetHashPolicy` in pilot/pkg/networking/core/networkfilter.go.
 */
export interface OpaquePolicy {
  /** @default - no limits, and no endpoint is taken out */
  readonly circuitBreaker?: Omit<CircuitBreaker, 'maxRequests' | 'maxRequestsPerConnection'>;
  /** @default - the fewest connections, Istio's (the least requests) */
  readonly loadBalancer?: LoadBalancer<'simple' | 'located' | 'address'>;
}

/** Whether none of the protocols has requests that Istio could tell apart. */
type Opaque<P extends Protocol> = Extract<P, HttpProtocol> extends never ? true : false;

/** How a service with ports of these protocols is called. */
export type CallPolicyOf<P extends Protocol> = Opaque<P> extends true ? OpaquePolicy : CallPolicy;
/** What callers do about connections to a version of a service with ports of these protocols. */
export type ConnectionPolicyOf<P extends Protocol> = Opaque<P> extends true ? OpaquePolicy : ConnectionPolicy;
/** What callers do about a port of this protocol. */
export type PortPolicyOf<P extends Protocol> = Opaque<P> extends true ? OpaquePolicy : PortPolicy;

/** Something that is said of services whose requests Istio can tell apart, and of no others. */
export type OfRequests<S, Said> =
  | ({ readonly service: S & { readonly speaksHttp: true } } & Said)
  | ({ readonly service: S } & { readonly [K in keyof Said]?: never });

/**
 * Throws where a policy for connections says something of single requests: it would hold nowhere, and nobody would be told.
 * @param what named in the error: `service "db"`
 */
export function checkOpaque(policy: CallPolicy | undefined, ports: readonly Port[], what: string): void {
  if (!policy || ports.some((p) => p.isHttp)) return;
  const { circuitBreaker: breaker, retryBudget, loadBalancer } = policy;
  const said = [
    ...(retryBudget === undefined ? [] : ['retryBudget']),
    ...(breaker?.maxRequests === undefined ? [] : ['maxRequests']),
    ...(breaker?.maxRequestsPerConnection === undefined ? [] : ['maxRequestsPerConnection']),
    ...(loadBalancer?.asksRequests ? ['a hash of what is in requests'] : []),
  ];
  if (said.length === 0) return;
  const others = loadBalancer?.asksRequests
    ? "LoadBalancer.consistentHash.sourceIp keeps a caller's connections together"
    : 'maxConnections limits connections';
  throw new Error(
    `callPolicy of ${what} has ${said.join(' and ')}, which is about single requests, and it speaks ${quoted(ports.map((p) => `${p.protocol} ${p.number}`))}: Istio sees only connections there, and would leave it out in silence; ${others}`,
  );
}
