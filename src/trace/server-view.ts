import type { Config, Ref } from '../model/config';
import { chooseInbound, type InboundChain, type InboundPort, inboundChains, inboundPort } from '../model/inbound';
import type { MeshModel } from '../model/mesh-model';
import type { Authorization } from '../model/policies';
import { isHttp2 } from '../model/protocol';
import type { RateLimitFilter } from '../model/rate-limits';
import { sidecarFor } from '../model/sidecar-scope';
import { kept } from './kept';
import { type Outcome, outcomeToCopy, type Step } from './outcome';

/** The workload that is called. */
export interface Server {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly ports?: ReadonlyMap<string, number>;
}

/** What the sidecar of a workload that is called is told: each part made when it is asked for, and kept. */
export class ServerView {
  readonly policies: readonly Authorization[];
  readonly dryRuns: readonly Authorization[];
  readonly authorizers: ReadonlySet<string> | undefined;
  readonly tokenRules: readonly { readonly rule: any; readonly by: Ref }[];
  readonly trustDomains: readonly string[];
  readonly limits: readonly RateLimitFilter[];
  private readonly sidecar: Config | undefined;
  private readonly ports = new Map<number, ServerPort>();

  static readonly of = kept((model: MeshModel, server: Server) => new ServerView(model, server));

  private constructor(
    private readonly model: MeshModel,
    private readonly server: Server,
  ) {
    const { namespace, labels } = server;
    const { trustDomain, trustDomainAliases, rootNamespace } = model.mesh;
    this.policies = model.policies.authorizing(namespace, labels);
    this.authorizers = model.mesh.authorizers;
    this.dryRuns = model.policies.dryRuns(namespace, labels);
    this.tokenRules = model.policies.tokenRules(namespace, labels);
    this.limits = model.rateLimits(server, 'SIDECAR_INBOUND');
    this.trustDomains = [trustDomain, ...trustDomainAliases];
    this.sidecar = sidecarFor(model.sidecars, namespace, labels, rootNamespace);
  }

  port(number: number): ServerPort {
    const known = this.ports.get(number);
    if (known) return known;
    const { model, server } = this;
    const port = inboundPort({ ...server, ports: server.ports ?? new Map() }, number, model.services, this.sidecar, model.peers);
    const made = new ServerPort(port);
    this.ports.set(number, made);
    return made;
  }
}

/** One of its ports. */
export class ServerPort {
  /** How the port takes connections, and which policy says so. */
  readonly step: Step;
  /** What is the same for all HTTP requests that get through. */
  readonly route: Outcome;
  readonly cluster: string;
  private readonly chains: readonly InboundChain[];

  constructor({ port, mode, by, cluster, servicePort, protocol, ...rest }: InboundPort) {
    this.step = { text: `port ${port} is ${mode}`, ...(by ? { by } : {}) };
    this.cluster = cluster;
    this.chains = inboundChains({ port, mode, by, cluster, servicePort, protocol, ...rest });
    this.route = outcomeToCopy({
      action: 'route',
      status: 200,
      vhost: `inbound|http|${servicePort}`,
      routeIndex: 0,
      routeName: 'default',
      timeoutMs: 0,
      ...(isHttp2(protocol) && protocol !== 'HTTP2' ? {} : { retry: { attempts: 2, retryOn: 'reset-before-request' } }),
      destinations: [],
    });
  }

  /** Whether a name in the client's TLS hello is read: where no chain is for TLS nobody looks. */
  get readsHello(): boolean {
    return this.chains.some((c) => c.transport === 'tls');
  }

  /** What takes a connection; none closes it. */
  chain(tls: boolean, alpn: readonly string[]): InboundChain | undefined {
    return chooseInbound(this.chains, tls, alpn);
  }
}
