import type { Manifest } from '../../manifests/manifest';
import type { Fact } from './references';

/**
 * Facts that several objects have together, since one may hide what another says: of two DestinationRules of a host, of two
 * PeerAuthentications about a pod.
 */
export interface Together {
  /** Keys of the objects. */
  readonly members: readonly string[];
  /** What they have, when each is in some state; nothing where it is not there. */
  readonly provides: (state: (key: string) => Manifest | undefined) => Iterable<Fact>;
  /** Whether somebody who is no object relies on what they have: it stays where it is there in the end. */
  readonly keeps?: boolean;
}

type States = ReadonlyMap<string, Manifest | undefined>;

/** How many of a group may change in one phase: all their mixtures are looked at. */
export const MOST_AT_ONCE = 4;

/** A group while phases are worked out. */
export class Group {
  /** Those of the members that change. */
  readonly moving: readonly string[];
  private readonly known = new Map<string, ReadonlySet<Fact>>();
  private readonly ids = new Map<Manifest | undefined, number>();

  constructor(
    private readonly all: Together,
    private readonly still: States,
    moving: ReadonlySet<string>,
  ) {
    this.moving = all.members.filter((key) => moving.has(key));
  }

  get keeps(): boolean {
    return this.all.keeps === true;
  }

  /** What the members have together, with those that change in some states. */
  facts(states: States): ReadonlySet<Fact> {
    const id = this.moving.map((key) => this.idOf(states.get(key))).join();
    const made =
      this.known.get(id) ?? new Set(this.all.provides((key) => (states.has(key) ? states.get(key) : this.still.get(key))));
    this.known.set(id, made);
    return made;
  }

  /** What they have in all mixtures, where each may be in any of some states. */
  always(choices: ReadonlyMap<string, readonly (Manifest | undefined)[]>): ReadonlySet<Fact> {
    let mixtures: Map<string, Manifest | undefined>[] = [new Map()];
    for (const key of this.moving)
      mixtures = mixtures.flatMap((m) => [...new Set(choices.get(key) ?? [])].map((state) => new Map(m).set(key, state)));
    const [first, ...others] = mixtures.map((m) => this.facts(m));
    return others.length === 0 ? first! : new Set([...first!].filter((f) => others.every((o) => o.has(f))));
  }

  private idOf(m: Manifest | undefined): number {
    if (!this.ids.has(m)) this.ids.set(m, this.ids.size);
    return this.ids.get(m)!;
  }
}
