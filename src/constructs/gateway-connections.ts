import type { Construct } from 'constructs';
import type { Server, VirtualServiceSpec } from '../../imports/networking.istio.io';
import { renderTcp, renderTls } from '../routing/l4';
import type { Destination } from '../routing/table';
import { checkPort } from '../values/port';
import { AppModel } from './app-model';
import { type Caller, sameApp } from './caller';
import { checkHost, claimPort } from './gateway-hosts';
import { passthroughServer, tcpServer } from './gateway-servers';
import { needsService } from './needs-service';
import { nameSubsets } from './route-facts';
import type { ServiceHost } from './service-host';

interface TcpRoute {
  /** Of the gateway. */
  readonly port: number;
  readonly service: ServiceHost<any, any>;
  /** Of the service. */
  readonly target: number;
}
interface TlsRoute extends TcpRoute {
  readonly hosts: readonly string[];
}

/** What a gateway hands on without looking into it: connections on a port, and TLS by the name in its hello. */
export class GatewayConnections {
  private readonly tcpRoutes: TcpRoute[] = [];
  private readonly tlsRoutes: TlsRoute[] = [];

  constructor(private readonly gateway: Construct & Caller & { readonly name: string }) {}

  /** Connections on a port of the gateway go to the service. Throws where the port is taken, or the service has none for them. */
  tcp(port: number, service: ServiceHost<any, any>, target: number | undefined): void {
    checkPort(port, `TCP port of ${this.gateway.callerName}`);
    const to = this.target(service, target);
    claimPort(this.gateway, port, 'TCP', ['*']);
    this.tcpRoutes.push({ port, service, target: to });
    AppModel.of(this.gateway).touch();
  }

  /** TLS connections that ask for one of the hosts go to the service. Throws where a host is taken, or the service has no port. */
  passthrough(hosts: readonly string[], port: number, service: ServiceHost<any, any>, target: number | undefined): void {
    for (const h of hosts) checkHost(h, `passthrough host of ${this.gateway.callerName}`);
    if (hosts.length === 0) throw new Error(`a passthrough of ${this.gateway.callerName} has no host`);
    checkPort(port, `port of a passthrough of ${this.gateway.callerName}`);
    const to = this.target(service, target);
    claimPort(this.gateway, port, 'TLS', hosts);
    this.tlsRoutes.push({ hosts, port, service, target: to });
    AppModel.of(this.gateway).touch();
  }

  /** Whether there is any. */
  get any(): boolean {
    return this.tcpRoutes.length + this.tlsRoutes.length > 0;
  }

  /** Ports of the gateway whose connections go to a service, whatever they ask for. */
  get ports(): readonly number[] {
    return this.tcpRoutes.map((t) => t.port);
  }

  /** Whether TLS connections are handed on by name. */
  get passes(): boolean {
    return this.tlsRoutes.length > 0;
  }

  private target(service: ServiceHost<any, any>, target: number | undefined): number {
    needsService(service, `the service of a route of ${this.gateway.callerName}`);
    sameApp(this.gateway, service, `the service of a route of ${this.gateway.callerName}`);
    const ports = service.ports.filter((p) => !p.isHttp);
    if (target === undefined && ports.length !== 1)
      throw new Error(
        `service "${service.name}" has ${ports.length === 0 ? 'no port' : 'several ports'} for connections: say which one ${this.gateway.callerName} means`,
      );
    const port = target ?? ports[0]!.number;
    if (!service.ports.some((p) => p.number === port))
      throw new Error(
        `port ${port} is not one of service "${service.name}" (it has ${service.ports.map((p) => p.number).join(', ')})`,
      );
    return port;
  }

  /** What the gateway listens on for them. */
  servers(): Server[] {
    const tlsPorts = [...new Set(this.tlsRoutes.map((t) => t.port))];
    return [
      ...this.tcpRoutes.map((t) => tcpServer(t.port)),
      ...tlsPorts.map((p) =>
        passthroughServer(
          this.tlsRoutes.filter((t) => t.port === p).flatMap((t) => t.hosts),
          p,
        ),
      ),
    ];
  }

  /** The specs of their VirtualServices, by name; names the subsets that they lead to. */
  compile(gateways: readonly string[]): [name: string, spec: VirtualServiceSpec][] {
    const out: [string, VirtualServiceSpec][] = [];
    const rule = { tier: 'default' as const, origin: { construct: this.gateway.node.path } };
    if (this.tcpRoutes.length > 0) {
      const tcp = this.tcpRoutes.map((t) =>
        renderTcp({ ...rule, name: `tcp-${t.port}`, match: { port: t.port }, to: this.destinations(t) }),
      );
      out.push([`${this.gateway.name}-tcp`, { hosts: ['*'], gateways, tcp } as VirtualServiceSpec]);
    }
    if (this.tlsRoutes.length > 0) {
      const tls = this.tlsRoutes.map((t) =>
        renderTls({ ...rule, name: 'tls', match: { port: t.port, sniHosts: t.hosts }, to: this.destinations(t) }),
      );
      const hosts = apart(this.tlsRoutes.flatMap((t) => t.hosts));
      out.push([`${this.gateway.name}-tls`, { hosts, gateways, tls } as unknown as VirtualServiceSpec]);
    }
    for (const t of [...this.tcpRoutes, ...this.tlsRoutes])
      nameSubsets(AppModel.of(this.gateway), [
        { name: '', matches: [], effects: {}, rules: [], action: { kind: 'split', to: this.destinations(t) } },
      ]);
    return out;
  }

  private destinations(t: TcpRoute): readonly Destination[] {
    return t.service.routes.l4Destinations(t.target, this.gateway.labels, this.gateway.namespace);
  }
}

/** Hosts of one VirtualService must not include each other: the wildcard stands for what it includes. */
const apart = (hosts: readonly string[]) =>
  [...new Set(hosts)].filter((h, _, all) => !all.some((w) => w !== h && w.startsWith('*') && h.endsWith(w.slice(1))));
