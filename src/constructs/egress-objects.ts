import { Lazy } from 'cdk8s';
import { DestinationRule, Gateway, VirtualService } from '../../imports/networking.istio.io';
import { AuthorizationPolicy } from '../../imports/security.istio.io';
import { quoted } from '../values/names';
import { AppModel } from './app-model';
import { ownsNamespace } from './chart-namespace';
import { callersThrough, egressPolicy } from './egress-access';
import type { EgressGateway } from './egress-gateway';
import { egressRule, egressServers, hostLabel, lastHop, type Served } from './egress-servers';
import { accountNote } from './gateway-workload';
import { type EgressWorkload, Mesh } from './mesh';
import { onlyWayOut } from './only-way-out';
import { originOf } from './origin';

/** The objects of an egress gateway, made as hosts come to it. */
export class EgressObjects {
  private readonly served: Served[] = [];
  private readonly made = new Set<string>();

  constructor(
    private readonly gateway: EgressGateway,
    workload: Required<EgressWorkload>,
  ) {
    const { name, labels, port, ownsPods } = gateway;
    const note = ownsPods ? {} : accountNote(workload, Mesh.of(gateway));
    new Gateway(gateway, 'Gateway', {
      metadata: { name, ...note },
      spec: { selector: labels, servers: Lazy.any({ produce: () => egressServers(this.served, port) }) },
    });
  }

  /** Adds a host outside, or several alike. */
  serve(server: Served): void {
    this.served.push(server);
  }

  /** Whether its objects are seen by all proxies, and policies of its own hold: they are where its pods are. */
  private get isAtHome(): boolean {
    return this.gateway.objectNamespace === this.gateway.namespace;
  }

  warnings(): readonly string[] {
    const { gateway, served } = this;
    const model = AppModel.of(gateway);
    const uncalled = served.filter(({ service }) => callersThrough(model, service.hosts).length === 0);
    return [
      ...(uncalled.length > 0
        ? [
            `lets nobody call ${quoted(uncalled.map((s) => s.service.name))}, which nobody declares to call: name it in calls of a service`,
          ]
        : []),
      ...(this.isAtHome
        ? []
        : [
            `lets every workload of the mesh out that knows how to ask: its pods are in namespace "${gateway.namespace}", where this app writes no policy; make its pods here (deploy: true), or the EgressGateway in a chart of that namespace`,
          ]),
    ];
  }

  /** Makes what is needed. Throws where a caller would not be led to the gateway. */
  render(): void {
    const { gateway, served } = this;
    if (served.length === 0)
      throw new Error(`${gateway.callerName} has nothing that goes through it: give an ExternalService via`);
    this.checkCallers();
    for (const s of served) for (const host of s.service.hosts) this.route(s, host);
    for (const namespace of this.isAtHome ? [gateway.objectNamespace] : this.namespaces()) this.lead(namespace);
    if (this.isAtHome && this.isNew('policy'))
      new AuthorizationPolicy(gateway, 'Callers', {
        metadata: { name: `${gateway.name}-callers` },
        spec: Lazy.any({ produce: () => egressPolicy(AppModel.of(gateway), this.served, gateway.labels) }),
      });
    if (gateway.closesOthers)
      for (const namespace of this.namespaces()) if (this.isNew(`only ${namespace}`)) onlyWayOut(gateway, namespace);
  }

  /** From the gateway to a host. */
  private route(served: Served, host: string): void {
    const { gateway } = this;
    if (!this.isNew(`route ${host}`)) return;
    const { name, objectNamespace } = gateway;
    const origin = originOf(served.service);
    const object = new VirtualService(gateway, `VirtualService-${hostLabel(host)}`, {
      metadata: { name: `${name}-${hostLabel(host)}` },
      spec: lastHop(served, host, `${objectNamespace}/${name}`),
    });
    AppModel.of(gateway).parts.set(object, () => ({ [`spec.${served.isHttp ? 'http' : 'tcp'}.0`]: [origin] }));
  }

  /** From proxies to the gateway: a DestinationRule beside its Service is everyone's, one elsewhere its namespace's alone. */
  private lead(namespace: string): void {
    const { gateway } = this;
    if (!this.isNew(`lead ${namespace}`)) return;
    new DestinationRule(gateway, `DestinationRule-${namespace}`, {
      metadata: { name: gateway.name, namespace },
      spec: Lazy.any({
        produce: () => ({ ...egressRule(this.served, gateway.host), ...(this.isAtHome ? {} : { exportTo: ['.'] }) }),
      }),
    });
  }

  /** Namespaces of those who may call. */
  private namespaces(): readonly string[] {
    const model = AppModel.of(this.gateway);
    const everyone = () => [...model.services, ...model.jobs].map((s) => s.namespace);
    return [...new Set(this.served.flatMap(({ service }) => service.callerNamespaces ?? everyone()))].sort();
  }

  /** Throws where a caller would go past the gateway, or not get to it. */
  private checkCallers(): void {
    const { gateway, served } = this;
    const model = AppModel.of(gateway);
    const ambient = this.namespaces().find((n) => model.secured.get(n)?.ambient);
    if (ambient !== undefined)
      throw new Error(
        `calls from namespace "${ambient}" would go past ${gateway.callerName}: the namespace is ambient, and ztunnel reads no routes; let it have sidecars (dataPlane: 'sidecar')`,
      );
    if (this.isAtHome) return;
    const remedy = `make the EgressGateway in a chart of namespace "${gateway.namespace}", or let it have pods of its own (deploy: true)`;
    const why = `${gateway.callerName} has its pods in namespace "${gateway.namespace}", where this app writes nothing`;
    const anyone = served.find(({ service }) => service.callerNamespaces === undefined);
    if (anyone)
      throw new Error(
        `${why}, and who calls ${anyone.service.calleeName} is not known, since a migration leads from it: proxies find the way to the gateway by a DestinationRule of their own namespace; ${remedy}`,
      );
    const foreign = this.namespaces().find((n) => !ownsNamespace(gateway, n));
    if (foreign !== undefined)
      throw new Error(
        `${why}, and neither in namespace "${foreign}", from where it is called: proxies there would not find the way to the gateway; ${remedy}`,
      );
  }

  private isNew(what: string): boolean {
    const isNew = !this.made.has(what);
    this.made.add(what);
    return isNew;
  }
}
