import type { Manifest } from '../manifests/manifest';
import type { Fact } from './facts/references';
import { Group, type Together } from './facts/together';
import { afterOf, beginsOf, type Mover, type ReferencesOf } from './movers';

/** What the mesh has and needs. */
export interface Facts {
  readonly provided: FactSet;
  /** By what is in use. */
  readonly needed: FactSet;
}

/** Facts of the objects that stay as they are, and of those that change. */
export class FactSet {
  constructor(
    private readonly still: ReadonlySet<Fact>,
    /** Of those that change. */
    readonly own: ReadonlySet<Fact>,
  ) {}

  has(f: Fact): boolean {
    return this.own.has(f) || this.still.has(f);
  }
}

/** Members of a group that change, and the state of each. */
export type Members = ReadonlyMap<string, Manifest | undefined>;

/** What an object takes from somebody, by itself and of groups of its. */
export interface Taken {
  readonly robbed: readonly Fact[];
  readonly hidden: readonly { readonly group: Group; readonly facts: readonly Fact[] }[];
}

/** What objects that change, and those that stay, have and need, while phases are worked out. */
export class MeshState {
  /** Facts that some state of the objects has: of others nothing is known. */
  private readonly known = new Set<Fact>();
  /** Objects that change; the others are most of them, and are looked at once. */
  readonly moving: readonly Mover[];
  private readonly still = { provided: new Set<Fact>(), needed: new Set<Fact>() };
  /** Facts that are there when all is done. */
  private readonly final: ReadonlySet<Fact>;
  /** Facts that groups have when all is done. */
  private readonly together = new Set<Fact>();
  readonly staying: readonly Mover[];
  /** Groups of which some member changes. */
  readonly groups: readonly Group[];
  readonly byKey: ReadonlyMap<string, Mover>;
  /** Of each object that changes: those in which it is. */
  private readonly groupsOf = new Map<string, readonly Group[]>();
  /** What is needed now, is not there, and is in the end. */
  private readonly vain = new Map<Mover, readonly Fact[]>();
  /** What groups have in the end, of what callers rely on. */
  private readonly kept = new Map<Group, ReadonlySet<Fact>>();

  constructor(
    movers: readonly Mover[],
    readonly references: ReferencesOf,
    groupsOf: readonly Together[] = [],
  ) {
    this.moving = movers.filter((m) => m.stages.length > 0);
    this.staying = movers.filter((m) => m.stages.length === 0);
    const kept = new Set<Fact>();
    for (const { state } of this.staying) {
      const { provides, needs, keeps } = state.references;
      for (const f of provides) this.still.provided.add(f);
      for (const f of needs) this.still.needed.add(f);
      for (const f of keeps ?? []) kept.add(f);
    }
    for (const m of movers)
      for (const r of [m.state.references, ...m.stages.map((s) => references(s.object, m.key))])
        for (const f of r.provides) this.known.add(f);
    this.final = new Set(
      movers.flatMap((m) => [
        ...(m.stages.length > 0 ? references(m.stages.at(-1)!.object, m.key) : m.state.references).provides,
      ]),
    );
    for (const f of kept) if (this.final.has(f)) this.still.needed.add(f);
    this.byKey = new Map(this.moving.map((m) => [m.key, m]));
    // what changes of an object that is there all the time may be nothing to a group
    const isThere = (m: Mover) => m.stages.length === 0 || (m.state.object && m.stages.at(-1)!.object);
    const still = new Map(movers.filter(isThere).map((m) => [m.key, m.state.object]));
    const moving = new Set(this.byKey.keys());
    const groups = groupsOf.map((t) => new Group(t, still, moving));
    for (const g of groups) this.knowGroup(g);
    this.groups = groups.filter((g) => g.moving.length > 0);
    for (const g of this.groups) for (const key of g.moving) this.groupsOf.set(key, [...(this.groupsOf.get(key) ?? []), g]);
    const now = this.provided(new Set());
    for (const m of this.moving) {
      const vain = [...m.state.references.needs].filter((f) => (this.final.has(f) || this.together.has(f)) && !now.has(f));
      if (vain.length > 0) this.vain.set(m, vain);
    }
  }

  private knowGroup(g: Group): void {
    const at = (pick: (m: Mover) => Manifest | undefined) =>
      g.facts(new Map(g.moving.map((key) => [key, pick(this.byKey.get(key)!)])));
    const last = at((m) => m.stages.at(-1)!.object);
    for (const f of [...at((m) => m.state.object), ...at((m) => m.stages[0]!.object), ...last]) this.known.add(f);
    for (const f of last) this.together.add(f);
    if (g.moving.length === 0) for (const f of last) this.still.provided.add(f);
    else if (g.keeps) this.kept.set(g, last);
  }

  membersOf(g: Group): Members {
    return new Map(g.moving.map((key) => [key, this.byKey.get(key)!.state.object]));
  }

  /** Of a group what it has in all mixtures of the states of those that are chosen. */
  always(g: Group, chosen: ReadonlySet<Mover>): ReadonlySet<Fact> {
    return g.always(
      new Map(
        g.moving.map((key) => {
          const m = this.byKey.get(key)!;
          return [key, chosen.has(m) ? [m.state.object, m.stages[0]!.object] : [m.state.object]];
        }),
      ),
    );
  }

  /** What the objects have now, and go on having whatever of the chosen is written. */
  provided(chosen: ReadonlySet<Mover>): FactSet {
    const own = new Set<Fact>();
    for (const m of this.moving) {
      const after = chosen.has(m) ? afterOf(m, this.references).provides : undefined;
      for (const f of m.state.references.provides) if (!after || after.has(f)) own.add(f);
    }
    for (const g of this.groups) for (const f of this.always(g, chosen)) own.add(f);
    return new FactSet(this.still.provided, own);
  }

  /** What some object needs now, or will need once the chosen are written. */
  needed(chosen: ReadonlySet<Mover>, of: (m: Mover) => boolean = () => true): FactSet {
    const own = new Set<Fact>();
    for (const m of this.moving) {
      if (!of(m)) continue;
      for (const { needs, keeps } of chosen.has(m) ? [m.state.references, afterOf(m, this.references)] : [m.state.references]) {
        for (const f of needs) own.add(f);
        for (const f of keeps ?? []) if (this.final.has(f)) own.add(f);
      }
    }
    for (const [g, last] of this.kept) for (const f of g.facts(this.membersOf(g))) if (last.has(f)) own.add(f);
    return new FactSet(this.still.needed, own);
  }

  /** What the next state of an object needs, and is not there. */
  lacks(m: Mover, provided: FactSet): Fact[] {
    const { needs } = afterOf(m, this.references);
    return this.beginsOf(m).filter((f) => (needs.has(f) ? this.known : this.final).has(f) && !provided.has(f));
  }

  /** What its next state begins to need, or needed in vain before: more may rely on that then. */
  beginsOf(m: Mover): Fact[] {
    const { needs } = afterOf(m, this.references);
    return [...beginsOf(m, this.references), ...(this.vain.get(m) ?? []).filter((f) => needs.has(f))];
  }

  /** What the next state of an object takes from somebody. */
  robbed(m: Mover, kept: FactSet, needed: FactSet): Fact[] {
    const after = afterOf(m, this.references).provides;
    return [...m.state.references.provides].filter((f) => !after.has(f) && !kept.has(f) && needed.has(f));
  }

  /** What an object comes to have in one of the states that are left. */
  comingOf(m: Mover): ReadonlySet<Fact> {
    return new Set(m.stages.flatMap((s) => [...this.references(s.object, m.key).provides]));
  }

  /** What is left to be written. */
  left(): readonly Mover[] {
    return this.moving.filter((m) => m.stages.length > 0);
  }

  /** What each object would take from somebody, were it the only one that is written. */
  alone(): (m: Mover) => Taken {
    const counts = new Map<Fact, number>();
    const count = (counted: Map<Fact, number>, f: Fact) => counted.set(f, (counted.get(f) ?? 0) + 1);
    for (const m of this.moving) for (const f of m.state.references.provides) count(counts, f);
    for (const g of this.groups) for (const f of g.facts(this.membersOf(g))) count(counts, f);
    const needed = this.needed(new Set());
    return (m) => {
      const after = afterOf(m, this.references);
      const own = [...m.state.references.provides].filter((f) => !after.provides.has(f));
      const groups = (this.groupsOf.get(m.key) ?? []).map((group) => {
        const always = this.always(group, new Set([m]));
        return { group, lost: [...group.facts(this.membersOf(group))].filter((f) => !always.has(f)) };
      });
      const lost = new Map<Fact, number>();
      for (const f of [own, ...groups.map((g) => g.lost)].flat()) count(lost, f);
      const isNeeded = (f: Fact) => needed.has(f) || after.needs.has(f) || (after.keeps?.has(f) === true && this.final.has(f));
      const isTaken = (f: Fact) => counts.get(f) === lost.get(f) && !this.still.provided.has(f) && isNeeded(f);
      const hidden = groups.map(({ group, lost }) => ({ group, facts: lost.filter(isTaken) }));
      return { robbed: own.filter(isTaken), hidden: hidden.filter(({ facts }) => facts.length > 0) };
    };
  }
}
