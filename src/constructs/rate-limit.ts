import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { quote } from '../routing/string-match';
import { checkPort } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { AppModel, type Settles } from './app-model';
import { type Callee, sameApp } from './caller';
import { headerMatcher } from './envoy-headers';
import { IngressGateway } from './ingress-gateway';
import { type CheckedLimit, checkLimits, type Limit, type LocalLimit, type Place, secondsOf } from './limits';
import { Mesh } from './mesh';
import { MeshService, type VersionProps } from './mesh-service';
import { originOf } from './origin';
import { RateLimitService } from './rate-limit-service';
import { ServiceHost } from './service-host';
import { ServiceReference, seenFrom } from './service-reference';
import { sharingPods } from './shared-pods';
import { tellsItsPath } from './told-at';
import { VmWorkload } from './vm-workload';

/** Properties of a {@link RateLimit}: `local`, `global`, or both. */
export interface RateLimitProps {
  /** Where requests are counted: at a service of this app that speaks HTTP, or at a gateway. */
  readonly target: (ServiceHost<any, any> & { readonly speaksHttp: true }) | IngressGateway;
  /** Limits that each replica of the target counts by itself, by name: three replicas let three times as many in. */
  readonly local?: Readonly<Record<string, LocalLimit>>;
  /** Limits that a service counts for all replicas. */
  readonly global?: GlobalLimits;
}

/** Limits that a service counts for all replicas. */
export interface GlobalLimits {
  /** Who counts: one of this app, or Envoy's ratelimit service of another app; that one has to be given {@link RateLimit.config}. */
  readonly service: RateLimitService | ServiceReference;
  /** The port of a service of another app. @default 8081 */
  readonly port?: number;
  /** By name. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** Whether requests are refused (500) while the service cannot be asked. @default false: they go on, uncounted */
  readonly denyOnFailure?: boolean;
}

const PROPERTIES: Properties<RateLimitProps> = { target: 'any', local: 'map?', global: 'map?' };
const GLOBAL: Properties<GlobalLimits> = { service: 'any', port: 'number?', limits: 'map', denyOnFailure: 'boolean?' };

/** Targets that have limits. */
const limited = new WeakMap<object, RateLimit>();

const MANAGER = 'envoy.filters.network.http_connection_manager';
const ROUTER = 'envoy.filters.http.router';
const TYPE = 'type.googleapis.com/envoy.extensions.filters.http';
const ALL = { default_value: { numerator: 100 } };
/** Values of `each` that one limit remembers at a replica; the ones not seen for longest are forgotten. Envoy's default is 20. */
const REMEMBERED = 10_000;

/**
 * Requests beyond a number are answered 429, before they reach the program. What is counted are requests that were let in:
 * tokens and access are looked at before.
 *
 * Compiles to one EnvoyFilter for the target's pods, with Envoy's local_ratelimit filter, its ratelimit filter, or both,
 * before the router. Descriptors are made by the filters themselves, so that no name of a route or virtual host is relied on.
 * Throws for ports that are no HTTP, and in an ambient namespace, where there is no sidecar.
 * Source: Envoy's local_rate_limit and rate_limit filters (v3 API); pilot/pkg/networking/core/envoyfilter/listener_patch.go.
 */
@tellsItsPath
export class RateLimit extends Construct implements Settles {
  private readonly target: RateLimitProps['target'];
  private readonly locals: readonly CheckedLimit[];
  private readonly globals: readonly CheckedLimit[];
  private readonly server: Callee | undefined;

  constructor(scope: Construct, id: string, props: RateLimitProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<RateLimitProps>(props, PROPERTIES, where);
    const { target, local = {}, global } = props;
    if (!(target instanceof ServiceHost || target instanceof IngressGateway))
      throw new Error(`target of ${where} is ${shown(target)}: it has to be a service of this app, or an IngressGateway`);
    sameApp(this, target, `the target of ${where}`);
    if (target instanceof ServiceHost) target.needHttp('a rate limit');
    const other = limited.get(target);
    if (other)
      throw new Error(
        `the target of ${where} has "${other.node.path}" already: say all its limits in one, since one EnvoyFilter holds them`,
      );
    limited.set(target, this);
    if (global) checkGlobal(this, global, where);
    const place = placeOf(this, target);
    this.target = target;
    this.locals = checkLimits(local, 'local', place, where);
    this.globals = checkLimits(global?.limits ?? {}, 'global', place, `global of ${where}`);
    if ((props.local || !global) && this.locals.length === 0)
      throw new Error(`${where} limits nothing: give it local: { … } or global: { service, limits: { … } }`);
    if (global && this.globals.length === 0) throw new Error(`global of ${where} limits nothing: name a limit, or leave it out`);
    this.server = global && (global.service instanceof RateLimitService ? global.service.server : seenFrom(this, global.service));
    // each comes right before the router, so the service is asked about what the replica lets through
    const filters = [
      ...(this.locals.length > 0 ? [localFilter(this.locals)] : []),
      ...(global ? [this.globalFilter(global, this.server!)] : []),
    ];
    new ApiObject(this, 'EnvoyFilter', {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { name: `${target.name}-rate-limit`, namespace: target.namespace },
      spec: {
        workloadSelector: { labels: target.labels },
        // with one it is done in an order that does not hang on its age
        priority: 10,
        configPatches: filters.flatMap((value) => listenersOf(target).map((match) => patch(match, value))),
      },
    });
    originOf(this);
    AppModel.of(this).add(this);
  }

  /** What the rate limit service has to be configured with, as YAML: for one of another app. */
  get config(): string {
    return RateLimitService.configOf(this.domain, this.globals);
  }

  /** Sidecars alone can be told what to limit, and each has to reach who counts. */
  compile(): void {
    const { target } = this;
    if (target instanceof IngressGateway) return;
    const secured = AppModel.of(this).secured.get(target.namespace);
    const { server } = this;
    const pods = [target, ...sharingPods(target)];
    if (server) for (const s of pods) s.egress.reach(server);
    if (server && secured?.outbound === 'REGISTRY_ONLY' && !pods.some((s) => s.egress.calls) && !this.isSeen(server))
      throw new Error(
        `${target.calleeName} does not say what it calls, and its namespace lets it see its own alone, so that its proxy would not find ${server.calleeName} to count: give it calls: […], or name "${server.egressHosts()[0]?.split('/')[0]}/*" in the providers of the Mesh`,
      );
    if (secured ? secured.ambient : Mesh.of(this).dataPlane === 'ambient')
      throw new Error(
        `${target.calleeName} is in ambient namespace "${target.namespace}": ztunnel limits no requests, and Istio takes no EnvoyFilter for waypoints; let the namespace have sidecars (dataPlane: 'sidecar'), or limit at the gateway`,
      );
  }

  /** A number that is several times what it says. */
  warnings(): readonly string[] {
    const pods = this.target instanceof MeshService ? podsOf(this.target) : 1;
    const once = this.locals.map((l) => l.name);
    return pods > 1 && once.length > 0
      ? [
          `counts at each replica by itself, and there are up to ${pods}, so that ${once.map((n) => `"${n}"`).join(', ')} may let ${pods} times as many requests in; say it in global, where the number has to be exact`,
        ]
      : [];
  }

  /** Whether who does not say what it calls sees the service still, by its namespace's Sidecar. */
  private isSeen(server: Callee): boolean {
    const mesh = Mesh.of(this);
    const spaces = [this.target.namespace, mesh.rootNamespace];
    return server.egressHosts().every((h) => {
      const [space, host] = h.split('/') as [string, string];
      return spaces.includes(space) || mesh.providers.some((p) => p === `${space}/*` || p === `${space}/${host}` || p === '*/*');
    });
  }

  private get domain(): string {
    return `${this.target.namespace}.${this.target.name}`;
  }

  private globalFilter({ service, port = 8081, denyOnFailure }: GlobalLimits, server: Callee): object {
    const { target } = this;
    if (service instanceof RateLimitService) service.count(this.domain, this.globals);
    server.admit(target, {});
    const at = service instanceof RateLimitService ? service.server.ports[0]!.number : port;
    return {
      name: 'envoy.filters.http.ratelimit',
      typed_config: {
        '@type': `${TYPE}.ratelimit.v3.RateLimit`,
        domain: this.domain,
        // Envoy's 20 ms are too few for a service that asks another one
        timeout: '1s',
        ...(denyOnFailure ? { failure_mode_deny: true } : {}),
        rate_limited_as_resource_exhausted: true,
        rate_limit_service: {
          grpc_service: { envoy_grpc: { cluster_name: `outbound|${at}||${server.host}`, authority: server.host } },
          transport_api_version: 'V3',
        },
        rate_limits: this.globals.flatMap((l) => l.rateLimits),
      },
    };
  }
}

function checkGlobal(scope: Construct, global: GlobalLimits, where: string): void {
  checkProperties<GlobalLimits>(global, GLOBAL, `global of ${where}`);
  const { service, port } = global;
  if (!(service instanceof RateLimitService || service instanceof ServiceReference))
    throw new Error(
      `service in global of ${where} is ${shown(service)}: it has to be a RateLimitService, or MeshService.fromName(…) for one of another app`,
    );
  sameApp(scope, service, `the service in global of ${where}`);
  if (port === undefined) return;
  checkPort(port, `port in global of ${where}`);
  if (service instanceof RateLimitService) throw new Error(`port in global of ${where} is known: leave it out`);
}

/** A gateway's hosts may be some of those that its pods serve. Clients may name the port beside a host, and any case. */
function placeOf(by: Construct, target: RateLimitProps['target']): Place {
  if (target instanceof ServiceHost) return { by, knowsCallers: true, always: [] };
  if (target.ownsPods || target.hosts.includes('*')) return { by, knowsCallers: false, always: [] };
  const hosts = target.hosts.map((h) => (h.startsWith('*') ? `.+${quote(h.slice(1))}` : quote(h)));
  return { by, knowsCallers: false, always: [headerMatcher(':authority', { regex: `(?i)(?:${hosts.join('|')})(?::\\d+)?` })] };
}

/** The filter chains that are meant: those of a service's HTTP ports, or all of a gateway. */
function listenersOf(target: RateLimitProps['target']): readonly object[] {
  const filterChain = { filter: { name: MANAGER, subFilter: { name: ROUTER } } };
  if (target instanceof IngressGateway) return [{ context: 'GATEWAY', listener: { filterChain } }];
  const targets = [...new Set(target.ports.filter((p) => p.isHttp).map((p) => p.target))];
  return targets.map((portNumber) => ({ context: 'SIDECAR_INBOUND', listener: { portNumber, filterChain } }));
}

const patch = (match: object, value: object) => ({
  applyTo: 'HTTP_FILTER',
  match,
  patch: { operation: 'INSERT_BEFORE', value },
});

const localFilter = (limits: readonly CheckedLimit[]) => ({
  name: 'envoy.filters.http.local_ratelimit',
  typed_config: {
    '@type': `${TYPE}.local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'local_rate_limit',
    // both are 0 % by default
    filter_enabled: ALL,
    filter_enforced: ALL,
    // else a gRPC client is told UNAVAILABLE, which it, or its proxy, tries again
    rate_limited_as_resource_exhausted: true,
    ...(limits.some((l) => l.eachKey !== undefined) ? { max_dynamic_descriptors: REMEMBERED } : {}),
    rate_limits: limits.flatMap((l) => l.rateLimits),
    descriptors: limits.map(({ name, limit, eachKey }) => ({
      entries: [{ key: 'limit', value: name }, ...(eachKey === undefined ? [] : [{ key: eachKey }])],
      token_bucket: {
        max_tokens: limit.burst ?? limit.requests,
        tokens_per_fill: limit.requests,
        fill_interval: `${secondsOf(limit.per)}s`,
      },
    })),
  },
});

/** How many pods or machines there may be at most, of all versions, as far as that is said. */
function podsOf(service: MeshService<any, any>): number {
  const versions = Object.values<VersionProps | VmWorkload>(service.props.versions);
  const most = (v: VersionProps | VmWorkload) =>
    v instanceof VmWorkload ? (v.machines?.length ?? 1) : (v.autoscale?.max ?? v.replicas ?? 1);
  return versions.reduce((n, v) => n + most(v), 0);
}
