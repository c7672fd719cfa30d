import type { Faults } from './faults';

/**
 * A HorizontalPodAutoscaler. Types are not known here, so that values of wrong ones are passed over.
 * Source: pkg/apis/autoscaling/validation/validation.go.
 */
export function scalerProblems(
  { minReplicas, maxReplicas, scaleTargetRef }: Readonly<Record<string, any>>,
  faults: Faults,
): void {
  if (maxReplicas === undefined || maxReplicas === 0) faults.lacks(['spec', 'maxReplicas']);
  else if (typeof maxReplicas === 'number' && maxReplicas < (typeof minReplicas === 'number' ? minReplicas : 1))
    faults.say(['spec', 'maxReplicas'], `is ${maxReplicas}, where at least ${minReplicas ?? 1} is wanted`);
  if (typeof minReplicas === 'number' && minReplicas < 1)
    faults.say(['spec', 'minReplicas'], `is ${minReplicas}, where at least 1 is wanted`);
  for (const field of ['kind', 'name']) if (!scaleTargetRef?.[field]) faults.lacks(['spec', 'scaleTargetRef', field]);
}

/** A PodDisruptionBudget. Source: pkg/apis/policy/validation/validation.go. */
export function budgetProblems(spec: Readonly<Record<string, any>>, faults: Faults): void {
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    faults.say(['spec'], 'has minAvailable and maxUnavailable, of which one may be set');
  for (const field of ['minAvailable', 'maxUnavailable']) {
    const value = spec[field];
    const isPercent = typeof value === 'string' && /^\d+%$/.test(value) && Number.parseInt(value, 10) <= 100;
    if (typeof value === 'number' ? value < 0 : value !== undefined && !isPercent)
      faults.say(['spec', field], `is ${JSON.stringify(value)}, where a number or up to "100%" is wanted`);
  }
}
