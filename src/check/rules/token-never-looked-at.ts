import type { FieldPath } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import { quoted } from '../../values/names';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at } from '../fields';
import { candidates } from '../hints';
import { items, texts } from '../items';
import { podsIn, selectedPods, selectsInstalled } from '../pods';
import type { Found, Rule } from '../rule';

/** An AuthorizationPolicy asks for a token of workloads where nothing looks at one, or not at those of this issuer. */
export const tokenNeverLookedAt: Rule = {
  id: 'MESH180',
  name: 'token-never-looked-at',
  severity: 'error',
  codes: [],
  summary: 'an AuthorizationPolicy asks for a token that no RequestAuthentication looks at',
  why: 'What a token says is known where a RequestAuthentication for the same workload has looked at it, and only of its issuers. Elsewhere a request has no principal and no claims, whatever token it carries: an ALLOW that asks for one lets nobody in (403), a DENY keeps nobody out; one that asks for their absence is met by every request. Where no RequestAuthentication at all is among the manifests it may live elsewhere, and it is a warning. Source: pilot/pkg/security/authz/model, generator of requestPrincipals and request.auth; pilot/pkg/security/authn/policy_applier.go.',
  remedy: 'Add a RequestAuthentication for the same workloads, with the issuer of the tokens; or take the condition out.',
  *check(mesh) {
    if (ownFilters(mesh)) return;
    const elsewhere = mesh.model.of('RequestAuthentication').length === 0;
    for (const c of mesh.model.of('AuthorizationPolicy')) {
      const action = c.spec.action ?? 'ALLOW';
      if ((action !== 'ALLOW' && action !== 'DENY') || c.spec.targetRef || c.spec.targetRefs?.length > 0) continue;
      const asked = [...askedOf(c)];
      const issuers = asked.length > 0 ? issuersFor(mesh, c) : undefined;
      if (!issuers) continue;
      for (const found of judged(c, action, asked, issuers)) yield elsewhere ? { ...found, severity: 'warning' } : found;
    }
  },
};

interface Asked {
  readonly path: FieldPath;
  readonly what: string;
  /** Whether it asks for what is not to be there. */
  readonly negative: boolean;
  /** Principals, where these are asked for. */
  readonly principals?: readonly string[];
}

function* askedOf({ spec }: Config): Iterable<Asked> {
  for (const [i, rule] of items(spec.rules)) {
    for (const [j, from] of items(rule.from))
      for (const field of ['requestPrincipals', 'notRequestPrincipals']) {
        const principals = texts(from.source?.[field]).map(([, text]) => text);
        if (principals.length > 0)
          yield {
            path: ['spec', 'rules', i, 'from', j, 'source', field],
            what: field,
            negative: field !== 'requestPrincipals',
            principals,
          };
      }
    for (const [j, when] of items(rule.when))
      if (/^request\.auth\.(principal$|audiences$|presenter$|claims\[)/.test(when.key ?? ''))
        for (const field of ['values', 'notValues'])
          if (texts(when[field]).length > 0)
            yield { path: ['spec', 'rules', i, 'when', j, field], what: when.key, negative: field !== 'values' };
  }
}

/** The issuers that any workload of the policy looks at tokens of; nothing where the workloads are not known. */
export function issuersFor(mesh: CheckedMesh, c: Config): ReadonlySet<string> | undefined {
  const known = issuers(mesh);
  if (!known.has(c)) known.set(c, issuersIn(mesh, c));
  return known.get(c);
}

const issuers = ofMesh((_) => new Map<Config, ReadonlySet<string> | undefined>());

function issuersIn(mesh: CheckedMesh, { spec, namespace }: Config): ReadonlySet<string> | undefined {
  const labels: Record<string, string> | undefined = spec.selector?.matchLabels;
  const root = namespace === mesh.model.mesh.rootNamespace;
  const where = root ? '*' : namespace;
  const pods: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }[] = [
    ...(labels && Object.keys(labels).length > 0 ? selectedPods(mesh, where, labels) : podsIn(mesh, where)),
  ];
  if (pods.length === 0 && labels && selectsInstalled(labels)) pods.push({ namespace, labels });
  if (pods.length === 0) return undefined;
  return new Set(
    pods.flatMap((p) => mesh.model.policies.tokenRules(p.namespace, p.labels).map(({ rule }) => String(rule.issuer ?? ''))),
  );
}

function* judged(c: Config, action: 'ALLOW' | 'DENY', asked: readonly Asked[], issuers: ReadonlySet<string>): Iterable<Found> {
  const told = new Set<unknown>();
  for (const { path, what, negative, principals } of asked) {
    const rule = path[2];
    if (issuers.size === 0) {
      if (told.has(rule)) continue;
      told.add(rule);
      yield {
        at: at(c, ...path),
        message: `no RequestAuthentication is for the workloads of this policy, so ${what} ${negative ? 'keeps no request from this rule' : 'is never known'}: ${outcome(action, negative)}`,
      };
      continue;
    }
    const foreign = negative ? [] : (principals ?? []).filter((p) => !mayBeOf(p, issuers));
    if (foreign.length > 0)
      yield {
        at: at(c, ...path),
        ...(foreign.length < principals!.length ? { severity: 'warning' as const } : {}),
        message: `the workloads of this policy look at no token of the issuer of ${quoted(foreign)}: ${foreign.length < principals!.length ? 'nobody is meant by it' : outcome(action, false)}`,
        hint: `a principal is the issuer, "/" and the subject; for issuers ${candidates(
          foreign[0]!,
          [...issuers].map((i) => `${i}/*`),
        )}`,
      };
  }
}

const outcome = (action: 'ALLOW' | 'DENY', negative: boolean): string =>
  action === 'ALLOW'
    ? negative
      ? 'who shows any token is let in'
      : 'by this nobody is let in'
    : negative
      ? 'whatever token they show, requests are refused'
      : 'by this nobody is refused';

/** Whether a principal, which may begin or end with `*`, can be one of the issuers' subjects. */
function mayBeOf(principal: string, issuers: ReadonlySet<string>): boolean {
  if (principal.startsWith('*')) return true;
  const start = principal.endsWith('*') ? principal.slice(0, -1) : undefined;
  return [...issuers].some((i) =>
    start === undefined ? principal.startsWith(`${i}/`) : start.startsWith(`${i}/`) || `${i}/`.startsWith(start),
  );
}

/** Whether tokens may be looked at by filters that somebody wrote. */
const ownFilters = ofMesh((mesh) =>
  [...mesh.of('EnvoyFilter'), ...mesh.of('WasmPlugin')].some((c) => /jwt|authn/i.test(JSON.stringify(c.spec))),
);
