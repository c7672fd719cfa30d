import { Construct } from 'constructs';
import { dnsLabel, kebab } from '../values/names';
import { checkPort } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import type { Caller } from './caller';
import { namespaceOfChart } from './chart-namespace';
import { EgressObjects } from './egress-objects';
import { servedBehind, wayOut } from './egress-servers';
import type { ExternalService } from './external-service';
import { checkWorkload } from './gateway-check';
import { claimPort } from './gateway-hosts';
import { gatewayWorkload, ownPods } from './gateway-workload';
import { EGRESS_WORKLOAD, type EgressWorkload, Mesh } from './mesh';
import { originOf } from './origin';
import { tellsItsPath } from './told-at';

/** Properties of an {@link EgressGateway}. */
export interface EgressGatewayProps {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** Port of its Service, which takes mutual TLS for all hosts. @default 443 */
  readonly port?: number;
  /** The gateway's pods, which exist already, with their Service. @default - what the app's Mesh says */
  readonly workload?: EgressWorkload;
  /** Makes pods and a Service of its own in the chart's namespace instead. @default false */
  readonly deploy?: boolean;
  /**
   * Leaves the pods of its callers' namespaces no way out of the cluster but the gateway: a NetworkPolicy in each. Pods
   * then reach pods, of all namespaces, and nothing else: no address outside, and not what is no pod, such as the API server.
   * @default false
   */
  readonly networkPolicy?: boolean;
}

const PROPERTIES: Properties<EgressGatewayProps> = {
  name: 'text?',
  port: 'number?',
  workload: 'map?',
  deploy: 'boolean?',
  networkPolicy: 'boolean?',
};

/**
 * The way out: calls to an {@link ExternalService} whose `via` it is leave the mesh here, and nowhere else.
 *
 * Proxies speak mutual TLS with it, so that it knows who calls; what applications say inside stays as it is: plain HTTP,
 * which `originateTls` makes TLS here, or TLS and other bytes, which are handed on. The host's route table still
 * decides at the caller: timeouts, faults, releases.
 *
 * Compiles to one Gateway for all hosts, for each host a VirtualService that is bound to it, a DestinationRule with a subset
 * for each host, and an AuthorizationPolicy that lets in who declared the call. Source: Istio's tasks
 * egress-gateway and egress-gateway-tls-origination; networking/gateway reference (`ISTIO_MUTUAL`).
 */
@tellsItsPath
export class EgressGateway extends Construct implements Caller, Settles {
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
  /** The full name of its Service, by which proxies reach it. */
  readonly host: string;
  /** Port of its Service. */
  readonly port: number;
  /** Whether its pods are its own (`deploy: true`). */
  readonly ownsPods: boolean;
  /** @internal Where its objects are. */
  readonly objectNamespace: string;
  /** @internal Whether it leaves pods no other way out. */
  readonly closesOthers: boolean;
  private readonly objects: EgressObjects;

  constructor(scope: Construct, id: string, props: EgressGatewayProps = {}) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties(props, PROPERTIES, where);
    this.name = dnsLabel(props.name ?? kebab(id), `name of EgressGateway "${id}"`);
    this.callerName = `egress gateway "${this.name}"`;
    const what = this.callerName;
    if (props.workload) checkWorkload(props.workload, EGRESS_WORKLOAD, where);
    if (props.workload?.service !== undefined) dnsLabel(props.workload.service, `workload.service of ${where}`);
    if (props.deploy && props.workload)
      throw new Error(`${what} has both deploy and workload: the pods either are made or exist`);
    this.objectNamespace = namespaceOfChart(scope, what);
    const mesh = Mesh.of(this);
    const w = { ...mesh.egress, ...props.workload };
    this.ownsPods = props.deploy === true;
    this.namespace = this.ownsPods ? this.objectNamespace : w.namespace;
    this.labels = this.ownsPods ? ownPods(this.name, this.namespace) : w.labels;
    this.principals = [mesh.principal(this.namespace, this.ownsPods ? this.name : w.serviceAccount)];
    this.host = mesh.fqdn(this.ownsPods ? this.name : w.service, this.namespace);
    this.port = props.port ?? 443;
    this.closesOthers = props.networkPolicy === true;
    checkPort(this.port, `port of ${what}`);
    if (this.ownsPods)
      gatewayWorkload(this, this.name, this.labels, () => [{ number: this.port, name: 'tls' }], mesh.revision, 'from the mesh');
    this.objects = new EgressObjects(this, w);
    originOf(this);
    AppModel.of(this).add(this);
  }

  /** @internal Takes a host outside. Throws where it could not be told from others at the gateway. */
  take(service: ExternalService<any>): void {
    const server = servedBehind(service);
    claimPort(this, this.port, server.isHttp ? 'HTTPS' : 'TLS', service.hosts);
    this.objects.serve(server);
    const model = AppModel.of(this);
    for (const host of service.hosts) model.waysOut.set(host, wayOut(this, host));
    model.touch();
  }

  /** A gateway that nothing goes through, or that lets everybody through. */
  warnings(): readonly string[] {
    return this.objects.warnings();
  }

  /** Makes what is needed. Throws where a caller would not be led here. */
  render(): void {
    this.objects.render();
  }
}

/** Sends calls to a host outside through the gateway. Throws where it is none. */
export function throughGateway(via: unknown, service: ExternalService<any>): void {
  if (!(via instanceof EgressGateway))
    throw new Error(`via of ${service.calleeName} is no EgressGateway: make one, and name it here`);
  if (via.node.root !== service.node.root)
    throw new Error(
      `via of ${service.calleeName}: "${via.node.path}" belongs to another app, which writes what its pods do; make an EgressGateway here, with that one's workload`,
    );
  via.take(service);
}
