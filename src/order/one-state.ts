import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { sortOf } from './facts/fact-sorts';
import type { Fact } from './facts/references';
import { Group, MOST_AT_ONCE } from './facts/together';
import { isForTheSame, onceOfEach } from './movers';
import { partsOf, type Tie } from './parts';
import type { Phases } from './phase';

/** Objects that change on the way, by their keys; nothing for one that is not there. */
export type States = ReadonlyMap<string, Manifest | undefined>;

const isNoticed = (f: Fact): boolean => (sortOf(f).isTold ?? sortOf(f).isNoticed) === true;
/** What others notice when it is not there, if only for a moment. */
const noticed = (facts: Iterable<Fact> | undefined): Fact[] => [...(facts ?? [])].filter(isNoticed);

/** What an object has for others in some state, and needs of them, as far as somebody notices. */
interface Noticed {
  readonly provides: readonly Fact[];
  readonly needs: readonly Fact[];
  readonly keeps: readonly Fact[];
  readonly follows: readonly Fact[];
}

/**
 * Judges whether files may go from one state to another at once. What synchronizes them writes wave by wave, in any order within
 * one, and goes on when pods are up and proxies have heard of it; it deletes at any moment. So what somebody needs in a wave is
 * there before it and after it, whatever is deleted.
 */
export class OneState {
  private readonly references: (m: Manifest | undefined, key: string) => Noticed;
  /** Of objects that never change. */
  private readonly still: { readonly provided: ReadonlySet<Fact>; readonly needed: ReadonlySet<Fact> };
  /** Facts that some state has: of others nothing is known. */
  private readonly known = new Set<Fact>();
  /** Facts that are there when all is done. */
  private readonly final: ReadonlySet<Fact>;
  /** Groups of which some member changes, by the first of these. */
  private readonly groups = new Map<string, readonly Group[]>();
  private readonly ties: readonly Tie[];
  /** What groups have in the end, of what callers rely on. */
  private readonly kept: ReadonlyMap<Group, ReadonlySet<Fact>>;

  /**
   * @param missed whether what an object that goes refers to is asked for by somebody who stays
   * @param syncWaveOf the wave in which an object is written
   */
  constructor(
    before: readonly Manifest[],
    after: readonly Manifest[],
    { phases, references, together }: Phases,
    private readonly missed: (m: Manifest) => boolean,
    private readonly syncWaveOf: (m: Manifest) => number,
  ) {
    this.references = onceOfEach((m, key) => {
      const { provides, needs, keeps, follows } = references(m, key);
      return { provides: noticed(provides), needs: noticed(needs), keeps: noticed(keeps), follows: noticed(follows) };
    });
    const moving = new Set(phases.flatMap((p) => p.writes.map((w) => w.key)));
    const [old, last] = [before, after].map((all) => new Map(all.map((m) => [keyOf(m), m])));
    const others = [...old!].filter(([key]) => !moving.has(key));
    const still = others.map(([key, m]) => this.references(m, key));
    const staying = new Map(others);
    const ends = [...moving].map((key) => this.references(last!.get(key), key));
    this.final = new Set([...still, ...ends].flatMap((r) => r.provides));
    const groups = together.map((t) => new Group(t, staying, moving));
    const factsIn = (g: Group, all: States) => g.facts(new Map(g.moving.map((key) => [key, all.get(key)])));
    const always = groups.filter((g) => g.moving.length === 0).flatMap((g) => [...factsIn(g, last!)]);
    this.still = {
      provided: new Set([...still.flatMap((r) => r.provides), ...always]),
      needed: new Set(still.flatMap((r) => this.neededBy(r))),
    };
    const own = groups.filter((g) => g.moving.length > 0);
    for (const g of own) this.groups.set(g.moving[0]!, [...(this.groups.get(g.moving[0]!) ?? []), g]);
    this.kept = new Map(own.filter((g) => g.keeps).map((g) => [g, factsIn(g, last!)]));
    const states = [...[...moving].flatMap((key) => [undefined, old!.get(key)].map((m) => this.references(m, key))), ...ends];
    const ways = phases.flatMap((p) => p.writes.map((w) => this.references(w.action === 'delete' ? undefined : w.object, w.key)));
    for (const r of [...still, ...states, ...ways]) for (const f of r.provides) this.known.add(f);
    for (const g of own) for (const f of [...factsIn(g, old!), ...factsIn(g, last!)]) this.known.add(f);
    const forms = new Map([...moving].map((key) => [key, new Set([old!.get(key), last!.get(key)])]));
    for (const w of phases.flatMap((p) => p.writes)) if (w.action !== 'delete') forms.get(w.key)!.add(w.object);
    this.ties = [
      ...[...forms].map(([key, all]): Tie => {
        const some = [...all].map((m) => references(m, key));
        const needs = some.flatMap((r) => [...r.needs, ...(r.keeps ?? []), ...(r.follows ?? [])]);
        return { keys: [key], provides: some.flatMap((r) => [...r.provides]), needs };
      }),
      ...own.map((g): Tie => ({ keys: g.moving, provides: [...factsIn(g, old!), ...factsIn(g, last!)], needs: [] })),
    ];
  }

  /** What changes, in parts that have nothing to do with each other. */
  parts(isAll: (key: string) => boolean): readonly ReadonlySet<string>[] {
    return partsOf(
      this.ties.flatMap((t) => (t.keys.length === 1 ? t.keys : [])),
      this.ties,
      isAll,
    );
  }

  /**
   * @param from of all objects of a part that change on the way
   * @param to of those that are written at once
   */
  isSafe(from: States, to: States): boolean {
    const groups = [...from.keys()].flatMap((key) => this.groups.get(key) ?? []);
    if (groups.some((g) => crosses(g.facts(from), g.facts(new Map([...from, ...to]))))) return false;
    const keys = [...from.keys()];
    const isGone = (key: string) => to.has(key) && to.get(key) === undefined;
    const waveOf = (key: string) => {
      const m = to.get(key);
      return m && this.syncWaveOf(m);
    };
    const waves = [...new Set([...to.keys()].flatMap((key) => waveOf(key) ?? []))].sort((a, b) => a - b);
    return (waves.length > 0 ? waves : [0]).every((wave, i) => {
      /** The states that somebody may go by, the one that is to be last. */
      const choices = new Map(
        keys.map((key) => {
          const [now, then, own] = [from.get(key), to.get(key), waveOf(key)];
          const isChosen = isGone(key) || own === wave;
          return [key, isChosen ? [now, then] : own !== undefined && own < wave ? [then] : [now]];
        }),
      );
      if (groups.some((g) => g.moving.filter((key) => choices.get(key)!.length > 1).length > MOST_AT_ONCE)) return false;
      const provided = new Set(groups.flatMap((g) => [...g.always(choices)]));
      for (const [key, [first, ...more]] of choices) {
        const then = more.map((m) => new Set(this.references(m, key).provides));
        for (const f of this.references(first, key).provides) if (then.every((t) => t.has(f))) provided.add(f);
      }
      const has = (f: Fact) => provided.has(f) || this.still.provided.has(f);
      const members = (g: Group) => g.facts(new Map(g.moving.map((key) => [key, choices.get(key)![0]])));
      const had = new Set([
        ...[...choices].flatMap(([key, [now]]) => this.references(now, key).provides),
        ...groups.flatMap((g) => [...members(g)]),
      ]);
      // what is missing before is missing whatever is done
      const isMissed = (f: Fact) => !has(f) && had.has(f);
      const needed = keys.flatMap((key) => this.neededIn(choices.get(key)!, key, isGone(key)));
      const kept = groups.flatMap((g) => [...members(g)].filter((f) => this.kept.get(g)?.has(f)));
      const begun = [...to.keys()].filter((key) => (isGone(key) ? i === 0 : waveOf(key) === wave));
      if ([...needed, ...kept, ...[...had].filter((f) => this.still.needed.has(f))].some(isMissed)) return false;
      return begun.every((key) => this.begins(from.get(key), to.get(key), key).every(has));
    });
  }

  private neededBy({ needs, keeps }: Noticed): Fact[] {
    return [...needs, ...keeps.filter((f) => this.final.has(f))];
  }

  /** What an object needs in each of the states that it may be in. */
  private neededIn(states: readonly (Manifest | undefined)[], key: string, isGone: boolean): Fact[] {
    const [first, ...more] = states;
    const own = this.references(first, key);
    // what goes needs what it refers to to the end, if anybody asks for it
    const before = isGone && first && !this.missed(first) ? [] : this.neededBy(own);
    return [...before, ...more.flatMap((m) => this.neededBy(this.references(m, key)))];
  }

  /** What an object needs when it is written, and did not before. */
  private begins(from: Manifest | undefined, to: Manifest | undefined, key: string): Fact[] {
    const [now, then] = [this.references(from, key), this.references(to, key)];
    const had = new Set(from && to && !isForTheSame(from, to) ? [] : [...now.needs, ...now.follows]);
    return [...then.needs.filter((f) => this.known.has(f)), ...then.follows.filter((f) => this.final.has(f))].filter(
      // pods take longer to start than a Service to be written
      (f) => !had.has(f) && !f.startsWith('found '),
    );
  }
}

/**
 * Whether some pods take mutual TLS alone and then plain text alone, or the other way round: clients that choose by themselves hear of it
 * at other moments than the pods do.
 */
function crosses(before: ReadonlySet<Fact>, after: ReadonlySet<Fact>): boolean {
  const has = (f: Fact, other: string) => before.has(f) && !after.has(f) && !before.has(other) && after.has(other);
  return [...before].some((f) => {
    const [, how, pods] = /^(plain|mutual) (.*)$/.exec(f) ?? [];
    return how !== undefined && has(f, `${how === 'plain' ? 'mutual' : 'plain'} ${pods}`);
  });
}
