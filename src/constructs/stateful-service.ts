import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { notTheProxys, oneProtocolEach, type Port, type Protocol } from '../values/port';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import type { Callee, Caller } from './caller';
import { commonLabels } from './common-labels';
import { ownAccount } from './identities';
import type { CallPolicyOf } from './opaque-policy';
import { pastProxy } from './past-proxy';
import { PlainService } from './plain-service';
import { patchedLast } from './plus-object';
import { scaling } from './scaling';
import { factsOf } from './service-facts';
import { ServiceHost } from './service-host';
import { ServicePods } from './service-pods';
import { MeshStatefulSet } from './stateful-set';
import { checkStorage, type Storage } from './storage';
import { pathOf, tellsItsPath } from './told-at';
import { checkWorkload, WORKLOAD, type WorkloadProps } from './workload-props';

/** Ports, pods and volumes of a {@link StatefulService}. */
export interface StatefulServiceProps<P extends Protocol> extends Omit<WorkloadProps, 'name' | 'autoscale' | 'serviceAccount'> {
  /** The Service's name. @default - the id in kebab-case */
  readonly name?: string;
  /** The only port for clients; this or `ports`. */
  readonly port?: Port<P>;
  /** Several ports for clients, each with a number and a name of its own. */
  readonly ports?: readonly Port<P>[];
  /**
   * Ports that its pods have for each other alone, such as a quorum's. They are not the Service's, and where access is closed
   * nobody else gets in there. @default - none: pods call each other, if at all, at the clients' ports
   */
  readonly peers?: readonly Port[];
  /** Volumes that each pod has for itself and keeps, by the name of the claim. @default - none */
  readonly storage?: Readonly<Record<string, Storage>>;
  /**
   * Whether pods start one after the other, each when the one before is ready, or all at once, as a quorum needs whose pods are
   * ready together or not at all. It cannot be changed once it is applied. @default 'in order'
   */
  readonly start?: 'in order' | 'at once';
  /** All that its pods call besides each other; see {@link MeshServiceProps.calls}. */
  readonly calls?: readonly Callee[];
  /** Who may call besides those that declare it; closes the service to all others. */
  readonly allowFrom?: readonly Caller[];
  /** How others call this service. */
  readonly callPolicy?: CallPolicyOf<NoInfer<P>>;
}

const { name: _container, autoscale: _autoscale, serviceAccount: _account, ...PODS } = WORKLOAD;
const PROPERTIES: Properties<StatefulServiceProps<Protocol>> = {
  ...PODS,
  name: 'text?',
  port: 'any?',
  ports: 'list?',
  peers: 'list?',
  storage: 'map?',
  start: 'text?',
  calls: 'list?',
  allowFrom: 'list?',
  callPolicy: 'map?',
};

/** The pods' controller names revisions by the set's name and a hash, in a label. */
const LONGEST = 52;

function checked(scope: Construct, id: string, props: StatefulServiceProps<Protocol>) {
  const where = `"${pathOf(scope, id)}"`;
  checkProperties<StatefulServiceProps<Protocol>>(props, PROPERTIES, where);
  const { name, port, ports, peers = [], storage, start, calls: _c, allowFrom: _f, callPolicy: _p, ...own } = props;
  checkWorkload(own, where);
  checkStorage(storage ?? {}, own, where);
  if (start !== undefined) oneOf(start, ['in order', 'at once'], `start of ${where}`);
  const said = { ...(name === undefined ? {} : { name }), versions: { v1: {} } };
  const facts = factsOf(scope, id, { ...said, ...(port ? { port } : {}), ...(ports ? { ports } : {}) });
  if (peers.length > 0) factsOf(scope, id, { ...said, ports: [...facts.ports, ...peers] }); // the pods have all of them
  if (facts.name.length > LONGEST)
    throw new Error(
      `name "${facts.name}" of ${where} has ${facts.name.length} characters: a StatefulSet's has ${LONGEST} at most, since its pods have a label with it and a hash`,
    );
  // of the one version nothing tells: the pods are told from others by the service alone
  return { own, facts: { ...facts, versions: { v1: facts.podLabels } }, peers };
}

/**
 * A database, a broker, or what else has pods that are not each other's copies: each has a name, a volume and a place in the
 * order. Clients call the service; `calls: [db.pods]` is for those that are sent to single pods by name. Where there are
 * several pods, or ports for peers, its pods may call each other.
 *
 * Compiles to a ServiceAccount, a Service for clients, a headless Service `<service>-headless`, which names pods also before
 * they are ready, a StatefulSet `<service>` with claims for volumes, and the policies that a {@link MeshService} has.
 */
@tellsItsPath
export class StatefulService<P extends Protocol = Protocol> extends ServiceHost<'v1', P> {
  /** cdk8s-plus' Service, for clients. */
  readonly service: kplus.Service;
  /** cdk8s-plus' ServiceAccount of its pods. */
  readonly serviceAccount: kplus.ServiceAccount;
  /** cdk8s-plus' StatefulSet. */
  readonly statefulSet: kplus.StatefulSet;
  /** Its pods by name, to be called one by one. */
  readonly pods: ServicePods;
  /** @internal Annotations that its pods were given. */
  readonly podAnnotations: Readonly<Record<string, string>> | undefined;

  constructor(scope: Construct, id: string, props: StatefulServiceProps<P>) {
    const { own, facts, peers } = checked(scope, id, props as StatefulServiceProps<Protocol>);
    super(scope, id, facts);
    ownAccount(this.calleeName, this.name);
    const all = [...this.ports, ...peers];
    for (const p of all) for (const n of [p.number, p.target]) notTheProxys(n, this.calleeName);
    oneProtocolEach(all, this.calleeName);
    const labels = commonLabels(this.name);
    this.serviceAccount = patchedLast(
      new kplus.ServiceAccount(this, 'ServiceAccount', { metadata: { name: this.name, labels } }),
    );
    this.service = new PlainService(this, 'Service', { name: this.name, labels, selects: { app: this.name }, ports: this.ports });
    const replicas = own.replicas ?? 1;
    this.pods = new ServicePods(this, { labels, peers, replicas });
    this.peerPorts = peers;
    const workload = {
      name: this.name,
      labels,
      ports: all,
      serviceAccount: this.serviceAccount as kplus.IServiceAccount,
      containerName: this.name,
    };
    this.statefulSet = new MeshStatefulSet(this, 'StatefulSet', workload, own, {
      governing: this.pods.service,
      storage: props.storage ?? {},
      podManagementPolicy: props.start === 'at once' ? kplus.PodManagementPolicy.PARALLEL : undefined,
    });
    scaling(this.statefulSet, workload, own);
    this.podAnnotations = own.podAnnotations;
    this.declare(props as StatefulServiceProps<Protocol>);
    if (replicas > 1 || peers.length > 0) this.callEachOther();
    const past = pastProxy({ v1: own });
    if (past) AppModel.of(this).add({ node: this.node, warnings: () => [past] });
  }

  /** @internal */
  override get otherHosts(): readonly string[] {
    return [this.pods.host];
  }

  private callEachOther(): void {
    this.egress.reach(this.pods);
    this.access.allowSelf();
  }
}
