import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { type Fact, joined, NO_FACTS, NOTHING, type References } from './facts/references';
import { isRolling } from './forms/rolling';
import { coming, type Stage, stagesOf } from './forms/stages';

/** The references of an object in some state, or of none, by its key. */
export type ReferencesOf = (m: Manifest | undefined, key: string) => References;

/** The same, worked out once for each state of an object. */
export function onceOfEach<T extends object>(
  make: (m: Manifest | undefined, key: string) => T,
): (m: Manifest | undefined, key: string) => T {
  const known = new Map<string, Map<Manifest | undefined, T>>();
  return (m, key) => {
    const states = known.get(key) ?? new Map<Manifest | undefined, T>();
    known.set(key, states);
    const made = states.get(m) ?? make(m, key);
    states.set(m, made);
    return made;
  };
}

/** What an object is now. */
export interface State {
  readonly object: Manifest | undefined;
  readonly references: References;
}

/** An object that changes, and what is left to be written of it. */
export interface Mover {
  readonly key: string;
  /** Whether requests that are served now depend on it. */
  readonly used: boolean;
  state: State;
  readonly stages: Stage[];
}

/** All objects of both states; of those that stay as they are nothing is left to be written. */
export function moversOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  references: ReferencesOf,
  used: (m: Manifest) => boolean,
  stages: (live: Manifest | undefined, desired: Manifest | undefined, used: boolean) => readonly Stage[] = stagesOf,
): Mover[] {
  const after = new Map(desired.map((m) => [keyOf(m), m]));
  const movers = live.map((m): Mover => {
    const key = keyOf(m);
    const to = after.get(key);
    after.delete(key);
    const still = to === m || (to !== undefined && isEqual(m.object, to.object));
    return {
      key,
      used: true,
      state: { object: m, references: references(m, key) },
      stages: [...(still ? coming(m) : stages(m, to, true))],
    };
  });
  for (const [key, m] of after)
    movers.push({
      key,
      used: used(m),
      state: { object: undefined, references: references(undefined, key) },
      stages: [...stages(undefined, m, used(m))],
    });
  return movers;
}

/** What an object has and needs in its next state. */
export function afterOf(m: Mover, references: ReferencesOf): References {
  const [stage] = m.stages;
  const now = references(stage!.object, m.key);
  return isRolling(stage!.object) ? bothPods(now, references(stage!.object.before, m.key)) : now;
}

/** What its next state needs to come, and its state now does not. */
export function beginsOf(m: Mover, references: ReferencesOf): Fact[] {
  const { needs, follows = NO_FACTS } = afterOf(m, references);
  const now = m.state.references;
  // who is for others begins to need all of it
  if (m.state.object && !isForTheSame(m.state.object, m.stages[0]!.object)) return [...needs, ...follows];
  return [...needs, ...follows].filter((f) => !now.needs.has(f) && !now.follows?.has(f));
}

/** While a workload is rolled out: the pods that go need what they needed, too. */
const bothPods = (now: References, old: References): References => joined([now, { ...NOTHING, needs: old.needs }]);

/** Whether rules in two states are for the same requests of the same callers. */
export const isForTheSame = (a: Manifest, b: Manifest | undefined): boolean =>
  b === undefined ||
  !/^(VirtualService|DestinationRule)$/.test(a.kind) ||
  ['host', 'hosts', 'gateways', 'exportTo'].every((field) => isEqual(a.object.spec?.[field], b.object.spec?.[field]));
