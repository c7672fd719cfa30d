/** A TrafficPolicy, or one of its portLevelSettings. */
export type TrafficPolicy = Readonly<Record<string, any>>;

/** A port's settings replace the policy wholesale. Source: pilot/pkg/networking/util/util.go, GetPortLevelTrafficPolicy. */
export function forPort(
  policy: TrafficPolicy | undefined,
  port: number,
): { readonly policy: TrafficPolicy | undefined; readonly ofPort: boolean } {
  const setting = policy?.portLevelSettings?.find((s: any) => Number(s.port?.number) === port);
  if (!setting) return { policy, ofPort: false };
  const { connectionPool, loadBalancer, outlierDetection, tls } = setting;
  return { policy: { connectionPool, loadBalancer, outlierDetection, tls }, ofPort: true };
}

/** A subset's policy over the destination's, field by field; all fields where the subset has one for the port. Source: util.go, MergeSubsetTrafficPolicy. */
export function forSubset(
  destination: TrafficPolicy | undefined,
  subset: TrafficPolicy | undefined,
  port: number,
): TrafficPolicy | undefined {
  const base = forPort(destination, port).policy;
  if (!subset) return base;
  const own = forPort(subset, port);
  if (!base) return own.policy;
  const { portLevelSettings: _, ...out } = base as Record<string, any>;
  for (const field of ['connectionPool', 'outlierDetection', 'loadBalancer', 'tls'])
    if (own.policy?.[field] !== undefined || own.ofPort) out[field] = own.policy?.[field];
  for (const field of ['tunnel', 'proxyProtocol', 'retryBudget'])
    if (own.policy?.[field] !== undefined) out[field] = own.policy[field];
  return out;
}

/** Limits of a connection pool that differ from none. Source: networking/core/cluster_traffic_policy.go, applyConnectionPool. */
export function circuitBreaker(policy: TrafficPolicy | undefined): Record<string, unknown> | undefined {
  const { tcp = {}, http = {} } = policy?.connectionPool ?? {};
  const out: Record<string, unknown> = {};
  if (tcp.maxConnections > 0) out.max_connections = tcp.maxConnections;
  if (http.http1MaxPendingRequests > 0) out.max_pending_requests = http.http1MaxPendingRequests;
  if (http.http2MaxRequests > 0) out.max_requests = http.http2MaxRequests;
  if (http.maxRetries > 0) out.max_retries = http.maxRetries;
  const budget = policy?.retryBudget;
  if (budget)
    out.retry_budget = {
      budget_percent: { value: budget.percent?.value ?? budget.percent ?? 20 },
      ...(budget.budgetInterval ? { budget_interval: budget.budgetInterval } : {}),
      min_retry_concurrency: budget.minRetryConcurrency > 0 ? budget.minRetryConcurrency : 3,
    };
  return Object.keys(out).length > 0 ? out : undefined;
}

/** As Envoy is told. Source: cluster_traffic_policy.go, applyOutlierDetection. */
export function outlierDetection(o: any, duration: (text: string) => string): Record<string, unknown> | undefined {
  if (!o) return undefined;
  const out: Record<string, unknown> = { enforcing_success_rate: 0 };
  if (o.consecutive5xxErrors !== undefined) {
    out.consecutive_5xx = o.consecutive5xxErrors;
    out.enforcing_consecutive_5xx = o.consecutive5xxErrors > 0 ? 100 : 0;
  }
  if (o.consecutiveGatewayErrors !== undefined) {
    out.consecutive_gateway_failure = o.consecutiveGatewayErrors;
    out.enforcing_consecutive_gateway_failure = o.consecutiveGatewayErrors > 0 ? 100 : 0;
  }
  if (o.interval) out.interval = duration(o.interval);
  if (o.baseEjectionTime) out.base_ejection_time = duration(o.baseEjectionTime);
  if (o.maxEjectionPercent > 0) out.max_ejection_percent = o.maxEjectionPercent;
  if (o.splitExternalLocalOriginErrors) {
    out.split_external_local_origin_errors = true;
    if (o.consecutiveLocalOriginFailures > 0) {
      out.consecutive_local_origin_failure = o.consecutiveLocalOriginFailures;
      out.enforcing_consecutive_local_origin_failure = 100;
    }
    out.enforcing_local_origin_success_rate = 0;
  }
  return out;
}

/** The load balancer's name in Envoy, and the ring of a consistent hash. Source: cluster_traffic_policy.go, applyLoadBalancer. */
export function loadBalancer(lb: any): { readonly lb: string | undefined; readonly ring: Record<string, string> | undefined } {
  const hash = lb?.consistentHash;
  if (hash) {
    if (hash.maglev) return { lb: 'MAGLEV', ring: undefined };
    const size = hash.ringHash ? hash.ringHash.minimumRingSize : hash.minimumRingSize || 1024;
    return { lb: 'RING_HASH', ring: size ? { minimum_ring_size: String(size) } : undefined };
  }
  if (lb?.simple === 'RANDOM') return { lb: 'RANDOM', ring: undefined };
  if (lb?.simple === 'ROUND_ROBIN') return { lb: undefined, ring: undefined };
  if (lb?.simple === 'PASSTHROUGH') return { lb: 'CLUSTER_PROVIDED', ring: undefined };
  return { lb: 'LEAST_REQUEST', ring: undefined };
}
