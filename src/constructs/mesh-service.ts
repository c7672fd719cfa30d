import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dnsLabel, kebab, quoted } from '../values/names';
import type { HttpProtocol, Port, Protocol } from '../values/port';
import { findService, type ObjectsToAdopt } from './adopt-objects';
import type { CallPolicy, ConnectionPolicy } from './call-policy';
import { patchedLast } from './plus-object';
import { type Callee, type Caller, namespaceOfChart, type ServiceFacts, ServiceHost, Version } from './service-host';
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
      if (callPolicy) this.policies.forVersion(version, callPolicy);
    }
    this.policies.forAll(props.callPolicy);
    this.addRequestPolicy(props.callPolicy, [{}], 'call-policy');
    if (props.calls) this.egress.complete();
    for (const callee of props.calls ?? []) this.mayCall(callee);
    if (props.allowFrom) this.allowFrom(...props.allowFrom);
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

  /** A copy of one version for a development environment, with what is given changed. */
  fork(change: Partial<VersionProps> & { readonly version?: V } = {}): Fork {
    const { version, ...rest } = change;
    const from = version ?? (this.props.defaultVersion as V | undefined) ?? (this.versionNames[0] as V);
    this.checkVersion(from);
    return { service: this, workload: { ...this.props.versions[from], ...rest } };
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
  ): AdoptedService<string, HttpProtocol> {
    const { from, labels: _labels, name: _name, versionLabel: _key, ...rest } = props;
    const found = findService({ ...props, from });
    return new AdoptedService(scope, id, { ...rest, ...found, ports: found.ports as readonly Port<HttpProtocol>[] });
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

/** What a development environment runs instead of a service. */
export interface Fork {
  readonly service: MeshService<any, any>;
  readonly workload: WorkloadProps;
}

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
  /** @internal */
  constructor(scope: Construct, id: string, props: AdoptedServiceProps<V, P>) {
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
    this.policies.forAll(props.callPolicy);
    this.addRequestPolicy(props.callPolicy, [{}], 'call-policy');
    if (props.calls) this.egress.complete();
    for (const callee of props.calls ?? []) this.mayCall(callee);
    if (props.allowFrom) this.allowFrom(...props.allowFrom);
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

/** cdk8s-plus' Service without fields equal to Kubernetes' defaults, with the ports' protocols set. */
export class PlainService extends kplus.Service {
  constructor(
    scope: Construct,
    id: string,
    name: string,
    labels: Readonly<Record<string, string>>,
    private readonly selects: Readonly<Record<string, string>>,
    private readonly meshPorts: readonly Port[],
    namespace?: string,
  ) {
    super(scope, id, {
      metadata: { name, labels: { ...labels }, ...(namespace ? { namespace } : {}) },
      ports: meshPorts.map((p) => ({ port: p.number, name: p.name, targetPort: p.target })),
    });
    patchedLast(this);
  }
  /** @internal */
  override _toKube(): any {
    const { type, externalIPs, ...spec } = super._toKube() as any;
    return {
      ...spec,
      ...(type === 'ClusterIP' ? {} : { type }),
      ...(externalIPs?.length ? { externalIPs } : {}),
      selector: { ...this.selects, ...spec.selector },
      ports: spec.ports.map((p: any) => {
        const port = this.meshPorts.find((m) => m.number === p.port);
        const { targetPort, protocol: _tcp, ...rest } = p;
        return {
          ...rest,
          ...(port ? { appProtocol: port.appProtocol } : {}),
          ...((targetPort?.value ?? targetPort) === p.port ? {} : { targetPort }),
        };
      }),
    };
  }
}

const commonLabels = (name: string) => ({ app: name, 'app.kubernetes.io/name': name });

function factsOf(
  scope: Construct,
  id: string,
  props: { name?: string; port?: Port<any>; ports?: readonly Port<any>[]; versions: object; defaultVersion?: string },
): ServiceFacts {
  const name = dnsLabel(props.name ?? kebab(id), `name of MeshService "${id}"`);
  const what = `service "${name}"`;
  if (props.port && props.ports) throw new Error(`${what} has both port and ports: use one of them`);
  const ports = props.ports ?? (props.port ? [props.port] : []);
  if (ports.length === 0) throw new Error(`${what} has no port: give it one, such as port: Port.http(8080)`);
  for (const key of ['number', 'name'] as const) {
    const twice = ports.find((p, i) => ports.findIndex((q) => q[key] === p[key]) < i);
    if (twice)
      throw new Error(
        `${what} has two ports with ${key} ${JSON.stringify(twice[key])}${key === 'name' ? ': name one of them, such as Port.http(9090, { name: "http-admin" })' : ''}`,
      );
  }
  const versions = Object.keys(props.versions);
  if (versions.length === 0) throw new Error(`${what} has no versions: give it one, such as versions: { v1: { image: '…' } }`);
  for (const v of versions) dnsLabel(v, `version of ${what}`);
  if (props.defaultVersion !== undefined && !versions.includes(props.defaultVersion)) {
    throw new Error(`defaultVersion "${props.defaultVersion}" of ${what} is not defined (it has ${quoted(versions)})`);
  }
  const namespace = namespaceOfChart(scope, what);
  const account = (v: string) => {
    const own = (props.versions as Record<string, { serviceAccount?: unknown }>)[v]?.serviceAccount;
    return own === 'own' ? `${name}-${v}` : own && typeof own === 'object' ? (own as kplus.IServiceAccount).name : name;
  };
  return {
    name,
    namespace,
    ports,
    podLabels: { app: name },
    versions: Object.fromEntries(versions.map((v) => [v, { app: name, version: v }])),
    serviceAccounts: Object.fromEntries(versions.map((v) => [v, account(v)])),
    ...(props.defaultVersion === undefined ? {} : { defaultVersion: props.defaultVersion }),
  };
}
