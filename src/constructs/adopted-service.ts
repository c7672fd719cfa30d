import type { Construct } from 'constructs';
import { dnsLabel, kebab } from '../values/names';
import type { Port, Protocol } from '../values/port';
import type { FoundService } from './adopt-objects';
import type { CallPolicy } from './call-policy';
import type { Callee, Caller } from './caller';
import { type Fork, type ForkProps, forkOf } from './fork-service';
import { factsOf } from './service-facts';
import { ServiceHost } from './service-host';

/** Properties of an adopted service. */
export interface AdoptedServiceProps<V extends string, P extends Protocol> {
  /** The Service's name. @default - the id in kebab-case */
  readonly name?: string;
  readonly port?: Port<P>;
  readonly ports?: readonly Port<P>[];
  /** Labels of each version's pods. */
  readonly versions: Readonly<Record<V, Readonly<Record<string, string>>>>;
  readonly defaultVersion?: NoInfer<V>;
  /** Labels of all its pods. @default { app: name } */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** @default 'default', Kubernetes' own */
  readonly serviceAccount?: string;
  readonly calls?: readonly Callee[];
  readonly allowFrom?: readonly Caller[];
  readonly callPolicy?: CallPolicy;
}

/** A service whose Kubernetes objects are somebody else's. Made by {@link MeshService.adopt}. */
export class AdoptedService<V extends string = string, P extends Protocol = Protocol> extends ServiceHost<V, P> {
  private readonly undeclared: readonly number[];

  /** @internal */
  constructor(scope: Construct, id: string, props: AdoptedServiceProps<V, P> & Pick<Partial<FoundService>, 'undeclared'>) {
    const name = props.name ?? kebab(id);
    const podLabels = props.podLabels ?? { app: name };
    super(scope, id, {
      ...factsOf(scope, id, props),
      podLabels,
      versions: Object.fromEntries(
        Object.entries<Readonly<Record<string, string>>>(props.versions).map(([v, l]) => [v, { ...podLabels, ...l }]),
      ),
      serviceAccounts: Object.fromEntries(Object.keys(props.versions).map((v) => [v, props.serviceAccount ?? 'default'])),
    });
    this.undeclared = props.undeclared ?? [];
    this.declare(props);
  }

  /**
   * What a {@link HeaderRoutedDevEnv} runs instead of this service. Of somebody else's objects nothing is copied but ports,
   * account and what was said about calls, so say all that the pods need.
   */
  fork(workload: ForkProps & { readonly version?: V }): Fork {
    return forkOf(this, {}, workload, workload?.version ?? this.standsIn);
  }

  /** @internal */
  protected override whyOpaque(): string {
    const [port] = this.undeclared;
    return port === undefined
      ? super.whyOpaque()
      : `nothing says what port ${port} speaks, so Istio would guess; if it is HTTP, set appProtocol: http on that port of the Service, or say so with MeshService.adopt and port: Port.http(${port})`;
  }
}

/** A service of another app, by name. */
export class ServiceReference implements Caller, Callee {
  readonly host: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly principals: readonly string[];
  readonly callerName: string;
  /** @internal */
  constructor(r: {
    readonly name: string;
    readonly namespace: string;
    readonly serviceAccount?: string;
    readonly trustDomain?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly clusterDomain?: string;
  }) {
    dnsLabel(r.name, 'name of the service');
    this.namespace = dnsLabel(r.namespace, `namespace of service "${r.name}"`);
    this.host = `${r.name}.${r.namespace}.svc.${r.clusterDomain ?? 'cluster.local'}`;
    this.labels = r.labels ?? { app: r.name };
    this.principals = [`${r.trustDomain ?? 'cluster.local'}/ns/${r.namespace}/sa/${r.serviceAccount ?? r.name}`];
    this.callerName = `service "${r.name}" of namespace "${r.namespace}"`;
  }
  get calleeName(): string {
    return this.callerName;
  }
  egressHosts(): readonly string[] {
    return [`${this.namespace}/${this.host}`];
  }
  /** Nothing: the app that owns the service says whom it lets in. */
  admit(): void {}
}
