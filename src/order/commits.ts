import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { syncWavesIn } from '../manifests/wave';
import { inUse } from './in-use';
import { inWaves } from './in-waves';
import { OneState, type States } from './one-state';
import type { Phase, Phases, Write } from './phase';
import { ISTIO } from './settling';

/** What is committed at once. */
export interface Commit {
  /** All objects, once it is written. */
  readonly state: readonly Manifest[];
  /** What it writes; the waves of the objects have the same order. */
  readonly phases: readonly Phase[];
}

/**
 * Joins phases to commits, as few as hold no gap. What synchronizes files to a cluster has one state at a time: within one it
 * writes in waves (see {@link syncWavesIn}), and deletes when it likes. So phases share a commit as long as nobody misses anything
 * with that order of theirs, each part of what changes for itself. A form between two, that the one commit does without, is left out.
 * @param root the mesh's root namespace: what is restricted there may be so for all
 */
export function commitsOf(
  before: readonly Manifest[],
  after: readonly Manifest[],
  made: Phases,
  domain: string,
  root: string,
): readonly Commit[] {
  const { phases } = made;
  const missed = inUse(after, [...before, ...after], root, domain);
  const syncWaveOf = syncWavesIn(after);
  const judge = new OneState(before, after, made, missed, syncWaveOf);
  const state = new Map<string, Manifest | undefined>(before.map((m) => [keyOf(m), m]));
  const isSafe = (from: States, group: readonly Phase[]) =>
    orderIsKept(group, missed, syncWaveOf) && judge.isSafe(from, lastOf(group));
  const parts = judge.parts((key) => RESTRICTING.test(key) && key.includes(` ${root}/`));
  const groups = together(
    parts.map((keys) => groupsOf(phases, keys, state, isSafe)),
    phases,
  );
  return groups.map((group): Commit => {
    const writes = lastOf(group);
    const had = new Set([...state].flatMap(([key, m]) => (m ? key : [])));
    for (const [key, m] of writes) state.set(key, m);
    return {
      state: [...state.values()].filter((m) => m !== undefined),
      phases: inWaves(
        group.flatMap((p) => written(p, writes, had)),
        syncWaveOf,
      ),
    };
  });
}

/** The phases of some objects that change, as few groups of them as may be committed one after the other. */
function groupsOf(
  phases: readonly Phase[],
  keys: ReadonlySet<string>,
  before: States,
  isSafe: (from: States, group: readonly Phase[]) => boolean,
): readonly (readonly Phase[])[] {
  const state = new Map([...keys].map((key) => [key, before.get(key)]));
  const groups: Phase[][] = [[]];
  for (const phase of phases) {
    const writes = phase.writes.filter((w) => keys.has(w.key));
    if (writes.length === 0) continue;
    const own = { ...phase, writes };
    const last = groups.at(-1)!;
    if (last.length === 0 || isSafe(state, [...last, own])) last.push(own);
    else {
      for (const [key, m] of lastOf(last)) state.set(key, m);
      groups.push([own]);
    }
  }
  return groups;
}

/** The first groups of all parts, the second ones, and so on; of each the phases are one again, as far as they are in it. */
function together(parts: readonly (readonly (readonly Phase[])[])[], phases: readonly Phase[]): readonly (readonly Phase[])[] {
  const most = Math.max(0, ...parts.map((groups) => groups.length));
  return Array.from({ length: most }, (_, i) => {
    const writes = new Set(parts.flatMap((groups) => (groups[i] ?? []).flatMap((p) => p.writes)));
    return phases.flatMap((p) => {
      const own = p.writes.filter((w) => writes.has(w));
      return own.length > 0 ? [{ ...p, writes: own }] : [];
    });
  });
}

const objectOf = (w: Write): Manifest | undefined => (w.action === 'delete' ? undefined : w.object);

/** Of each object the last of its forms. */
const lastOf = (group: readonly Phase[]): Map<string, Manifest | undefined> =>
  new Map(group.flatMap((p) => p.writes.map((w) => [w.key, objectOf(w)])));

/** A phase without the forms that are left out; nothing where no write is left. */
function written(phase: Phase, last: ReadonlyMap<string, Manifest | undefined>, had: ReadonlySet<string>): Phase[] {
  const writes = phase.writes
    .filter((w) => last.get(w.key) === objectOf(w))
    .map((w): Write => (w.action === 'change' && !had.has(w.key) ? { ...w, action: 'create' } : w));
  if (writes.length === 0) return [];
  return [writes.length === phase.writes.length ? phase : { ...phase, writes }];
}

/** Keys of objects that may restrict who may, or what is known. */
const RESTRICTING = /^(security\.istio\.io\/AuthorizationPolicy|networking\.istio\.io\/Sidecar) /;

/**
 * Proxies have heard of a phase before the next restricts who may or what is known, where an apply waits: so waves keep that order, and
 * nothing of the two is deleted, since nobody knows when. A policy or a Sidecar has one form in a commit.
 */
function orderIsKept(group: readonly Phase[], missed: (m: Manifest) => boolean, syncWaveOf: (m: Manifest) => number): boolean {
  const forms = group.flatMap((p) => p.writes.filter((w) => RESTRICTING.test(w.key)).map((w) => w.key));
  if (new Set(forms).size < forms.length) return false;
  const last = lastOf(group);
  const isLast = (w: Write) => last.get(w.key) === objectOf(w);
  const isGone = (w: Write) => w.action === 'delete';
  return group.every((phase, i) => {
    if (i === group.length - 1 || !phase.settles) return true;
    const first = group.slice(0, i + 1).flatMap((p) => p.writes.filter((w) => ISTIO.test(w.object.group) && isLast(w)));
    const then = group.slice(i + 1).flatMap((p) => p.writes.filter((w) => p.rank !== 'open' && RESTRICTING.test(w.key)));
    // all that nobody asks for any more goes as it likes
    if ([...first, ...then].every((w) => isGone(w) && !missed(w.object))) return true;
    return then.every((b) => first.every((a) => !isGone(a) && !isGone(b) && syncWaveOf(a.object) < syncWaveOf(b.object)));
  });
}
