import type { ConnectionPoolSettings, OutlierDetection, TrafficPolicy } from '../../imports/networking.istio.io';
import type { Retries } from '../routing/effects';
import { milliseconds } from '../routing/render-http';
import { isRetryStatus, RETRY_CONDITIONS } from '../routing/retry-on';
import { isCount, MOST } from '../values/count';
import { type Time, toMillis } from '../values/duration';
import { didYouMean } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import { checkProperties, type Properties } from '../values/properties';
import type { LoadBalancer } from './load-balancer';

/** How a failed call is tried again. Istio's own default, without any policy, is 2 attempts on connection trouble. */
export interface RetryPolicy {
  /** How often at most, after the first try: a whole number. 0 switches retries off, Istio's default ones included. */
  readonly attempts: number;
  /** How long each try may take. @default - the rest of the timeout */
  readonly perTryTimeout?: Time;
  /** Conditions as Envoy names them, or HTTP status codes. @default - Istio's: connect-failure, refused-stream, unavailable, cancelled */
  readonly on?: readonly string[];
  /** Smallest pause before a retry; it grows with each. @default - Envoy's 25ms */
  readonly backoff?: Time;
}

/**
 * When callers stop trying for a while. Each limit holds in each caller's proxy, for itself. Compiles to `connectionPool`
 * and, for `eject`, `outlierDetection` of a DestinationRule; the two replace those of a wider policy one by one.
 * A limit of 0 is an error: istiod takes it for none (pilot/pkg/networking/core/cluster_traffic_policy.go).
 */
export interface CircuitBreaker {
  /** Connections at most (`tcp.maxConnections`). @default - no limit */
  readonly maxConnections?: number;
  /** How long a connection may take to come about (`tcp.connectTimeout`). @default 10s, Istio's */
  readonly connectTimeout?: Time;
  /** Requests that wait for a connection (`http.http1MaxPendingRequests`). @default - no limit */
  readonly maxPendingRequests?: number;
  /** Requests under way at once (`http.http2MaxRequests`; HTTP/1.1 too). @default - no limit */
  readonly maxRequests?: number;
  /** Requests after which a connection is closed; 1 switches keep-alive off. @default - no limit */
  readonly maxRequestsPerConnection?: number;
  /** Takes an endpoint out of the balance after its failures. @default - never */
  readonly eject?: {
    /** 5xx answers in a row (`consecutive5xxErrors`). @default 5 */
    readonly after?: number;
    /** How often endpoints are looked at (`interval`). @default 10s */
    readonly every?: Time;
    /** The shortest time out; it grows with each (`baseEjectionTime`). @default 30s */
    readonly forAtLeast?: Time;
    /** At most this share of the endpoints, in whole percent (`maxEjectionPercent`). @default 10 */
    readonly atMost?: Percent;
  };
}

/** What callers do about connections: for a whole service, a version, or a port. Compiles to a DestinationRule's trafficPolicy. */
export interface ConnectionPolicy {
  /** @default - no limits, and no endpoint is taken out */
  readonly circuitBreaker?: CircuitBreaker;
  /** @default - the least requests, Istio's */
  readonly loadBalancer?: LoadBalancer;
  /**
   * Retries under way at once: at most this share of the requests in percent, and never fewer than `minConcurrency`
   * (default 3). Not for a port: Istio's port-level settings have none.
   */
  readonly retryBudget?: { readonly percent: Percent; readonly minConcurrency?: number };
}

/** What callers do about single requests as well. Timeout and retries compile to the VirtualService's routes. */
export interface CallPolicy extends ConnectionPolicy {
  /** How long a call may take, its retries included. @default - none: Istio waits for ever */
  readonly timeout?: Time;
  /** @default - Istio's 2 attempts on connection trouble */
  readonly retries?: RetryPolicy;
}

/** What callers do about one port; Istio has no retry budget there. */
export type PortPolicy = Omit<CallPolicy, 'retryBudget'>;

const CONNECTION: Properties<ConnectionPolicy> = { circuitBreaker: 'map?', loadBalancer: 'any?', retryBudget: 'map?' };
const CALL: Properties<CallPolicy> = { ...CONNECTION, timeout: 'any?', retries: 'map?' };
const RETRIES: Properties<RetryPolicy> = { attempts: 'number', perTryTimeout: 'any?', on: 'list?', backoff: 'any?' };
const BREAKER: Properties<CircuitBreaker> = {
  maxConnections: 'number?',
  connectTimeout: 'any?',
  maxPendingRequests: 'number?',
  maxRequests: 'number?',
  maxRequestsPerConnection: 'number?',
  eject: 'map?',
};
const EJECT: Properties<NonNullable<CircuitBreaker['eject']>> = {
  after: 'number?',
  every: 'any?',
  forAtLeast: 'any?',
  atMost: 'number?',
};
const BUDGET: Properties<NonNullable<ConnectionPolicy['retryBudget']>> = { percent: 'number', minConcurrency: 'number?' };

/**
 * Throws unless the policy is one for the whole service (or a caller of it), a port or a version.
 * @param what named in the error: `service "reviews"`
 */
export function checkPolicy(policy: CallPolicy, what: string, of: 'calls' | 'port' | 'version' = 'calls'): void {
  checkProperties(policy, CALL, `callPolicy of ${what}`);
  const asked = (keys: readonly (keyof CallPolicy)[]) => keys.find((k) => policy[k] !== undefined);
  const request = of === 'version' ? asked(['timeout', 'retries']) : undefined;
  if (request)
    throw new Error(
      `callPolicy of ${what} has ${request}: one route may lead to several versions, and has one ${request}; say it for the service (callPolicy), a port (portPolicy) or a caller (callPolicyFrom)`,
    );
  if (of === 'port' && policy.retryBudget !== undefined)
    throw new Error(
      `callPolicy of ${what} has retryBudget, which Istio has no place for at a port: say it for the service (callPolicy) or a version`,
    );
  trafficPolicy(policy, what);
}

/** Checks the numbers, and that retries can happen at all within the timeout. */
export function toRetries(r: RetryPolicy, timeout: number | undefined, what: string): Retries {
  checkProperties(r, RETRIES, `retries of ${what}`);
  if (!isCount(r.attempts))
    throw new Error(
      `attempts in the retries of ${what} is ${r.attempts}: it has to be a whole number, 0 for none, ${MOST} at most`,
    );
  if (r.attempts === 0) {
    if (r.perTryTimeout !== undefined || r.on !== undefined || r.backoff !== undefined)
      throw new Error(`the retries of ${what} have attempts 0 and more settings: Istio refuses them together`);
    return { attempts: 0 };
  }
  if (r.on?.length === 0)
    throw new Error(`on in the retries of ${what} is empty: name a condition, or leave it out for Istio's own`);
  for (const on of r.on ?? [])
    if (typeof on !== 'string' || !(RETRY_CONDITIONS.includes(on) || isRetryStatus(on)))
      throw new Error(
        `"${on}" in the retries of ${what} is not a retry condition: give one an entry, of ${RETRY_CONDITIONS.join(', ')}, or a status such as "503"${didYouMean(String(on), RETRY_CONDITIONS)}`,
      );
  const perTry = r.perTryTimeout === undefined ? undefined : toMillis(r.perTryTimeout, `perTryTimeout of ${what}`);
  if (perTry !== undefined && timeout !== undefined && perTry > timeout)
    throw new Error(
      `perTryTimeout of ${what} (${perTry}ms) is longer than its timeout (${timeout}ms): no retry could ever begin`,
    );
  return {
    attempts: r.attempts,
    ...(perTry === undefined ? {} : { perTryTimeout: perTry }),
    ...(r.on === undefined ? {} : { on: r.on.join(',') }),
    ...(r.backoff === undefined ? {} : { backoff: toMillis(r.backoff, `backoff of ${what}`) }),
  };
}

/** The policy as a DestinationRule's `trafficPolicy`; `undefined` when it says nothing. */
export function trafficPolicy(p: ConnectionPolicy | undefined, what: string): TrafficPolicy | undefined {
  if (!p) return undefined;
  const { circuitBreaker: cb, retryBudget, loadBalancer } = p;
  if (loadBalancer !== undefined && typeof loadBalancer.render !== 'function')
    throw new Error(`loadBalancer of ${what} is not one of LoadBalancer's, such as LoadBalancer.roundRobin`);
  const places = loadBalancer?.render().localityLbSetting;
  if ((places?.failover || places?.failoverPriority) && !cb?.eject)
    throw new Error(
      `loadBalancer of ${what} has failover, which never happens where nothing finds out what has failed: give circuitBreaker: { eject: {} } beside it`,
    );
  if (retryBudget) checkProperties(retryBudget, BUDGET, `retryBudget of ${what}`);
  const out: TrafficPolicy = {
    ...(loadBalancer ? { loadBalancer: loadBalancer.render() } : {}),
    ...(cb ? breaker(cb, what) : {}),
    ...(retryBudget
      ? {
          retryBudget: {
            percent: checkPercent(retryBudget.percent, `retryBudget of ${what}`),
            ...(retryBudget.minConcurrency === undefined
              ? {}
              : { minRetryConcurrency: atLeastOne(retryBudget.minConcurrency, `minConcurrency of ${what}`) }),
          },
        }
      : {}),
  };
  return Object.keys(out).length > 0 ? out : undefined;
}

function breaker(cb: CircuitBreaker, what: string): Pick<TrafficPolicy, 'connectionPool' | 'outlierDetection'> {
  checkProperties(cb, BREAKER, `circuitBreaker of ${what}`);
  if (cb.eject) checkProperties(cb.eject, EJECT, `eject of ${what}`);
  const number = (key: 'maxConnections' | 'maxPendingRequests' | 'maxRequests' | 'maxRequestsPerConnection') =>
    cb[key] === undefined ? undefined : atLeastOne(cb[key], `${key} of ${what}`);
  const tcp = defined({
    maxConnections: number('maxConnections'),
    connectTimeout:
      cb.connectTimeout === undefined ? undefined : milliseconds(toMillis(cb.connectTimeout, `connectTimeout of ${what}`)),
  });
  const http = defined({
    http1MaxPendingRequests: number('maxPendingRequests'),
    http2MaxRequests: number('maxRequests'),
    maxRequestsPerConnection: number('maxRequestsPerConnection'),
  });
  const pool = defined({ tcp, http }) as ConnectionPoolSettings | undefined;
  const e = cb.eject;
  const outlier: OutlierDetection | undefined = e && {
    consecutive5xxErrors: atLeastOne(e.after ?? 5, `eject.after of ${what}`),
    ...(e.every === undefined ? {} : { interval: milliseconds(toMillis(e.every, `eject.every of ${what}`)) }),
    ...(e.forAtLeast === undefined
      ? {}
      : { baseEjectionTime: milliseconds(toMillis(e.forAtLeast, `eject.forAtLeast of ${what}`)) }),
    ...(e.atMost === undefined ? {} : { maxEjectionPercent: wholePercent(e.atMost, `eject.atMost of ${what}`) }),
  };
  return { ...(pool ? { connectionPool: pool } : {}), ...(outlier ? { outlierDetection: outlier } : {}) };
}

function atLeastOne(n: number, what: string): number {
  if (n === 0) throw new Error(`${what} is 0, which Istio takes for its default: leave it out, or give at least 1`);
  if (!isCount(n, 1)) throw new Error(`${what} is ${n}: it has to be a whole number, at least 1 and ${MOST} at most`);
  return n;
}

function wholePercent(n: Percent, what: string): number {
  checkPercent(n, what);
  if (!Number.isInteger(n) || n === 0) throw new Error(`${what} is ${n}: Istio takes whole percents here, 1 to 100`);
  return n;
}

function defined<T extends object>(o: T): T | undefined {
  const entries = Object.entries(o).filter(([, v]) => v !== undefined);
  return entries.length > 0 ? (Object.fromEntries(entries) as T) : undefined;
}
