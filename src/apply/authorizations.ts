import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { allCovered, isAllow, type Rule, rulesOf } from './authorization-rules';
import { canonical, isEqual } from './equal';
import { type Fact, NOTHING, type References } from './references';
import type { Subject, Subjects } from './subjects';

/**
 * What policies allow, rule by rule, and which tokens they ask for. A rule that both states have for some pods they have at all
 * times, whichever policy says it, or one that asks for less. Without a RequestAuthentication no request has a token: it is there
 * before a policy that asks for one, and goes after it.
 */
export function authorizationFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
): (m: Manifest) => References {
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
      const others = [...(moving.get(s) ?? [])].filter(([text, r]) => !own.includes(text) && allCovered([r], rules));
      return [...own, ...others.map(([text]) => text)].map((t): Fact => `allow ${s} ${t}`);
    });
  };
  return (m) =>
    m.group === 'security.istio.io'
      ? { ...NOTHING, provides: new Set([...tokens(m), ...allowed(m)]), needs: new Set(asked(m)) }
      : NOTHING;
}

/** By pods, the rules of policies that change, as text and whole. */
function movingRules(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
): ReadonlyMap<Subject, ReadonlyMap<string, Rule>> {
  const out = new Map<Subject, Map<string, Rule>>();
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isAllow).map((m) => [keyOf(m), m])));
  const isStill = (m: Manifest) => isEqual(before!.get(keyOf(m))?.object.spec, after!.get(keyOf(m))?.object.spec);
  for (const m of [...before!.values(), ...after!.values()].filter((m) => !isStill(m))) {
    const rules = rulesOf(m).map((r) => [canonical(r), r] as const);
    for (const s of subjects.of(m)) out.set(s, new Map([...(out.get(s) ?? []), ...rules]));
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
  return [...new Set(principals.map((p) => /^([^*]+)\/[^/]*$/.exec(String(p))?.[1] ?? ANY))];
}
