import { checkLabels } from '../values/labels';

/** Labels of pods: a pod is meant that has all of them. */
export type PodLabels = Readonly<Record<string, string>>;

/** Throws unless these are labels that tell pods from others: a selector without any takes every pod. */
export function checkPodLabels(labels: PodLabels | undefined, what: string): void {
  checkLabels(labels, what);
  if (labels && Object.keys(labels).length === 0)
    throw new Error(`${what} are empty: they would mean every pod; give those that tell its pods from others, or leave them out`);
}

/** Whether all pods that have the labels have the others too. */
export const within = (labels: PodLabels, others: PodLabels): boolean =>
  Object.entries(others).every(([k, v]) => labels[k] === v);

/** `app=web, version=v1`. */
export const inWords = (labels: PodLabels): string =>
  Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(', ');
