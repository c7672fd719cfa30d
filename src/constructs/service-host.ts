import { Construct } from 'constructs';
import type { Destination } from '../routing/table';
import { always, type Condition } from '../values/condition';
import type { Time } from '../values/duration';
import { dnsLabel, quoted } from '../values/names';
import type { HttpProtocol, Port, Protocol } from '../values/port';
import { checkProperties } from '../values/properties';
import { Access } from './access';
import { type Answer, checkAnswer } from './answers';
import { AppModel } from './app-model';
import { type CallPolicy, checkPolicy, type PortPolicy } from './call-policy';
import { type Callee, type Caller, type CallLimits, callerId, checkCall, isCaller, sameApp } from './caller';
import { DestinationPolicies } from './destination-policies';
import { EgressScope } from './egress-scope';
import { HostRoutes } from './host-routes';
import { Mesh } from './mesh';
import { type CallPolicyOf, checkOpaque, type PortPolicyOf } from './opaque-policy';
import { originOf, whileMade } from './origin';
import { addRequestPolicy } from './request-policy';
import { leadsTo } from './route-facts';
import { ruleName } from './rule-name';
import { orderOf, type RuleOptions } from './rule-options';
import type { ServiceFacts } from './service-facts';
import { ServiceVersions } from './service-versions';
import { Version } from './version';

/** Any service but one whose ports all carry connections that Istio does not look into. */
type TakesRequests<S> = S extends { readonly speaksHttp: false } ? never : S;

/** Which calls are meant; all of them, where Istio sees connections alone. */
type LimitsOf<C> = C extends { readonly speaksHttp: false } ? { readonly [K in keyof CallLimits]?: never } : CallLimits;

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
  /** Keeps the versions in the type; nothing at run time. */
  declare protected readonly _versions: V;
  /** The Service's name. */
  readonly name: string;
  /** The namespace of the Service and of all that is written about it. */
  readonly namespace: string;
  /** The Service's full name, such as `reviews.bookinfo.svc.cluster.local`. */
  readonly host: string;
  /** The Service's ports. */
  readonly ports: readonly Port[];
  /** @internal */
  readonly routes: HostRoutes;
  /** @internal */
  readonly access: Access;
  /** @internal */
  readonly policies: DestinationPolicies;
  /** @internal */
  readonly egress: EgressScope;
  /** @internal */
  readonly versions: ServiceVersions;
  /** @internal Ports that its pods have for each other alone. */
  peerPorts: readonly Port[] = [];
  private timeout: Time | undefined;

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
    this.versions.check(name);
    const sa = this.facts.serviceAccounts[name];
    return new Version(
      this,
      name,
      this.facts.versions[name]!,
      sa === undefined ? [] : [Mesh.of(this).principal(this.namespace, sa)],
    );
  }

  /** @internal The service as a destination, of one version; a service of a single version needs no subset. */
  to(version?: string): Destination {
    return this.versions.to(version);
  }

  /** @internal The service as a destination whose own table decides further. */
  linked(): Destination {
    return this.routes.hasRules ? { host: this.host, table: this.routes.table() } : { host: this.host };
  }

  /**
   * Requests that meet the condition go to this version. Tier: audience. Compiles to a route of the service's
   * VirtualService, named `name`. Throws when there is no such version, or the service has no HTTP port.
   */
  routeTo(this: TakesRequests<this>, version: V, when: Condition, name: string, o: RuleOptions = {}): this {
    this.versions.check(version);
    this.needHttp('a route');
    checkProperties({ when }, { when: 'condition' }, `a route of ${this.calleeName}`);
    this.routes.addRule(this, {
      name: ruleName(name, 'name of the route'),
      tier: 'audience',
      order: orderOf(o, `route "${name}" of ${this.calleeName}`),
      when: when.matches,
      action: { kind: 'split', to: [this.to(version)] },
    });
    return this;
  }

  /**
   * Answers at the caller, without a call: a redirect or a maintenance page, for all requests unless `when` is given.
   * Tier: platform. A redirect's `prefix` needs Istio 1.31.
   */
  answer(this: TakesRequests<this>, name: string, action: Answer, when: Condition = always, o: RuleOptions = {}): this {
    this.needHttp('an answer');
    const what = `answer "${name}" of ${this.calleeName}`;
    checkAnswer(action, when, what);
    if (action.kind === 'redirect' && action.prefix !== undefined) Mesh.of(this).need('1.31', `prefix of redirect "${name}"`);
    const rule = { name: ruleName(name, 'name of the rule'), tier: 'platform' as const, when: when.matches, action };
    this.routes.addRule(this, { ...rule, order: orderOf(o, what) });
    return this;
  }

  /**
   * Calls of one caller get a policy of their own. A field that is given holds before the service's, its ports' and its
   * versions'. Timeout and retries stand in the service's own routes; the rest is a DestinationRule in the caller's
   * namespace, which this app has to own. Throws when a field was given for the caller before.
   */
  callPolicyFrom(caller: Caller, said: CallPolicyOf<P>): this {
    const policy: CallPolicy = said;
    const what = `calls to ${this.calleeName}`;
    isCaller(caller, `callPolicyFrom of ${this.calleeName}`);
    sameApp(this, caller, `a policy for ${what}`);
    checkPolicy(policy, `${caller.callerName} for ${what}`);
    if (policy.timeout !== undefined || policy.retries) this.needHttp('a timeout or retries');
    checkOpaque(policy, this.ports, `${caller.callerName} for ${what}`);
    this.policies.byCaller.add(caller, policy);
    const when = [{ sourceLabels: caller.labels, sourceNamespace: caller.namespace }];
    addRequestPolicy(this, policy, { when, name: `from-${callerId(caller)}`, order: -1 }, this.timeout);
    return this;
  }

  /** @internal Hosts by which its pods are called besides its own. */
  get otherHosts(): readonly string[] {
    return [];
  }

  /** @internal What a service says about its callers and callees when it is made. */
  protected declare(props: { callPolicy?: CallPolicy; calls?: readonly Callee[]; allowFrom?: readonly Caller[] }): void {
    if (props.callPolicy) checkPolicy(props.callPolicy, this.calleeName);
    checkOpaque(props.callPolicy, this.ports, this.calleeName);
    this.timeout = props.callPolicy?.timeout;
    this.policies.forAll(props.callPolicy);
    addRequestPolicy(this, props.callPolicy, { when: [{}], name: 'call-policy' });
    if (props.calls) this.egress.complete();
    whileMade(this, () => {
      for (const callee of props.calls ?? []) this.mayCall(callee);
      if (props.allowFrom) this.allowFrom(...props.allowFrom);
    });
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

  /** Labels that all its pods have. */
  get labels(): Readonly<Record<string, string>> {
    return this.facts.podLabels;
  }
  /** Its identities, one for each service account of its versions, as AuthorizationPolicy writes them. */
  get principals(): readonly string[] {
    const mesh = Mesh.of(this);
    return [...new Set(Object.values(this.facts.serviceAccounts))].map((sa) => mesh.principal(this.namespace, sa));
  }
  /** What it is called in errors, as a caller. */
  get callerName(): string {
    return `service "${this.name}"`;
  }
  /** What it is called in errors, as a callee. */
  get calleeName(): string {
    return `service "${this.name}"`;
  }

  /** Declares a call: the callee lets this service in, and its Sidecar scope names the callee. */
  mayCall<C extends Callee>(callee: C, said: LimitsOf<C> = {}): this {
    const limits: CallLimits = said;
    checkCall(this, callee, limits);
    this.egress.declare(callee);
    callee.admit(this, limits);
    return this;
  }

  /** Lets callers in that this app does not make, and closes the service to all others. `[]` closes it to everyone. */
  allowFrom(...callers: readonly Caller[]): this {
    for (const c of callers) isCaller(c, `allowFrom of ${this.calleeName}`);
    this.access.close();
    for (const c of callers) this.access.allow(c, {});
    return this;
  }

  /** Lets the caller in, where access is closed. Declared calls and gateway routes do this. */
  admit(caller: Caller, limits: CallLimits): void {
    const by = caller instanceof Version ? caller.service : caller;
    this.access.allow(caller, limits, { by: by instanceof Construct ? by : this });
  }

  /** Its own host, and those where its routes lead, as `namespace/host`. */
  egressHosts(): readonly string[] {
    const { hasRules, leftHosts } = this.routes;
    const own = [this.host, ...leftHosts].map((host) => `${this.namespace}/${host}`);
    return [...new Set([...own, ...(hasRules ? leadsTo(AppModel.of(this), this.routes.table()) : [])])];
  }

  /**
   * A policy for calls to one port. What it says about connections replaces the service's there wholesale (Istio does not
   * merge the two); timeout and retries replace the service's one by one. Throws when the port is not one of the
   * service's, has a policy already, or has no requests (timeout, retries).
   */
  portPolicy<Q extends Protocol>(port: Port<Q>, said: PortPolicyOf<NoInfer<Q>>): this {
    const policy: PortPolicy = said;
    this.policies.forPort(port, policy);
    addRequestPolicy(this, policy, { when: [{ port: port.number }], name: `port-${port.number}` }, this.timeout);
    return this;
  }
}
