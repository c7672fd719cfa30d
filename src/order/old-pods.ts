import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { sortOf } from './facts/fact-sorts';
import { isWorkload } from './facts/readiness';
import type { Fact, References } from './facts/references';
import type { Step } from './moves';
import { blend } from './settling';

/** Workloads whose pods of before need what the next step takes away. */
export interface OldPods {
  /** They have to be rolled out. */
  readonly rolledOut: readonly Manifest[];
  /** They were deleted, and their pods have to be gone. */
  readonly gone: readonly Manifest[];
}

/**
 * After each step the workloads whose old pods have to be gone before the next, as late as can be: pods that are on their way out take
 * requests, from who dials them or has not heard yet, until their programs end.
 * @param references what an object has and needs
 */
export function oldPods(steps: readonly Step[], references: (m: Manifest) => References): readonly OldPods[] {
  const out = steps.map(() => ({ rolledOut: [] as Manifest[], gone: [] as Manifest[] }));
  for (const [i, { coming, writes }] of steps.entries()) {
    for (const { object, left } of coming) {
      const ends = [beforeTaken(steps, i, left), beforeBlended(steps, i, keyOf(object))].filter((at) => at >= 0);
      if (ends.length > 0) out[Math.min(...ends)]!.rolledOut.push(object);
    }
    for (const { action, object } of writes)
      if (action === 'delete' && isWorkload(object)) {
        const needs = [...references(object).needs];
        const guarding = needs.filter((f) => sortOf(f).isForDrained);
        // it is there as long as they are, and so is all that it needs
        if (beforeTaken(steps, i, guarding) >= 0) out[beforeTaken(steps, i, needs)]!.gone.push(object);
      }
  }
  return out;
}

/** After a step, the last one before some of the facts are taken away; -1 where none are. */
function beforeTaken(steps: readonly Step[], i: number, facts: readonly Fact[]): number {
  const j = steps.findIndex((l, at) => at > i && facts.some((f) => l.before.provided.has(f) && !l.kept.has(f)));
  return j < 0 ? j : j - 1;
}

/** After a step, the last one before some would miss what a workload and others have together, were pods of before there still; -1 for none. */
const beforeBlended = (steps: readonly Step[], i: number, key: string): number =>
  steps.findIndex((l, at) => at > i && blend(steps[i]!, l, key)) - 1;
