import { sortOf } from './facts/fact-sorts';
import type { Fact } from './facts/references';
import type { Step } from './moves';

/**
 * After which steps proxies have to have heard of all: as few as there is one between any two of which the later relies on the
 * earlier. Each as late as can be, since it is one for all that came before.
 */
export function settling(steps: readonly Step[]): ReadonlySet<number> {
  const out = new Set<number>();
  let last = -1;
  for (const [j, later] of steps.entries())
    if (steps.slice(last + 1, j).some((step) => hasToSettle(step, later))) {
      last = j - 1;
      out.add(last);
    }
  return out;
}

/** Whether proxies have to have heard of a step before a later one. */
const hasToSettle = (step: Step, later: Step): boolean =>
  awaited(step, [later]).some((f) => sortOf(f).isTold) || restricts(step, [later]) || blend(step, later);

/**
 * Whether who has not heard of a step, and hears of a later one, would miss what objects of both have together.
 * @param key one of the objects: only what others have together with it is looked at
 */
export function blend(step: Step, later: Step, key?: string): boolean {
  return [...later.groups].some(([g, { before, after }]) => {
    const first = step.groups.get(g);
    if (!first || (key !== undefined && !g.moving.includes(key))) return false;
    const [now, then] = [g.facts(before), g.facts(after)];
    const isNeeded = (f: Fact) => later.before.needed.has(f) || later.after.needed.has(f);
    const wanted = [...now].filter((f) => then.has(f) && isNeeded(f));
    if (wanted.length === 0) return false;
    const always = g.always(new Map(g.moving.map((key) => [key, [first.before.get(key), before.get(key), after.get(key)]])));
    return wanted.some((f) => !always.has(f));
  });
}

/** Groups of objects that proxies are told of. */
export const ISTIO = /\.istio\.io$/;

/** Whether a step makes room for one that restricts who may, how, or what is known. */
const restricts = (step: Step, later: readonly Step[]): boolean =>
  step.writes.some((w) => ISTIO.test(w.object.group)) && later.some((l) => l.restricts);

/**
 * What a step did that others rely on: it made what a later one begins to need, or what is needed, or was, and a later one takes away
 * elsewhere, or was the last to need what a later one takes away. Proxies have to have heard of it first.
 */
export function awaited(step: Step, later: readonly Step[]): Fact[] {
  const isNew = (f: Fact) => !step.before.provided.has(f) && later.some((l) => l.begins.has(f));
  const isMoved = (f: Fact) => [step.before, step.after].some((s) => s.needed.has(f)) && later.some((l) => l.drops.has(f));
  const left = [...step.before.needed.own].filter((f) => !step.after.needed.has(f));
  return [
    ...[...step.adds].filter((f) => isNew(f) || isMoved(f)),
    ...left.filter((f) => later.some((l) => l.before.provided.has(f) && !l.kept.has(f))),
  ].sort();
}
