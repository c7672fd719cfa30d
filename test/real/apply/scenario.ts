import type { KubeObject } from '../manifests';
import { hostOf } from './app';
import type { Witness } from './witnesses';

/** A release of an app in a namespace of its own, and requests that are let in before and after. */
export interface Scenario {
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
  readonly witnesses: readonly Witness[];
  /** Requests that are let in neither before nor after. */
  readonly strangers?: readonly Witness[];
}

/** A scenario by its purpose, in a namespace that is given to it. */
export type NamedScenario = readonly [purpose: string, of: (namespace: string) => Scenario];

/** A request for a service of the namespace, by default from `page`. */
export const asks = (n: string, name: string, from = 'page'): Witness => ({ from: `${n}/${from}`, host: hostOf(n, name) });
/** An object of Istio's. */
export const istio = (kind: string, n: string, name: string, spec: object): KubeObject => ({
  apiVersion:
    kind.endsWith('Authentication') || kind === 'AuthorizationPolicy' ? 'security.istio.io/v1' : 'networking.istio.io/v1',
  kind,
  metadata: { name, namespace: n },
  spec,
});
const isOf = (kind: string, name: string) => (o: KubeObject) => o.kind === kind && o.metadata.name === name;
/** The objects without the one of that kind and name. */
export const without = (objects: readonly KubeObject[], kind: string, name: string) =>
  objects.filter((o) => !isOf(kind, name)(o));
