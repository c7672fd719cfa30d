import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Port } from '../values/port';
import { AppModel } from './app-model';
import type { Callee, Caller, CallLimits } from './caller';
import { Mesh } from './mesh';
import { PlainService } from './plain-service';
import type { ServiceHost } from './service-host';

/** What tells the pods. */
interface PodsOf {
  readonly labels: Readonly<Record<string, string>>;
  readonly peers: readonly Port[];
  readonly replicas: number;
}

/**
 * The pods of a {@link StatefulService}, each by a name of its own: `<service>-0.<service>-headless`. For clients that are
 * sent to single pods (Kafka, replica sets of MongoDB, Redis Cluster), `calls: [db.pods]`, beside the service itself where
 * they begin there. Access is decided at the pods, so who may call them may call the service.
 *
 * Compiles to a headless Service. Sidecars connect to the very pod that the client dialled: subsets, weights and load
 * balancers mean nothing there. For a port that is TCP to Istio each pod is a listener of its own in every proxy that is told
 * of the Service. Source: pilot/pkg/networking/core/listener.go, cluster.go.
 */
export class ServicePods extends Construct implements Callee {
  /** cdk8s-plus' headless Service. */
  readonly service: kplus.Service;
  /** The name that stands for all of them, such as `db-headless.shop.svc.cluster.local`. */
  readonly host: string;
  /** What it is called in errors. */
  readonly calleeName: string;
  private readonly replicas: number;
  private readonly callers = new Set<string>();

  /** @internal */
  constructor(
    private readonly of: ServiceHost<any, any>,
    { labels, peers, replicas }: PodsOf,
  ) {
    super(of, 'Pods');
    const name = `${of.name}-headless`;
    for (const p of [...of.ports, ...peers])
      if (p.target !== p.number)
        throw new Error(
          `port ${p.number} of ${of.calleeName} has target ${p.target}: who calls a pod by its name comes to the port that it dials, so the two have to be the same; leave target out`,
        );
    this.host = Mesh.of(of).fqdn(name, of.namespace);
    this.calleeName = `the pods of ${of.calleeName}`;
    this.replicas = replicas;
    AppModel.of(this).add({ node: of.node, warnings: () => this.passedBy() });
    this.service = new PlainService(this, 'Service', {
      name,
      labels,
      selects: { app: of.name },
      ports: [...of.ports, ...peers],
      headless: 'at once',
    });
  }

  /** The names of the pods that `replicas` says, such as `db-0.db-headless.shop.svc.cluster.local`. */
  get hosts(): readonly string[] {
    return Array.from({ length: this.replicas }, (_, i) => `${this.of.name}-${i}.${this.host}`);
  }

  /** Who calls pods by name calls another host than the service, about which nothing is said. */
  private passedBy(): readonly string[] {
    const { policies, routes } = this.of;
    const what = [
      ...(routes.hasRules ? ['timeouts, retries, faults and routes'] : []),
      ...(policies.limitsConnections ? ['limits of connections'] : []),
    ];
    if (this.callers.size === 0 || what.length === 0) return [];
    return [
      `is called by its pods' names by ${[...this.callers].sort().join(', ')}, and what is said of calls to the service (${what.join(', ')}) does not hold there: proxies take ${this.host} for another host; have these clients call the service alone, or keep such limits themselves`,
    ];
  }

  /** The headless host, as `namespace/host`. */
  egressHosts(): readonly string[] {
    return [`${this.of.namespace}/${this.host}`];
  }

  /** Lets the caller in at the pods, where access is closed. */
  admit(caller: Caller, limits: CallLimits): void {
    this.callers.add(caller.callerName);
    this.of.admit(caller, limits);
  }
}
