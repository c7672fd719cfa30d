import { ApiObject, Lazy, Yaml } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { dnsLabel, kebab } from '../values/names';
import { checkPort, Port } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { type Callee, sameApp } from './caller';
import { namespaceOfChart } from './chart-namespace';
import type { CheckedLimit } from './limits';
import { MeshService } from './mesh-service';
import { tellsItsPath } from './told-at';

/** Properties of a {@link RateLimitService}. */
export interface RateLimitServiceProps {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** Image of Envoy's ratelimit service, such as `docker.io/envoyproxy/ratelimit:30a4ce1a`: it has no versions but commits. */
  readonly image: string;
  /** How many pods answer. @default 1 */
  readonly replicas?: number;
  /** Where counts are kept: in a Redis of its own, which loses them when its pod ends, or in one that is there. */
  readonly redis: { readonly image: string } | { readonly service: Callee; readonly port?: number };
}

const PROPERTIES: Properties<RateLimitServiceProps> = { name: 'text?', image: 'text', replicas: 'number?', redis: 'map' };
const OWN: Properties<{ image: string }> = { image: 'text' };
const THERE: Properties<{ service: Callee; port?: number }> = { service: 'any', port: 'number?' };

/**
 * Counts requests for all replicas of the services and gateways that have a {@link RateLimit} with `global`; these alone may call it.
 *
 * Compiles to Envoy's ratelimit service and, unless there is one already, a Redis, each as a {@link MeshService}, and a ConfigMap with the
 * limits of all that it counts for, one domain each. Source: github.com/envoyproxy/ratelimit, Istio's samples/ratelimit.
 */
@tellsItsPath
export class RateLimitService extends Construct implements Settles {
  /** The service that proxies ask. */
  readonly server: MeshService<'v1', 'grpc'>;
  /** Where it keeps the counts, where that is its own. */
  readonly redis: MeshService<'v1', 'redis'> | undefined;
  private readonly domains = new Map<string, string>();

  constructor(scope: Construct, id: string, props: RateLimitServiceProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<RateLimitServiceProps>(props, PROPERTIES, where);
    const name = dnsLabel(props.name ?? kebab(id), `name of ${where}`);
    namespaceOfChart(scope, `rate limit service "${name}"`);
    const { redis } = props;
    let at = 6379;
    if ('image' in redis) {
      checkProperties(redis, OWN, `redis of ${where}`);
      this.redis = new MeshService(this, 'Redis', {
        name: `${name}-redis`,
        port: Port.redis(at),
        versions: { v1: { image: redis.image } },
        calls: [],
        allowFrom: [],
      });
    } else {
      checkProperties(redis, THERE, `redis of ${where}`);
      sameApp(this, redis.service, `redis of ${where}`);
      at = redis.port ?? at;
      checkPort(at, `port in redis of ${where}`);
    }
    const store: Callee = this.redis ?? (redis as { service: Callee }).service;
    const config = `${name}-config`;
    this.server = new MeshService(this, 'Server', {
      name,
      port: Port.grpc(8081),
      versions: {
        v1: {
          image: props.image,
          ...(props.replicas === undefined ? {} : { replicas: props.replicas }),
          command: ['/bin/ratelimit'],
          env: {
            REDIS_SOCKET_TYPE: 'tcp',
            REDIS_URL: `${store.host}:${at}`,
            RUNTIME_IGNOREDOTFILES: 'true',
            RUNTIME_ROOT: '/data',
            RUNTIME_SUBDIRECTORY: 'ratelimit',
            RUNTIME_WATCH_ROOT: 'false',
            // otherwise it writes a line for each of its numbers to the log, every ten seconds
            USE_PROMETHEUS: 'true',
            USE_STATSD: 'false',
          },
          readiness: kplus.Probe.fromHttpGet('/healthcheck', { port: 8080 }),
          volumeMounts: [
            {
              path: '/data/ratelimit/config',
              volume: kplus.Volume.fromConfigMap(this, 'Limits', kplus.ConfigMap.fromConfigMapName(this, 'Config', config)),
            },
          ],
        },
      },
      calls: [store],
      allowFrom: [],
    });
    new ApiObject(this, 'ConfigMap', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: config },
      data: Lazy.any({ produce: () => Object.fromEntries([...this.domains].map(([d, text]) => [`${d}.yaml`, text]).sort()) }),
    });
    AppModel.of(this).add(this);
  }

  /** @internal Counts for one more. */
  count(domain: string, limits: readonly CheckedLimit[]): void {
    this.domains.set(domain, RateLimitService.configOf(domain, limits));
    AppModel.of(this).touch();
  }

  /** One that counts for nobody. */
  warnings(): readonly string[] {
    return this.domains.size > 0 ? [] : ['counts for nobody: no RateLimit names it in global'];
  }

  /** @internal What the service reads of one domain. */
  static configOf(domain: string, limits: readonly CheckedLimit[]): string {
    return Yaml.stringify({
      domain,
      descriptors: limits.map(({ name, limit, eachKey }) => {
        const rate = { rate_limit: { unit: limit.per, requests_per_unit: limit.requests } };
        return {
          key: 'limit',
          value: name,
          ...(eachKey === undefined ? rate : { descriptors: [{ key: eachKey, ...rate }] }),
        };
      }),
    });
  }
}
