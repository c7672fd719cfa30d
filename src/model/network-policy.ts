import { type Config, selects } from './config';
import type { Direction } from './interception';
import type { Unknown } from './not-understood';

type Expression = { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] };

/** Whether a label selector of Kubernetes takes labels. */
function takes(selector: any, labels: Readonly<Record<string, string>>): boolean {
  if (!selects(selector?.matchLabels, labels)) return false;
  const list: readonly Expression[] = Array.isArray(selector?.matchExpressions) ? selector.matchExpressions : [];
  return list.every(({ key = '', operator, values = [] }) => {
    if (operator === 'In') return labels[key] !== undefined && values.includes(labels[key]);
    if (operator === 'NotIn') return labels[key] === undefined || !values.includes(labels[key]);
    return operator === 'Exists' ? labels[key] !== undefined : labels[key] === undefined;
  });
}

/** The NetworkPolicies that close pods but for what they list: they work below the proxies, and are not followed. */
export function networkPolicies(
  all: readonly Config[],
  pod: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  direction: Direction,
): Unknown[] {
  return all
    .filter(({ namespace, spec }) => {
      const types: readonly string[] = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
      const about = types.includes(direction === 'inbound' ? 'Ingress' : 'Egress');
      return about && namespace === pod.namespace && takes(spec.podSelector, pod.labels);
    })
    .map((c) => ({
      by: { manifest: c.manifest, path: ['spec'] },
      reason: `a NetworkPolicy may stop connections ${direction === 'inbound' ? 'to' : 'from'} these pods`,
    }));
}
