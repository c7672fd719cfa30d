import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { DestinationRule, type DestinationRuleSpec, ServiceEntry } from '../../imports/networking.istio.io';
import { endsOf } from '../routing/table';
import { always, type Condition } from '../values/condition';
import { toMillis } from '../values/duration';
import { dnsLabel, hostName, kebab, quoted } from '../values/names';
import { checkPort, type Port, type Protocol } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { type CallPolicy, toRetries, trafficPolicy } from './call-policy';
import type { Callee, Caller, CallLimits } from './caller';
import { namespaceOfChart } from './chart-namespace';
import { claimAddresses } from './external-addresses';
import { distinctPorts, outsideHost, resolutionOf } from './external-facts';
import { HostRoutes } from './host-routes';
import { originOf } from './origin';

/** Properties of an {@link ExternalService}. */
export interface ExternalServiceProps<P extends Protocol> {
  /** Name of the objects. @default - the id in kebab-case */
  readonly name?: string;
  /** `api.stripe.com`; a wildcard stands for the whole first label. */
  readonly host?: string;
  readonly hosts?: readonly string[];
  readonly port?: Port<P>;
  readonly ports?: readonly Port<P>[];
  /** Applications speak plain HTTP on the port, and the proxy makes it TLS to this port outside. For HTTP ports. */
  readonly originateTls?: {
    readonly port?: number /** @default - the proxy's own system certificates */;
    readonly caCertificates?: string;
  };
  /** Virtual IPs; needed for TCP, whose connections carry no host name. IPs or CIDR blocks. */
  readonly addresses?: readonly string[];
  /** Where the host really is, as IPs or host names. @default - what DNS says */
  readonly endpoints?: readonly string[];
  readonly callPolicy?: CallPolicy;
}

const PROPERTIES: Properties<ExternalServiceProps<Protocol>> = {
  name: 'text?',
  host: 'text?',
  hosts: 'list?',
  port: 'port?',
  ports: 'list?',
  originateTls: 'map?',
  addresses: 'list?',
  endpoints: 'list?',
  callPolicy: 'map?',
};

/**
 * A host outside the mesh. Name it in `calls` of those who may call: it is visible in their namespaces and its own.
 *
 * Compiles to a ServiceEntry (resolution by what the host and ports need: NONE for wildcards and CIDR blocks, STATIC for
 * IPs, DNS otherwise), a DestinationRule (TLS origination, connection policy), and a VirtualService (timeout, retries,
 * rules). An HTTPS port is opaque to Istio: timeouts and retries need plain HTTP from the application.
 * Source: Istio's networking/service-entry reference and pkg/config/validation.
 */
export class ExternalService<P extends Protocol = Protocol> extends Construct implements Callee, Settles {
  declare readonly speaksHttp: P extends 'http' | 'http2' | 'grpc' | 'grpc-web' ? true : false;
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly hosts: readonly string[];
  readonly ports: readonly Port[];
  /** @internal The table of each host. */
  readonly tables: readonly HostRoutes[];
  /** @internal Whether the proxy sends connections where the caller's application would have. */
  readonly addressless: boolean;
  private readonly callers = new Set<string>();
  private everywhere = false;
  private rule: DestinationRule | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExternalServiceProps<P>,
  ) {
    super(scope, id);
    checkProperties<ExternalServiceProps<Protocol>>(props, PROPERTIES, `"${this.node.path}"`);
    if (props.originateTls)
      checkProperties(props.originateTls, { port: 'number?', caCertificates: 'text?' }, `originateTls of "${this.node.path}"`);
    this.name = dnsLabel(props.name ?? kebab(id), `name of ExternalService "${id}"`);
    const what = `external service "${this.name}"`;
    this.namespace = namespaceOfChart(scope, what);
    for (const key of ['host', 'port'] as const)
      if (props[key] !== undefined && props[`${key}s`] !== undefined)
        throw new Error(`${what} has both ${key} and ${key}s: use one of them`);
    this.hosts = props.hosts ?? (props.host === undefined ? [] : [props.host]);
    this.ports = props.ports ?? (props.port ? [props.port] : []);
    for (const port of this.ports) checkProperties({ port }, { port: 'port' }, `ports of ${what}`);
    if (this.hosts.length === 0) throw new Error(`${what} has no host`);
    if (this.ports.length === 0) throw new Error(`${what} has no port: give it one, such as port: Port.https(443)`);
    for (const h of this.hosts) outsideHost(h, `host of ${what}`);
    if (this.hosts.includes('*'))
      throw new Error(
        `host of ${what} is "*": that would be everything; name the hosts, or allow all of the outside with egress: 'ALLOW_ANY'`,
      );
    this.host = this.hosts[0]!;
    if (props.originateTls?.port !== undefined) checkPort(props.originateTls.port, `originateTls.port of ${what}`);
    distinctPorts(this.ports, what);
    claimAddresses(this, props.addresses ?? [], this.ports);
    const resolution = resolutionOf({ ...props, hosts: this.hosts, ports: this.ports }, what);
    this.addressless = resolution === 'NONE';
    const { addresses, endpoints, originateTls } = props;
    const http = this.ports.filter((p) => p.isHttp);
    if (originateTls && http.length === 0)
      throw new Error(`${what} originates TLS, and has no HTTP port that applications could speak plainly to: use Port.http(80)`);
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
    const origin = originOf(this);
    const routesOf = (host: string, i: number) =>
      new HostRoutes(this, {
        host,
        namespace: this.namespace,
        name: this.hosts.length === 1 ? this.name : `${this.name}-${i + 1}`,
        id: this.hosts.length === 1 ? 'VirtualService' : `VirtualService-${i + 1}`,
        httpPorts: http.map((p) => p.number),
        exportTo: () => this.exportTo(),
        fallback: () => ({
          name: 'default',
          tier: 'default',
          order: 0,
          when: [{}],
          origin,
          action: { kind: 'split', to: [{ host }] },
        }),
      });
    this.tables = this.hosts.map(routesOf);
    const { timeout, retries } = props.callPolicy ?? {};
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
    trafficPolicy(props.callPolicy, what);
    AppModel.of(this).add(this);
  }

  /** Requests that meet the condition go to another host or version. Tier: audience. */
  routeTo(to: { readonly host: string; readonly port?: number }, when: Condition, name: string): this {
    const what = `a route of ${this.calleeName}`;
    checkProperties({ to, when }, { to: 'map', when: 'condition' }, what);
    const { host, port } = to;
    hostName(host, `host of ${what}`);
    if (port !== undefined) checkPort(port, `port of ${what}`);
    if (!this.ports.some((p) => p.isHttp))
      throw new Error(`${what} needs an HTTP port: Istio sees only connections on the others, so use originateTls`);
    for (const table of this.tables)
      table.addRule(this, {
        name: dnsLabel(name, 'name of the route'),
        tier: 'audience',
        when: when.matches,
        action: { kind: 'split', to: [port === undefined ? { host } : { host, port }] },
      });
    return this;
  }

  /** @internal One of its hosts as the server outside expects it in requests to this port. */
  authority(host: string, port: number): string {
    const { originateTls } = this.props;
    const sent = originateTls ? (originateTls.port ?? 443) : port;
    return sent === (originateTls ? 443 : 80) ? host : `${host}:${sent}`;
  }

  /** @internal Makes the host visible in every namespace: who calls a service that leads here is not known. */
  exportEverywhere(): void {
    this.everywhere = true;
    AppModel.of(this).touch();
  }

  private exportTo(): string[] | undefined {
    if (this.everywhere) return undefined;
    return ['.', ...[...this.callers].filter((n) => n !== this.namespace).sort()];
  }

  get calleeName(): string {
    return `external service "${this.name}"`;
  }
  egressHosts(): readonly string[] {
    const out = new Set(this.hosts.map((h) => `${this.namespace}/${h}`));
    for (const table of this.tables) for (const end of endsOf(table.table())) if (!this.hosts.includes(end)) out.add(`*/${end}`);
    return [...out];
  }
  /** Makes the host visible in the caller's namespace. Outside the mesh nobody checks identities. */
  admit(caller: Caller, limits: CallLimits): void {
    if (limits.methods || limits.paths)
      throw new Error(
        `limits for calls of ${caller.callerName} to ${this.calleeName} hold nowhere: nobody checks them outside the mesh`,
      );
    this.callers.add(caller.namespace);
    const { principals } = caller;
    for (const host of this.hosts)
      AppModel.of(this).callersOf(host).push({ who: caller.callerName, principals, namespaces: [], limits, by: this.node.path });
    AppModel.of(this).touch();
  }

  render(): void {
    const policy = trafficPolicy(this.props.callPolicy, this.calleeName);
    const tls = this.props.originateTls;
    if ((!policy && !tls) || this.rule) return;
    for (const [i, host] of this.hosts.entries()) {
      const spec: DestinationRuleSpec = {
        host,
        trafficPolicy: {
          ...policy,
          ...(tls
            ? {
                portLevelSettings: this.ports
                  .filter((p) => p.isHttp)
                  .map((p) => ({
                    port: { number: p.number },
                    ...policyForPort(policy),
                    tls: {
                      mode: 'SIMPLE' as const,
                      sni: host,
                      subjectAltNames: [host],
                      caCertificates: tls.caCertificates ?? SYSTEM_CERTIFICATES,
                    },
                  })),
              }
            : {}),
        },
      };
      this.rule = new DestinationRule(this, this.hosts.length === 1 ? 'DestinationRule' : `DestinationRule-${i + 1}`, {
        metadata: { name: this.hosts.length === 1 ? this.name : `${this.name}-${i + 1}` },
        spec: Lazy.any({ produce: () => ({ ...spec, exportTo: this.exportTo() }) }),
      });
    }
  }
}

/** Where the proxy's image keeps the usual authorities. */
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** A port's policy replaces the whole's, so it has to repeat it; Istio has no retry budget for ports. */
const policyForPort = (policy: ReturnType<typeof trafficPolicy>) => {
  const { retryBudget: _, portLevelSettings: __, ...rest } = policy ?? {};
  return rest;
};

const WORDS: Record<string, string> = { kafka: 'TCP', 'grpc-web': 'GRPC-WEB' };
const wordOf = (p: Port) => WORDS[p.protocol] ?? p.protocol.toUpperCase();
