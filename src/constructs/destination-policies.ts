import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { DestinationRule, type DestinationRuleSpec, type Subset } from '../../imports/networking.istio.io';
import type { Port } from '../values/port';
import { checkProperties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { type ConnectionPolicy, checkPolicy, type PortPolicy, trafficPolicy } from './call-policy';
import { callerId } from './caller';
import { CallerPolicies } from './caller-policies';
import { forksOf } from './fork-callers';
import { IGNORE } from './ignore-annotation';
import { checkOpaque } from './opaque-policy';
import { laidOver, onlyVersion, type PolicyLayers, renderPolicy, type Settings } from './policy-layers';
import type { ServiceHost } from './service-host';

/**
 * The DestinationRule of a service: a subset for each version that a route names, and policies at the level where they
 * take effect. A port's policy replaces the service's there; a version's counts only where a route names the version,
 * so the policy of a service's only version is written as the service's.
 *
 * A policy for some callers is a DestinationRule with a workloadSelector in the callers' namespace. Where the service
 * lives elsewhere, istiod then takes the service's own rule away from that namespace's other workloads, so a copy
 * without selector stands beside it. Source: pilot/pkg/model/destination_rule.go, push_context.go; tried on istiod.
 */
export class DestinationPolicies implements Settles {
  private whole: Settings | undefined;
  private readonly byVersion = new Map<string, Settings>();
  private readonly ports = new Set<Port>();
  private readonly byPort = new Map<number, Settings>();
  /** What is said for single callers. */
  readonly byCaller: CallerPolicies;
  private moved: readonly string[] = [];
  private left = false;
  private base: { readonly of: DestinationPolicies; readonly version: string } | undefined;
  private readonly made = new Set<string>();

  constructor(private readonly service: ServiceHost<any, any>) {
    this.byCaller = new CallerPolicies(service);
  }

  /** The service's: errors are told there. */
  get node() {
    return this.service.node;
  }

  /** What holds for all calls of the service. */
  forAll(policy: ConnectionPolicy | undefined): void {
    this.whole = trafficPolicy(policy, `service "${this.service.name}"`);
  }

  /** Names subsets of all its pods, whose labels a controller completes. */
  splitBy(subsets: readonly string[]): void {
    this.moved = subsets;
  }

  /** Leaves the policy to a controller, which is told what {@link ofAll} says. */
  leaveTo(): void {
    this.left = true;
  }

  /** What holds for the only port of a service with one version. */
  ofAll(): Settings | undefined {
    const { whole, byPort } = this.said();
    const [only] = byPort.values();
    return only ?? whole;
  }

  /** Whether anything limits the connections of callers, of all or of one. */
  get limitsConnections(): boolean {
    const { whole, byPort } = this.said();
    const all = [whole, ...byPort.values(), ...this.byCaller.list.map((c) => c.settings)];
    return all.some((s) => s?.connectionPool !== undefined);
  }

  /** Treats the service as a version of its base is treated, also by what is said later. */
  copy(of: DestinationPolicies, version: string): void {
    this.base = { of, version };
  }

  /** What holds for calls to one version, where a route names it. */
  forVersion(version: string, policy: ConnectionPolicy): void {
    const settings = trafficPolicy(policy, `version "${version}" of service "${this.service.name}"`);
    if (settings) this.byVersion.set(version, settings);
  }

  /** Throws when the port is not one of the service's, has a policy already, or has no requests (timeout, retries). */
  forPort(given: Port, policy: PortPolicy): void {
    const { ports, name } = this.service;
    checkProperties({ port: given }, { port: 'port' }, `a portPolicy of service "${name}"`);
    const port = ports.find((p) => p.number === given.number && p.protocol === given.protocol && p.name === given.name);
    if (!port)
      throw new Error(`port ${inWords(given)} is not one of service "${name}" (it has ${ports.map(inWords).join(', ')})`);
    const what = `port ${port.number} of service "${name}"`;
    checkPolicy(policy, what, 'port');
    if ((policy.timeout !== undefined || policy.retries) && !port.isHttp)
      throw new Error(
        `a timeout or retries for ${what} need single requests: it speaks ${port.protocol}, and Istio sees only connections there`,
      );
    checkOpaque(policy, [port], what);
    if (this.ports.has(port)) throw new Error(`${what} has a policy already: say all of it in one portPolicy`);
    this.ports.add(port);
    const settings = trafficPolicy(policy, what);
    // a port that only has a timeout keeps what the service says about connections
    if (settings) this.byPort.set(port.number, settings);
    AppModel.of(this.service).touch();
  }

  /** Makes the DestinationRules that are needed. */
  render(): void {
    const { name, namespace, host } = this.service;
    const orNothing = (spec: DestinationRuleSpec | undefined) => spec ?? { host };
    const needed = !this.left && this.spec() !== undefined;
    this.checkCallers();
    if (needed) this.make('DestinationRule', name, namespace, () => orNothing(this.spec()));
    const said = (this.base?.of ?? this).byCaller.list;
    const model = AppModel.of(this.service);
    const forks = said.flatMap(({ caller, settings }) => forksOf(model, caller).map((fork) => ({ caller: fork, settings })));
    for (const { caller, settings } of [...said, ...forks]) {
      const elsewhere = caller.namespace !== namespace;
      const here = elsewhere ? `${name}-${namespace}` : name;
      const who = callerId(caller);
      const what = `${caller.callerName} calling service "${name}"`;
      laidOver(this.said(), settings, what);
      this.make(`DestinationRuleFrom-${caller.namespace}-${who}`, `${here}-from-${who}`, caller.namespace, () => ({
        ...orNothing(this.spec((said) => laidOver(said, settings, what))),
        exportTo: ['.'],
        workloadSelector: { matchLabels: caller.labels },
      }));
      // without it the namespace's other workloads would lose the service's own rule
      if (elsewhere && needed)
        this.make(`DestinationRuleCopy-${caller.namespace}`, here, caller.namespace, () => orNothing(this.spec()));
    }
  }

  /** A policy for some callers is a DestinationRule of its own, which no controller knows. */
  private checkCallers(): void {
    const { name } = this.service;
    const [first] = this.byCaller.list;
    if (first && (this.left || this.moved.length > 0))
      throw new Error(
        `the policy of ${first.caller.callerName} for connections to service "${name}" would be a DestinationRule beside the one that the controller of its release changes, and would not follow it: give all callers one policy, or release "${name}" without engine`,
      );
  }

  private make(id: string, name: string, namespace: string, spec: () => DestinationRuleSpec): void {
    if (this.made.has(id)) return;
    this.made.add(id);
    // the same whichever is idle, so that a switch changes the routes alone
    const note = { [IGNORE]: 'subset-without-route: the idle version stays defined for the way back' };
    const { machines = [] } = this.service.facts;
    const annotations = {
      ...(this.service.routes.kept.size > 0 ? note : {}),
      // istioctl looks at pods alone (pkg/config/analysis/analyzers/destinationrule), istiod at machines too
      ...(spec().subsets?.some((s) => machines.includes(s.name)) ? { 'galley.istio.io/analyze-suppress': 'IST0173' } : {}),
    };
    new DestinationRule(this.service as Construct, id, {
      metadata: { name, namespace, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: Lazy.any({ produce: spec }),
    });
  }

  /** All that holds for this service's callers. */
  private said(): PolicyLayers {
    const only = (said: PolicyLayers, version: string, service: ServiceHost<any, any>) =>
      onlyVersion(said, version, `version "${version}" of service "${service.name}"`);
    if (this.base) return only(this.base.of.layers(), this.base.version, this.base.of.service);
    const { versionNames } = this.service;
    return versionNames.length === 1 ? only(this.layers(), versionNames[0]!, this.service) : this.layers();
  }

  private layers(): PolicyLayers {
    return { whole: this.whole, byPort: this.byPort, byVersion: this.byVersion };
  }

  private spec(change: (said: PolicyLayers) => PolicyLayers = (said) => said): DestinationRuleSpec | undefined {
    const said = change(this.said());
    const named = AppModel.of(this.service).namedSubsets.get(this.service.host) ?? new Set<string>();
    const subsets: Subset[] = this.service.versionNames
      .filter((v) => named.has(v))
      .map((v) => {
        const settings = said.byVersion.get(v) ?? {};
        return {
          name: v,
          labels: this.distinguishing(v),
          ...(Object.keys(settings).length > 0 ? { trafficPolicy: settings } : {}),
        };
      });
    for (const name of this.moved.filter((v) => named.has(v))) subsets.push({ name, labels: { ...this.service.labels } });
    const policy = renderPolicy(said);
    if (subsets.length === 0 && !policy) return undefined;
    return { host: this.service.host, ...(policy ? { trafficPolicy: policy } : {}), ...(subsets.length > 0 ? { subsets } : {}) };
  }

  /** The labels that tell the version from its siblings. */
  private distinguishing(version: string): Readonly<Record<string, string>> {
    const mine = this.service.facts.versions[version]!;
    const own = Object.entries(mine).filter(([k, v]) => this.service.labels[k] !== v);
    return Object.fromEntries(own.length > 0 ? own : Object.entries(mine));
  }
}

const inWords = (p: Port) => `${p.number} (${p.name === p.protocol ? p.name : `${p.protocol}, "${p.name}"`})`;
