import type { Manifest } from '../manifests/manifest';
import { type Knot, type Phase, phasesOf } from './phases';
import { podFacts } from './readiness';
import { keyOf } from './references';

/** The way from one state of the files to another, without a cluster. */
export interface Way {
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  readonly phases: readonly Phase[];
  readonly knots: readonly Knot[];
  /**
   * The state between, where one step is not enough: all that the old state has and all that the new one has. In Git it is a
   * commit of its own. Nothing where one step is safe.
   */
  readonly between?: readonly Manifest[];
}

/**
 * Works out how the second state is reached from the first without a gap. Two steps are needed where something is taken
 * away (a subset, a Gateway, an allow) that the first state relies on until the proxies know the second.
 * @param domain suffix of services' names
 */
export function wayBetween(before: readonly Manifest[], after: readonly Manifest[], domain = 'cluster.local'): Way {
  const { phases, knots } = phasesOf({ live: before, desired: after }, domain, podFacts([...before, ...after], domain));
  const opening = phases.filter((p) => p.rank === 'open');
  const closing = phases.filter((p) => p.rank !== 'open');
  const twice = closing.length > 0 && opening.some((p) => p.settles);
  return { before, after, phases, knots, ...(twice ? { between: stateAfter(before, opening) } : {}) };
}

function stateAfter(before: readonly Manifest[], phases: readonly Phase[]): Manifest[] {
  const state = new Map(before.map((m) => [keyOf(m), m]));
  for (const w of phases.flatMap((p) => p.writes)) {
    if (w.action === 'delete') state.delete(w.key);
    else state.set(w.key, w.object);
  }
  return [...state.values()];
}
