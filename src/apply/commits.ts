import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { syncWaveOf } from '../manifests/wave';
import { inUse } from './in-use';
import type { Phase, Write } from './phase';
import { TOLD } from './phases';
import type { Fact, References } from './references';

/** What is committed at once. */
export interface Commit {
  /** All objects, once it is written. */
  readonly state: readonly Manifest[];
  /** What it writes; the waves of the objects have the same order. */
  readonly phases: readonly Phase[];
}

interface Known {
  readonly references: (m: Manifest) => References;
  /** Whether what an object that goes refers to is asked for by somebody who stays. */
  readonly missed: (m: Manifest) => boolean;
  /** Facts that are there when all is done. */
  readonly lasting: ReadonlySet<Fact>;
}

/**
 * Joins phases to commits, as few as hold no gap. What synchronizes files to a cluster has one state at a time: within one it
 * writes in waves (see {@link syncWaveOf}), and deletes when it likes. So phases share a commit as long as the waves have
 * their order, and nothing is deleted that is referred to before the commit or while it is written.
 */
export function commitsOf(
  before: readonly Manifest[],
  after: readonly Manifest[],
  phases: readonly Phase[],
  references: (m: Manifest) => References,
  domain: string,
): readonly Commit[] {
  const known = {
    references,
    missed: inUse(after, [...before, ...after], 'istio-system', domain),
    lasting: new Set(after.flatMap((m) => [...references(m).provides])),
  };
  const commits: Commit[] = [];
  let state = before;
  let group: Phase[] = [];
  const close = () => {
    state = stateAfter(state, group);
    commits.push({ state, phases: group });
    group = [];
  };
  for (const phase of phases) {
    if (group.length > 0 && !safe(state, [...group, phase], known)) close();
    group.push(phase);
  }
  if (group.length > 0) close();
  return commits;
}

/** The objects once phases are written. */
function stateAfter(before: readonly Manifest[], phases: readonly Phase[]): readonly Manifest[] {
  const state = new Map(before.map((m) => [keyOf(m), m]));
  for (const w of phases.flatMap((p) => p.writes)) {
    if (w.action === 'delete') state.delete(w.key);
    else state.set(w.key, w.object);
  }
  return [...state.values()];
}

/** Whether phases can be written as one state, in waves. */
function safe(state: readonly Manifest[], group: readonly Phase[], known: Known): boolean {
  const keys = group.flatMap((p) => p.writes.map((w) => w.key));
  // two forms of one object are two states
  return new Set(keys).size === keys.length && orderIsKept(group, known) && nothingIsMissing(state, group, known);
}

/**
 * Where proxies have to have heard of a phase, or pods have to be there, before the next, waves keep that order: what comes later is
 * of a later wave, and nothing is deleted on either side, since nobody knows when.
 */
function orderIsKept(group: readonly Phase[], { missed }: Known): boolean {
  return group.every((phase, i) => {
    if (i === group.length - 1 || !(phase.settles || phase.pods.length > 0)) return true;
    const [first, then] = [group.slice(0, i + 1), group.slice(i + 1)].map((all) => all.flatMap((p) => p.writes)) as [
      Write[],
      Write[],
    ];
    const isGone = (w: Write) => w.action === 'delete';
    // all that nobody asks for any more goes as it likes
    if (then.every(isGone) && first.every((w) => isGone(w) && !missed(w.object))) return true;
    if ([...first, ...then].some(isGone)) return false;
    return Math.max(...first.map((w) => syncWaveOf(w.object))) < Math.min(...then.map((w) => syncWaveOf(w.object)));
  });
}

/** What others notice when it is not there, if only for a moment: not what a pod needs that runs already. */
const isNoticed = (f: Fact): boolean => TOLD.test(f) || f.startsWith('guard ');

/** Whether no proxy is told at any moment of something that is not there, and no workload is without a policy that has one. */
function nothingIsMissing(state: readonly Manifest[], group: readonly Phase[], { references, missed, lasting }: Known): boolean {
  const told = (m: Manifest, of: 'provides' | 'needs' | 'keeps') => [...(references(m)[of] ?? [])].filter(isNoticed);
  const writes = group.flatMap((p) => p.writes);
  const deleted = new Set(writes.filter((w) => w.action === 'delete').map((w) => w.key));
  const objects = new Map(state.map((m) => [keyOf(m), m]));
  // nobody can rely on what is deleted, from the beginning; what it refers to it needs to the end, if anybody asks for it
  const there = new Set(state.flatMap((m) => told(m, 'provides')));
  const kept = (m: Manifest) => told(m, 'keeps').filter((f) => there.has(f) && lasting.has(f));
  const provided = () => new Set([...objects].flatMap(([key, m]) => (deleted.has(key) ? [] : told(m, 'provides'))));
  const needed = () =>
    [...objects].flatMap(([key, m]) => (deleted.has(key) && !missed(m) ? [] : [...told(m, 'needs'), ...kept(m)]));
  const known = new Set([...state, ...writes.map((w) => w.object)].flatMap((m) => told(m, 'provides')));
  // what is missing before is missing whatever is done
  const missing = new Set(needed().filter((f) => !there.has(f)));
  const isThere = (needs: readonly string[], has: ReadonlySet<string>) =>
    needs.every((f) => has.has(f) || missing.has(f) || !known.has(f));
  if (!isThere(needed(), provided())) return false;
  for (const wave of wavesOf(writes)) {
    const [hadBefore, neededBefore] = [provided(), needed()];
    for (const w of wave) objects.set(w.key, w.object);
    // in any order within the wave
    const both = [...neededBefore, ...needed()];
    if (!isThere(both, hadBefore) || !isThere(both, provided())) return false;
  }
  return true;
}

/** What is made and changed, wave by wave. */
function wavesOf(writes: readonly Write[]): readonly (readonly Write[])[] {
  const waves = new Map<number, Write[]>();
  for (const w of writes) {
    if (w.action === 'delete') continue;
    const wave = syncWaveOf(w.object);
    waves.set(wave, [...(waves.get(wave) ?? []), w]);
  }
  return [...waves].sort(([a], [b]) => a - b).map(([, wave]) => wave);
}
