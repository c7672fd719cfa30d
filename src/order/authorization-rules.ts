import type { Manifest } from '../manifests/manifest';
import { isDryRun } from '../model/dry-run';
import { isEqual } from '../values/equal';
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
  const isLike = ['provider', 'jwt'].every((field) => isEqual(wide[field], narrow[field]));
  return isLike && isPart('from') && isPart('to') && list(wide.when).every(asks);
}

/** Rules that none of others covers. */
export const uncovered = (some: readonly Rule[], by: readonly Rule[]): Rule[] =>
  some.filter((r) => !by.some((b) => covers(b, r)));

/** Whether each of some rules is covered by one of others. */
export const allCovered = (some: readonly Rule[], by: readonly Rule[]): boolean => uncovered(some, by).length === 0;

/** Whether everything meets a rule. */
export const isForAll = (r: Rule): boolean => Object.keys(r).length === 0;

/** The pods of which some policy says who may call them. */
export const guardedPods = (objects: readonly Manifest[], subjects: Subjects): ReadonlySet<Subject> =>
  new Set(objects.filter(isAllow).flatMap((m) => subjects.of(m)));

/** Whether nothing meets both rules: they ask for other methods, paths, ports or callers. Not all such pairs are known. */
export function areApart(a: Rule, b: Rule): boolean {
  const differ = (some: readonly any[], others: readonly any[]) =>
    some.length > 0 && others.length > 0 && some.every((x) => others.every((y) => FIELDS.some((f) => noneInBoth(x[f], y[f]))));
  return (
    differ(sourcesOf(a), sourcesOf(b)) || differ(operationsOf(a), operationsOf(b)) || ofOthers(a.jwt, b) || ofOthers(b.jwt, a)
  );
}

/** Whether a rule is about tokens of other issuers alone. */
const ofOthers = (jwt: any, r: Rule): boolean =>
  jwt?.issuer !== undefined &&
  sourcesOf(r).length > 0 &&
  sourcesOf(r).every((s) => {
    const issuers = list(s.requestPrincipals).map(issuerOf);
    return issuers.length > 0 && issuers.every((i) => i !== undefined && i !== jwt.issuer);
  });

/** The issuer of a requestPrincipal; nothing where any may be meant. */
export const issuerOf = (principal: unknown): string | undefined => /^([^*]+)\/[^/]*$/.exec(String(principal))?.[1];

const sourcesOf = (r: Rule): any[] => list(r.from).map((f) => f.source ?? {});
const operationsOf = (r: Rule): any[] => list(r.to).map((t) => t.operation ?? {});

/** Fields that have one value of a request, which is compared as it is. */
const FIELDS = ['principals', 'namespaces', 'methods', 'paths', 'ports'];

/** Of lists without patterns. */
function noneInBoth(a: unknown, b: unknown): boolean {
  const [some, others] = [list(a).map(String), list(b).map(String)];
  const isExact = [...some, ...others].every((v) => !/[*{]/.test(v));
  return some.length > 0 && others.length > 0 && isExact && !some.some((v) => others.includes(v));
}
