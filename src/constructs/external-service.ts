import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { DestinationRule, type DestinationRuleSpec, ServiceEntry } from '../../imports/networking.istio.io';
import { defaultRule } from '../routing/table';
import { always } from '../values/condition';
import { toMillis } from '../values/duration';
import { quoted } from '../values/names';
import type { Port, Protocol } from '../values/port';
import { AppModel, type Settles } from './app-model';
import { isLimited } from './call-limits';
import { toRetries, trafficPolicy } from './call-policy';
import type { Callee, Caller, CallLimits } from './caller';
import { namespaceOfChart } from './chart-namespace';
import { type EgressGateway, throughGateway } from './egress-gateway';
import { claimAddresses } from './external-addresses';
import { type ExternalServiceProps, type OutsideFacts, outsideFacts, resolutionOf, wideBlocks } from './external-facts';
import { HostRoutes } from './host-routes';
import { checkOpaque } from './opaque-policy';
import { originOf } from './origin';
import { leadsTo } from './route-facts';
import { noteOf, originated } from './tls-origination';
import { tellsItsPath } from './told-at';

/**
 * A host outside the mesh. Name it in `calls` of those who may call: it is visible in their namespaces and its own.
 *
 * Compiles to a ServiceEntry (resolution by what the host and ports need: NONE for wildcards and CIDR blocks, STATIC for
 * IPs, DNS otherwise), a DestinationRule (TLS origination, connection policy), and a VirtualService (timeout, retries, a
 * {@link StranglerMigration}). An HTTPS port is opaque to Istio: timeouts and retries need plain HTTP from the application.
 * Source: Istio's networking/service-entry reference and pkg/config/validation.
 */
@tellsItsPath
export class ExternalService<P extends Protocol = Protocol> extends Construct implements Callee, Settles {
  /** Whether its only port speaks a protocol whose single requests Istio can route; a type, nothing at run time. */
  declare readonly speaksHttp: P extends 'http' | 'http2' | 'grpc' | 'grpc-web' ? true : false;
  /** Name of its objects. */
  readonly name: string;
  /** Namespace of its objects: the chart's. */
  readonly namespace: string;
  /** The first of its hosts, by which it is called. */
  readonly host: string;
  /** All of its hosts. */
  readonly hosts: readonly string[];
  /** Its ports, as applications call them. */
  readonly ports: readonly Port[];
  /** @internal The table of each host. */
  readonly tables: readonly HostRoutes[];
  /** @internal Whether the proxy sends connections where the caller's application would have. */
  readonly addressless: boolean;
  private readonly facts: OutsideFacts;
  private readonly callers = new Set<string>();
  private everywhere = false;
  private rule: DestinationRule | undefined;

  constructor(scope: Construct, id: string, props: ExternalServiceProps<P>) {
    super(scope, id);
    this.facts = outsideFacts(props, id, this.node.path);
    this.name = this.facts.name;
    this.hosts = this.facts.hosts;
    this.host = this.hosts[0]!;
    this.ports = this.facts.ports;
    const what = this.calleeName;
    this.namespace = namespaceOfChart(scope, what);
    claimAddresses(this, this.facts.addresses ?? [], this.ports);
    const resolution = resolutionOf(this.facts, what);
    this.addressless = resolution === 'NONE';
    const { addresses, endpoints, originateTls } = this.facts;
    const http = this.ports.filter((p) => p.isHttp);
    new ServiceEntry(this, 'ServiceEntry', {
      metadata: { name: this.name },
      spec: {
        hosts: this.hosts,
        ports: this.ports.map((p) => ({
          number: p.number,
          name: p.name,
          protocol: wordOf(p),
          ...(originateTls && p.isHttp ? { targetPort: originateTls.port ?? 443 } : {}),
        })),
        location: 'MESH_EXTERNAL',
        resolution,
        ...(addresses ? { addresses } : {}),
        ...(endpoints ? { endpoints: endpoints.map((address) => ({ address })) } : {}),
        exportTo: Lazy.any({ produce: () => this.exportTo() }),
      },
    });
    const { via } = this.facts;
    const model = AppModel.of(this);
    model.outside.push(this);
    if (via) throughGateway(via, this);
    const origin = originOf(this);
    const l4 = this.ports.filter((p) => !p.isHttp);
    const routesOf = (host: string, i: number) =>
      new HostRoutes(this, {
        host,
        namespace: this.namespace,
        name: this.hosts.length === 1 ? this.name : `${this.name}-${i + 1}`,
        id: this.hosts.length === 1 ? 'VirtualService' : `VirtualService-${i + 1}`,
        httpPorts: http.map((p) => p.number),
        tls: { ports: l4.filter((p) => p.protocol === 'tls' || p.protocol === 'https').map((p) => p.number), names: [host] },
        l4Fallback: () =>
          l4.map((p) => ({
            name: 'default',
            tier: 'default',
            match: { port: p.number },
            to: [{ host, port: p.number }],
            origin,
          })),
        exportTo: () => this.exportTo(),
        fallback: () => defaultRule({ host }, origin),
      });
    this.tables = this.hosts.map(routesOf);
    // the way to the gateway has to be said even where nothing else is
    for (const t of this.tables) t.always = via !== undefined;
    const { timeout, retries } = this.facts.callPolicy ?? {};
    if (timeout !== undefined || retries) {
      if (http.length === 0)
        throw new Error(
          `a timeout or retries for ${what} need single requests, and its ports (${quoted(this.ports.map((p) => `${p.protocol} ${p.number}`))}) are opaque to Istio: let applications speak plain HTTP and use originateTls`,
        );
      const ms = timeout === undefined ? undefined : toMillis(timeout, `timeout of ${what}`);
      for (const t of this.tables) {
        const overlay = { name: 'call-policy', tier: 'service', over: 'everything', when: always.matches } as const;
        if (ms !== undefined) t.addOverlay(this, { ...overlay, effect: { kind: 'timeout', ms } });
        if (retries) t.addOverlay(this, { ...overlay, effect: { kind: 'retries', retries: toRetries(retries, ms, what) } });
      }
    }
    checkOpaque(this.facts.callPolicy, this.ports, what);
    trafficPolicy(this.facts.callPolicy, what);
    model.add(this);
  }

  /** @internal One of its hosts as the server outside expects it in requests to this port. */
  authority(host: string, port: number): string {
    const { originateTls } = this.facts;
    const sent = originateTls ? (originateTls.port ?? 443) : port;
    return sent === (originateTls ? 443 : 80) ? host : `${host}:${sent}`;
  }

  /** @internal Makes the host visible in every namespace: who calls a service that leads here is not known. */
  exportEverywhere(): void {
    this.everywhere = true;
    AppModel.of(this).touch();
  }

  /** @internal Namespaces of those who may call; `undefined`: it is not known who does. */
  get callerNamespaces(): readonly string[] | undefined {
    return this.everywhere ? undefined : [...this.callers].sort();
  }

  /** @internal The gateway by which calls leave the mesh. */
  get via(): EgressGateway | undefined {
    return this.facts.via;
  }

  private exportTo(): string[] | undefined {
    if (this.everywhere) return undefined;
    const seenIn = new Set([...this.callers, ...(this.via ? [this.via.namespace] : [])]);
    return ['.', ...[...seenIn].filter((n) => n !== this.namespace).sort()];
  }

  /** What it is called in errors, as a callee. */
  get calleeName(): string {
    return `external service "${this.name}"`;
  }
  /** Its hosts, and those where its routes lead, as `namespace/host`. */
  egressHosts(): readonly string[] {
    const own = this.hosts.map((h) => `${this.namespace}/${h}`);
    const model = AppModel.of(this);
    const ends = this.tables
      .flatMap((t) => leadsTo(model, t.table()))
      .filter((e) => !this.hosts.some((h) => e.endsWith(`/${h}`)));
    return [...new Set([...own, ...ends])];
  }
  /** Makes the host visible in the caller's namespace. Outside the mesh nobody checks identities. */
  admit(caller: Caller, limits: CallLimits): void {
    if (isLimited(limits))
      throw new Error(
        `limits for calls of ${caller.callerName} to ${this.calleeName} hold nowhere: nobody checks them outside the mesh`,
      );
    this.callers.add(caller.namespace);
    const { principals } = caller;
    for (const host of this.hosts)
      AppModel.of(this)
        .callersOf(host)
        .push({ who: caller.callerName, principals, namespaces: [], limits, by: originOf(this) });
    AppModel.of(this).touch();
  }

  /** Blocks of addresses that may hold the cluster's own. */
  warnings(): readonly string[] {
    const wide = wideBlocks(this.facts.addresses ?? []);
    if (wide.length === 0) return [];
    return [
      `has ${quoted(wide)}, which may hold the cluster's own addresses: connections to pods there on port ${this.ports.map((p) => p.number).join(', ')} would count as calls outside, without mutual TLS; name the blocks that are meant`,
    ];
  }

  /** Makes the DestinationRules, where there is a policy or TLS to originate. */
  render(): void {
    const policy = trafficPolicy(this.facts.callPolicy, this.calleeName);
    const tls = this.facts.originateTls;
    if ((!policy && !tls) || this.rule) return;
    const note = tls && noteOf(tls);
    for (const [i, host] of this.hosts.entries()) {
      const spec: DestinationRuleSpec = {
        host,
        trafficPolicy: {
          ...policy,
          ...(tls ? { portLevelSettings: originated(host, tls, this.ports, policy) } : {}),
        },
      };
      this.rule = new DestinationRule(this, this.hosts.length === 1 ? 'DestinationRule' : `DestinationRule-${i + 1}`, {
        metadata: {
          name: this.hosts.length === 1 ? this.name : `${this.name}-${i + 1}`,
          ...(note ? { annotations: note } : {}),
        },
        spec: Lazy.any({ produce: () => ({ ...spec, exportTo: this.exportTo() }) }),
      });
    }
  }
}

const WORDS: Record<string, string> = { kafka: 'TCP', 'grpc-web': 'GRPC-WEB' };
const wordOf = (p: Port) => WORDS[p.protocol] ?? p.protocol.toUpperCase();
