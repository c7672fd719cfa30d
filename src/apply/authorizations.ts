import type { Manifest } from '../manifests/manifest';
import { canonical } from './equal';
import { isAllow } from './guards';
import { type Fact, NOTHING, type References } from './references';
import type { Subject, Subjects } from './subjects';

/**
 * What policies allow, rule by rule, and which tokens they ask for. A rule that both states have for some pods they have at all
 * times, whichever policy says it. Without a RequestAuthentication no request has a token: it is there before a policy that asks
 * for one, and goes after it.
 */
export function authorizationFacts(subjects: Subjects): (m: Manifest) => References {
  const tokens = (m: Manifest): Fact[] => {
    if (m.kind !== 'RequestAuthentication') return [];
    const issuers: string[] = (m.object.spec?.jwtRules ?? []).map((r: any) => String(r?.issuer));
    return issuers.length === 0 ? [] : factsOf(subjects.of(m), [ANY, ...issuers]);
  };
  const asked = (m: Manifest): Fact[] => {
    const issuers = m.kind === 'AuthorizationPolicy' ? issuersOf(m) : [];
    return issuers.length === 0 ? [] : factsOf(subjects.of(m), issuers);
  };
  return (m) => {
    if (m.group !== 'security.istio.io') return NOTHING;
    const rules: unknown[] = isAllow(m) ? (m.object.spec?.rules ?? []) : [];
    const texts = rules.map((r) => canonical(r));
    return {
      provides: new Set([
        ...tokens(m),
        ...(texts.length > 0 ? subjects.of(m).flatMap((s) => texts.map((t) => `allow ${s} ${t}`)) : []),
      ]),
      needs: new Set(asked(m)),
    };
  };
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
