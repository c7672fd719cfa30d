import { type Cluster, type ClusterContext, clusterOf } from './cluster';
import { type Config, selects } from './config';
import type { DestinationRule, DestinationRules } from './destination-rules';
import type { Registry } from './egress-listener';
import type { FilterChain, Listener } from './filter-chain';
import { type MergedGateways, type MergedServers, mergeGateways, mergeServers } from './gateways';
import type { MeshConfig } from './mesh-config';
import { outboundHosts } from './outbound-hosts';
import { catchAllChain, outboundListeners } from './outbound-listeners';
import type { PeerAuthentications } from './peer-authentication';
import type { Policies } from './policies';
import type { RateLimitFilter } from './rate-limits';
import { isVisible, type Service } from './service';
import { gatewayScope, type SidecarScope, sidecarFor, sidecarScope } from './sidecar-scope';
import type { RouteTable } from './virtual-host';
import type { Workload } from './workload';

/** Who asks: a workload's sidecar, or a gateway. */
export interface ProxyIdentity {
  readonly kind: 'sidecar' | 'gateway';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** An address of its own, where it is known. */
  readonly address?: string;
}

/** What proxies are configured from. */
export interface ProxySources extends Registry {
  readonly workloads: readonly Workload[];
  readonly gateways: readonly Config[];
  readonly rules: DestinationRules;
  readonly peers: PeerAuthentications;
  readonly policies: Policies;
  rateLimits(whose: ProxyIdentity, at: RateLimitFilter['at']): readonly RateLimitFilter[];
}

/** A cluster by its name, of all that proxies are configured from, for one that knows some services and obeys some rules. */
export function clusterAmong(
  { workloads, services, peers, mesh: { autoMtls, connectTimeoutMs } }: ProxySources,
  name: string,
  own: Pick<ClusterContext, 'kind' | 'service' | 'ruleFor'>,
): Cluster | undefined {
  return clusterOf(name, { workloads, services, peers, autoMtls, connectTimeoutMs, ...own });
}

/** What istiod tells one proxy: made when it is asked for, and kept. */
export class ProxyView {
  readonly scope: SidecarScope;
  private readonly byHost: ReadonlyMap<string, Service>;
  private readonly tables = new Map<string, RouteTable>();
  private readonly clusters = new Map<string, Cluster | undefined>();
  private merged: MergedGateways | undefined;
  private made: readonly Listener[] | undefined;

  constructor(
    readonly sources: ProxySources,
    readonly identity: ProxyIdentity,
  ) {
    const { namespace, labels, kind } = identity;
    this.scope =
      kind === 'gateway'
        ? gatewayScope(sources, namespace)
        : sidecarScope(sources, namespace, sidecarFor(sources.sidecars, namespace, labels, sources.mesh.rootNamespace));
    this.byHost = new Map(this.scope.services.map((s) => [s.host, s]));
  }

  get mesh(): MeshConfig {
    return this.sources.mesh;
  }

  /** A service that the proxy knows. */
  service(host: string): Service | undefined {
    return this.byHost.get(host);
  }

  /** The DestinationRule that it obeys for a service. */
  ruleFor(service: Service): DestinationRule | undefined {
    return this.sources.rules.of(this.identity.namespace, this.identity.labels, service);
  }

  get gateways(): MergedGateways {
    this.merged ??= mergeGateways(
      this.sources.gateways,
      this.sources.virtualServices,
      this.asGateway(),
      this.sources.rules,
      this.mesh,
    );
    return this.merged;
  }

  /** The servers of its Gateways: a part of what {@link gateways} says, for less. */
  get servers(): MergedServers {
    return mergeServers(this.sources.gateways, this.asGateway());
  }

  get listeners(): readonly Listener[] {
    if (this.identity.kind === 'gateway') return this.gateways.listeners;
    const { namespace, labels, address = '' } = this.identity;
    this.made ??= outboundListeners(
      this.scope,
      { namespace, labels, address, mesh: this.mesh, service: (h) => this.service(h) },
      this.sources,
    );
    return this.made;
  }

  /** A route table by the name that a filter chain says. */
  table(name: string): RouteTable {
    const known = this.tables.get(name);
    if (known) return known;
    const made = this.identity.kind === 'gateway' ? this.gatewayTable(name) : this.sidecarTable(name);
    this.tables.set(name, made);
    return made;
  }

  /** A cluster by its name; none where the proxy has none. */
  cluster(name: string): Cluster | undefined {
    if (this.clusters.has(name)) return this.clusters.get(name);
    const made = clusterAmong(this.sources, name, {
      kind: this.identity.kind,
      service: (h) => this.service(h),
      ruleFor: (s) => this.ruleFor(s),
    });
    this.clusters.set(name, made);
    return made;
  }

  /** Where connections go that no listener is for. */
  get catchAll(): FilterChain {
    return catchAllChain(this.scope);
  }

  private gatewayTable(name: string): RouteTable {
    return this.gateways.tables.get(name) ?? { name, hosts: [], unknown: 'notFound' };
  }

  private sidecarTable(name: string): RouteTable {
    const sniffed = name.includes(':');
    const port = Number(sniffed ? name.slice(name.lastIndexOf(':') + 1) : name);
    const listener = this.scope.listeners.find((l) => !l.port || l.port.number === port);
    const ruleFor = (host: string) => {
      const service = this.service(host);
      return service && this.ruleFor(service);
    };
    const hosts = listener ? outboundHosts(listener, port, this.identity, ruleFor, this.mesh) : [];
    const unknown = this.scope.registryOnly ? 'blackhole' : 'passthrough';
    if (!sniffed) return { name, hosts, unknown };
    const host = name.slice(0, name.lastIndexOf(':'));
    const own = hosts.filter((h) => h.domains.includes(host) || h.domains.includes(name));
    return { name, hosts: own.length === 1 ? [{ ...own[0]!, domains: ['*'] }] : own, unknown: 'notFound' };
  }

  private asGateway() {
    const { namespace, labels } = this.identity;
    const targetPorts = new Map<number, number>();
    for (const s of this.sources.services) {
      if (s.registry !== 'Kubernetes' || s.namespace !== namespace || !s.selector || !selects(s.selector, labels)) continue;
      if (s.config.manifest.labels['experimental.istio.io/disable-gateway-port-translation'] !== undefined) continue;
      for (const p of s.ports) {
        const target = Number(s.targetPorts.get(p.port) ?? p.port);
        if (!targetPorts.has(p.port) && !Number.isNaN(target)) targetPorts.set(p.port, target);
      }
    }
    return {
      namespace,
      labels,
      mesh: this.mesh,
      targetPorts,
      service: (h: string) => this.service(h),
      serviceFor: (h: string, ns: string) => {
        const own = this.sources.byHost.get(h)?.get(ns);
        return own && isVisible(own, namespace) ? own : this.service(h);
      },
    };
  }
}
