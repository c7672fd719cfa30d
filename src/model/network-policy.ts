import { type Config, selects } from './config';
import type { Direction } from './interception';
import type { Unknown } from './not-understood';

type Expression = { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] };

/** Whether a label selector of Kubernetes takes labels. */
export function takes(selector: any, labels: Readonly<Record<string, string>>): boolean {
  if (!selects(selector?.matchLabels, labels)) return false;
  const list: readonly Expression[] = Array.isArray(selector?.matchExpressions) ? selector.matchExpressions : [];
  return list.every(({ key = '', operator, values = [] }) => {
    if (operator === 'In') return labels[key] !== undefined && values.includes(labels[key]);
    if (operator === 'NotIn') return labels[key] === undefined || !values.includes(labels[key]);
    return operator === 'Exists' ? labels[key] !== undefined : labels[key] === undefined;
  });
}

/** Whether pods of all namespaces are among what a NetworkPolicy lets connections go to: policies add up, so no other stops them. */
const letsToPods = (spec: any): boolean =>
  ((spec.egress ?? []) as any[]).some(
    ({ to = [], ports = [] }) =>
      ports.length === 0 &&
      (to.length === 0 || to.some((p: any) => p.namespaceSelector && takesAll(p.namespaceSelector) && !p.podSelector)),
  );

const takesAll = ({ matchLabels = {}, matchExpressions = [] }: any): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

/**
 * The NetworkPolicies that close pods but for what they list: they work below the proxies, and are not followed, but that one may
 * let connections go to all pods.
 * @param toPods whether all that connections may go to are pods
 */
export function networkPolicies(
  all: readonly Config[],
  pod: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  direction: Direction,
  toPods = false,
): Unknown[] {
  const closing = all.filter(({ namespace, spec }) => {
    const types: readonly string[] = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
    const about = types.includes(direction === 'inbound' ? 'Ingress' : 'Egress');
    return about && namespace === pod.namespace && takes(spec.podSelector, pod.labels);
  });
  if (direction === 'outbound' && toPods && closing.some(({ spec }) => letsToPods(spec))) return [];
  return closing.map((c) => ({
    by: { manifest: c.manifest, path: ['spec'] },
    reason: `a NetworkPolicy may stop connections ${direction === 'inbound' ? 'to' : 'from'} these pods`,
  }));
}
