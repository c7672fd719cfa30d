import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical } from '../values/equal';
import { type Answer, isLetIn } from './answers';
import type { Place, Places } from './places';
import type { Sample } from './policy-samples';
import { accountOf, isWorkload } from './readiness';
import { type Fact, NOTHING, type References } from './references';
import { type Asked, askedOf, bareOf, type Caller, callerOf, isLike, type PolicyRule, PRINCIPAL, whoIn } from './requests';
import type { Together } from './together';
import { type Answers, answersAt, bareAnswers, type Ends, type StateOf } from './verdicts';

/** Pods that come to have another identity, come, or go. */
interface Moving {
  readonly key: string;
  readonly old: Caller | undefined;
  readonly now: Caller | undefined;
}

/** What pods whose identity changes rely on, and who provides it. */
export interface CallerFacts {
  readonly together: readonly Together[];
  readonly needs: (m: Manifest | undefined, key: string) => References;
}

/**
 * Whom policies let in or refuse by their identity, where pods come to have another one, come, or go: new pods come when they are
 * let in where they are in the end, and where the old ones were let in they are so until the last of them is gone. Where both are
 * refused, neither is let in on the way.
 */
export function callerFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  root: string,
  domain: string,
): CallerFacts {
  const moving = movingIn(live, desired);
  if (moving.length === 0) return { together: [], needs: () => NOTHING };
  const needs = new Map(moving.map(({ key }) => [key, { old: new Set<Fact>(), now: new Set<Fact>() }]));
  const together = places.changed().flatMap((place): Together[] => {
    // nobody calls pods that policies alone speak of
    if (!place.isShown) return [];
    const answers = answersAt(place, root, domain);
    const facts = factsAt(place, moving, needs, ends, answers);
    if (facts.size === 0) return [];
    const provides = (state: StateOf) => {
      const answer = answers(state);
      return [...facts].flatMap(([f, entry]) => (entry.isIn === isLetIn(answer(entry)) ? [f] : []));
    };
    return [{ members: place.moving, provides }];
  });
  return {
    together,
    needs: (m, key) => {
      const own = needs.get(key);
      if (!own || !m) return NOTHING;
      const before = ends[0](key);
      return { ...NOTHING, needs: before && accountOf(m) === accountOf(before) ? own.old : own.now };
    },
  };
}

function movingIn(live: readonly Manifest[], desired: readonly Manifest[]): readonly Moving[] {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isWorkload).map((m) => [keyOf(m), callerOf(m)])));
  const isStill = ([key, c]: [string, Caller]) => before!.get(key)?.account === c.account;
  const still = new Set([...after!].filter(isStill).map(([, c]) => c.account));
  return [...new Set([...before!.keys(), ...after!.keys()])].flatMap((key) => {
    const [old, now] = [before!.get(key), after!.get(key)];
    // what comes or goes beside others of its account is let in where they are
    const isBeside = (!old && still.has(now!.account)) || (!now && still.has(old!.account));
    return old?.account === now?.account || isBeside ? [] : [{ key, old, now }];
  });
}

/** That somebody is let in by some pods, or is not. */
interface Entry {
  readonly caller: Caller;
  readonly sample: Sample;
  readonly isIn: boolean;
}

/** What is at stake at some pods, by fact; and who needs it. */
function factsAt(
  place: Place,
  moving: readonly Moving[],
  needs: ReadonlyMap<string, { readonly old: Set<Fact>; readonly now: Set<Fact> }>,
  ends: Ends,
  answers: Answers<Pick<Entry, 'caller' | 'sample'>, Answer>,
): ReadonlyMap<Fact, Entry> {
  const asked = askedOf([place]);
  const alike = new Alike(asked);
  const those = moving.map((m) => ({ ...m, old: m.old && alike.of(m.old), now: m.now && alike.of(m.now) }));
  const answered = ends.map((state) => answers(state));
  const bare = bareAnswers(ends, answers);
  const facts = new Map<Fact, Entry>();
  for (const sample of samplesFor(asked, alike.all)) {
    const told = new Map(
      alike.all.map((caller) => {
        const [was, is] = answered.map((answer) => answer({ caller, sample })) as [Answer, Answer];
        const isMeant = [was, is].map((a, i) => a === 'refused' && bare[i]!({ caller, sample }) === 'refused');
        return [caller, { was, is, isMeant }];
      }),
    );
    const need = (of: Set<Fact>, caller: Caller, isIn: boolean) => {
      const fact = `caller ${isIn ? 'in' : 'out'} ${place.pods} ${asked.textOf(caller, sample)}`;
      facts.set(fact, { caller, sample, isIn });
      of.add(fact);
    };
    for (const { key, old, now } of those) {
      const [a, b] = [old && told.get(old)!, now && told.get(now)!];
      const own = needs.get(key)!;
      if (old && isLetIn(a!.was) && !isLetIn(a!.is)) need(own.old, old, true);
      if (now && isLetIn(b!.is) && !isLetIn(b!.was)) need(own.now, now, true);
      if (!old || !now || !a!.isMeant[0] || !b!.isMeant[1]) continue;
      if (isLetIn(a!.is)) need(own.old, old, false);
      if (isLetIn(b!.was)) need(own.now, now, false);
    }
  }
  return facts;
}

/** Requests of which one is not met as another is, whoever of them sends it. */
function samplesFor({ samples, met }: Asked, callers: readonly Caller[]): readonly Sample[] {
  const out = new Map<string, Sample>();
  for (const s of samples) {
    const print = `${bareOf(met, s)} ${callers.map((c) => met(c, s))}`;
    if (!out.has(print)) out.set(print, s);
  }
  return [...out.values()];
}

/** Callers, one for all whom nothing about some pods tells apart. */
class Alike {
  private readonly known = new Map<string, Caller>();
  private readonly named: ReadonlySet<string>;
  private readonly patterns: readonly string[];

  constructor(private readonly asked: Asked) {
    const who = asked.rules.flatMap((r: PolicyRule) => whoIn(r));
    const isPlain = (w: string) => PRINCIPAL.test(w);
    this.named = new Set(who.filter(isPlain));
    this.patterns = [...new Set(who.filter((w) => !isPlain(w)))];
  }

  get all(): readonly Caller[] {
    return [...this.known.values()];
  }

  of(c: Caller): Caller {
    const [namespace, account] = c.account!.split('/') as [string, string];
    const full = `ns/${namespace}/sa/${account}`;
    const names = [`ns/${namespace}`, full].filter((n) => this.named.has(n));
    const print = canonical([this.asked.sortOf(c), names, this.patterns.filter((p) => isLike(p, full))]);
    const one = this.known.get(print) ?? c;
    this.known.set(print, one);
    return one;
  }
}
