import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { accountName, dnsLabel } from '../values/names';
import { notTheProxys, oneProtocolEach, type Port, type Protocol } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { findService, type ObjectsToAdopt } from './adopt-objects';
import { AdoptedService, type AdoptedServiceProps } from './adopted-service';
import { AppModel } from './app-model';
import { checkPolicy } from './call-policy';
import { type Callee, type Caller, sameApp } from './caller';
import { commonLabels } from './common-labels';
import { type Fork, type ForkProps, forkOf } from './fork-service';
import { ownAccount } from './identities';
import { type CallPolicyOf, type ConnectionPolicyOf, checkOpaque } from './opaque-policy';
import { pastProxy } from './past-proxy';
import { PlainService } from './plain-service';
import { patchedLast } from './plus-object';
import type { WorkloadFacts } from './pods';
import { scaling } from './scaling';
import { factsOf } from './service-facts';
import { ServiceHost } from './service-host';
import { ServiceReference, type ServiceReferenceProps } from './service-reference';
import { pathOf, tellsItsPath, toldAt } from './told-at';
import { Version } from './version';
import { vmObjects } from './vm-objects';
import { VmWorkload } from './vm-workload';
import { MeshDeployment } from './workload';
import { checkWorkload, WORKLOAD, type WorkloadProps } from './workload-props';

/** One version: its pods, and what callers do about connections to them. */
export interface VersionProps<P extends Protocol = Protocol> extends WorkloadProps {
  /**
   * Holds over the service's and its ports' wherever a route names the version; always, where it is the only one. It has no
   * timeout and no retries, since one route may lead to several versions. Compiles to a subset's `trafficPolicy`.
   */
  readonly callPolicy?: ConnectionPolicyOf<NoInfer<P>>;
}

/** Ports, versions and policies of a {@link MeshService}. */
export interface MeshServiceProps<V extends string, P extends Protocol> {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** The only port; this or `ports`. */
  readonly port?: Port<P>;
  /** Several ports, each with a number and a name of its own. */
  readonly ports?: readonly Port<P>[];
  /** By version name, such as `v1`: lower-case letters, digits and "-". Pods, or virtual machines. */
  readonly versions: Readonly<Record<V, VersionProps<NoInfer<P>> | VmWorkload>>;
  /** Who gets what no rule decides. Needed with several versions, unless a release says it. */
  readonly defaultVersion?: NoInfer<V>;
  /** All that this service calls; `[]`: nothing. Gives the callees' allow rules and this service's Sidecar. @default - unknown: neither */
  readonly calls?: readonly Callee[];
  /** Who may call besides those that declare it; closes the service to all others. */
  readonly allowFrom?: readonly Caller[];
  /** How others call this service; {@link ServiceHost.portPolicy} and {@link ServiceHost.callPolicyFrom} hold before it. */
  readonly callPolicy?: CallPolicyOf<NoInfer<P>>;
}

/** Which objects are meant, and what they do not say. */
export type AdoptFromProps = ObjectsToAdopt &
  Pick<AdoptedServiceProps<string, Protocol>, 'defaultVersion' | 'calls' | 'allowFrom' | 'callPolicy'>;

const PROPERTIES: Properties<MeshServiceProps<string, Protocol>> = {
  name: 'any?',
  port: 'any?',
  ports: 'list?',
  versions: 'map',
  defaultVersion: 'text?',
  calls: 'list?',
  allowFrom: 'list?',
  callPolicy: 'map?',
};
const ADOPT_FROM: Properties<AdoptFromProps> = {
  from: 'any',
  name: 'text?',
  labels: 'map?',
  versionLabel: 'text?',
  defaultVersion: 'text?',
  calls: 'list?',
  allowFrom: 'list?',
  callPolicy: 'map?',
};
const VERSION: Properties<VersionProps> = { ...WORKLOAD, callPolicy: 'map?' };

function checked<T extends MeshServiceProps<string, Protocol>>(scope: Construct, id: string, props: T): T {
  const where = `"${pathOf(scope, id)}"`;
  checkProperties<MeshServiceProps<string, Protocol>>(props, PROPERTIES, where);
  for (const [version, v] of Object.entries<VersionProps | VmWorkload>(props.versions)) {
    const what = `version "${version}" of ${where}`;
    if (!(v instanceof VmWorkload)) {
      checkProperties(v, VERSION, what);
      checkWorkload(v, what);
    }
    const { serviceAccount: a } = v;
    if (a !== undefined && a !== 'own' && !(typeof a === 'object' && 'name' in a))
      throw new Error(
        `serviceAccount of ${what} is ${JSON.stringify(a)}: it has to be 'own' or a ServiceAccount of cdk8s-plus, such as ServiceAccount.fromServiceAccountName(…)`,
      );
    if (typeof a === 'object') accountName(a.name, `serviceAccount of ${what}`);
  }
  return props;
}

/** What is made for one version, to be reached and changed. */
export class MeshVersion extends Version {
  /** @internal */
  constructor(
    service: ServiceHost<any, any>,
    name: string,
    labels: Readonly<Record<string, string>>,
    principals: readonly string[],
    private readonly pods: kplus.Deployment | undefined,
  ) {
    super(service, name, labels, principals);
  }

  /** cdk8s-plus' Deployment. Throws where the version runs on virtual machines. */
  get deployment(): kplus.Deployment {
    if (this.pods) return this.pods;
    throw new Error(`${this.callerName} runs on virtual machines: it has no Deployment`);
  }
}

/**
 * A service of the mesh: who it is, which versions run, what it calls.
 *
 * Compiles to a ServiceAccount, a Service, a Deployment for each version (a {@link VmWorkload} says what else), and, only where
 * needed, a VirtualService (several versions, rules or overlays), a DestinationRule (versions that routes name, connection policy),
 * an AuthorizationPolicy (access is closed) and a Sidecar (calls are declared).
 */
@tellsItsPath
export class MeshService<const V extends string = string, P extends Protocol = Protocol> extends ServiceHost<V, P> {
  /** cdk8s-plus' Service. */
  readonly service: kplus.Service;
  /** cdk8s-plus' ServiceAccount of the versions that have none of their own. */
  readonly serviceAccount: kplus.ServiceAccount;
  private readonly deployments = new Map<string, MeshDeployment>();

  constructor(scope: Construct, id: string, props: MeshServiceProps<V, P>);
  /** @internal */
  constructor(scope: Construct, id: string, props: MeshServiceProps<V, P>, headless: 'when ready' | undefined);
  constructor(
    scope: Construct,
    id: string,
    readonly props: MeshServiceProps<V, P>,
    headless?: 'when ready',
  ) {
    const said = checked(scope, id, props as MeshServiceProps<string, Protocol>);
    const machines = Object.keys(said.versions).filter((v) => said.versions[v] instanceof VmWorkload);
    super(scope, id, { ...factsOf(scope, id, said), machines });
    ownAccount(this.calleeName, this.name);
    for (const p of this.ports) for (const n of [p.number, p.target]) notTheProxys(n, this.calleeName);
    oneProtocolEach(this.ports, this.calleeName);
    const labels = commonLabels(this.name);
    this.serviceAccount = patchedLast(
      new kplus.ServiceAccount(this, 'ServiceAccount', { metadata: { name: this.name, labels } }),
    );
    this.service = new PlainService(this, 'Service', {
      name: this.name,
      labels,
      selects: { app: this.name },
      ports: this.ports,
      ...(headless ? { headless } : {}),
    });
    for (const [version, v] of Object.entries<VersionProps | VmWorkload>(props.versions)) {
      const { callPolicy } = v;
      if (callPolicy) {
        const what = `version "${version}" of ${this.calleeName}`;
        checkPolicy(callPolicy, what, 'version');
        checkOpaque(callPolicy, this.ports, what);
        this.policies.forVersion(version, callPolicy);
      }
      const facts: WorkloadFacts = {
        name: `${this.name}-${version}`,
        labels: { ...labels, version, 'app.kubernetes.io/version': version },
        ports: this.ports,
        serviceAccount: this.accountOf(version, v) as kplus.IServiceAccount,
        containerName: this.name,
      };
      dnsLabel(facts.name, `name of the Deployment of version "${version}" of service "${this.name}"`);
      if (v instanceof VmWorkload) {
        if (headless)
          throw new Error(
            `version "${version}" of ${this.calleeName} runs on virtual machines, and Istio leaves these out of a headless Service: make it a MeshService`,
          );
        vmObjects(this, version, { ...facts, namespace: this.namespace, serviceAccount: facts.serviceAccount.name }, v);
        continue;
      }
      const { callPolicy: _, ...workload } = v;
      this.deployments.set(version, new MeshDeployment(this, version, facts, workload));
      scaling(this.deployments.get(version)!, facts, workload);
    }
    this.declare(props);
    const past = pastProxy(this.inPods);
    if (past) AppModel.of(this).add({ node: this.node, warnings: () => [past] });
  }

  /** @internal The versions that run in pods. */
  get inPods(): Readonly<Record<string, VersionProps>> {
    const all = Object.entries<VersionProps | VmWorkload>(this.props.versions);
    return Object.fromEntries(all.filter((e): e is [string, VersionProps] => !(e[1] instanceof VmWorkload)));
  }

  private accountOf(version: string, v: VersionProps | VmWorkload): kplus.IServiceAccount | kplus.ServiceAccount {
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
    return new MeshVersion(this, name, v.labels, v.principals, this.deployments.get(name));
  }

  /**
   * A copy of one version for a {@link HeaderRoutedDevEnv}, with what is given changed: each property replaces the
   * version's, `env` variable by variable. It is one pod unless `replicas` or `autoscale` is given.
   * `version` is by default the one that gets what no rule decides.
   */
  fork(change: Partial<ForkProps> & { readonly version?: V } = {}): Fork {
    const version = change?.version ?? (this.versions.standsIn as V);
    this.versions.check(version);
    const { callPolicy: _, ...base } = (this.inPods[version] ?? {}) as Partial<VersionProps>;
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
   * The same, with ports, versions and service accounts read from the objects: those of an `Include`, a `Helm`, or any
   * chart, or one Service of cdk8s-plus. It lives in the namespace that the Service says. Versions are the values of the pods' `version` label; a single workload without one is `v1`.
   */
  static adoptFrom(scope: Construct, id: string, props: AdoptFromProps): AdoptedService<string, Protocol> {
    const path = pathOf(scope, id);
    return toldAt(path, () => {
      checkProperties(props, ADOPT_FROM, `"${path}"`);
      const { from, labels: _labels, name: _name, versionLabel: _key, ...rest } = props;
      sameApp(scope, from, `what "${path}" is adopted from`);
      const { undeclared, namespace, pods, ...found } = findService({ ...props, from });
      return new AdoptedService(scope, id, { ...rest, ...found }, { undeclared, namespace, pods });
    });
  }

  /**
   * A service of another app, to call or to be called by. Only what it is called is known; the app's {@link Mesh} says the
   * cluster and trust domain unless they are given.
   */
  static fromName(reference: ServiceReferenceProps): ServiceReference {
    return new ServiceReference(reference);
  }
}
