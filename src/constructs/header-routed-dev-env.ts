import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Origin } from '../routing/table';
import { baggage, type Condition, header, tracestate } from '../values/condition';
import { dnsLabel } from '../values/names';
import { AppModel } from './app-model';
import { readEnvironments } from './dev-env-files';
import type { Fork, MeshService } from './mesh-service';
import { originOf } from './origin';
import { PlainService } from './plain-service';
import type { ServiceFacts } from './service-facts';
import { ServiceHost } from './service-host';
import { MeshDeployment, scaling } from './workload';

/** By service: which environments fork it, and who says so. */
const forked = new WeakMap<MeshService<any, any>, Map<string, Origin>>();

/** What a request carries to be told apart; the services on the way have to pass it on. */
export type Carrier =
  /** A header of its own. */
  | { readonly header: string }
  /** A key of the W3C `baggage` header. */
  | { readonly baggage: string }
  /** A key of the W3C `tracestate` header. */
  | { readonly tracestate: string };

/** Properties of a {@link HeaderRoutedDevEnv}. */
export type HeaderRoutedDevEnvProps = Carrier & {
  /** What the carrier's value is, such as `dev1`; also the suffix of the forks. */
  readonly name: string;
  /** What runs for this environment alone: `reviews.fork({ image: 'reviews:pr-42' })`. */
  readonly forks: readonly Fork[];
  /** Date after which it is no longer meant, such as `2026-12-01`. Data for checks; nothing ends by itself. */
  readonly until?: string;
};

/**
 * A developer's own copy of some services, for requests that carry the environment's name; everything else, and every
 * service that is not forked, is shared. Tier: development.
 *
 * Compiles for each fork to a Service and a Deployment `<service>-<env>` whose pods lack the service's own selector (no
 * other request can reach them), a rule on the service's table (so it holds in the mesh and at every gateway), and
 * copies of the service's policies, allows and Sidecar. The fork has the identity of the service that it stands for.
 */
export class HeaderRoutedDevEnv extends Construct {
  readonly name: string;
  readonly forks: readonly ForkService[];
  private readonly originals: readonly MeshService<any, any>[];

  constructor(scope: Construct, id: string, props: HeaderRoutedDevEnvProps) {
    super(scope, id);
    this.name = dnsLabel(props.name, `name of the environment "${this.node.path}"`);
    if (props.forks.length === 0)
      throw new Error(`environment "${this.name}" forks nothing: give it forks: [service.fork({ image: '…' })]`);
    const when = carried(props, this.name);
    this.originals = props.forks.map((f) => f.service);
    const twice = this.originals.find((s, i) => this.originals.indexOf(s) !== i);
    if (twice) throw new Error(`environment "${this.name}" forks service "${twice.name}" twice`);
    const origin = originOf(this);
    for (const s of this.originals) this.declareFork(s, origin);
    this.forks = props.forks.map((fork) => {
      fork.service.needHttp('a header-routed environment');
      const service = new ForkService(this, fork.service.name, this.name, fork);
      fork.service.routes.addRule(this, {
        name: this.name,
        tier: 'development',
        when: when.matches,
        action: { kind: 'split', to: [{ host: service.host }] },
      });
      fork.service.routes.expire(this.name, props.until);
      return service;
    });
  }

  /** A service has one fork for a name, or the second would be for nobody. */
  private declareFork(service: MeshService<any, any>, mine: Origin): void {
    const taken = forked.get(service) ?? new Map<string, Origin>();
    forked.set(service, taken);
    const other = taken.get(this.name);
    if (other)
      throw new Error(
        `environment "${this.name}" is declared twice: at ${at(other)} and at ${at(mine)}, and both make "${service.name}-${this.name}"; give one of them another name, or put all forks into one`,
      );
    taken.set(this.name, mine);
  }

  /**
   * Services that have to pass the carrier on, since a declared call leads through them to a fork. Istio cannot do it
   * for them: a proxy does not know which of a service's calls belongs to which request it got.
   */
  get propagators(): readonly string[] {
    const leads = new Set<unknown>(this.originals);
    const out = new Set<string>();
    const { services } = AppModel.of(this);
    for (let grown = true; grown; ) {
      grown = false;
      for (const s of services) {
        if (s instanceof ForkService || out.has(s.name) || !s.egress.calls?.some((c) => leads.has(c))) continue;
        out.add(s.name);
        leads.add(s);
        grown = true;
      }
    }
    return [...out].sort();
  }

  /**
   * One environment for each YAML file of a folder, so that developers and CI add theirs without touching the app:
   * `name`, `forks` (image, env and replicas by service) and `until`. Errors name the file and the line.
   * @param services by the name that the files use
   */
  static fromFiles(
    scope: Construct,
    folder: string,
    services: Readonly<Record<string, MeshService<any, any>>>,
    carrier: Carrier,
  ): HeaderRoutedDevEnv[] {
    return readEnvironments(folder, Object.keys(services)).map(
      (e) =>
        new HeaderRoutedDevEnv(scope, `env-${e.name}`, {
          ...carrier,
          name: e.name,
          forks: Object.entries(e.forks).map(([service, change]) => services[service]!.fork(change)),
          ...(e.until === undefined ? {} : { until: e.until }),
        }),
    );
  }
}

const at = (o: Origin) => `"${o.construct}"${o.source ? ` (${o.source})` : ''}`;

function carried(c: Carrier, value: string): Condition {
  if ('header' in c) return header(c.header).is(value);
  return 'baggage' in c ? baggage(c.baggage).is(value) : tracestate(c.tracestate).is(value);
}

/** A service's copy for one environment. */
export class ForkService extends ServiceHost {
  readonly service: kplus.Service;
  readonly deployment: kplus.Deployment;

  /** @internal */
  constructor(scope: Construct, id: string, environment: string, fork: Fork) {
    const base = fork.service;
    const name = dnsLabel(
      `${base.name}-${environment}`,
      `name of the fork of service "${base.name}" for environment "${environment}"`,
    );
    const labels = { app: name, 'app.kubernetes.io/name': base.name, 'mesh.cdk8s.io/environment': environment };
    const own = fork.workload.serviceAccount;
    const account = own && own !== 'own' ? (own as kplus.IServiceAccount) : base.serviceAccount;
    const facts: ServiceFacts = {
      name,
      namespace: base.namespace,
      ports: base.ports,
      podLabels: { app: name },
      versions: { [environment]: { app: name } },
      serviceAccounts: { [environment]: account.name },
    };
    super(scope, id, facts);
    const { callPolicy: _, ...workload } = fork.workload as typeof fork.workload & { callPolicy?: unknown };
    const objects = {
      name,
      labels,
      ports: base.ports,
      serviceAccount: account as kplus.IServiceAccount,
      containerName: base.name,
    };
    this.service = new PlainService(this, 'Service', name, labels, { app: name }, base.ports, base.namespace);
    this.deployment = new MeshDeployment(this, 'Deployment', objects, workload, base.namespace);
    scaling(this.deployment, objects, workload, base.namespace);
    this.policies.copy(base.policies, fork.version);
    this.access.copy(base.access);
    this.egress.copy(base.egress);
  }
}
