import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { HasProxy } from '../facts/proxies';
import { isWorkload } from '../facts/readiness';
import { type Fact, NOTHING, type References } from '../facts/references';
import type { Together } from '../facts/together';
import { type Answer, answering, isLetIn, isTls } from './answers';
import { atPods, bareAnswers, type Checkpoint, decidingIn, type Ends, type Routed, restText, type StateOf } from './checkpoint';
import { forHost, type Place, type Places } from './places';
import type { Sample } from './policy-samples';
import { type Caller, callerOf, isLike, OUTSIDE, type PolicyRule, PRINCIPAL, whoIn } from './requesters';
import { type Asked, samplesTold } from './requests';

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
  rerouted: readonly Checkpoint[],
  hasProxy: HasProxy,
  root: string,
  domain: string,
): CallerFacts {
  const moving = movingIn(live, desired, hasProxy);
  if (moving.length === 0) return { together: [], needs: () => NOTHING };
  const needs = new Map(moving.map(({ key }) => [key, { old: new Set<Fact>(), now: new Set<Fact>() }]));
  // nobody calls pods that policies alone speak of
  const shown = places.changed().filter((place) => place.isShown);
  // who comes or goes may be where the rules lead: they wait for it
  const changing = moving.filter((m) => m.old && m.now);
  const all = [
    ...shown.flatMap((place) => atPods(place, root, domain).map((c) => [c, moving] as const)),
    ...rerouted.map((c) => [c, changing] as const),
  ];
  const direct = new Direct(places, ends, root, domain);
  const together = all.flatMap(([checkpoint, some]): Together[] => {
    // what turns itself calls nobody there that it can wait for
    const others = some.filter((m) => !checkpoint.members.includes(m.key));
    const facts = factsAt(checkpoint, others, needs, ends, direct);
    if (facts.size === 0) return [];
    const provides = (state: StateOf) => {
      const answer = checkpoint.answers(state);
      return [...facts].flatMap(([f, entry]) => (entry.isIn === isLetIn(answer(entry)) ? [f] : []));
    };
    return [{ members: checkpoint.members, provides }];
  });
  return {
    together: [...together, ...direct.together()],
    needs: (m, key) => {
      const own = needs.get(key);
      if (!own || !m) return NOTHING;
      const before = ends[0](key);
      const isOld = before && callerOf(m, hasProxy).account === callerOf(before, hasProxy).account;
      return { ...NOTHING, needs: isOld ? own.old : own.now };
    },
  };
}

function movingIn(live: readonly Manifest[], desired: readonly Manifest[], hasProxy: HasProxy): readonly Moving[] {
  const [before, after] = [live, desired].map(
    (all) => new Map(all.filter(isWorkload).map((m) => [keyOf(m), callerOf(m, hasProxy)])),
  );
  const isStill = ([key, c]: [string, Caller]) => before!.get(key)?.account === c.account;
  const still = new Set([...after!].filter(isStill).map(([, c]) => c.account));
  return [...new Set([...before!.keys(), ...after!.keys()])].flatMap((key) => {
    const [old, now] = [before!.get(key), after!.get(key)];
    // what comes or goes beside others of its account is let in where they are
    const isBeside = (!old && still.has(now!.account)) || (!now && still.has(old!.account));
    return old?.account === now?.account || isBeside ? [] : [{ key, old, now }];
  });
}

/** That somebody is let in, or is not. */
interface Entry extends Routed {
  readonly isIn: boolean;
}

/** Who has no proxy at the pods of hosts, where no rules are in effect. */
class Direct {
  private readonly known = new Map<string, readonly ((s: Sample) => Answer)[]>();
  /** What is relied on: that nobody gets in with such a request; by host, and by fact. */
  private readonly out = new Map<string, Map<Fact, Sample>>();

  constructor(
    private readonly places: Places,
    private readonly ends: Ends,
    private readonly root: string,
    private readonly domain: string,
  ) {}

  /** Whether all pods of a host refuse it, by policies, in the live state or the desired one. */
  refuses(host: string, sample: Sample, state: 0 | 1): boolean {
    const key = `${state} ${host}`;
    const answers = this.known.get(key) ?? [
      ...this.answersIn(host, this.ends[state]),
      ...this.answersIn(host, this.ends[state], (m) => !isTls(m)),
    ];
    this.known.set(key, answers);
    return answers.length > 0 && answers.every((answer) => answer(sample) === 'refused');
  }

  /** That none of them lets it in. */
  outFact(host: string, sample: Sample, text: string): Fact {
    const fact: Fact = `caller out direct ${host} ${text}`;
    this.out.set(host, (this.out.get(host) ?? new Map()).set(fact, sample));
    return fact;
  }

  /** Who provides that. */
  together(): readonly Together[] {
    return [...this.out].map(([host, facts]) => ({
      members: [...new Set(this.placesOf(host).flatMap((p) => p.moving))].sort(),
      provides: (state) => {
        const answers = this.answersIn(host, state);
        return [...facts].flatMap(([fact, sample]) => (answers.some((answer) => isLetIn(answer(sample))) ? [] : [fact]));
      },
    }));
  }

  private placesOf(host: string): readonly Place[] {
    return this.places.servingOf(host).map((pods) => forHost(this.places.of(pods), host));
  }

  private answersIn(host: string, state: StateOf, isDecisive = (_: Manifest) => true): readonly ((s: Sample) => Answer)[] {
    return this.placesOf(host).map((place) => {
      const answer = answering(place, decidingIn(place, state).filter(isDecisive), this.root, this.domain);
      return (s: Sample) => answer(OUTSIDE, s);
    });
  }
}

/** What is at stake at some pods, or for a host, by fact; and who needs it. */
function factsAt(
  { name, ruled, asked, told, answers }: Checkpoint,
  moving: readonly Moving[],
  needs: ReadonlyMap<string, { readonly old: Set<Fact>; readonly now: Set<Fact> }>,
  ends: Ends,
  direct: Direct,
): ReadonlyMap<Fact, Entry> {
  const answered = ends.map((state) => answers(state));
  const bare = bareAnswers(ends, answers);
  const facts = new Map<Fact, Entry>();
  for (const [rest, how] of told) {
    const alike = new Alike(asked);
    const meant = (c: Caller | undefined) => (c && how.isCaller(c) ? alike.of(c) : undefined);
    const those = moving.map((m) => ({ ...m, old: meant(m.old), now: meant(m.now), was: m.old, is: m.now }));
    for (const sample of samplesTold(asked, alike.all, how)) {
      const said = new Map(
        alike.all.map((caller) => {
          const r = { caller, sample, rest };
          const [was, is] = answered.map((answer) => answer(r)) as [Answer | undefined, Answer | undefined];
          const without = bare.map((answer) => answer(r));
          const isMeant = [was, is].map((a, i) => a === 'refused' && without[i] === 'refused');
          // mutual TLS may begin or end on the way, and tells who it is
          const mayBeIn = [was, is].map((a, i) => isLetIn(a) || isLetIn(without[i]));
          return [caller, { was, is, isMeant, mayBeIn }];
        }),
      );
      const need = (of: Set<Fact>, caller: Caller, isIn: boolean) => {
        const fact = `caller ${isIn ? 'in' : 'out'} ${name} ${restText(asked.textOf(caller, sample), rest)}`;
        facts.set(fact, { caller, sample, rest, isIn });
        of.add(fact);
      };
      /** Whether who comes from outside the rules, having no proxy, is refused, too. */
      const isOut = (c: Caller | undefined, state: 0 | 1) =>
        c === OUTSIDE && ruled !== undefined && direct.refuses(ruled, sample, state);
      for (const { key, old, now, was, is } of those) {
        const [a, b] = [old && said.get(old)!, now && said.get(now)!];
        const own = needs.get(key)!;
        if (old && isLetIn(a!.was) && !isLetIn(a!.is)) need(own.old, old, true);
        if (now && isLetIn(b!.is) && !isLetIn(b!.was)) need(own.now, now, true);
        const isRefused = (old ? a!.isMeant[0] : isOut(was, 0)) && (now ? b!.isMeant[1] : isOut(is, 1));
        if (!isRefused) continue;
        if (old && a!.mayBeIn[1]) need(own.old, old, false);
        if (now && b!.mayBeIn[0]) need(own.now, now, false);
        // who has no proxy comes by no rules
        if (ruled === undefined) continue;
        const text = asked.textOf(OUTSIDE, sample);
        if (!old && was === OUTSIDE && !direct.refuses(ruled, sample, 1)) own.old.add(direct.outFact(ruled, sample, text));
        if (!now && is === OUTSIDE && !direct.refuses(ruled, sample, 0)) own.now.add(direct.outFact(ruled, sample, text));
      }
    }
  }
  return facts;
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
    if (c.account === undefined) return this.one('', c);
    const [namespace, account] = c.account.split('/') as [string, string];
    const full = `ns/${namespace}/sa/${account}`;
    const names = [`ns/${namespace}`, full].filter((n) => this.named.has(n));
    const print = [this.asked.sortOf(c), ...names, ...this.patterns.filter((p) => isLike(p, full))].join();
    return this.one(print, c);
  }

  private one(print: string, c: Caller): Caller {
    const one = this.known.get(print) ?? c;
    this.known.set(print, one);
    return one;
  }
}
