import type { LoadBalancerSettings } from '../../imports/networking.istio.io';
import { milliseconds } from '../routing/render-http';
import { type Time, toMillis } from '../values/duration';
import { queryName, token } from '../values/wire-text';
import { type Locality, localitySetting } from './locality';

/** What goes by nothing, by a place, by the caller's address, or by what is in a request. */
type Kind = 'simple' | 'located' | 'address' | 'hash';

/**
 * How callers choose among a service's endpoints. Compiles to `trafficPolicy.loadBalancer` of a DestinationRule.
 * Without one istiod takes the least requests. Source: Istio's networking/destination-rule reference, LoadBalancerSettings.
 */
export class LoadBalancer<K extends Kind = Kind> {
  /** What it goes by; a type, nothing at run time. */
  declare readonly by: K;
  private constructor(private readonly settings: LoadBalancerSettings) {}
  /** Each in turn (`simple: ROUND_ROBIN`). */
  static readonly roundRobin = new LoadBalancer<'simple'>({ simple: 'ROUND_ROBIN' });
  /** The one of two picked at random that has fewer requests under way (`simple: LEAST_REQUEST`), Istio's own default. */
  static readonly leastRequest = new LoadBalancer<'simple'>({ simple: 'LEAST_REQUEST' });
  /** Any (`simple: RANDOM`). */
  static readonly random = new LoadBalancer<'simple'>({ simple: 'RANDOM' });
  /** The same value goes to the same endpoint, as long as that is there (`consistentHash`, a hash ring). */
  static readonly consistentHash = {
    /** By the value of a request header. Throws unless it is the name of one. */
    header: (name: string) => new LoadBalancer<'hash'>({ consistentHash: { httpHeaderName: token(name, 'a header name') } }),
    /**
     * By a cookie, which Envoy makes where the client has none.
     * @param ttl how long a cookie that Envoy made lives; by default (`0s`) as long as the client's session
     */
    cookie: (name: string, ttl: Time = '0s') =>
      new LoadBalancer<'hash'>({
        consistentHash: {
          httpCookie: {
            name: token(name, 'a cookie name'),
            ttl: ttl === '0s' ? '0s' : milliseconds(toMillis(ttl, `ttl of cookie "${name}"`)),
          },
        },
      }),
    /** By the caller's IP; calls from one pod go to one endpoint. Connections that are not looked into have that alone. */
    sourceIp: new LoadBalancer<'address'>({ consistentHash: { useSourceIp: true } }),
    /** By the value of a query parameter. */
    query: (name: string) => {
      queryName(name);
      return new LoadBalancer<'hash'>({ consistentHash: { httpQueryParameterName: name } });
    },
  };

  /**
   * The same, with regard to places: near endpoints first, or shares by place (`localityLbSetting`). Failover needs
   * `circuitBreaker: { eject: {…} }` beside it, which finds out what has failed. Not for a hash: it picks the endpoint itself.
   * Throws where the places are none.
   */
  byLocality(this: LoadBalancer<'simple'>, locality: Locality): LoadBalancer<'located'> {
    if (this.settings.consistentHash || this.settings.localityLbSetting)
      throw new Error(
        'byLocality is for roundRobin, leastRequest and random, and said once: a hash picks the endpoint itself, wherever it is',
      );
    return new LoadBalancer<'located'>({ ...this.settings, localityLbSetting: localitySetting(locality) });
  }

  /** @internal Whether it goes by what only requests have. */
  get asksRequests(): boolean {
    const hash = this.settings.consistentHash;
    return hash !== undefined && !hash.useSourceIp;
  }

  /** @internal */
  render(): LoadBalancerSettings {
    return this.settings;
  }
}
