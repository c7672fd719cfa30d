import { AppModel } from './app-model';
import { type CallPolicy, trafficPolicy } from './call-policy';
import type { Caller } from './caller';
import { ownsNamespace } from './chart-namespace';
import { within } from './pod-labels';
import type { Settings } from './policy-layers';
import type { ServiceHost } from './service-host';

interface Said {
  readonly caller: Caller;
  /** Names of the policy's fields that were given. */
  readonly fields: ReadonlySet<string>;
  /** What they say about connections, rendered. */
  readonly settings: Settings;
}

/**
 * What is said about calls of one caller. Each field is said once for a caller. Of two DestinationRules whose selectors
 * both take a pod istiod obeys the older alone (`SidecarScope.DestinationRule` in pilot/pkg/model/sidecar.go), so callers
 * that share pods cannot both have one.
 */
export class CallerPolicies {
  private said: Said[] = [];

  constructor(private readonly service: ServiceHost<any, any>) {}

  /** Callers with something to say about connections. */
  get list(): readonly Said[] {
    return this.said.filter((s) => Object.keys(s.settings).length > 0);
  }

  /** Throws when a field was said for the caller before, or cannot hold. */
  add(caller: Caller, policy: CallPolicy): void {
    const to = `service "${this.service.name}"`;
    if (Object.keys(caller.labels).length === 0)
      throw new Error(`a policy for calls of ${caller.callerName} to ${to} needs to know the labels of its pods`);
    const settings = trafficPolicy(policy, `${caller.callerName} calling ${to}`) ?? {};
    const connections = Object.keys(settings).length > 0;
    if (connections && !ownsNamespace(this.service, caller.namespace))
      throw new Error(
        `a connection policy for calls of ${caller.callerName} to ${to} is a DestinationRule in namespace "${caller.namespace}", which no chart of this app has: the app that owns it has to write it; timeout and retries can be said here`,
      );
    const fields = new Set(Object.entries(policy).flatMap(([k, v]) => (v === undefined ? [] : [k])));
    const same = this.said.find((s) => covers(caller, s.caller) && covers(s.caller, caller));
    const twice = [...(same?.fields ?? [])].find((f) => fields.has(f));
    if (twice) throw new Error(`callPolicyFrom of ${to} gives ${caller.callerName} a ${twice} twice: say it once`);
    const rival = connections && this.list.find((s) => s !== same && (covers(caller, s.caller) || covers(s.caller, caller)));
    if (rival)
      throw new Error(
        `callPolicyFrom of ${to} gives ${caller.callerName} and ${rival.caller.callerName}, which share pods, connection policies of their own, and Istio would obey one of the two alone: say it for each version`,
      );
    const merged = {
      caller,
      fields: new Set([...fields, ...(same?.fields ?? [])]),
      settings: { ...same?.settings, ...settings },
    };
    this.said = same ? this.said.map((s) => (s === same ? merged : s)) : [...this.said, merged];
    AppModel.of(this.service).touch();
  }
}

/** Whether all pods of the second are pods of the first. */
const covers = (b: Caller, a: Caller) => a.namespace === b.namespace && within(a.labels, b.labels);
