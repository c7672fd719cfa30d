import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { effectOf, isTokens, type Rule, rulesOf, uncovered } from './authorization-rules';
import { asksIdentity, type MutualTls } from './mutual-tls';
import { type Fact, list, NOTHING, type References } from './references';
import type { Subject, Subjects } from './subjects';

/** Whether a rule asks for what a token says. */
const asksToken = (r: Rule): boolean => /"(notR|r)equestPrincipals"|"request\.auth\./.test(JSON.stringify(r));

/** Rules of a policy, about some pods, that others come to make count, or cease to. */
interface Idle {
  readonly pods: Subject;
  readonly rules: readonly Rule[];
  /** Keys of RequestAuthentications, PeerAuthentications and DestinationRules by which they count in the other state. */
  readonly makers: readonly string[];
}

/**
 * Denials without effect in a state: by a token that nobody looks at, or by an identity that nobody has who speaks plain text. One that
 * goes is gone before tokens or identities come to count, and one that comes does when these count no more: else it would have effect
 * for a moment.
 */
export class InertDenials {
  /** Of each state, by the key of a policy and pods. */
  private readonly inert = [new Map<string, readonly Rule[]>(), new Map<string, readonly Rule[]>()] as const;
  /** By the key of a policy, what goes of it, and what comes. */
  private readonly moving = [new Map<string, Idle[]>(), new Map<string, Idle[]>()] as const;
  /** By the key of what makes denials count: what has to be gone first, and the pods where it does so no more in the end. */
  private readonly waiting = new Map<string, Set<Fact>>();
  private readonly silent = new Map<string, Set<Fact>>();
  private readonly states: readonly ReadonlyMap<string, Manifest>[];

  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    tls: MutualTls,
  ) {
    this.states = [live, desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
    for (const i of [0, 1] as const) {
      const [own, other] = i === 0 ? [live, desired] : [desired, live];
      const asking = own.filter((m) => effectOf(m) === 'deny' && rulesOf(m).some((r) => asksToken(r) || asksIdentity(r)));
      if (asking.length === 0) continue;
      const [looking, looked] = [own, other].map((all) => this.lookingAtTokens(all));
      const named = tls.identified(own, other);
      for (const m of asking)
        for (const s of subjects.of(m)) {
          const byToken = looking!.has(s) ? [] : rulesOf(m).filter(asksToken);
          const byIdentity = named.has(s) ? rulesOf(m).filter(asksIdentity) : [];
          if (byToken.length + byIdentity.length > 0) this.add(i, m, s, byToken, byIdentity, looked!.get(s), named.get(s));
        }
    }
  }

  private add(
    i: 0 | 1,
    m: Manifest,
    s: Subject,
    byToken: readonly Rule[],
    byIdentity: readonly Rule[],
    looked: readonly string[] = [],
    named: readonly string[] = [],
  ): void {
    const key = keyOf(m);
    const all = [...new Set([...byToken, ...byIdentity])];
    this.inert[i].set(`${key} ${s}`, all);
    const kept = this.denies(this.states[1 - i]!.get(key), s);
    const makers = [
      ...(uncovered(byToken, kept).length > 0 ? looked : []),
      ...(uncovered(byIdentity, kept).length > 0 ? named : []),
    ];
    if (makers.length === 0) return;
    this.moving[i].set(key, [...(this.moving[i].get(key) ?? []), { pods: s, rules: uncovered(all, kept), makers }]);
    for (const by of makers) {
      const facts = i === 0 ? this.waiting : this.silent;
      facts.set(by, (facts.get(by) ?? new Set()).add(i === 0 ? ended(key, s) : silent(by, s)));
    }
  }

  /** Rules of a policy that are without effect at some pods, in the old state or the new one. */
  of(state: 'live' | 'desired', key: string, s: Subject): readonly Rule[] {
    return this.inert[state === 'live' ? 0 : 1].get(`${key} ${s}`) ?? [];
  }

  facts(m: Manifest | undefined, key: string): References {
    const [going, coming] = this.moving.map((by) => by.get(key) ?? []);
    const has = ({ rules, pods }: Idle) => uncovered(rules, this.denies(m, pods)).length < rules.length;
    const [isOld, isLast] = this.states.map((state) => m === state.get(key));
    const provides = [
      ...going!.filter((idle) => !has(idle)).map((idle) => ended(key, idle.pods)),
      ...(isLast ? (this.silent.get(key) ?? []) : []),
    ];
    const needs = [
      ...coming!.filter(has).flatMap(({ pods, makers }) => makers.map((by) => silent(by, pods))),
      ...(isOld ? [] : (this.waiting.get(key) ?? [])),
    ];
    return provides.length + needs.length > 0 ? { ...NOTHING, provides: new Set(provides), needs: new Set(needs) } : NOTHING;
  }

  private denies(m: Manifest | undefined, s: Subject): readonly Rule[] {
    return m && effectOf(m) === 'deny' && this.subjects.of(m).includes(s) ? rulesOf(m) : [];
  }

  private lookingAtTokens(objects: readonly Manifest[]): ReadonlyMap<Subject, readonly string[]> {
    const out = new Map<Subject, string[]>();
    for (const m of objects.filter(looksAtTokens))
      for (const s of this.subjects.of(m)) out.set(s, [...(out.get(s) ?? []), keyOf(m)]);
    return out;
  }
}

const ended = (key: string, s: Subject): Fact => `ended ${key} ${s}`;
const silent = (key: string, s: Subject): Fact => `silent ${key} ${s}`;

const looksAtTokens = (m: Manifest): boolean => isTokens(m) && list(m.object.spec?.jwtRules).length > 0;
