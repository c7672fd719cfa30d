import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { allCovered, areApart, effectOf, isAllow, isTokens, type Rule, rulesOf, uncovered } from './authorization-rules';
import type { InertDenials } from './inert-denials';
import { type Fact, list, NOTHING, type References } from './references';
import type { Stage } from './stages';
import { podsOf, type Subject, type Subjects } from './subjects';

/** Who may, where some policy says it; else everybody. */
type Allowed = readonly Rule[] | 'everybody';

/** A policy that changes, as far as it is about some pods. */
interface Change {
  readonly key: string;
  /** What it allows there in the old state and in the new one; nothing where it says nothing of who may. */
  readonly allows: readonly (readonly Rule[] | undefined)[];
  readonly denies: readonly (readonly Rule[])[];
  /** Denials that it comes to have. */
  readonly denied: readonly Rule[];
  /** What the old state of it allows that is allowed no more in the end; everything, where it comes to be the first to say who may. */
  readonly shut: Allowed;
}

/** Pods about which several policies change. */
interface Place {
  readonly allowed: readonly Allowed[];
  readonly changes: readonly Change[];
}

/**
 * What policies about some pods decide together, while several of them change: what is to be denied is, before somebody else is let
 * in; and what was denied is no more when those are shut out who may no more. So nobody gets in for a moment whom both states refuse:
 * each moment's denials are those of both states, or nothing is allowed but what one of the two allows.
 * Source: istio.io, AuthorizationPolicy, "DENY policies are evaluated first".
 */
export class Decisions {
  private readonly places = new Map<Subject, Place>();
  private readonly about = new Map<string, readonly Subject[]>();
  /** Of RequestAuthentications: the tokens that either state takes. */
  private readonly tokens = new Map<string, readonly unknown[]>();

  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly inert: InertDenials,
  ) {
    const [before, after] = [live, desired].map((all) => new Map(all.filter(isDecisive).map((m) => [keyOf(m), m])));
    const changing = [...new Set([...before!.keys(), ...after!.keys()])].filter(
      (key) => !isEqual(before!.get(key)?.object.spec, after!.get(key)?.object.spec),
    );
    for (const m of [...before!.values(), ...after!.values()].filter(isTokens))
      this.tokens.set(keyOf(m), [...(this.tokens.get(keyOf(m)) ?? []), ...list(m.object.spec?.jwtRules)]);
    const of = new Map<Subject, string[]>();
    for (const key of changing) {
      const about = new Set([before!.get(key), after!.get(key)].flatMap((m) => (m ? subjects.of(m) : [])));
      for (const s of about) of.set(s, [...(of.get(s) ?? []), key]);
    }
    const there = podsOf(live);
    const crowded = [...of].filter(([s, keys]) => keys.length > 1 && there.has(s));
    if (crowded.length === 0) return;
    const allowed = [before!, after!].map((all) => this.allowedBy([...all.values()], new Set(crowded.map(([s]) => s))));
    for (const [s, keys] of crowded) {
      const own = allowed.map((of) => of.get(s) ?? ('everybody' as const));
      this.places.set(s, {
        allowed: own,
        changes: keys.map((key) => this.changeOf(key, before!.get(key), after!.get(key), s, own)),
      });
      for (const key of keys) this.about.set(key, [...(this.about.get(key) ?? []), s]);
    }
  }

  /** What a policy in some state has for the others, and needs of them. */
  facts(m: Manifest | undefined, key: string): References {
    const [provides, needs] = [new Set<Fact>(), new Set<Fact>()];
    for (const s of this.about.get(key) ?? []) {
      const { allowed, changes } = this.places.get(s)!;
      const own = changes.find((c) => c.key === key)!;
      const [allows, denies] = this.at(m, s);
      if (own.denied.length > 0 && allCovered(own.denied, denies)) provides.add(`denied ${key} ${s}`);
      if (own.shut.length > 0 && !this.isOpen(own, allows, allowed)) provides.add(`shut ${key} ${s}`);
      const widens = this.widening(own, allows, allowed);
      const idle = this.inert.of('live', key, s);
      const lifts = uncovered(own.denies[0]!, denies).filter((r) => !idle.includes(r));
      for (const c of changes) {
        if (c === own) continue;
        if (meet(widens, c.denied) || meet(lifts, c.denied)) needs.add(`denied ${c.key} ${s}`);
        if (meet(lifts, c.shut)) needs.add(`shut ${c.key} ${s}`);
      }
    }
    return provides.size + needs.size > 0 ? { ...NOTHING, provides, needs } : NOTHING;
  }

  /** A denial that changes beside other policies is what it was and what it is to be, for as long as they change. */
  stages(live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] | undefined {
    if (!live || !desired || effectOf(live) !== 'deny' || effectOf(desired) !== 'deny' || !this.about.has(keyOf(live)))
      return undefined;
    const { rules: old = [], ...was } = live.object.spec;
    const { rules: now = [], ...is } = desired.object.spec;
    if (!isEqual(was, is)) return undefined;
    if (allCovered(old, now)) return [{ object: desired, rank: 'deny' }];
    if (allCovered(now, old)) return [{ object: desired, rank: 'lift' }];
    const rules = [...now, ...uncovered(old, now)];
    const object = { ...desired.object, spec: { ...desired.object.spec, rules } };
    return [
      { object: { ...desired, object }, rank: 'deny', wide: true },
      { object: desired, rank: 'lift' },
    ];
  }

  private allowedBy(policies: readonly Manifest[], wanted: ReadonlySet<Subject>): ReadonlyMap<Subject, readonly Rule[]> {
    const out = new Map<Subject, Rule[]>();
    for (const m of policies.filter(isAllow))
      for (const s of this.subjects.of(m)) if (wanted.has(s)) out.set(s, [...(out.get(s) ?? []), ...rulesOf(m)]);
    return out;
  }

  private changeOf(
    key: string,
    from: Manifest | undefined,
    to: Manifest | undefined,
    s: Subject,
    allowed: readonly Allowed[],
  ): Change {
    const [[oldAllows, oldDenies], [allows, denies]] = [this.at(from, s), this.at(to, s)];
    const change = { key, allows: [oldAllows, allows], denies: [oldDenies, denies] };
    const isFirst = oldAllows === undefined && allows !== undefined && allowed[0] === 'everybody';
    const gone = allowed[1] === 'everybody' ? [] : uncovered(oldAllows ?? [], allowed[1] as readonly Rule[]);
    const idle = this.inert.of('desired', key, s);
    return {
      ...change,
      denied: uncovered(denies, oldDenies).filter((r) => !idle.includes(r)),
      shut: isFirst ? 'everybody' : gone,
    };
  }

  /** What a policy in some state allows and denies at some pods. */
  private at(m: Manifest | undefined, s: Subject): [allows: readonly Rule[] | undefined, denies: readonly Rule[]] {
    if (!m || !isDecisive(m) || !this.subjects.of(m).includes(s)) return [undefined, []];
    if (isTokens(m)) return [undefined, this.refusing(m)];
    return isAllow(m) ? [rulesOf(m), []] : [undefined, rulesOf(m)];
  }

  /** A RequestAuthentication refuses all tokens but those that it takes: also such as its other state takes. */
  private refusing(m: Manifest): readonly Rule[] {
    const taken = list(m.object.spec?.jwtRules);
    const others = this.tokens.get(keyOf(m))!.filter((jwt) => !taken.some((t) => isEqual(t, jwt)));
    return [{ jwt: 'other' }, ...others.map((jwt): Rule => ({ jwt }))];
  }

  /** Whether a state of a policy lets in somebody who may no more in the end. */
  private isOpen({ shut }: Change, allows: readonly Rule[] | undefined, [, last]: readonly Allowed[]): boolean {
    if (shut === 'everybody') return allows === undefined || !allCovered(allows, last as readonly Rule[]);
    return last !== 'everybody' && !allCovered(allows ?? [], last!);
  }

  /** Whom a state of a policy lets in who might not in the old state. */
  private widening(own: Change, allows: readonly Rule[] | undefined, [first, last]: readonly Allowed[]): Allowed {
    if (first === 'everybody') return [];
    if (allows) return uncovered(allows, first!);
    return own.allows[0] && last === 'everybody' ? 'everybody' : [];
  }
}

/** Where a RequestAuthentication is, tokens that it does not take are refused: a denial like others. */
const isDecisive = (m: Manifest): boolean => effectOf(m) !== undefined || isTokens(m);

/** Whether somebody may be meant by some of both. */
const meet = (some: Allowed, others: Allowed): boolean => {
  if (some.length === 0 || others.length === 0) return false;
  return some === 'everybody' || others === 'everybody' || some.some((a) => others.some((b) => !areApart(a, b)));
};
