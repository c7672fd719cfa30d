import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { Gateway, VirtualService, type VirtualServiceSpec } from '../../imports/networking.istio.io';
import type { Binding } from '../routing/cells';
import { compile } from '../routing/compile';
import type { Cors, Effect, HeaderChanges, PathRewrite } from '../routing/effects';
import { renderTcp, renderTls } from '../routing/l4';
import { renderRoute } from '../routing/render-http';
import type { Action, HttpTable, Rule } from '../routing/table';
import { always, type Condition } from '../values/condition';
import { type Time, toMillis } from '../values/duration';
import { dnsLabel, hostName, kebab, quoted } from '../values/names';
import { checkPort } from '../values/port';
import { AppModel, type Settles } from './app-model';
import { type RetryPolicy, toRetries } from './call-policy';
import type { HttpService } from './fault-injection';
import { type GatewayCertificate, type GatewayTls, httpServers, passthroughServer, tcpServer } from './gateway-servers';
import { gatewayWorkload } from './gateway-workload';
import { nameSubsets } from './host-routes';
import { type GatewayWorkload, Mesh } from './mesh';
import { originOf } from './origin';
import { type Caller, namespaceOfChart, type ServiceHost } from './service-host';

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
  readonly tls?: GatewayTls;
  /** Asks cert-manager for the certificate that `tls.credentialName` names. */
  readonly certificate?: GatewayCertificate;
  /** The gateway's pods, which exist already. @default - what the app's Mesh says */
  readonly workload?: GatewayWorkload;
  /** Makes pods of its own in the chart's namespace instead. @default false */
  readonly deploy?: boolean;
}

/** What happens to requests of one route at the gateway. */
export interface GatewayRouteOptions {
  /** Shows in Envoy's logs; routes of one name and outcome share an entry. @default - the service's name */
  readonly name?: string;
  /** The service's port. @default - its only HTTP port */
  readonly port?: number;
  readonly rewrite?: PathRewrite & { readonly authority?: string };
  readonly timeout?: Time;
  readonly retries?: RetryPolicy;
  readonly headers?: HeaderChanges;
  readonly cors?: Cors;
}

/** By app: which gateway has a host, on which pods and port. */
const claims = new WeakMap<Construct, Map<string, IngressGateway>>();

interface RouteEntry {
  readonly rule: Omit<Rule, 'action'>;
  readonly action: () => Action;
}

/**
 * The front proxy: where requests from outside come in.
 *
 * Compiles to a Gateway and, for each host, a VirtualService bound to it. A gateway does not read the mesh's routes, so
 * a route to a service is multiplied by the service's own table: canaries, faults and environments are the same at the
 * edge. The narrower of two routes decides first, whatever their order. A route is a call: the gateway's identity is
 * allowed at the service. What no route takes is answered 404.
 */
export class IngressGateway extends Construct implements Caller, Settles {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly principals: readonly string[];
  readonly callerName: string;
  private readonly objectNamespace: string;
  private readonly entries: RouteEntry[] = [];
  private readonly tcpRoutes: { port: number; service: ServiceHost<any, any>; target: number }[] = [];
  private readonly tlsRoutes: { hosts: readonly string[]; port: number; service: ServiceHost<any, any>; target: number }[] = [];
  private readonly specs = new Map<string, VirtualServiceSpec>();
  private readonly made = new Set<string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: IngressGatewayProps,
  ) {
    super(scope, id);
    this.name = dnsLabel(props.name ?? kebab(id), `name of IngressGateway "${id}"`);
    const what = `gateway "${this.name}"`;
    this.callerName = what;
    this.objectNamespace = namespaceOfChart(scope, what);
    for (const h of props.hosts) hostName(h, `host of ${what}`, true);
    const twice = props.hosts.find((h, i) => props.hosts.indexOf(h) < i);
    if (twice) throw new Error(`${what} has host "${twice}" twice`);
    const mesh = Mesh.of(this);
    if (props.deploy && props.workload)
      throw new Error(`${what} has both deploy and workload: the pods either are made or exist`);
    if (props.certificate && !props.tls)
      throw new Error(`${what} has a certificate and no tls: set tls: { credentialName: '…' }`);
    const w = { ...mesh.ingress, ...props.workload };
    this.namespace = props.deploy ? this.objectNamespace : w.namespace;
    this.labels = props.deploy ? { istio: this.name } : w.labels;
    this.principals = [mesh.principal(this.namespace, props.deploy ? this.name : w.serviceAccount)];
    const port = props.port ?? 80;
    const tlsPort = props.tlsPort ?? 443;
    this.claimHosts(props.tls ? [port, tlsPort] : [port]);
    const servers = () => [
      ...(props.hosts.length > 0 ? httpServers(props.hosts, port, props.tls, tlsPort) : []),
      ...this.tcpRoutes.map((t) => tcpServer(t.port)),
      ...[...new Set(this.tlsRoutes.map((t) => t.port))].map((p) =>
        passthroughServer(
          this.tlsRoutes.filter((t) => t.port === p).flatMap((t) => t.hosts),
          p,
        ),
      ),
    ];
    new Gateway(this, 'Gateway', {
      metadata: { name: this.name },
      spec: { selector: this.labels, servers: Lazy.any({ produce: servers }) },
    });
    if (props.deploy) gatewayWorkload(this, this.name, () => servers().map((s) => s.port!), mesh.revision);
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
    return this.entries.length > 0;
  }

  /** Of two gateways for one host Istio joins the routes by age, or drops the younger: so there is one. */
  private claimHosts(ports: readonly number[]): void {
    const root = this.node.root as Construct;
    const taken = claims.get(root) ?? new Map<string, IngressGateway>();
    claims.set(root, taken);
    for (const host of this.props.hosts) {
      for (const port of ports) {
        const key = JSON.stringify([this.namespace, Object.entries(this.labels).sort(), port, host]);
        const other = taken.get(key);
        if (other)
          throw new Error(
            `host "${host}" on port ${port} is at ${other.callerName} ("${other.node.path}") already, and "${this.node.path}" has the same pods: add the routes to the first one`,
          );
        taken.set(key, this);
      }
    }
  }

  /** Requests that meet the condition go to the service, and there on as its own rules say. */
  route(when: Condition, service: HttpService, o: GatewayRouteOptions = {}): this {
    service.needHttp(`a route of ${this.callerName}`);
    const http = service.ports.filter((p) => p.isHttp);
    if (o.port === undefined && http.length > 1)
      throw new Error(
        `service "${service.name}" has several HTTP ports (${http.map((p) => p.number).join(', ')}): say which one the route of ${this.callerName} means`,
      );
    const port = o.port ?? http[0]!.number;
    if (!http.some((p) => p.number === port))
      throw new Error(
        `port ${port} is not an HTTP port of service "${service.name}" (it has ${quoted(http.map((p) => `${p.number}`))})`,
      );
    const effects = this.effectsOf(o, service.name);
    this.add(o.name ?? service.name, 'default', when, () => ({ kind: 'split', to: [{ ...service.linked(), port }] }), effects);
    service.admit(this, {});
    return this;
  }

  private effectsOf(o: GatewayRouteOptions, service: string): Effect[] {
    const what = `route to "${service}" of ${this.callerName}`;
    const timeout = o.timeout === undefined ? undefined : toMillis(o.timeout, `timeout of the ${what}`);
    const { authority, ...path } = o.rewrite ?? {};
    return [
      ...(timeout === undefined ? [] : [{ kind: 'timeout', ms: timeout } as const]),
      ...(o.retries ? [{ kind: 'retries', retries: toRetries(o.retries, timeout, what) } as const] : []),
      ...(o.headers ? [{ kind: 'headers', changes: o.headers } as const] : []),
      ...(o.cors ? [{ kind: 'cors', cors: o.cors } as const] : []),
      ...(o.rewrite
        ? [
            {
              kind: 'rewrite',
              ...(Object.keys(path).length > 0 ? { path: path as PathRewrite } : {}),
              ...(authority === undefined ? {} : { authority }),
            } as const,
          ]
        : []),
    ];
  }

  /** Sends clients elsewhere. Goes before all routes. */
  redirect(when: Condition, to: Omit<Extract<Action, { kind: 'redirect' }>, 'kind'>, name = 'redirect'): this {
    if (Object.keys(to).filter((k) => k !== 'code').length === 0)
      throw new Error(`a redirect of ${this.callerName} says nothing new: give it uri, prefix, authority, scheme or port`);
    return this.add(name, 'platform', when, () => ({ kind: 'redirect', ...to }));
  }

  /** Answers by itself, such as a maintenance page. Goes before all routes. */
  respond(status: number, body?: string, when: Condition = always, name = 'response'): this {
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new Error(`status ${status} of a response of ${this.callerName} is not one from 200 to 599`);
    return this.add(name, 'platform', when, () => ({ kind: 'respond', status, ...(body === undefined ? {} : { body }) }));
  }

  private add(name: string, tier: Rule['tier'], when: Condition, action: () => Action, effects: readonly Effect[] = []): this {
    if (this.props.hosts.length === 0)
      throw new Error(`${this.callerName} has no hosts: HTTP routes need at least one ('*' is any)`);
    dnsLabel(name, `name of a route of ${this.callerName}`);
    this.entries.push({
      rule: {
        name,
        tier,
        order: this.entries.length,
        when: when.matches,
        origin: originOf(this),
        ...(effects.length > 0 ? { effects } : {}),
      },
      action,
    });
    AppModel.of(this).touch();
    return this;
  }

  /** Hands connections on a port of the gateway on to a service. */
  tcp(port: number, service: ServiceHost<any, any>, target?: number): this {
    checkPort(port, `TCP port of ${this.callerName}`);
    if (this.tcpRoutes.some((t) => t.port === port))
      throw new Error(
        `TCP port ${port} of ${this.callerName} goes somewhere already: connections on one port cannot be told apart`,
      );
    this.tcpRoutes.push({ port, service, target: this.l4Target(service, target) });
    service.admit(this, {});
    return this;
  }

  /** Hands TLS connections that ask for one of the hosts on to a service, still encrypted. */
  passthrough(
    hosts: readonly string[],
    service: ServiceHost<any, any>,
    o: { readonly port?: number; readonly target?: number } = {},
  ): this {
    for (const h of hosts) hostName(h, `passthrough host of ${this.callerName}`, true);
    if (hosts.length === 0) throw new Error(`a passthrough of ${this.callerName} has no host`);
    this.tlsRoutes.push({ hosts, port: o.port ?? this.props.tlsPort ?? 443, service, target: this.l4Target(service, o.target) });
    service.admit(this, {});
    return this;
  }

  private l4Target(service: ServiceHost<any, any>, target: number | undefined): number {
    const ports = service.ports.filter((p) => !p.isHttp);
    if (target === undefined && ports.length !== 1)
      throw new Error(
        `service "${service.name}" has ${ports.length === 0 ? 'no port' : 'several ports'} for connections: say which one ${this.callerName} means`,
      );
    const port = target ?? ports[0]!.number;
    if (!service.ports.some((p) => p.number === port))
      throw new Error(
        `port ${port} is not one of service "${service.name}" (it has ${service.ports.map((p) => p.number).join(', ')})`,
      );
    return port;
  }

  /** The routes as a table, services' own tables linked. */
  table(): HttpTable {
    return {
      host: `gateway "${this.name}"`,
      ports: [],
      overlays: [],
      rules: this.entries.map((e) => ({ ...e.rule, action: e.action() })),
    };
  }

  compile(): void {
    const model = AppModel.of(this);
    const gateways = [`${this.objectNamespace}/${this.name}`];
    this.specs.clear();
    if (this.entries.length > 0) {
      const routes = compile(this.table(), this.binding);
      nameSubsets(model, routes);
      const http = routes.map(renderRoute);
      for (const host of this.props.hosts)
        this.specs.set(`${this.name}-${nameOf(host)}`, { hosts: [host], gateways, http } as VirtualServiceSpec);
    }
    const to = (t: { service: ServiceHost<any, any>; target: number }) =>
      t.service.routes.l4Destinations(t.target, this.labels, this.namespace);
    const origin = { construct: this.node.path };
    if (this.tcpRoutes.length > 0) {
      const rules = this.tcpRoutes.map((t) => ({
        name: `tcp-${t.port}`,
        tier: 'default' as const,
        match: { port: t.port },
        to: to(t),
        origin,
      }));
      this.specs.set(`${this.name}-tcp`, { hosts: ['*'], gateways, tcp: rules.map(renderTcp) } as VirtualServiceSpec);
    }
    if (this.tlsRoutes.length > 0) {
      const rules = this.tlsRoutes.map((t) => ({
        name: 'tls',
        tier: 'default' as const,
        match: { port: t.port, sniHosts: t.hosts },
        to: to(t),
        origin,
      }));
      this.specs.set(`${this.name}-tls`, {
        hosts: apart(this.tlsRoutes.flatMap((t) => t.hosts)),
        gateways,
        tls: rules.map(renderTls),
      } as unknown as VirtualServiceSpec);
    }
    for (const t of [...this.tcpRoutes, ...this.tlsRoutes])
      nameSubsets(model, [{ name: '', matches: [], effects: {}, rules: [], action: { kind: 'split', to: to(t) } }]);
  }

  render(): void {
    for (const name of this.specs.keys()) {
      if (this.made.has(name)) continue;
      this.made.add(name);
      new VirtualService(this, `VirtualService-${name}`, {
        metadata: { name },
        spec: Lazy.any({ produce: () => this.specs.get(name) }),
      });
    }
  }
}

/** Hosts of one VirtualService must not include each other: the wildcard stands for what it includes. */
const apart = (hosts: readonly string[]) =>
  [...new Set(hosts)].filter((h, _, all) => !all.some((w) => w !== h && w.startsWith('*') && h.endsWith(w.slice(1))));

/** A host as part of an object's name: `*.example.com` -> `any-example-com`. */
const nameOf = (host: string) => (host === '*' ? 'any' : host.replace(/^\*/, 'any').replaceAll('.', '-'));
