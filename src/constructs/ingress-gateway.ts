import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { Gateway, VirtualService, type VirtualServiceSpec } from '../../imports/networking.istio.io';
import type { Binding } from '../routing/cells';
import { compile } from '../routing/compile';
import { renderRoute } from '../routing/render-http';
import type { HttpTable } from '../routing/table';
import { always, type Condition, type Where } from '../values/condition';
import { dnsLabel, kebab } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import type { RedirectTo } from './answers';
import { AppModel, type Settles } from './app-model';
import type { Caller } from './caller';
import { namespaceOfChart } from './chart-namespace';
import type { HttpService } from './fault-injection';
import { checkGateway } from './gateway-check';
import { GatewayConnections } from './gateway-connections';
import { checkHost, claimPort, namesOfHosts } from './gateway-hosts';
import type { GatewayRouteOptions } from './gateway-options';
import { GatewayRoutes } from './gateway-routes';
import { checkServers, type GatewayCertificate, type GatewayTls, httpServers } from './gateway-servers';
import { accountNote, clientsOf, gatewayWorkload, ownPods } from './gateway-workload';
import { type GatewayWorkload, Mesh } from './mesh';
import { originOf } from './origin';
import { nameSubsets, partsOf } from './route-facts';
import type { RuleOptions } from './rule-options';
import type { ServiceHost } from './service-host';
import { needTokens } from './token-policies';
import { tellsItsPath } from './told-at';
import { throughEgress } from './ways-out';

/** Properties of an {@link IngressGateway}. */
export interface IngressGatewayProps {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** Hosts that clients ask for; `*` is any. */
  readonly hosts: readonly string[];
  /** Port for plain HTTP. @default 80 */
  readonly port?: number;
  /** Port for HTTPS. @default 443 */
  readonly tlsPort?: number;
  /** The certificate for HTTPS, in a Secret of the gateway's namespace. @default - plain HTTP alone */
  readonly tls?: GatewayTls;
  /** Asks cert-manager for the certificate that `tls.credentialName` names. */
  readonly certificate?: GatewayCertificate;
  /** The gateway's pods, which exist already. @default - what the app's Mesh says */
  readonly workload?: GatewayWorkload;
  /** Makes pods of its own in the chart's namespace instead. @default false */
  readonly deploy?: boolean;
}

/**
 * The front proxy: where requests from outside come in.
 *
 * Compiles to a Gateway and, for each host, a VirtualService bound to it. A gateway does not read the mesh's routes, so
 * a route to a service is multiplied by the service's own table: canaries, faults and environments are the same at the
 * edge. The narrower of two routes decides first; where neither is, the lower `order`, then the name. A route is a call: the gateway's identity is
 * allowed at the service. What no route takes is answered 404.
 */
@tellsItsPath
export class IngressGateway extends Construct implements Caller, Settles {
  /** Name of the Gateway; other objects' names begin with it. */
  readonly name: string;
  /** Namespace of its pods; the objects are in the chart's. */
  readonly namespace: string;
  /** Labels that tell its pods, which the Gateway selects. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its identity, as AuthorizationPolicy writes it. */
  readonly principals: readonly string[];
  /** What it is called in errors. */
  readonly callerName: string;
  /** Hosts that clients ask for. */
  readonly hosts: readonly string[];
  /** Whether its pods are its own (`deploy: true`); others may bind to them otherwise. */
  readonly ownsPods: boolean;
  private readonly objectNamespace: string;
  private readonly http: GatewayRoutes;
  private readonly connections: GatewayConnections;
  private readonly specs = new Map<string, VirtualServiceSpec>();
  private readonly made = new Set<string>();
  /** Where each HTTP route comes from. */
  private parts: ReturnType<typeof partsOf> = {};

  constructor(
    scope: Construct,
    id: string,
    private readonly props: IngressGatewayProps,
  ) {
    super(scope, id);
    checkGateway(props, `"${this.node.path}"`);
    this.name = dnsLabel(props.name ?? kebab(id), `name of IngressGateway "${id}"`);
    const what = `gateway "${this.name}"`;
    this.callerName = what;
    this.hosts = props.hosts;
    this.ownsPods = props.deploy === true;
    this.objectNamespace = namespaceOfChart(scope, what);
    for (const h of props.hosts) checkHost(h, `host of ${what}`);
    const twice = props.hosts.find((h, i) => props.hosts.indexOf(h) < i);
    if (twice) throw new Error(`${what} has host "${twice}" twice`);
    const mesh = Mesh.of(this);
    if (props.deploy && props.workload)
      throw new Error(`${what} has both deploy and workload: the pods either are made or exist`);
    if (props.certificate && !props.tls)
      throw new Error(`${what} has a certificate and no tls: set tls: { credentialName: '…' }`);
    if (props.certificate && props.hosts.includes('*'))
      throw new Error(
        `${what} has a certificate and host "*", and no issuer signs one for every name: name the hosts, such as "*.example.com"`,
      );
    const w = { ...mesh.ingress, ...props.workload };
    this.namespace = props.deploy ? this.objectNamespace : w.namespace;
    this.labels = props.deploy ? ownPods(this.name, this.namespace) : w.labels;
    this.principals = [mesh.principal(this.namespace, props.deploy ? this.name : w.serviceAccount)];
    const port = props.port ?? 80;
    const tlsPort = props.tlsPort ?? 443;
    checkServers(port, props.tls, tlsPort, what);
    claimPort(this, port, 'HTTP', props.hosts);
    if (props.tls) claimPort(this, tlsPort, 'HTTPS', props.hosts);
    this.http = new GatewayRoutes(this, props.hosts);
    this.connections = new GatewayConnections(this);
    const servers = () => [
      ...(props.hosts.length > 0 ? httpServers(props.hosts, port, props.tls, tlsPort) : []),
      ...this.connections.servers(),
    ];
    new Gateway(this, 'Gateway', {
      metadata: { name: this.name, ...(props.deploy ? {} : accountNote(w, mesh)) },
      spec: { selector: this.labels, servers: Lazy.any({ produce: servers }) },
    });
    if (props.deploy) gatewayWorkload(this, this.name, this.labels, () => servers().map((s) => s.port!), mesh.revision);
    if (props.certificate && props.tls) {
      new ApiObject(this, 'Certificate', {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name: this.name, namespace: this.namespace },
        spec: {
          secretName: props.tls.credentialName,
          dnsNames: props.hosts,
          issuerRef: { name: props.certificate.issuer, kind: props.certificate.kind ?? 'ClusterIssuer' },
        },
      });
    }
    originOf(this);
    const model = AppModel.of(this);
    model.tables.set(`gateway ${this.objectNamespace}/${this.name}`, this);
    model.add(this);
  }

  /** At a gateway conditions on the source are constants. */
  get binding(): Binding {
    return { kind: 'gateway', labels: this.labels, namespace: this.namespace };
  }

  /** Whether there is any HTTP route. */
  get hasRules(): boolean {
    return this.http.any;
  }

  /** Whether connections are handed on that nobody looks into: by port, and by name. */
  get handsOn(): { readonly ports: readonly number[]; readonly byName: boolean } {
    return { ports: this.connections.ports, byName: this.connections.passes };
  }

  /** Requests that meet the condition go to the service, and there on as its own rules say. */
  route(when: Condition<Where>, service: HttpService, o: GatewayRouteOptions = {}): this {
    this.http.route(when, service, o);
    service.admit(this, {});
    return this;
  }

  /** Sends clients elsewhere. Goes before all routes. */
  redirect(when: Condition<Where>, to: RedirectTo, name = 'redirect', o: RuleOptions = {}): this {
    this.http.redirect(when, to, name, o);
    if (to.prefix !== undefined) Mesh.of(this).need('1.31', `prefix of redirect "${name}"`);
    return this;
  }

  /** Answers by itself, such as a maintenance page. Goes before all routes. */
  respond(status: number, body?: string, when: Condition<Where> = always, name = 'response', o: RuleOptions = {}): this {
    this.http.respond(when, status, body, name, o);
    return this;
  }

  /** Hands connections on a port of the gateway on to a service. */
  tcp(port: number, service: ServiceHost<any, any>, target?: number): this {
    this.connections.tcp(port, service, target);
    service.admit(this, {});
    return this;
  }

  /** Hands TLS connections that ask for one of the hosts on to a service, still encrypted. */
  passthrough(
    hosts: readonly string[],
    service: ServiceHost<any, any>,
    o: { readonly port?: number; readonly target?: number } = {},
  ): this {
    checkProperties(
      { hosts, ...o },
      { hosts: 'list', port: 'number?', target: 'number?' } as Properties<{ hosts: readonly string[] } & typeof o>,
      `a passthrough of ${this.callerName}`,
    );
    this.connections.passthrough(hosts, o.port ?? this.props.tlsPort ?? 443, service, o.target);
    service.admit(this, {});
    return this;
  }

  /** The routes as a table, services' own tables linked. */
  table(): HttpTable {
    return this.http.table();
  }

  /** A gateway without routes. */
  warnings(): readonly string[] {
    return this.specs.size > 0 ? [] : ['has no routes: it answers every request with 404'];
  }

  /** Works out its routes. Throws where it listens for nothing. */
  compile(): void {
    if (this.props.hosts.length === 0 && !this.connections.any)
      throw new Error(`${this.callerName} listens for nothing: give it hosts, or say tcp(…) or passthrough(…)`);
    needTokens(this, this.http.claims);
    const gateways = [`${this.objectNamespace}/${this.name}`];
    this.specs.clear();
    this.parts = {};
    if (this.http.any) {
      const routes = throughEgress(AppModel.of(this), compile(this.table(), this.binding));
      this.parts = partsOf(routes);
      nameSubsets(AppModel.of(this), routes);
      const http = routes.map(renderRoute);
      for (const [host, name] of namesOfHosts(this.props.hosts))
        this.specs.set(`${this.name}-${name}`, { hosts: [host], gateways, http } as VirtualServiceSpec);
    }
    for (const [name, spec] of this.connections.compile(gateways)) this.specs.set(name, spec);
  }

  /** Makes a VirtualService for each host, and lets clients in where the namespace denies. */
  render(): void {
    const denied = AppModel.of(this).secured.get(this.namespace)?.denies === true;
    if (denied && !this.node.tryFindChild('Clients')) clientsOf(this, this.name, this.namespace, this.labels);
    for (const name of this.specs.keys()) {
      if (this.made.has(name)) continue;
      this.made.add(name);
      const object = new VirtualService(this, `VirtualService-${name}`, {
        metadata: { name },
        spec: Lazy.any({ produce: () => this.specs.get(name) }),
      });
      AppModel.of(this).parts.set(object, () => (this.specs.get(name)?.http ? this.parts : {}));
    }
  }
}
