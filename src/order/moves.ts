import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import type { Fact } from './facts/references';
import { type Group, MOST_AT_ONCE, type Together } from './facts/together';
import { isRolling } from './forms/rolling';
import { RANKS, type Rank, type Stage } from './forms/stages';
import { knotsOf } from './knots';
import { type FactSet, type Facts, type Members, MeshState, type Taken } from './mesh-state';
import { afterOf, type Mover, type ReferencesOf } from './movers';
import type { Knot, Write } from './phase';

/** Keys of objects that may restrict who may, how, or what is known. */
const RESTRICTING = /^(security\.istio\.io\/|networking\.istio\.io\/Sidecar )/;

/** Whether it says something else to istiod than before, and not to those alone who look after it. */
const isSaidAnew = (before: Manifest | undefined, after: Manifest | undefined): boolean =>
  !before || !after || !isEqual(saidToIstio(before), saidToIstio(after));
const saidToIstio = ({ object, labels, annotations }: Manifest) => [object.spec, ofIstio(labels), ofIstio(annotations)];
const ofIstio = (all: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(all).filter(([k]) => k.includes('istio.io/')));

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

/** The members of a group before and after a phase. */
interface Mixed {
  readonly before: Members;
  readonly after: Members;
}

const IN_USE = (m: Mover): boolean => m.used;
const isNothing = ({ robbed, hidden }: Taken): boolean => robbed.length === 0 && hidden.length === 0;

/** Works out phases: which of the changes that are left may be written next. */
export class Moves {
  private readonly mesh: MeshState;

  constructor(
    movers: readonly Mover[],
    private readonly references: ReferencesOf,
    together: readonly Together[] = [],
  ) {
    this.mesh = new MeshState(movers, references, together);
  }

  /** The next phase of a rank; none where no change of the rank is possible now. */
  next(rank: Rank): Step | undefined {
    const waiting = this.mesh.moving.filter((m) => m.stages[0] && RANKS.indexOf(m.stages[0].rank) <= RANKS.indexOf(rank));
    const provided = this.mesh.provided(new Set());
    const chosen = this.chosenOf(waiting.filter((m) => this.mesh.lacks(m, provided).length === 0));
    if (chosen.size === 0) return undefined;
    const before = { provided, needed: this.mesh.needed(new Set(), IN_USE) };
    const restricts = [...chosen].some(
      (m) => m.used && RESTRICTING.test(m.key) && isSaidAnew(m.state.object, m.stages[0]?.object),
    );
    const [adds, drops, begins] = [new Set<Fact>(), new Set<Fact>(), new Set<Fact>()];
    for (const m of chosen) {
      const [now, then] = [m.state.references.provides, afterOf(m, this.references).provides];
      for (const f of then) if (!now.has(f)) adds.add(f);
      for (const f of now) if (!then.has(f)) drops.add(f);
      if (m.used) for (const f of this.mesh.beginsOf(m)) begins.add(f);
    }
    const touched = this.mesh.groups.filter((g) => g.moving.some((key) => chosen.has(this.mesh.byKey.get(key)!)));
    const members = () => new Map(touched.map((g) => [g, this.mesh.membersOf(g)]));
    const groupsBefore = members();
    const kept = this.mesh.provided(chosen);
    for (const g of touched) {
      const always = this.mesh.always(g, chosen);
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
      after: { provided: this.mesh.provided(new Set()), needed: this.mesh.needed(new Set(), IN_USE) },
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
        const kept = this.mesh.provided(chosen);
        const needed = this.mesh.needed(chosen);
        const next = new Set([...chosen].filter((m) => this.mesh.robbed(m, kept, needed).length === 0));
        for (const g of this.mesh.groups)
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
    const taken = this.mesh.alone();
    const free = [...hidden].find((m) => isNothing(taken(m)));
    return new Set(free ? [free] : []);
  }

  /** Of each group no more than whose mixtures can be looked at. */
  private fewOfEach(movers: readonly Mover[]): Set<Mover> {
    const out = new Set(movers);
    for (const g of this.mesh.groups)
      for (const key of g.moving.filter((k) => out.has(this.mesh.byKey.get(k)!)).slice(MOST_AT_ONCE))
        out.delete(this.mesh.byKey.get(key)!);
    return out;
  }

  /** Those of a group that would take from somebody what it has, in some order. */
  private hiding(g: Group, chosen: ReadonlySet<Mover>, kept: FactSet, needed: FactSet): Mover[] {
    const ours = g.moving.map((key) => this.mesh.byKey.get(key)!).filter((m) => chosen.has(m));
    if (ours.length === 0) return [];
    const now = g.facts(this.mesh.membersOf(g));
    const isMissed = (some: ReadonlySet<Mover>) => {
      const then = this.mesh.always(g, some);
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
    return this.mesh.left().map((m) => m.key);
  }

  knots(): readonly Knot[] {
    return knotsOf(this.mesh);
  }

  private move(m: Mover): readonly Write[] {
    const references = afterOf(m, this.references);
    const { object, wide, comes } = m.stages.shift()!;
    const before = m.state.object;
    m.state = { object, references };
    if (comes) return [];
    const action = object === undefined ? 'delete' : before === undefined ? 'create' : 'change';
    const written = (object ?? before)!;
    return [{ key: m.key, action, object: isRolling(written) ? written.after : written, wide: wide === true }];
  }
}
