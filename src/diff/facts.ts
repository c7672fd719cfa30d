import type { Cluster } from '../model/cluster';
import type { Config } from '../model/config';
import { chooseInbound, inboundChains, inboundPort } from '../model/inbound';
import { passesProxy } from '../model/interception';
import type { MeshModel } from '../model/mesh-model';
import type { Authorization } from '../model/policies';
import type { ProxyView } from '../model/proxy';
import type { Route } from '../model/route';
import { sidecarFor } from '../model/sidecar-scope';
import { chooseHost, type RouteTable, refusedRoutes, type VirtualHost } from '../model/virtual-host';
import type { Workload } from '../model/workload';
import { type Handed, type Hello, helloAt } from '../trace/arrival';
import type { Subject } from '../trace/authorize';
import { arrive } from '../trace/choose-chain';
import { type Client, proxyOf } from '../trace/client';
import { clusterDialled, reached } from '../trace/dialled';
import { GatewayAccess } from '../trace/gateway-access';
import type { TraceRequest } from '../trace/request';
import { alike, canonical, once } from './canonical';
import { isAboutClients, type PolicySet, policySet, type Verdicts, verdictsFor } from './policy-clauses';

/** What one side says about a client's requests for one host and port. */
export interface Facts {
  /** The same on both sides: the client's proxy does the same with each request, and it arrives at the same pods. */
  readonly does: unknown;
  readonly routes: readonly Route[];
  readonly host: VirtualHost | undefined;
  /** Where routes lead, with what each pod's own sidecar holds. */
  readonly arrivals: readonly Arriving[];
  /** Routes are asked; otherwise the connection is handed on, or closed. */
  readonly http: boolean;
}

/** Pods that a request can come to. */
export interface Arriving {
  readonly cluster: string;
  readonly workload: Workload;
  readonly port: number;
  readonly hello: Hello;
}

/** One of the two meshes, with what was found out about it. */
export class Side {
  private readonly inbounds = new Map<string, readonly [string, string, string]>();
  private readonly verdicts = new Map<string, Verdicts>();
  private readonly policies = new Map<string, PolicySet>();
  private readonly rules = new Map<Workload, readonly any[]>();

  constructor(readonly model: MeshModel) {}

  proxy(client: Client): ProxyView {
    return proxyOf(this.model, client);
  }

  /** What the client's proxy, and the pods behind, hold for requests like this one. */
  facts(client: Client, request: TraceRequest): Facts {
    const { workload } = client;
    const past = client.proxy === 'sidecar' && workload && passesProxy(workload, 'outbound', request.port) !== undefined;
    if (client.proxy === 'none' || past) {
      const cluster = clusterDialled(this.model, client, request);
      const arrivals = cluster ? arrivingAt(cluster, request, 'none') : [];
      return { does: cluster ? clusterDoes(cluster) : '', routes: [], host: undefined, arrivals, http: !past };
    }
    const proxy = this.proxy(client);
    const { listener, chain } = arrive(proxy, request);
    if (!chain) return { does: listener ? 'closed' : 'no listener', routes: [], host: undefined, arrivals: [], http: false };
    if (chain.connection) {
      const { clusters } = chain.connection;
      const names = clusters.map((c) => c.cluster);
      const does = [clusters.map((c) => [c.cluster, c.weight]), names.map((n) => clusterDoes(this.cluster(client, request, n)))];
      return { does, routes: [], host: undefined, arrivals: this.arrivals(client, names, request, 'l4'), http: false };
    }
    if (chain.terminatesTls !== request.tls)
      return { does: 'tls mismatch', routes: [], host: undefined, arrivals: [], http: false };
    const table = proxy.table(chain.http!);
    const host = chooseHost(table, request.host);
    const refusing = refusalsOf(table);
    const names = [...new Set((host?.routes ?? []).flatMap(clustersOf))];
    const clusters = names.map((n) => clusterDoes(this.cluster(client, request, n)));
    return {
      does: [refusing, host ? hostDoes(host) : table.unknown, clusters, chain.terminatesTls, admits(proxy)],
      routes: refusing === '' ? (host?.routes ?? []) : [],
      host,
      arrivals: this.arrivals(client, names, request, 'route'),
      http: true,
    };
  }

  /** A cluster of the client's proxy, as requests like this one meet it. */
  cluster(client: Client, request: TraceRequest, name: string): Cluster | undefined {
    const cluster = this.proxy(client).cluster(name);
    return cluster && reached(this.model, client, request, cluster);
  }

  private arrivals(client: Client, names: readonly string[], request: TraceRequest, handed: Handed): Arriving[] {
    return names.flatMap((n) => {
      const cluster = this.cluster(client, request, n);
      return cluster ? arrivingAt(cluster, request, handed) : [];
    });
  }

  /**
   * What a pod's own sidecar holds for a connection, before it is known whose: what takes it, which policies, which tokens.
   * How the port listens for other connections does not matter.
   */
  inboundFacts({ workload: w, port, hello: { tls, alpn } }: Arriving): readonly [string, string, string] {
    const key = `${keyOf(w)} ${port} ${tls} ${alpn.join()}`;
    let facts = this.inbounds.get(key);
    if (facts === undefined) {
      const { model } = this;
      const sidecar = sidecarFor(model.sidecars, w.namespace, w.labels, model.mesh.rootNamespace);
      const at = inboundPort(w, port, model.services, sidecar, model.peers);
      const chain = chooseInbound(inboundChains(at), tls, alpn);
      const policies = this.authorizing(w).map((a) => [
        a.action,
        a.policies.map((c) => canonical([c.namespace, c.spec.rules ?? [], c.spec.provider?.name ?? ''])).sort(),
      ]);
      const { trustDomain, trustDomainAliases } = model.mesh;
      facts = [
        canonical([
          w.hasSidecar,
          w.hasSidecar && passesProxy(w, 'inbound', port) !== undefined,
          w.hasSidecar && [chain?.speaks, chain?.tls],
          at.servicePort,
          at.cluster,
          trustDomain,
          trustDomainAliases,
        ]),
        canonical(policies),
        canonical(this.tokenRules({ workload: w })),
      ];
      this.inbounds.set(key, facts);
    }
    return facts;
  }

  /** Who is let in, for one client. */
  verdictsAt(a: Arriving, client: Client): Verdicts {
    const { sni } = a.hello;
    const principal = a.hello.mutualTls ? client.principal : undefined;
    const policies = this.policiesAt(a);
    // where nothing is about the client, all are let in alike: most meshes have far more pairs of clients and pods than policies
    const key = isAboutClients(policies)
      ? `${keyOf(a.workload)} ${a.port} ${principal ?? ''} ${client.address} ${sni ?? ''}`
      : this.inboundFacts(a)[1];
    let known = this.verdicts.get(key);
    if (!known) {
      const subject: Subject = {
        principal,
        sourceIp: client.address,
        remoteIp: client.address,
        port: a.port,
        destinationIp: a.workload.address,
        sni,
        http: { method: 'GET', path: '/', host: '', headers: new Map() },
        claims: undefined,
        trustDomains: [this.model.mesh.trustDomain, ...this.model.mesh.trustDomainAliases],
      };
      known = verdictsFor(policies, subject);
      this.verdicts.set(key, known);
    }
    return known;
  }

  /** Policies about a workload; what a provider is to decide that istiod does not know is denied. */
  private authorizing({ namespace, labels }: Workload): readonly Authorization[] {
    const { authorizers } = this.model.mesh;
    const isUnknown = (c: Config) => authorizers !== undefined && !authorizers.has(c.spec.provider?.name);
    return this.model.policies.authorizing(namespace, labels).flatMap((a): Authorization[] => {
      if (a.action !== 'CUSTOM') return [a];
      const [refused, asked] = [a.policies.filter(isUnknown), a.policies.filter((c) => !isUnknown(c))];
      return [
        ...(asked.length > 0 ? [{ ...a, policies: asked }] : []),
        ...(refused.length > 0 ? [{ action: 'DENY' as const, policies: refused }] : []),
      ];
    });
  }

  private policiesAt(a: Arriving): PolicySet {
    const text = this.inboundFacts(a)[1];
    let known = this.policies.get(text);
    if (!known) {
      known = policySet(this.authorizing(a.workload));
      this.policies.set(text, known);
    }
    return known;
  }

  tokenRules({ workload: w }: Pick<Arriving, 'workload'>): readonly any[] {
    let known = this.rules.get(w);
    if (!known) {
      known = this.model.policies.tokenRules(w.namespace, w.labels).map((t) => t.rule);
      this.rules.set(w, known);
    }
    return known;
  }
}

export const keyOf = (w: Workload): string => `${w.namespace}/${w.config.manifest.kind}/${w.config.name}`;

const arrivingAt = (cluster: Cluster, request: TraceRequest, handed: Handed): Arriving[] =>
  cluster.endpoints.flatMap((e) =>
    e.workload
      ? [{ cluster: cluster.name, workload: e.workload, port: e.port, hello: helloAt(cluster, e, request, handed) }]
      : [],
  );

/** Clusters that a route can use. */
export const clustersOf = ({ action: a }: Route): string[] =>
  a.kind === 'forward' ? [...a.clusters, ...a.mirrors].map((c) => c.cluster) : [];

/** What a cluster does. Addresses that pods have not got yet do not count. */
const clusterDoes = (c: Cluster | undefined): unknown => (c ? madeCluster(c) : 'none');
const madeCluster = once(({ endpoints, service, rule: _, ...rest }: Cluster) => ({
  ...rest,
  external: service?.external,
  endpoints: endpoints.map((e) => `${e.workload ? keyOf(e.workload) : e.address} ${e.port} ${e.mtls}`).sort(),
}));

const effectOf = once((r: Route) => {
  const { action: a } = r;
  // a rewrite replaces what was matched
  const replaced = 'prefixRewrite' in a && a.prefixRewrite !== undefined ? r.match.path : undefined;
  const action = a.kind === 'forward' ? { ...a, clusters: a.clusters.map(({ by: _, ...c }) => c) } : a;
  return { action, replaced, request: r.request, response: r.response, fault: r.fault, cors: r.cors };
});
const matchOf = once(({ match: m }: Route) => ({
  ...m,
  headers: m.headers.map(({ field: _, ...h }) => canonical(h)).sort(),
}));
const hostDoes = once((h: VirtualHost) => [h.requireTls, h.routes.map((r) => [matchOf(r), effectOf(r)])]);

/** {@link Facts.does} of a cluster, as text. */
export const clusterPrint = (c: Cluster | undefined): string => (c ? clusterText(c) : 'none');
const clusterText = once((c: Cluster) => canonical(madeCluster(c)));
/** What a route does with the requests that it takes; names and places do not count. */
export const effectPrint = once((r: Route) => canonical(effectOf(r)));
/** When a route takes a request. */
export const matchPrint = once((r: Route) => canonical(matchOf(r)));

/** Whether the client's proxy does the same, by what two sides say. */
export const doesSame = (a: Facts, b: Facts): boolean => alike(a.does, b.does) || canonical(a.does) === canonical(b.does);

const refusals = new WeakMap<RouteTable, string>();

/** Routes that make Envoy refuse the whole table. */
function refusalsOf(t: RouteTable): string {
  let text = refusals.get(t);
  if (text === undefined) {
    text = refusedRoutes(t)
      .map(([h, { action }]) => `${h.name} ${'reason' in action ? action.reason : ''}`)
      .sort()
      .join('\n');
    refusals.set(t, text);
  }
  return text;
}

/** Who gets past a gateway's own policies, before its routes. */
function admits(proxy: ProxyView): string {
  const access = GatewayAccess.of(proxy);
  if (!access) return '';
  const rules = access.policies.map((a) => [
    a.action,
    a.policies.map((c) => canonical([c.namespace, c.spec.rules ?? [], c.spec.provider?.name ?? ''])).sort(),
  ]);
  return canonical([rules, access.tokenRules.map((t) => t.rule), [...(access.authorizers ?? [])]]);
}
