import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import type { Fact, References } from './facts/references';
import type { Together } from './facts/together';
import type { Rank } from './forms/stages';

/** One write of a phase. */
export interface Write {
  /** Names the object; see {@link keyOf}. */
  readonly key: string;
  /** What is done with the object. */
  readonly action: 'create' | 'change' | 'delete';
  /** What is written; for a deletion, what was there. */
  readonly object: Manifest;
  /** Whether what is written is in no file: it has to hold for the phases between. */
  readonly wide: boolean;
}

/** Writes that may happen at once and in any order; the next phase waits until they are in effect. */
export interface Phase {
  /** What its writes do: open or add, close or take away, or deny. */
  readonly rank: Rank;
  /** What it writes, each object once. */
  readonly writes: readonly Write[];
  /** What a later phase relies on, of what this one wrote; empty where nothing has to be waited for. */
  readonly awaited: readonly Fact[];
  /** Workloads whose pods have to be ready before the next phase begins: of this phase, and such as stay as they are. */
  readonly pods: readonly Manifest[];
  /** Workloads that were deleted, and whose pods have to be gone before the next phase begins: what it takes away guards them. */
  readonly gone: readonly Manifest[];
  /** Whether proxies have to have heard of what was written before the next phase begins. */
  readonly settles: boolean;
}

/** Objects of two lists, each once: the later state of it. */
export const eachOnce = (a: readonly Manifest[], b: readonly Manifest[]): readonly Manifest[] => [
  ...new Map([...a, ...b].map((m) => [keyOf(m), m])).values(),
];

/** What holds up changes that wait for each other. */
export interface Knot {
  readonly key: string;
  /** What it needs and is not there, or would take from others that need it still. */
  readonly facts: readonly Fact[];
  /** Whether it is the former: what has it waits in turn. */
  readonly waits: boolean;
  /** Keys of those that would have the former; or need the latter, or have it together with the object and change, too. */
  readonly by: readonly string[];
}

/** An order of writes; `knots` are changes for which there is none without a gap. */
export interface Phases {
  readonly phases: readonly Phase[];
  readonly knots: readonly Knot[];
  /** What an object of either state, or of one between, has for others and needs of them; or has and needs when it is not there. */
  readonly references: (m: Manifest | undefined, key: string) => References;
  /** What several objects have together. */
  readonly together: readonly Together[];
}

/** Objects before and after, by {@link keyOf}. */
export interface Change {
  readonly live: readonly Manifest[];
  readonly desired: readonly Manifest[];
}
