import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { guardedPods, isAllow } from './authorization-rules';
import { isWorkload } from './readiness';
import { type Fact, NOTHING, type References } from './references';
import { podsOf, type Subject, type Subjects } from './subjects';

/**
 * What keeps a workload from being open to everybody on the way: where each of its states has a policy, it needs one at all
 * times. One policy may take the place of another; a workload that comes with its policy comes after it, and goes before it.
 * Source: istio.io, AuthorizationPolicy: "if there are no ALLOW policies for the workload, allow the request".
 */
export function guardFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
): (m: Manifest) => References {
  const states = [live, desired].map((objects) => ({
    guarded: guardedPods(objects, subjects),
    workloads: objects.filter(isWorkload),
  }));
  const open = new Set(states.flatMap(({ guarded, workloads }) => workloads.filter((w) => !guarded.has(podsOf(w))).map(keyOf)));
  const needing = states.flatMap(({ workloads }) => workloads).filter((w) => !open.has(keyOf(w)));
  // a workload whose labels change is guarded by other policies afterwards
  const facts = new Map<Subject, Set<Fact>>();
  const factOf = (w: Manifest): Fact => `guard ${keyOf(w)} ${podsOf(w)}`;
  for (const w of needing) facts.set(podsOf(w), (facts.get(podsOf(w)) ?? new Set()).add(factOf(w)));
  return (m) => {
    if (isWorkload(m)) return open.has(keyOf(m)) ? NOTHING : { ...NOTHING, needs: new Set([factOf(m)]) };
    if (!isAllow(m)) return NOTHING;
    return { ...NOTHING, provides: new Set(subjects.of(m).flatMap((s) => [...(facts.get(s) ?? [])])) };
  };
}
