import type { Manifest } from '../manifests/manifest';
import { afterOf, beginsOf, type Mover, type ReferencesOf } from './movers';
import type { Knot, Write } from './phase';
import type { Fact } from './references';
import { RANKS, type Rank, type Stage } from './stages';
import { Group, MOST_AT_ONCE, type Together } from './together';

/** Keys of objects that may restrict who may, how, or what is known. */
const RESTRICTING = /^(security\.istio\.io\/|networking\.istio\.io\/Sidecar )/;

/** What the mesh has and needs. */
interface Facts {
  readonly provided: FactSet;
  /** By what is in use. */
  readonly needed: FactSet;
}

/** Facts of the objects that stay as they are, and of those that change. */
class FactSet {
  constructor(
    private readonly still: ReadonlySet<Fact>,
    /** Of those that change. */
    readonly own: ReadonlySet<Fact>,
  ) {}

  has(f: Fact): boolean {
    return this.own.has(f) || this.still.has(f);
  }
}

/** A phase, with what the mesh had before and after it. */
export interface Step {
  readonly rank: Rank;
  /** Whether it restricts who may, how, or what is known, for somebody. */
  readonly restricts: boolean;
  readonly writes: readonly Write[];
  /** What comes without being written. */
  readonly coming: readonly Coming[];
  /** Facts that what is in use begins to need. */
  readonly begins: ReadonlySet<Fact>;
  /** Facts that some object has only since, or has no more, whoever else has them. */
  readonly adds: ReadonlySet<Fact>;
  readonly drops: ReadonlySet<Fact>;
  readonly before: Facts;
  readonly after: Facts;
  /** What is provided from before to after, whichever of the writes are in effect. */
  readonly kept: FactSet;
  /** Of each group of which something changes: its members before and after. */
  readonly groups: ReadonlyMap<Group, Mixed>;
}

/** A workload whose new pods come, and what its old ones needed. */
export interface Coming {
  readonly object: Manifest;
  readonly left: readonly Fact[];
}

type Members = ReadonlyMap<string, Manifest | undefined>;

/** The members of a group before and after a phase. */
interface Mixed {
  readonly before: Members;
  readonly after: Members;
}

const IN_USE = (m: Mover): boolean => m.used;

/** The state of the mesh while phases are worked out. */
export class Moves {
  /** Facts that some state of the objects has: of others nothing is known. */
  private readonly known = new Set<Fact>();
  /** Objects that change; the others are most of them, and are looked at once. */
  private readonly moving: readonly Mover[];
  private readonly still = { provided: new Set<Fact>(), needed: new Set<Fact>() };
  /** Facts that are there when all is done. */
  private readonly final: ReadonlySet<Fact>;
  /** Facts that groups have when all is done. */
  private readonly together = new Set<Fact>();
  private readonly staying: readonly Mover[];
  /** Groups of which some member changes. */
  private readonly groups: readonly Group[];
  private readonly byKey: ReadonlyMap<string, Mover>;
  /** What is needed now, is not there, and is in the end. */
  private readonly vain = new Map<Mover, readonly Fact[]>();
  /** What groups have in the end, of what callers rely on. */
  private readonly kept = new Map<Group, ReadonlySet<Fact>>();

  constructor(
    movers: readonly Mover[],
    private readonly references: ReferencesOf,
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
    const still = new Map(this.staying.map((m) => [m.key, m.state.object]));
    const groups = groupsOf.map((t) => new Group(t, still, new Set(this.byKey.keys())));
    for (const g of groups) this.knowGroup(g);
    this.groups = groups.filter((g) => g.moving.length > 0);
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

  /** The next phase of a rank; none where no change of the rank is possible now. */
  next(rank: Rank): Step | undefined {
    const waiting = this.moving.filter((m) => m.stages[0] && RANKS.indexOf(m.stages[0].rank) <= RANKS.indexOf(rank));
    const provided = this.provided(new Set());
    const chosen = this.chosenOf(waiting.filter((m) => this.lacks(m, provided).length === 0));
    if (chosen.size === 0) return undefined;
    const before = { provided, needed: this.needed(new Set(), IN_USE) };
    const restricts = [...chosen].some((m) => m.used && RESTRICTING.test(m.key));
    const [adds, drops, begins] = [new Set<Fact>(), new Set<Fact>(), new Set<Fact>()];
    for (const m of chosen) {
      const [now, then] = [m.state.references.provides, afterOf(m, this.references).provides];
      for (const f of then) if (!now.has(f)) adds.add(f);
      for (const f of now) if (!then.has(f)) drops.add(f);
      if (m.used) for (const f of this.beginsOf(m)) begins.add(f);
    }
    const touched = this.groups.filter((g) => g.moving.some((key) => chosen.has(this.byKey.get(key)!)));
    const members = () => new Map(touched.map((g) => [g, this.membersOf(g)]));
    const groupsBefore = members();
    const kept = this.provided(chosen);
    for (const g of touched) {
      const always = this.always(g, chosen);
      for (const f of g.facts(groupsBefore.get(g)!)) if (!always.has(f)) drops.add(f);
    }
    const coming = [...chosen].flatMap((m): Coming[] => {
      const [{ comes, object }] = m.stages as [Stage];
      const { needs } = afterOf(m, this.references);
      return comes ? [{ object: object!, left: [...m.state.references.needs].filter((f) => !needs.has(f)) }] : [];
    });
    const writes = [...chosen].flatMap((m) => this.move(m));
    const groups = new Map([...members()].map(([g, after]) => [g, { before: groupsBefore.get(g)!, after }]));
    for (const [g, mixed] of groups) {
      const [now, then] = [g.facts(mixed.before), g.facts(mixed.after)];
      for (const f of then) if (!now.has(f)) adds.add(f);
    }
    return {
      rank,
      restricts,
      writes,
      coming,
      begins,
      adds,
      drops,
      before,
      after: { provided: this.provided(new Set()), needed: this.needed(new Set(), IN_USE) },
      kept,
      groups,
    };
  }

  /** Those that may be written at once and in any order. */
  private chosenOf(candidates: readonly Mover[]): ReadonlySet<Mover> {
    // what is taken away must be needed by nobody: neither as things are, nor as others are after this phase
    const hidden = new Set<Mover>();
    const fine = (some: ReadonlySet<Mover>): ReadonlySet<Mover> => {
      let chosen = some;
      for (;;) {
        const kept = this.provided(chosen);
        const needed = this.needed(chosen);
        const next = new Set([...chosen].filter((m) => this.robbed(m, kept, needed).length === 0));
        for (const g of this.groups)
          for (const m of this.hiding(g, next, kept, needed)) {
            next.delete(m);
            hidden.add(m);
          }
        if (next.size === chosen.size) return chosen;
        chosen = next;
      }
    };
    for (let left = candidates; left.length > 0; ) {
      const few = this.fewOfEach(left);
      const chosen = fine(few);
      if (chosen.size > 0) return chosen;
      left = left.filter((m) => !few.has(m));
    }
    // two of a group may hinder each other, and neither be hindered alone
    for (const m of [...hidden]) {
      const alone = fine(new Set([m]));
      if (alone.size > 0) return alone;
    }
    return new Set();
  }

  /** Of each group no more than whose mixtures can be looked at. */
  private fewOfEach(movers: readonly Mover[]): Set<Mover> {
    const out = new Set(movers);
    for (const g of this.groups)
      for (const key of g.moving.filter((k) => out.has(this.byKey.get(k)!)).slice(MOST_AT_ONCE)) out.delete(this.byKey.get(key)!);
    return out;
  }

  private membersOf(g: Group): Members {
    return new Map(g.moving.map((key) => [key, this.byKey.get(key)!.state.object]));
  }

  /** Of a group what it has in all mixtures of the states of those that are chosen. */
  private always(g: Group, chosen: ReadonlySet<Mover>): ReadonlySet<Fact> {
    return g.always(
      new Map(
        g.moving.map((key) => {
          const m = this.byKey.get(key)!;
          return [key, chosen.has(m) ? [m.state.object, m.stages[0]!.object] : [m.state.object]];
        }),
      ),
    );
  }

  /** Those of a group that would take from somebody what it has, in some order. */
  private hiding(g: Group, chosen: ReadonlySet<Mover>, kept: FactSet, needed: FactSet): Mover[] {
    const ours = g.moving.map((key) => this.byKey.get(key)!).filter((m) => chosen.has(m));
    if (ours.length === 0) return [];
    const now = g.facts(this.membersOf(g));
    const isMissed = (some: ReadonlySet<Mover>) => {
      const then = this.always(g, some);
      return [...now].some((f) => !then.has(f) && needed.has(f) && !kept.has(f));
    };
    if (!isMissed(new Set(ours))) return [];
    const out: Mover[] = [];
    const fine = new Set<Mover>();
    for (const m of ours) {
      if (isMissed(new Set([...fine, m]))) out.push(m);
      else fine.add(m);
    }
    return out;
  }

  /** Keys of what is left to be written. */
  left(): readonly string[] {
    return this.moving.filter((m) => m.stages.length > 0).map((m) => m.key);
  }

  /** What holds up the changes that are left. */
  knots(): Knot[] {
    const provided = this.provided(new Set());
    return this.moving
      .filter((m) => m.stages.length > 0)
      .map((m) => {
        const lacks = this.lacks(m, provided);
        const others = new Set([m]);
        const waits = lacks.length > 0;
        const [kept, needed] = [this.provided(others), this.needed(others)];
        const hidden = waits ? [] : this.hidden(m, kept, needed);
        const facts = waits ? lacks : [...this.robbed(m, kept, needed), ...hidden.flatMap((h) => h.facts)];
        const needing = [...this.staying, ...this.moving].filter((x) => facts.some((f) => x.state.references.needs.has(f)));
        const beside = hidden.flatMap((h) => h.group.moving.filter((key) => this.byKey.get(key)!.stages.length > 0));
        const by = new Set(waits ? [] : [...needing.map((x) => x.key), ...beside]);
        by.delete(m.key);
        return { key: m.key, waits, facts, by: [...by] };
      });
  }

  /** What the objects have now, and go on having whatever of the chosen is written. */
  private provided(chosen: ReadonlySet<Mover>): FactSet {
    const own = new Set<Fact>();
    for (const m of this.moving) {
      const after = chosen.has(m) ? afterOf(m, this.references).provides : undefined;
      for (const f of m.state.references.provides) if (!after || after.has(f)) own.add(f);
    }
    for (const g of this.groups) for (const f of this.always(g, chosen)) own.add(f);
    return new FactSet(this.still.provided, own);
  }

  /** What some object needs now, or will need once the chosen are written. */
  private needed(chosen: ReadonlySet<Mover>, of: (m: Mover) => boolean = () => true): FactSet {
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
  private lacks(m: Mover, provided: FactSet): Fact[] {
    const { needs } = afterOf(m, this.references);
    return this.beginsOf(m).filter((f) => (needs.has(f) ? this.known : this.final).has(f) && !provided.has(f));
  }

  /** What its next state begins to need, or needed in vain before: more may rely on that then. */
  private beginsOf(m: Mover): Fact[] {
    const { needs } = afterOf(m, this.references);
    return [...beginsOf(m, this.references), ...(this.vain.get(m) ?? []).filter((f) => needs.has(f))];
  }

  /** What the next state of an object takes from somebody. */
  private robbed(m: Mover, kept: FactSet, needed: FactSet): Fact[] {
    const after = afterOf(m, this.references).provides;
    return [...m.state.references.provides].filter((f) => !after.has(f) && !kept.has(f) && needed.has(f));
  }

  /** What it would take from somebody who has it of groups of its. */
  private hidden(m: Mover, kept: FactSet, needed: FactSet): { readonly group: Group; readonly facts: readonly Fact[] }[] {
    return this.groups
      .filter((g) => g.moving.includes(m.key))
      .map((group) => {
        const had = group.facts(this.membersOf(group));
        return { group, facts: [...had].filter((f) => !kept.has(f) && needed.has(f)) };
      })
      .filter(({ facts }) => facts.length > 0);
  }

  private move(m: Mover): readonly Write[] {
    const references = afterOf(m, this.references);
    const { object, wide, comes } = m.stages.shift()!;
    const before = m.state.object;
    m.state = { object, references };
    if (comes) return [];
    const action = object === undefined ? 'delete' : before === undefined ? 'create' : 'change';
    return [{ key: m.key, action, object: (object ?? before)!, wide: wide === true }];
  }
}
