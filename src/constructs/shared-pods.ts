import type { Construct } from 'constructs';
import { AppModel } from './app-model';
import type { PodLabels } from './pod-labels';
import { within } from './pod-labels';
import type { ServiceHost } from './service-host';

type Host = ServiceHost<any, any>;
/** Services by namespace and each of their pods' labels, for so many services of an app. */
const indexes = new WeakMap<AppModel, { readonly of: number; readonly byLabel: ReadonlyMap<string, readonly Host[]> }>();

/** What has pods: a service, or a job. */
export interface HasPods {
  readonly namespace: string;
  /** Labels that all of them have. */
  readonly labels: PodLabels;
  /** All labels of its pods, where their templates are known. */
  readonly facts?: { readonly pods?: readonly PodLabels[] };
}

/** What its pods have, as far as that is known. */
const podsOf = (s: HasPods) => [s.labels, ...(s.facts?.pods ?? [])];
const keysOf = (s: HasPods) => new Set(podsOf(s).flatMap((p) => Object.entries(p).map(([k, v]) => `${s.namespace} ${k}=${v}`)));
const takes = (s: HasPods, other: HasPods) => podsOf(other).some((p) => within(p, s.labels));

/**
 * The other services of the app over pods of this one: several Services of one Deployment, or one that takes more pods than
 * this. What Istio decides by workload (AuthorizationPolicy, Sidecar) knows pods alone, so it holds for all of them.
 */
export function sharingPods(service: HasPods & Construct): readonly Host[] {
  const model = AppModel.of(service);
  let index = indexes.get(model);
  if (index?.of !== model.services.length) {
    const byLabel = new Map<string, Host[]>();
    for (const s of model.services) for (const key of keysOf(s)) byLabel.set(key, [...(byLabel.get(key) ?? []), s]);
    index = { of: model.services.length, byLabel };
    indexes.set(model, index);
  }
  const known = index.byLabel;
  const near = new Set([...keysOf(service)].flatMap((key) => known.get(key) ?? []));
  return [...near].filter((s) => (s as HasPods) !== service && (takes(s, service) || takes(service, s)));
}
