import type { Manifest } from '../../manifests/manifest';
import { isDryRun } from '../../model/dry-run';
import { isEqual } from '../../values/equal';
import { list } from './references';
import type { Subject, Subjects } from './subjects';

/** A rule of an AuthorizationPolicy; of one that asks somebody else, with who that is; of a RequestAuthentication, which tokens it looks at. */
export type Rule = Readonly<Record<string, any>>;

/** What an AuthorizationPolicy about pods does: lets in, or keeps out. Nothing for one that only logs. */
export function effectOf(m: Manifest | undefined): 'allow' | 'deny' | undefined {
  if (m?.kind !== 'AuthorizationPolicy' || m.group !== 'security.istio.io' || isDryRun(m)) return undefined;
  const { targetRef, targetRefs, action = 'ALLOW' } = m.object.spec ?? {};
  if (targetRef !== undefined || list(targetRefs).length > 0) return undefined;
  return action === 'ALLOW' ? 'allow' : action === 'DENY' || action === 'CUSTOM' ? 'deny' : undefined;
}

/** Whether it says who may, and is about pods. */
export const isAllow = (m: Manifest): boolean => effectOf(m) === 'allow';

/** Whether it says which tokens are taken. */
export const isTokens = (m: Manifest): boolean => m.group === 'security.istio.io' && m.kind === 'RequestAuthentication';

/** The rules of an AuthorizationPolicy. */
export function rulesOf(m: Manifest): readonly Rule[] {
  const { rules, action, provider } = m.object.spec ?? {};
  return list(rules).map((r) => (action === 'CUSTOM' ? { ...r, provider } : (r ?? {})));
}

/** Whether all that meets one rule meets the other: that asks for no more than parts of it. Not all such pairs are known. */
export function covers(wide: Rule, narrow: Rule): boolean {
  const isPart = (field: string) => wide[field] === undefined || isEqual(wide[field], narrow[field]);
  const asks = (when: any) => list(narrow.when).some((w) => isEqual(w, when));
  const isLike = isEqual(wide.provider, narrow.provider);
  return isLike && isPart('from') && isPart('to') && list(wide.when).every(asks);
}

/** Rules that none of others covers. */
export const uncovered = (some: readonly Rule[], by: readonly Rule[]): Rule[] =>
  some.filter((r) => !by.some((b) => covers(b, r)));

/** Whether each of some rules is covered by one of others. */
export const allCovered = (some: readonly Rule[], by: readonly Rule[]): boolean => uncovered(some, by).length === 0;

/** The pods of which some policy says who may call them. */
export const guardedPods = (objects: readonly Manifest[], subjects: Subjects): ReadonlySet<Subject> =>
  new Set(objects.filter(isAllow).flatMap((m) => subjects.of(m)));

/** The issuer of a requestPrincipal; nothing where any may be meant. */
export const issuerOf = (principal: unknown): string | undefined => /^([^*]+)\/[^/]*$/.exec(String(principal))?.[1];
