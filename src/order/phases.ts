import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { inAnyOrder } from './any-order';
import { isWorkload } from './facts/readiness';
import { NOTHING, type References, referencesOf } from './facts/references';
import type { Bridge } from './facts/seen-subsets';
import { RANKS } from './forms/stages';
import { moversOf } from './movers';
import { Moves, type Step } from './moves';
import { type OldPods, oldPods } from './old-pods';
import { type Change, eachOnce, type Phase, type Phases } from './phase';
import { relationsOf } from './relations';
import { awaited, settling } from './settling';

/**
 * Orders the writes from one state of a mesh to another so that at no moment an object refers to what is not there, whatever
 * the order within a phase: what is referred to is there, in its wide form, before what refers to it changes, and is narrowed
 * or taken away after that. References are of {@link referencesOf}; those to what neither state has are no matter.
 * @param extra what an object has and needs besides, such as pods that are ready
 * @param root the mesh's root namespace
 */
export function phasesOf(
  change: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  const writes = inAnyOrder(change);
  if (writes === undefined) return orderOf(change, domain, extra, root);
  let known: Phases | undefined;
  const order = () => {
    known ??= orderOf(change, domain, extra, root);
    return known;
  };
  return {
    phases: writes.length > 0 ? [{ rank: 'open', writes, awaited: [], pods: [], gone: [], settles: false }] : [],
    knots: [],
    references: (m, key) => order().references(m, key),
    get together() {
      return order().together;
    },
  };
}

/** {@link phasesOf}, whatever it is that changes. */
export function orderOf(
  change: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  const relations = relationsOf(change, domain, extra, root);
  const { references, together, subsets, between } = relations;
  /** @param bridge forms of objects that hide each other, with what they hide */
  const run = (bridge: Bridge | undefined) => {
    const movers = moversOf(
      change.live,
      change.desired,
      references,
      relations.isUsed,
      (from, to, isUsed) => bridge?.(from, to) ?? relations.stages(from, to, isUsed),
    );
    const moves = new Moves(movers, references, together);
    const steps: Step[] = [];
    for (const rank of RANKS) {
      for (;;) {
        const step = moves.next(rank);
        if (!step) break;
        steps.push(step);
      }
    }
    return { steps, moves, left: moves.left() };
  };
  let made = run(undefined);
  // what is in a knot is tried by way of forms between
  const knotted = new Set<string>();
  const bridge: Bridge = (from, to) =>
    subsets.bridge(from, to) ?? (knotted.has(keyOf((to ?? from)!)) ? between.bridge(from, to) : undefined);
  for (let tries = subsets.together.length > 0 ? 1 : 0; made.left.length > 0; tries--) {
    const more = made.left.filter((key) => between.has(key) && !knotted.has(key));
    if (more.length === 0 && tries <= 0) break;
    for (const key of more) knotted.add(key);
    made = run(bridge);
  }
  const { steps } = made;
  const referenceOf = (m: Manifest) => references(m, keyOf(m));
  const settled = settling(steps);
  const old = oldPods(steps, referenceOf);
  return {
    phases: merged(steps.map((step, i) => phaseOf(step, steps.slice(i + 1), settled.has(i), old[i]!, referenceOf))),
    knots: made.moves.knots(),
    references,
    together,
  };
}

function phaseOf(
  step: Step,
  later: readonly Step[],
  settles: boolean,
  { rolledOut, gone }: OldPods,
  references: (m: Manifest) => References,
): Phase {
  const facts = awaited(step, later);
  const isAwaited = (m: Manifest) => [...references(m).provides].some((f) => f.startsWith('pods ') && facts.includes(f));
  const written = step.writes.flatMap((w) => (w.action !== 'delete' && isWorkload(w.object) ? [w.object] : []));
  // what comes by itself is no matter where nothing relies on it
  const coming = [...written, ...step.coming.map((c) => c.object)].filter(isAwaited);
  return { rank: step.rank, writes: step.writes, awaited: facts, pods: eachOnce(coming, rolledOut), gone, settles };
}

/** A phase that only waits is the end of the one before it. */
function merged(phases: readonly Phase[]): readonly Phase[] {
  const out: Phase[] = [];
  for (const p of phases) {
    const last = out.at(-1);
    if (p.writes.length > 0 || (!last && p.pods.length > 0)) out.push(p);
    else if (last)
      out[out.length - 1] = {
        ...last,
        awaited: p.pods.length > 0 ? [...new Set([...last.awaited, ...p.awaited])].sort() : last.awaited,
        pods: eachOnce(last.pods, p.pods),
        gone: eachOnce(last.gone, p.gone),
        settles: last.settles || p.settles,
      };
  }
  return out;
}
