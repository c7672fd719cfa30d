import { type FixedField, fixedFields } from '../../fields/fixed-fields';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isWaved, SYNC_WAVE, syncWaveOf } from '../../manifests/wave';
import { type Commit, commitsOf } from '../../order/commits';
import { podFacts } from '../../order/facts/pods-behind';
import type { Phase } from '../../order/phase';
import { phasesOf } from '../../order/phases';
import { isEqual } from '../../values/equal';
import { type Installation, installed } from './installed';
import { knotted } from './knotted';
import { movedPorts } from './moved-ports';
import type { Refusal } from './planned-object';

/** The way from one state of the files to another, without a cluster. */
export interface Way {
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  readonly phases: readonly Phase[];
  /** Changes for which there is no order without a gap. */
  readonly knots: readonly Refusal[];
  /** What the API server refuses to change, as far as files tell. */
  readonly fixed: readonly FixedField[];
  /** Numbers of ports that move with their pods, which have no order. */
  readonly moved: readonly Refusal[];
  /** What is committed one after the other; the last leads to `after`. None where nothing changes. */
  readonly commits: readonly Commit[];
  /**
   * The state of the first commit, where one is not enough: all that the old state has in use and all that the new one
   * needs. Nothing where one commit is safe.
   */
  readonly between?: readonly Manifest[];
  /** Whether fewer commits would do, were the sync waves of objects others. */
  readonly isByWaves: boolean;
}

/**
 * Works out how the second state is reached from the first without a gap. Several commits are needed where something is
 * taken away (a subset, a Gateway, an allow) that the first state relies on until the proxies know the second.
 */
export function wayBetween(before: readonly Manifest[], after: readonly Manifest[], installation: Installation = {}): Way {
  const { domain, rootNamespace } = installed(installation, after);
  const pods = podFacts([...before, ...after], domain);
  const made = phasesOf({ live: before, desired: after }, domain, pods, rootNamespace);
  const { phases } = made;
  const knots = knotted(made.knots, new Set(after.map(keyOf)), [...before, ...after]);
  const commits = commitsOf(before, after, made, domain, rootNamespace);
  const fixed = fixedFields(before, after);
  const moved = movedPorts(before, after);
  const between = commits.length > 1 ? { between: commits[0]!.state } : {};
  const isByWaves =
    commits.length > 1 &&
    [...before, ...after].some(isWaved) &&
    wayBetween(before.map(withoutWave), after.map(withoutWave), installation).commits.length < commits.length;
  return { before, after, phases, knots, fixed, moved, commits, ...between, isByWaves };
}

/** In the wave of its kind. */
function withoutWave(m: Manifest): Manifest {
  if (!isWaved(m)) return m;
  const { [SYNC_WAVE]: _, ...annotations } = m.annotations;
  return { ...m, annotations, object: { ...m.object, metadata: { ...m.object.metadata, annotations } } };
}

/**
 * Objects that a commit puts into a later wave than they are in. Where each wave is synchronized by itself, as by Flux's
 * Kustomizations, the wave that has one no more deletes it before the other makes it anew.
 */
export function climbing({ before, commits }: Pick<Way, 'before' | 'commits'>): readonly Manifest[] {
  const waves = new Map(before.map((m) => [keyOf(m), syncWaveOf(m)]));
  const out: Manifest[] = [];
  for (const { phases } of commits)
    for (const w of phases.flatMap((p) => p.writes)) {
      if (w.action === 'change' && syncWaveOf(w.object) > waves.get(w.key)!) out.push(w.object);
      waves.set(w.key, syncWaveOf(w.object));
    }
  return out;
}

/** An object that the first of several commits does not hold as it is to be. */
export interface Held {
  /** As the first commit holds it; of one that comes later, as it is to be. */
  readonly manifest: Manifest;
  /** Both as it is and as it is to be, for now as it is, not yet there, or there and for now otherwise than it is to be. */
  readonly form: 'both' | 'before' | 'later' | 'otherwise';
}

/** What the state between holds otherwise than the last one. */
export function heldBack({ before, between = [], after }: Pick<Way, 'before' | 'between' | 'after'>): readonly Held[] {
  const byKey = (all: readonly Manifest[]) => new Map(all.map((m) => [keyOf(m), m]));
  const [old, now, to] = [byKey(before), byKey(between), byKey(after)];
  const same = (a: Manifest | undefined, b: Manifest | undefined) => isEqual(a?.object, b?.object);
  const formOf = (m: Manifest, was: Manifest | undefined) => (!was ? 'otherwise' : same(m, was) ? 'before' : 'both');
  return [
    ...[...now]
      .filter(([key, m]) => !same(m, to.get(key)))
      .map(([key, manifest]): Held => ({ manifest, form: formOf(manifest, old.get(key)) })),
    ...[...to].filter(([key]) => !now.has(key)).map(([, manifest]): Held => ({ manifest, form: 'later' })),
  ];
}
