import type { Construct } from 'constructs';
import { quoted } from '../values/names';
import type { Port, Protocol } from '../values/port';
import { oneOf } from '../values/properties';
import { AppModel } from './app-model';
import type { CallPolicy, CircuitBreaker, ConnectionPolicy } from './call-policy';
import type { Caller } from './caller';
import { MeshService, type MeshServiceProps, type VersionProps } from './mesh-service';
import type { OneVersion } from './one-version';
import type { PortPolicyOf } from './opaque-policy';
import { pathOf, tellsItsPath } from './told-at';
import type { VmWorkload } from './vm-workload';

/** Who chooses the pod for a call: the proxy beside the client, or the client itself. */
export type Balancing = 'mesh' | 'client-side';

/** What a proxy that does not choose the pod can do nothing about. */
interface NotChoosing {
  readonly loadBalancer?: never;
  readonly circuitBreaker?: Omit<CircuitBreaker, 'eject'> & { readonly eject?: never };
}

type For<M extends Balancing, Policy extends ConnectionPolicy> = M extends 'client-side'
  ? Omit<Policy, keyof NotChoosing> & NotChoosing
  : Policy;

/** Ports, versions and policies of a {@link HeadlessGrpcService}; by `mode`, what works there. */
export type HeadlessGrpcServiceProps<M extends Balancing, V extends string> = Pick<
  MeshServiceProps<V, 'grpc'>,
  'name' | 'calls' | 'allowFrom'
> & {
  /**
   * `mesh`: the Service has an address, clients open one connection, and their proxies balance each call. `client-side`: the
   * Service is headless, clients learn all pods from DNS and balance by themselves (gRPC's `round_robin` over `dns:///…`).
   */
  readonly mode: M;
  /** Of `client-side` without a target, since clients dial the pods themselves. */
  readonly port: Port<'grpc'>;
  /** By version name; one alone for `client-side`. */
  readonly versions: Readonly<Record<V, Omit<VersionProps, 'callPolicy'> & { readonly callPolicy?: For<M, ConnectionPolicy> }>>;
  /** How others call this service. For `client-side` what a proxy can do that does not choose the pod. */
  readonly callPolicy?: For<M, CallPolicy>;
} & (M extends 'client-side'
    ? OneVersion<V, 'a service that its clients balance has one version'>
    : { readonly defaultVersion?: NoInfer<V> });

/**
 * A gRPC service whose calls are balanced one by one, which Kubernetes' own Services do not do: gRPC opens one connection and
 * keeps it. `mode` says who does it, and the two are told apart by types: what needs the mesh to choose the pod (versions,
 * releases, load balancers, ejection, being where another host's routes lead) does not compile for `client-side`.
 *
 * Compiles to what a {@link MeshService} does; for `client-side` the Service has `clusterIP: None`. There a sidecar's cluster
 * is ORIGINAL_DST: it connects to the pod that the client dialled. Timeouts, retries (at the same pod), faults, limits of
 * connections, routes to other hosts and access rules hold. Mutual TLS is all or nothing there: one pod without a sidecar, and
 * all of them are called in plain text. Source: pilot/pkg/networking/core/cluster.go, cluster_tls.go;
 * pilot/pkg/model/push_context.go, BestEffortInferServiceMTLSMode.
 */
@tellsItsPath
export class HeadlessGrpcService<const M extends Balancing = Balancing, const V extends string = string> extends MeshService<
  V,
  'grpc'
> {
  /** Who chooses the pod for a call. */
  readonly mode: M;

  constructor(scope: Construct, id: string, props: HeadlessGrpcServiceProps<M, V>) {
    const where = `"${pathOf(scope, id)}"`;
    const { mode, ...service } = (props ?? {}) as unknown as MeshServiceProps<V, 'grpc'> & { readonly mode: M };
    oneOf(mode, ['mesh', 'client-side'], `mode of ${where}`);
    if ('ports' in service) throw new Error(`${where} has no property "ports": it has one, port: Port.grpc(…)`);
    super(scope, id, service, mode === 'client-side' ? 'when ready' : undefined);
    this.mode = mode;
    const [port] = this.ports;
    if (port!.protocol !== 'grpc')
      throw new Error(`port ${port!.number} of ${where} is ${port!.protocol}: it has to be Port.grpc(${port!.number})`);
    if (mode === 'mesh') return;
    if (this.versionNames.length > 1)
      throw new Error(
        `${where} has versions ${quoted(this.versionNames)}, and its clients balance by themselves: they dial pods of all of them, and no proxy can send a call to another version than they dialled; give it one version, or mode: 'mesh'`,
      );
    if (port!.target !== port!.number)
      throw new Error(
        `port ${port!.number} of ${where} has target ${port!.target}: clients that balance by themselves dial port ${port!.number} of the pods; leave target out, or use mode: 'mesh'`,
      );
    notChoosing(props.callPolicy, where);
    for (const [version, v] of Object.entries<VersionProps | VmWorkload>(service.versions))
      notChoosing(v.callPolicy, `version "${version}" of ${where}`);
    AppModel.of(this).headless.add(this.host);
  }

  /** As {@link ServiceHost.callPolicyFrom}, of what works in this mode. */
  override callPolicyFrom(caller: Caller, policy: For<M, CallPolicy>): this {
    if (this.mode === 'client-side') notChoosing(policy, `"${this.node.path}"`);
    return super.callPolicyFrom(caller, policy as CallPolicy);
  }

  /** As {@link ServiceHost.portPolicy}, of what works in this mode. */
  override portPolicy<Q extends Protocol>(
    port: Port<Q>,
    policy: PortPolicyOf<NoInfer<Q>> & (M extends 'client-side' ? NotChoosing : unknown),
  ): this {
    if (this.mode === 'client-side') notChoosing(policy, `"${this.node.path}"`);
    return super.portPolicy<Q>(port, policy);
  }
}

/** Throws where a policy is for those who choose the pod. */
function notChoosing(policy: ConnectionPolicy | undefined, where: string): void {
  const asked = policy?.loadBalancer ? 'loadBalancer' : policy?.circuitBreaker?.eject ? 'eject' : undefined;
  if (asked)
    throw new Error(
      `callPolicy of ${where} has ${asked}, and its clients balance by themselves: their proxies connect to the pod that they dialled, and choose none; leave ${asked} out, or use mode: 'mesh'`,
    );
}
