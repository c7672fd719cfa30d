import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from './equal';
import { guardFacts } from './guards';
import { inUse } from './in-use';
import { type Fact, joined, type References, referencesOf } from './references';
import { RANKS, type Rank, type Stage, stagesOf } from './stages';

/** One write of a phase. */
export interface Write {
  /** Names the object; see {@link keyOf}. */
  readonly key: string;
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
  readonly writes: readonly Write[];
  /** What a later phase relies on, of what this one wrote; empty where nothing has to be waited for. */
  readonly awaited: readonly Fact[];
  /** Whether proxies have to have heard of what was written before the next phase begins. */
  readonly settles: boolean;
}

/** What holds up changes that wait for each other. */
export interface Knot {
  readonly key: string;
  /** What it needs and is not there, or would take from others that need it still. */
  readonly facts: readonly Fact[];
}

/** An order of writes; `knots` are changes for which there is none without a gap. */
export interface Phases {
  readonly phases: readonly Phase[];
  readonly knots: readonly Knot[];
  /** What an object of either state, or of one between, has for others and needs of them. */
  readonly references: (m: Manifest) => References;
}

/** Objects before and after, by {@link keyOf}. */
export interface Change {
  readonly live: readonly Manifest[];
  readonly desired: readonly Manifest[];
}

interface State {
  readonly object: Manifest | undefined;
  readonly references: References;
}

interface Mover {
  readonly key: string;
  /** Whether requests that are served now depend on it. */
  readonly used: boolean;
  state: State;
  readonly stages: Stage[];
}

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
interface Step {
  readonly rank: Rank;
  /** Whether it restricts who may, how, or what is known, for somebody. */
  readonly restricts: boolean;
  readonly writes: readonly Write[];
  readonly before: Facts;
  readonly after: Facts;
}

const NOTHING: References = { provides: new Set(), needs: new Set() };

/**
 * Orders the writes from one state of a mesh to another so that at no moment an object refers to what is not there, whatever
 * the order within a phase: what is referred to is there, in its wide form, before what refers to it changes, and is narrowed
 * or taken away after that. References are of {@link referencesOf}; those to what neither state has are no matter.
 * @param extra what an object has and needs besides, such as pods that are ready
 * @param root the mesh's root namespace
 */
export function phasesOf(
  { live, desired }: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  const known = new Map<Manifest, References>();
  const guards = guardFacts(live, desired, root);
  const references = (m: Manifest | undefined): References => {
    if (!m) return NOTHING;
    let made = known.get(m);
    if (!made) {
      const own = referencesOf(m, domain);
      made = joined([own, extra(m), guards(m)]);
      known.set(m, made);
    }
    return made;
  };
  const movers = moversOf(live, desired, references, inUse(live, [...live, ...desired], root, domain));
  const run = new Run(movers, references);
  const phases: Step[] = [];
  for (const rank of RANKS) {
    for (;;) {
      const phase = run.next(rank);
      if (!phase) break;
      phases.push(phase);
    }
  }
  return {
    phases: phases.map((step, i) => {
      const later = phases.slice(i + 1);
      const facts = awaited(step, later);
      return {
        rank: step.rank,
        writes: step.writes,
        awaited: facts,
        settles: facts.some((f) => TOLD.test(f)) || restricts(step, later),
      };
    }),
    knots: run.knots(),
    references,
  };
}

function moversOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  references: (m: Manifest | undefined) => References,
  used: (m: Manifest) => boolean,
): Mover[] {
  const after = new Map(desired.map((m) => [keyOf(m), m]));
  const movers = live.map((m): Mover => {
    const key = keyOf(m);
    const to = after.get(key);
    after.delete(key);
    const still = to === m || (to !== undefined && isEqual(m.object, to.object));
    return { key, used: true, state: { object: m, references: references(m) }, stages: still ? [] : [...stagesOf(m, to)] };
  });
  for (const [key, m] of after)
    movers.push({
      key,
      used: used(m),
      state: { object: undefined, references: NOTHING },
      stages: [...stagesOf(undefined, m, used(m))],
    });
  return movers;
}

/** The state of the mesh while phases are worked out. */
class Run {
  /** Facts that some state of the objects has: of others nothing is known. */
  private readonly known = new Set<Fact>();
  /** Objects that change; the others are most of them, and are looked at once. */
  private readonly moving: readonly Mover[];
  private readonly still = { provided: new Set<Fact>(), needed: new Set<Fact>() };

  constructor(
    movers: readonly Mover[],
    private readonly references: (m: Manifest | undefined) => References,
  ) {
    this.moving = movers.filter((m) => m.stages.length > 0);
    for (const m of movers)
      if (m.stages.length === 0) {
        for (const f of m.state.references.provides) this.still.provided.add(f);
        for (const f of m.state.references.needs) this.still.needed.add(f);
      }
    for (const m of movers)
      for (const r of [m.state.references, ...m.stages.map((s) => references(s.object))])
        for (const f of r.provides) this.known.add(f);
  }

  /** The next phase of a rank; none where no change of the rank is possible now. */
  next(rank: Rank): Step | undefined {
    const waiting = this.moving.filter((m) => m.stages[0] && RANKS.indexOf(m.stages[0].rank) <= RANKS.indexOf(rank));
    const provided = this.provided(new Set());
    let chosen = new Set(waiting.filter((m) => this.lacks(m, provided).length === 0));
    // what is taken away must be needed by nobody: neither as things are, nor as others are after this phase
    for (;;) {
      const kept = this.provided(chosen);
      const needed = this.needed(chosen);
      const next = new Set([...chosen].filter((m) => this.robbed(m, kept, needed).length === 0));
      if (next.size === chosen.size) break;
      chosen = next;
    }
    if (chosen.size === 0) return undefined;
    const before = { provided, needed: this.needed(new Set(), IN_USE) };
    const restricts = [...chosen].some((m) => m.used && RESTRICTING.test(m.key));
    const writes = [...chosen].map((m) => this.move(m));
    return {
      rank,
      restricts,
      writes,
      before,
      after: { provided: this.provided(new Set()), needed: this.needed(new Set(), IN_USE) },
    };
  }

  /** Changes that are left. */
  knots(): Knot[] {
    const provided = this.provided(new Set());
    return this.moving
      .filter((m) => m.stages.length > 0)
      .map((m) => {
        const lacks = this.lacks(m, provided);
        const others = new Set([m]);
        return { key: m.key, facts: lacks.length > 0 ? lacks : this.robbed(m, this.provided(others), this.needed(others)) };
      });
  }

  /** What the objects have now, and go on having whatever of the chosen is written. */
  private provided(chosen: ReadonlySet<Mover>): FactSet {
    const own = new Set<Fact>();
    for (const m of this.moving) {
      const after = chosen.has(m) ? this.after(m).provides : undefined;
      for (const f of m.state.references.provides) if (!after || after.has(f)) own.add(f);
    }
    return new FactSet(this.still.provided, own);
  }

  /** What some object needs now, or will need once the chosen are written. */
  private needed(chosen: ReadonlySet<Mover>, of: (m: Mover) => boolean = () => true): FactSet {
    const own = new Set<Fact>();
    for (const m of this.moving) {
      if (!of(m)) continue;
      for (const f of m.state.references.needs) own.add(f);
      if (chosen.has(m)) for (const f of this.after(m).needs) own.add(f);
    }
    return new FactSet(this.still.needed, own);
  }

  private after(m: Mover): References {
    return this.references(m.stages[0]!.object);
  }

  /** What the next state of an object needs, and is not there. */
  private lacks(m: Mover, provided: FactSet): Fact[] {
    return [...this.after(m).needs].filter((f) => this.known.has(f) && !provided.has(f) && !m.state.references.needs.has(f));
  }

  /** What the next state of an object takes from somebody. */
  private robbed(m: Mover, kept: FactSet, needed: FactSet): Fact[] {
    const after = this.after(m).provides;
    return [...m.state.references.provides].filter((f) => !after.has(f) && !kept.has(f) && needed.has(f));
  }

  private move(m: Mover): Write {
    const { object, wide } = m.stages.shift()!;
    const before = m.state.object;
    m.state = { object, references: this.references(object) };
    return {
      key: m.key,
      action: object === undefined ? 'delete' : before === undefined ? 'create' : 'change',
      object: (object ?? before)!,
      wide: wide === true,
    };
  }
}

/** Facts that proxies have to be told by istiod. */
export const TOLD = /^(plain|mutual|subset|host|port|gateway|server|delegate|pods) /;
/** Groups of objects that proxies are told of. */
export const ISTIO = /\.istio\.io$/;
/** Keys of objects that may restrict who may, how, or what is known. */
export const RESTRICTING = /^(security\.istio\.io\/|networking\.istio\.io\/Sidecar )/;
const IN_USE = (m: Mover): boolean => m.used;

/** Whether a step makes room for one that restricts who may, how, or what is known. */
const restricts = (step: Step, later: readonly Step[]): boolean =>
  step.writes.some((w) => ISTIO.test(w.object.group)) && later.some((l) => l.restricts);

/**
 * What a step did that others rely on: it made what a later one begins to need, or was the last to need what a later one
 * takes away. Proxies have to have heard of it first.
 */
function awaited(step: Step, later: readonly Step[]): Fact[] {
  const made = [...step.after.provided.own].filter((f) => !step.before.provided.has(f));
  const left = [...step.before.needed.own].filter((f) => !step.after.needed.has(f));
  return [
    ...made.filter((f) => later.some((l) => l.after.needed.has(f) && !l.before.needed.has(f))),
    ...left.filter((f) => later.some((l) => l.before.provided.has(f) && !l.after.provided.has(f))),
  ].sort();
}
