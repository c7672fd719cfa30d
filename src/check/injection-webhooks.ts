import type { Config } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items } from './items';

type Labels = Readonly<Record<string, string>>;

/** A webhook of the injector. */
export interface InjectionWebhook {
  readonly config: Config;
  readonly index: number;
  readonly webhook: any;
}

/** The configurations of mutating webhooks; their fields are not in a `spec`. */
export const mutatingWebhooks: (mesh: CheckedMesh) => readonly InjectionWebhook[] = ofMesh((mesh) =>
  mesh
    .of('admissionregistration.k8s.io/MutatingWebhookConfiguration')
    .flatMap((config) => [...items(config.manifest.object.webhooks)].map(([index, webhook]) => ({ config, index, webhook }))),
);

/** Whether a selector of Kubernetes takes the labels; one that is not there takes all. */
export function labelSelectorTakes(selector: any, labels: Labels): boolean {
  for (const [k, v] of Object.entries(selector?.matchLabels ?? {})) if (labels[k] !== v) return false;
  for (const [, { key, operator, values }] of items(selector?.matchExpressions)) {
    const value = labels[key];
    const among = value !== undefined && Array.isArray(values) && values.includes(value);
    if (
      operator === 'In'
        ? !among
        : operator === 'NotIn'
          ? among
          : operator === 'Exists'
            ? value === undefined
            : value !== undefined
    )
      return false;
  }
  return true;
}
