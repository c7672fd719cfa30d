import type {
  ConnectionPoolSettings,
  LoadBalancerSettings,
  OutlierDetection,
  TrafficPolicy,
} from '../../imports/networking.istio.io';
import type { Retries } from '../routing/effects';
import { milliseconds } from '../routing/render-http';
import { type Time, toMillis } from '../values/duration';
import { checkPercent, type Percent } from '../values/percent';

/** How a failed call is tried again. Istio's own default, without any policy, is 2 attempts on connection trouble. */
export interface RetryPolicy {
  /** How often at most, after the first try. 0 switches retries off, Istio's default ones included. */
  readonly attempts: number;
  /** @default - the rest of the timeout */
  readonly perTryTimeout?: Time;
  /** Conditions as Envoy names them, or HTTP status codes. @default - Istio's: connect-failure, refused-stream, unavailable, cancelled */
  readonly on?: readonly string[];
  /** Smallest pause before a retry; it grows with each. @default - Envoy's 25ms */
  readonly backoff?: Time;
}

/** When callers stop trying for a while. */
export interface CircuitBreaker {
  readonly maxConnections?: number;
  readonly connectTimeout?: Time;
  /** Requests that wait for a connection. */
  readonly maxPendingRequests?: number;
  /** Requests under way at once (HTTP/2). */
  readonly maxRequests?: number;
  readonly maxRequestsPerConnection?: number;
  /** Takes an endpoint out of the balance after its failures. */
  readonly eject?: {
    /** 5xx answers in a row. @default 5 */
    readonly after?: number;
    /** How often endpoints are looked at. @default 10s */
    readonly every?: Time;
    /** The shortest time out. @default 30s */
    readonly forAtLeast?: Time;
    /** At most this share of the endpoints. @default 10 */
    readonly atMost?: Percent;
  };
}

/** How callers choose among endpoints. */
export class LoadBalancer {
  private constructor(private readonly settings: LoadBalancerSettings) {}
  static readonly roundRobin = new LoadBalancer({ simple: 'ROUND_ROBIN' });
  static readonly leastRequest = new LoadBalancer({ simple: 'LEAST_REQUEST' });
  static readonly random = new LoadBalancer({ simple: 'RANDOM' });
  /** The same value goes to the same endpoint, as long as it is there. */
  static readonly consistentHash = {
    header: (name: string) => new LoadBalancer({ consistentHash: { httpHeaderName: name } }),
    /** Envoy makes the cookie where the client has none. */
    cookie: (name: string, ttl: Time = '0s') =>
      new LoadBalancer({
        consistentHash: {
          httpCookie: { name, ttl: ttl === '0s' ? '0s' : milliseconds(toMillis(ttl, `ttl of cookie "${name}"`)) },
        },
      }),
    sourceIp: new LoadBalancer({ consistentHash: { useSourceIp: true } }),
    query: (name: string) => new LoadBalancer({ consistentHash: { httpQueryParameterName: name } }),
  };
  /** @internal */
  render(): LoadBalancerSettings {
    return this.settings;
  }
}

/** What callers do about connections: for a whole service, a version, or a port. Compiles to a DestinationRule's trafficPolicy. */
export interface ConnectionPolicy {
  readonly circuitBreaker?: CircuitBreaker;
  readonly loadBalancer?: LoadBalancer;
  /** Retries under way at once, at most this share of the requests. */
  readonly retryBudget?: { readonly percent: Percent; readonly minConcurrency?: number };
}

/** What callers do about single requests as well. Timeout and retries compile to the VirtualService's routes. */
export interface CallPolicy extends ConnectionPolicy {
  /** @default - none: Istio waits for ever */
  readonly timeout?: Time;
  readonly retries?: RetryPolicy;
}

/** Checks the numbers, and that retries can happen at all within the timeout. */
export function toRetries(r: RetryPolicy, timeout: number | undefined, what: string): Retries {
  if (!Number.isInteger(r.attempts) || r.attempts < 0)
    throw new Error(`attempts in the retries of ${what} is ${r.attempts}: it has to be a whole number, 0 for none`);
  if (r.attempts === 0) {
    if (r.perTryTimeout !== undefined || r.on !== undefined)
      throw new Error(`the retries of ${what} have attempts 0 and more settings: Istio refuses them together`);
    return { attempts: 0 };
  }
  for (const on of r.on ?? [])
    if (/[\s,]/.test(on) || on === '')
      throw new Error(`"${on}" in the retries of ${what} is not a retry condition: give one word or status code an entry`);
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
  const { circuitBreaker: cb, retryBudget } = p;
  const out: TrafficPolicy = {
    ...(p.loadBalancer ? { loadBalancer: p.loadBalancer.render() } : {}),
    ...(cb ? breaker(cb, what) : {}),
    ...(retryBudget
      ? {
          retryBudget: {
            percent: checkPercent(retryBudget.percent, `retryBudget of ${what}`),
            ...(retryBudget.minConcurrency === undefined
              ? {}
              : { minRetryConcurrency: count(retryBudget.minConcurrency, `minConcurrency of ${what}`) }),
          },
        }
      : {}),
  };
  return Object.keys(out).length > 0 ? out : undefined;
}

function breaker(cb: CircuitBreaker, what: string): Pick<TrafficPolicy, 'connectionPool' | 'outlierDetection'> {
  const number = (key: 'maxConnections' | 'maxPendingRequests' | 'maxRequests' | 'maxRequestsPerConnection') =>
    cb[key] === undefined ? undefined : count(cb[key], `${key} of ${what}`);
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
    consecutive5xxErrors: count(e.after ?? 5, `eject.after of ${what}`),
    ...(e.every === undefined ? {} : { interval: milliseconds(toMillis(e.every, `eject.every of ${what}`)) }),
    ...(e.forAtLeast === undefined
      ? {}
      : { baseEjectionTime: milliseconds(toMillis(e.forAtLeast, `eject.forAtLeast of ${what}`)) }),
    ...(e.atMost === undefined ? {} : { maxEjectionPercent: Math.round(checkPercent(e.atMost, `eject.atMost of ${what}`)) }),
  };
  return { ...(pool ? { connectionPool: pool } : {}), ...(outlier ? { outlierDetection: outlier } : {}) };
}

function count(n: number, what: string): number {
  if (!Number.isInteger(n) || n < 0 || n > 2 ** 31 - 1)
    throw new Error(`${what} is ${n}: it has to be a whole number, not negative`);
  return n;
}

function defined<T extends object>(o: T): T | undefined {
  const entries = Object.entries(o).filter(([, v]) => v !== undefined);
  return entries.length > 0 ? (Object.fromEntries(entries) as T) : undefined;
}
