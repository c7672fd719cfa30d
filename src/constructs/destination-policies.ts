import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { DestinationRule, type DestinationRuleSpec, type Subset, type TrafficPolicy } from '../../imports/networking.istio.io';
import type { Port } from '../values/port';
import { AppModel, type Settles } from './app-model';
import { type ConnectionPolicy, trafficPolicy } from './call-policy';
import type { Caller } from './caller';
import type { ServiceHost } from './service-host';

/**
 * The DestinationRule of a service: a subset for each version that a route names, and policies at the level where they
 * take effect. A port's policy replaces the service's there; a version's counts only where a route names the version.
 *
 * A policy for some callers is a DestinationRule with a workloadSelector in the callers' namespace. Where the service
 * lives elsewhere, istiod then takes the service's own rule away from that namespace's other workloads, so a copy
 * without selector stands beside it. Source: pilot/pkg/model/destination_rule.go, push_context.go; tried on istiod.
 */
export class DestinationPolicies implements Settles {
  private whole: ConnectionPolicy | undefined;
  private readonly byVersion = new Map<string, ConnectionPolicy>();
  private readonly byPort = new Map<Port, ConnectionPolicy>();
  private readonly byCaller: { caller: Caller; policy: ConnectionPolicy }[] = [];
  private readonly made = new Set<string>();

  constructor(private readonly service: ServiceHost<any, any>) {}

  get node() {
    return this.service.node;
  }

  forAll(policy: ConnectionPolicy | undefined): void {
    this.whole = policy;
    trafficPolicy(policy, `service "${this.service.name}"`);
  }

  /** Treats the service as its base is treated. */
  copy(base: DestinationPolicies): void {
    this.whole = base.whole;
    for (const [port, policy] of base.byPort) this.byPort.set(port, policy);
  }

  forVersion(version: string, policy: ConnectionPolicy): void {
    trafficPolicy(policy, `version "${version}" of service "${this.service.name}"`);
    this.byVersion.set(version, policy);
  }

  forPort(port: Port, policy: ConnectionPolicy): void {
    trafficPolicy(policy, `port ${port.number} of service "${this.service.name}"`);
    this.byPort.set(port, policy);
    AppModel.of(this.service).touch();
  }

  forCaller(caller: Caller, policy: ConnectionPolicy): void {
    const what = `${caller.callerName} calling service "${this.service.name}"`;
    if (!trafficPolicy(policy, what)) return;
    if (Object.keys(caller.labels).length === 0)
      throw new Error(`a connection policy for ${caller.callerName} needs to know the labels of its pods`);
    this.byCaller.push({ caller, policy });
    AppModel.of(this.service).touch();
  }

  render(): void {
    const { name, namespace } = this.service;
    if (this.spec()) this.make('DestinationRule', name, namespace, () => this.spec() ?? { host: this.service.host });
    for (const { caller, policy } of this.byCaller) {
      const id = [caller.labels.app, caller.labels.version].filter(Boolean).join('-') || caller.namespace;
      const elsewhere = caller.namespace !== namespace;
      this.make(`DestinationRuleFrom-${caller.namespace}-${id}`, `${name}-from-${id}`, caller.namespace, () => ({
        ...(this.spec() ?? { host: this.service.host }),
        trafficPolicy: { ...this.spec()?.trafficPolicy, ...trafficPolicy(policy, '') },
        exportTo: ['.'],
        workloadSelector: { matchLabels: caller.labels },
      }));
      // without it the namespace's other workloads would lose the service's own rule
      if (elsewhere && this.spec())
        this.make(
          `DestinationRuleCopy-${caller.namespace}`,
          `${name}-${namespace}`,
          caller.namespace,
          () => this.spec() ?? { host: this.service.host },
        );
    }
  }

  private make(id: string, name: string, namespace: string, spec: () => DestinationRuleSpec): void {
    if (this.made.has(id)) return;
    this.made.add(id);
    new DestinationRule(this.service as Construct, id, {
      metadata: { name, namespace },
      spec: Lazy.any({ produce: spec }),
    });
  }

  private spec(): DestinationRuleSpec | undefined {
    const named = AppModel.of(this.service).namedSubsets.get(this.service.host) ?? new Set<string>();
    const subsets: Subset[] = this.service.versionNames
      .filter((v) => named.has(v))
      .map((v) => {
        const policy = trafficPolicy(this.byVersion.get(v), `version "${v}"`);
        return { name: v, labels: this.distinguishing(v), ...(policy ? { trafficPolicy: policy } : {}) };
      });
    const policy = this.policy();
    if (subsets.length === 0 && !policy) return undefined;
    return { host: this.service.host, ...(policy ? { trafficPolicy: policy } : {}), ...(subsets.length > 0 ? { subsets } : {}) };
  }

  private policy(): TrafficPolicy | undefined {
    const base = trafficPolicy(this.whole, `service "${this.service.name}"`);
    const ports = [...this.byPort].flatMap(([port, p]) => {
      const { retryBudget: _, ...policy } = trafficPolicy(p, `port ${port.number}`) ?? {};
      return Object.keys(policy).length > 0 ? [{ port: { number: port.number }, ...policy }] : [];
    });
    return base || ports.length > 0 ? { ...base, ...(ports.length > 0 ? { portLevelSettings: ports } : {}) } : undefined;
  }

  /** The labels that tell the version from its siblings. */
  private distinguishing(version: string): Readonly<Record<string, string>> {
    const mine = this.service.facts.versions[version]!;
    const own = Object.entries(mine).filter(([k, v]) => this.service.labels[k] !== v);
    return Object.fromEntries(own.length > 0 ? own : Object.entries(mine));
  }
}
