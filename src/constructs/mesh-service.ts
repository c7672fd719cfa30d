import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dnsLabel } from '../values/names';
import type { Port, Protocol } from '../values/port';
import { findService, type ObjectsToAdopt } from './adopt-objects';
import { AdoptedService, type AdoptedServiceProps, ServiceReference } from './adopted-service';
import { type CallPolicy, type ConnectionPolicy, checkPolicy } from './call-policy';
import type { Callee, Caller } from './caller';
import { type Fork, type ForkProps, forkOf } from './fork-service';
import { PlainService } from './plain-service';
import { patchedLast } from './plus-object';
import { factsOf } from './service-facts';
import { ServiceHost } from './service-host';
import { Version } from './version';
import { MeshDeployment, scaling, type WorkloadFacts, type WorkloadProps } from './workload';

/** One version: its pods, and a connection policy that holds where a route names the version. */
export interface VersionProps extends WorkloadProps {
  readonly callPolicy?: ConnectionPolicy;
}

/** Ports, versions and policies of a {@link MeshService}. */
export interface MeshServiceProps<V extends string, P extends Protocol> {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** The only port. */
  readonly port?: Port<P>;
  /** Several ports. */
  readonly ports?: readonly Port<P>[];
  /** By version name, such as `v1`. */
  readonly versions: Readonly<Record<V, VersionProps>>;
  /** Who gets what no rule decides. Needed with several versions, unless a release says it. */
  readonly defaultVersion?: NoInfer<V>;
  /** All that this service calls; `[]`: nothing. Gives the callees' allow rules and this service's Sidecar. @default - unknown: neither */
  readonly calls?: readonly Callee[];
  /** Who may call besides those that declare it; closes the service to all others. */
  readonly allowFrom?: readonly Caller[];
  /** How others call this service. */
  readonly callPolicy?: CallPolicy;
}

/** What is made for one version, to be reached and changed. */
export class MeshVersion extends Version {
  /** @internal */
  constructor(
    service: ServiceHost<any, any>,
    name: string,
    labels: Readonly<Record<string, string>>,
    principals: readonly string[],
    /** cdk8s-plus' Deployment. */
    readonly deployment: kplus.Deployment,
  ) {
    super(service, name, labels, principals);
  }
}

/**
 * A service of the mesh: who it is, which versions run, what it calls.
 *
 * Compiles to a ServiceAccount, a Service, a Deployment for each version, and, only where needed, a VirtualService
 * (several versions, rules or overlays), a DestinationRule (versions that routes name, connection policy), an
 * AuthorizationPolicy (access is closed) and a Sidecar (calls are declared).
 */
export class MeshService<const V extends string = string, P extends Protocol = Protocol> extends ServiceHost<V, P> {
  readonly service: kplus.Service;
  readonly serviceAccount: kplus.ServiceAccount;
  private readonly deployments = new Map<string, MeshDeployment>();

  constructor(
    scope: Construct,
    id: string,
    readonly props: MeshServiceProps<V, P>,
  ) {
    super(scope, id, factsOf(scope, id, props));
    const labels = commonLabels(this.name);
    this.serviceAccount = patchedLast(
      new kplus.ServiceAccount(this, 'ServiceAccount', { metadata: { name: this.name, labels } }),
    );
    this.service = new PlainService(this, 'Service', this.name, labels, { app: this.name }, this.ports);
    for (const [version, v] of Object.entries<VersionProps>(props.versions)) {
      const { callPolicy, ...workload } = v;
      const facts: WorkloadFacts = {
        name: `${this.name}-${version}`,
        labels: { ...labels, version, 'app.kubernetes.io/version': version },
        ports: this.ports,
        serviceAccount: this.accountOf(version, v) as kplus.IServiceAccount,
        containerName: this.name,
      };
      dnsLabel(facts.name, `name of the Deployment of version "${version}" of service "${this.name}"`);
      this.deployments.set(version, new MeshDeployment(this, version, facts, workload));
      scaling(this.deployments.get(version)!, facts, workload);
      if (callPolicy) {
        checkPolicy(callPolicy, `version "${version}" of ${this.calleeName}`, 'version');
        this.policies.forVersion(version, callPolicy);
      }
    }
    this.declare(props);
  }

  private accountOf(version: string, v: VersionProps): kplus.IServiceAccount | kplus.ServiceAccount {
    if (v.serviceAccount === 'own') {
      return patchedLast(
        new kplus.ServiceAccount(this, `ServiceAccount-${version}`, {
          metadata: { name: `${this.name}-${version}`, labels: commonLabels(this.name) },
        }),
      );
    }
    return v.serviceAccount ?? this.serviceAccount;
  }

  /** One version, with its Deployment. */
  override version(name: V): MeshVersion {
    const v = super.version(name);
    return new MeshVersion(this, name, v.labels, v.principals, this.deployments.get(name)!);
  }

  /**
   * A copy of one version for a {@link HeaderRoutedDevEnv}, with what is given changed: each property replaces the
   * version's, `env` variable by variable. It is one pod unless `replicas` or `autoscale` is given.
   * `version` is by default the one that gets what no rule decides.
   */
  fork(change: Partial<ForkProps> & { readonly version?: V } = {}): Fork {
    const version = change?.version ?? (this.standsIn as V);
    this.checkVersion(version);
    const { callPolicy: _, ...base } = this.props.versions[version] as VersionProps;
    return forkOf(this, base, change, version);
  }

  /**
   * A service whose objects exist already: made with cdk8s-plus, by `Include` or `Helm`, or by somebody else. Rules,
   * policies and releases work on it as on one of ours; its Service and Deployments are not touched.
   */
  static adopt<const V extends string, P extends Protocol>(
    scope: Construct,
    id: string,
    props: AdoptedServiceProps<V, P>,
  ): AdoptedService<V, P> {
    return new AdoptedService(scope, id, props);
  }

  /**
   * The same, with ports, versions and service account read from the objects: those of an `Include`, a `Helm`, or any
   * chart. Versions are the values of the pods' `version` label; a single workload without one is `v1`.
   */
  static adoptFrom(
    scope: Construct,
    id: string,
    props: ObjectsToAdopt & Pick<AdoptedServiceProps<string, Protocol>, 'defaultVersion' | 'calls' | 'allowFrom' | 'callPolicy'>,
  ): AdoptedService<string, Protocol> {
    const { from, labels: _labels, name: _name, versionLabel: _key, ...rest } = props;
    const found = findService({ ...props, from });
    return new AdoptedService(scope, id, { ...rest, ...found });
  }

  /** A service of another app, to call or to be called by. Only what it is called is known. */
  static fromName(reference: {
    readonly name: string;
    readonly namespace: string;
    readonly serviceAccount?: string;
    readonly trustDomain?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly clusterDomain?: string;
  }): ServiceReference {
    return new ServiceReference(reference);
  }
}

const commonLabels = (name: string) => ({ app: name, 'app.kubernetes.io/name': name });
