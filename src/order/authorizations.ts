import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical, isEqual } from '../values/equal';
import { allCovered, guardedPods, isAllow, issuerOf, type Rule, rulesOf } from './authorization-rules';
import { type Fact, NOTHING, type References } from './references';
import { podsOf, type Subject, type Subjects } from './subjects';
import type { Together } from './together';

/** What policies say of who may, one by one and together. */
export interface Authorizations {
  readonly facts: (m: Manifest) => References;
  readonly together: readonly Together[];
}

/**
 * What policies allow, rule by rule, and which tokens they ask for. A rule that both states have for some pods they have at all
 * times, whichever policy says it, or one that asks for less, or none where none says who may. Without a RequestAuthentication no
 * request has a token: it is there before a policy that asks for one, and goes after it.
 */
export function authorizationsOf(live: readonly Manifest[], desired: readonly Manifest[], subjects: Subjects): Authorizations {
  const tokens = (m: Manifest): Fact[] => {
    if (m.kind !== 'RequestAuthentication') return [];
    const issuers: string[] = (m.object.spec?.jwtRules ?? []).map((r: any) => String(r?.issuer));
    return issuers.length === 0 ? [] : factsOf(subjects.of(m), [ANY, ...issuers]);
  };
  const asked = (m: Manifest): Fact[] => {
    const issuers = m.kind === 'AuthorizationPolicy' ? issuersOf(m) : [];
    return issuers.length === 0 ? [] : factsOf(subjects.of(m), issuers);
  };
  const moving = movingRules(live, desired, subjects);
  const allowed = (m: Manifest): Fact[] => {
    const rules = isAllow(m) ? rulesOf(m) : [];
    if (rules.length === 0) return [];
    const own = rules.map((r) => canonical(r));
    return subjects.of(m).flatMap((s) => {
      const others = [...(moving.get(s)?.rules ?? [])].filter(([text, r]) => !own.includes(text) && allCovered([r], rules));
      return [...own, ...others.map(([text]) => text)].map((t) => allow(s, t));
    });
  };
  const guarded = [live, desired].map((all) => guardedPods(all, subjects));
  const there = podsOf(live);
  const opened = [...moving].filter(([s, { keys }]) => keys.size > 1 && there.has(s) && guarded.some((g) => !g.has(s)));
  const groups = new Map<string, { readonly members: readonly string[]; readonly pods: [Subject, Moving][] }>();
  for (const [s, m] of opened) {
    const members = [...m.keys].sort();
    const group = groups.get(members.join()) ?? { members, pods: [] };
    groups.set(members.join(), group);
    group.pods.push([s, m]);
  }
  return {
    facts: (m) =>
      m.group === 'security.istio.io'
        ? { ...NOTHING, provides: new Set([...tokens(m), ...allowed(m)]), needs: new Set(asked(m)) }
        : NOTHING,
    together: [...groups.values()].map(({ members, pods }) => ({
      members,
      keeps: true,
      provides: (state) => {
        const policies = members.map(state).filter((m) => m && isAllow(m)) as Manifest[];
        const about = policies.map((m) => ({ rules: rulesOf(m), pods: new Set(subjects.of(m)) }));
        return pods.flatMap(([s, { rules }]) => {
          const own = about.filter((p) => p.pods.has(s));
          const allowed = own.flatMap((p) => p.rules);
          return [...rules].filter(([, r]) => own.length === 0 || allCovered([r], allowed)).map(([text]) => allow(s, text));
        });
      },
    })),
  };
}

const allow = (s: Subject, rule: string): Fact => `allow ${s} ${rule}`;

/** Policies that change, and their rules, as text and whole. */
interface Moving {
  readonly keys: Set<string>;
  readonly rules: Map<string, Rule>;
}

/** By pods, policies that change and say who may, in either state. */
function movingRules(live: readonly Manifest[], desired: readonly Manifest[], subjects: Subjects): ReadonlyMap<Subject, Moving> {
  const out = new Map<Subject, Moving>();
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isAllow).map((m) => [keyOf(m), m])));
  const isStill = (m: Manifest) => isEqual(before!.get(keyOf(m))?.object.spec, after!.get(keyOf(m))?.object.spec);
  for (const m of [...before!.values(), ...after!.values()].filter((m) => !isStill(m)))
    for (const s of subjects.of(m)) {
      const known = out.get(s) ?? { keys: new Set(), rules: new Map() };
      out.set(s, known);
      known.keys.add(keyOf(m));
      for (const r of rulesOf(m)) known.rules.set(canonical(r), r);
    }
  return out;
}

/** Of whatever issuer. */
const ANY = '*';

const factsOf = (subjects: readonly Subject[], issuers: readonly string[]): Fact[] =>
  subjects.flatMap((s) => issuers.map((i) => `token ${i} ${s}`));

/** The issuers whose tokens a policy asks for, or asks not to be there. */
function issuersOf(m: Manifest): string[] {
  const rules: any[] = m.object.spec?.rules ?? [];
  const sources = rules.flatMap((r) => r?.from ?? []).map((f: any) => f?.source ?? {});
  const conditions = rules.flatMap((r) => r?.when ?? []).filter((w: any) => String(w?.key).startsWith('request.auth.'));
  const principals = [
    ...sources.flatMap((s: any) => [...(s.requestPrincipals ?? []), ...(s.notRequestPrincipals ?? [])]),
    ...conditions.flatMap((w: any) =>
      w.key === 'request.auth.principal' ? [...(w.values ?? []), ...(w.notValues ?? [])] : [ANY],
    ),
  ];
  return [...new Set(principals.map((p) => issuerOf(p) ?? ANY))];
}
