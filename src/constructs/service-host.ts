import { Construct } from 'constructs';
import { type Action, type Destination, endsOf, type Rule } from '../routing/table';
import { always, type Condition } from '../values/condition';
import { toMillis } from '../values/duration';
import { dnsLabel, quoted } from '../values/names';
import type { HttpProtocol, Port, Protocol } from '../values/port';
import { checkProperties, oneOf } from '../values/properties';
import { Access } from './access';
import { AppModel } from './app-model';
import { type CallPolicy, type ConnectionPolicy, toRetries } from './call-policy';
import { type Callee, type Caller, type CallLimits, sameApp } from './caller';
import { DestinationPolicies } from './destination-policies';
import { EgressScope } from './egress-scope';
import { checkRedirect, checkStatus, type RedirectTo } from './gateway-options';
import { HostRoutes } from './host-routes';
import { Mesh } from './mesh';
import { originOf } from './origin';
import type { ServiceFacts } from './service-facts';
import { ServiceVersions } from './service-versions';
import { Version } from './version';

/**
 * A Kubernetes service as the mesh sees it: a host with a route table, policies for its callers, and rules about who
 * may call it. {@link MeshService} makes the objects as well; {@link MeshService.adopt} takes ones that exist.
 */
export abstract class ServiceHost<V extends string = string, P extends Protocol = Protocol>
  extends Construct
  implements Caller, Callee
{
  /** Present when a port of the service speaks a protocol whose single requests Istio can route. */
  declare readonly speaksHttp: Extract<P, HttpProtocol> extends never ? false : true;
  declare protected readonly _versions: V;
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly ports: readonly Port[];
  /** @internal */
  readonly routes: HostRoutes;
  /** @internal */
  readonly access: Access;
  /** @internal */
  readonly policies: DestinationPolicies;
  /** @internal */
  readonly egress: EgressScope;
  private readonly versions: ServiceVersions;

  protected constructor(
    scope: Construct,
    id: string,
    readonly facts: ServiceFacts,
  ) {
    super(scope, id);
    const mesh = Mesh.of(scope);
    this.name = dnsLabel(facts.name, 'name of the service');
    this.namespace = facts.namespace;
    this.ports = facts.ports;
    this.host = mesh.fqdn(this.name, this.namespace);
    this.versions = new ServiceVersions(this, facts.versions, facts.defaultVersion);
    this.routes = new HostRoutes(this, {
      host: this.host,
      name: this.name,
      namespace: this.namespace,
      httpPorts: facts.ports.filter((p) => p.isHttp).map((p) => p.number),
      tls: {
        ports: facts.ports.filter((p) => p.protocol === 'tls' || p.protocol === 'https').map((p) => p.number),
        names: [this.host, `${this.name}.${this.namespace}.svc`, `${this.name}.${this.namespace}`, this.name],
      },
      ...this.versions.fallbacks(facts.ports, originOf(this)),
    });
    this.routes.always = this.versions.several;
    this.policies = new DestinationPolicies(this);
    this.access = new Access(this);
    this.egress = new EgressScope(this);
    const model = AppModel.of(this);
    model.services.push(this);
    model.add(this.policies);
    model.add(this.access);
    model.add(this.egress);
  }

  /** The versions' names. */
  get versionNames(): readonly string[] {
    return this.versions.names;
  }

  /** One version, for rules about it or calls from it. Throws when there is none of that name. */
  version(name: V): Version {
    this.checkVersion(name);
    const sa = this.facts.serviceAccounts[name];
    return new Version(
      this,
      name,
      this.facts.versions[name]!,
      sa === undefined ? [] : [Mesh.of(this).principal(this.namespace, sa)],
    );
  }

  /** @internal Throws unless the service has the version. */
  checkVersion(name: string): void {
    this.versions.check(name);
  }

  /** @internal Makes a version the one that gets what no rule decides. */
  fallBackTo(version: string, by: Construct): void {
    this.versions.fallBackTo(version, by);
  }

  /** @internal The service as a destination, of one version; a service of a single version needs no subset. */
  to(version?: string): Destination {
    return this.versions.to(version);
  }

  /** @internal The service as a destination whose own table decides further. */
  linked(): Destination {
    return this.routes.hasRules ? { host: this.host, table: this.routes.table() } : { host: this.host };
  }

  /** Requests that meet the condition go to this version. Tier: audience. */
  routeTo(version: V, when: Condition, name: string): this {
    this.checkVersion(version);
    this.needHttp('a route');
    checkProperties({ when }, { when: 'condition' }, `a route of ${this.calleeName}`);
    this.routes.addRule(this, {
      name: dnsLabel(name, 'name of the route'),
      tier: 'audience',
      when: when.matches,
      action: { kind: 'split', to: [this.to(version)] },
    });
    return this;
  }

  /** Answers at the caller, without a call: a redirect or a maintenance page. Tier: platform. */
  answer(name: string, action: Exclude<Action, { kind: 'split' | 'delegate' }>, when: Condition = always): this {
    this.needHttp('an answer');
    const what = `answer "${name}" of ${this.calleeName}`;
    checkProperties({ action, when }, { action: 'map', when: 'condition' }, what);
    const { kind, ...to } = action;
    oneOf(kind, ['redirect', 'respond'], `kind of ${what}`);
    if (action.kind === 'redirect') checkRedirect(to as RedirectTo, when, what);
    else {
      checkProperties<{ status: number; body?: string }>(to as never, { status: 'number', body: 'text?' }, what);
      checkStatus(action.status, what);
    }
    this.routes.addRule(this, { name: dnsLabel(name, 'name of the rule'), tier: 'platform', when: when.matches, action });
    return this;
  }

  /** Calls of one caller get a policy of their own. A field that is given replaces the service's. */
  callPolicyFrom(caller: Caller, policy: CallPolicy): this {
    sameApp(this, caller, `a policy for calls to ${this.calleeName}`);
    this.addRequestPolicy(
      policy,
      [{ sourceLabels: caller.labels, sourceNamespace: caller.namespace }],
      `from-${caller.labels.app ?? caller.namespace}`,
    );
    this.policies.forCaller(caller, policy);
    return this;
  }

  /** @internal What a service says about its callers and callees when it is made. */
  protected declare(props: { callPolicy?: CallPolicy; calls?: readonly Callee[]; allowFrom?: readonly Caller[] }): void {
    this.policies.forAll(props.callPolicy);
    this.addRequestPolicy(props.callPolicy, [{}], 'call-policy');
    if (props.calls) this.egress.complete();
    for (const callee of props.calls ?? []) this.mayCall(callee);
    if (props.allowFrom) this.allowFrom(...props.allowFrom);
  }

  /** @internal Timeout and retries as overlays of the service tier. */
  protected addRequestPolicy(policy: CallPolicy | undefined, when: Rule['when'], name: string): void {
    if (!policy || (policy.timeout === undefined && policy.retries === undefined)) return;
    this.needHttp('a timeout or retries');
    const what = `service "${this.name}"`;
    const ms = policy.timeout === undefined ? undefined : toMillis(policy.timeout, `timeout of ${what}`);
    const overlay = { tier: 'service', over: 'everything', when, name } as const;
    if (ms !== undefined) this.routes.addOverlay(this, { ...overlay, effect: { kind: 'timeout', ms } });
    if (policy.retries)
      this.routes.addOverlay(this, { ...overlay, effect: { kind: 'retries', retries: toRetries(policy.retries, ms, what) } });
  }

  /** @internal Throws when no port of the service takes single requests. */
  needHttp(what: string): void {
    if (!this.ports.some((p) => p.isHttp)) {
      throw new Error(
        `${what} needs an HTTP port, and service "${this.name}" has ${quoted(this.ports.map((p) => `${p.protocol} ${p.number}`))}: ${this.whyOpaque()}`,
      );
    }
  }

  /** @internal Why single requests cannot be told apart here, and the way out, if there is one. */
  protected whyOpaque(): string {
    return 'Istio sees only connections there';
  }

  get labels(): Readonly<Record<string, string>> {
    return this.facts.podLabels;
  }
  get principals(): readonly string[] {
    const mesh = Mesh.of(this);
    return [...new Set(Object.values(this.facts.serviceAccounts))].map((sa) => mesh.principal(this.namespace, sa));
  }
  get callerName(): string {
    return `service "${this.name}"`;
  }
  get calleeName(): string {
    return `service "${this.name}"`;
  }

  /** Declares a call: the callee lets this service in, and its Sidecar scope names the callee. */
  mayCall(callee: Callee, limits: CallLimits = {}): this {
    sameApp(this, callee, `a call of ${this.callerName}`);
    this.egress.declare(callee);
    callee.admit(this, limits);
    return this;
  }

  /** Lets callers in that this app does not make, and closes the service to all others. `[]` closes it to everyone. */
  allowFrom(...callers: readonly Caller[]): this {
    this.access.close();
    for (const c of callers) this.admit(c, {});
    return this;
  }

  admit(caller: Caller, limits: CallLimits): void {
    this.access.allow(caller, limits);
  }

  egressHosts(): readonly string[] {
    const out = new Set([`${this.namespace}/${this.host}`]);
    if (!this.routes.hasRules) return [...out];
    for (const host of endsOf(this.routes.table())) out.add(`${namespaceOf(host)}/${host}`);
    return [...out];
  }

  /** Connection policy for one port only; it replaces the service's there wholesale (Istio does not merge the two). */
  portPolicy(port: Port, policy: ConnectionPolicy): this {
    if (!this.ports.includes(port))
      throw new Error(
        `port ${port.number} is not one of service "${this.name}" (it has ${this.ports.map((p) => p.number).join(', ')})`,
      );
    this.policies.forPort(port, policy);
    return this;
  }
}

/** `reviews.bookinfo.svc.cluster.local` -> `bookinfo`; a host of another form may be declared in any namespace. */
const namespaceOf = (host: string) => /^[^.]+\.([^.]+)\.svc\./.exec(host)?.[1] ?? '*';
