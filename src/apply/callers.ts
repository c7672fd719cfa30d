import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { accountOf, isWorkload } from './readiness';
import { type Fact, NOTHING, type References } from './references';

/**
 * Whom policies let in by their identity: a workload's pods rely on it until the last of them is gone, also when new ones have
 * another identity, and these come when they are let in. A policy that lets somebody in no more, who stays as they are, means it.
 */
export function callerFacts(all: readonly Manifest[], desired: readonly Manifest[]): (m: Manifest) => References {
  const policies = new Map<string, Set<Fact>>();
  for (const m of all)
    for (const account of accountsOf(m)) {
      const facts = policies.get(account) ?? new Set();
      policies.set(account, facts.add(factOf(m, account)));
    }
  const lasting = new Set(desired.flatMap((m) => accountsOf(m).map((a) => factOf(m, a))));
  return (m) => {
    if (isWorkload(m)) {
      const parting = policies.get(accountOf(m));
      return parting ? { ...NOTHING, parting, follows: new Set([...parting].filter((f) => lasting.has(f))) } : NOTHING;
    }
    const accounts = accountsOf(m);
    return accounts.length > 0 ? { ...NOTHING, provides: new Set(accounts.map((a) => factOf(m, a))) } : NOTHING;
  };
}

const factOf = (policy: Manifest, account: string): Fact => `caller ${keyOf(policy)} ${account}`;

/** Accounts that an ALLOW names, as `namespace/name`. */
function accountsOf(m: Manifest): string[] {
  if (m.kind !== 'AuthorizationPolicy' || (m.object.spec?.action ?? 'ALLOW') !== 'ALLOW') return [];
  const rules: any[] = m.object.spec?.rules ?? [];
  return rules
    .flatMap((r) => r?.from ?? [])
    .flatMap((f: any) => [
      ...(f?.source?.principals ?? []).flatMap((p: unknown) => {
        const [, namespace, account] = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(String(p)) ?? [];
        return account === undefined ? [] : [`${namespace}/${account}`];
      }),
      ...(f?.source?.serviceAccounts ?? []).map((a: unknown) => (String(a).includes('/') ? String(a) : `${m.namespace}/${a}`)),
    ]);
}
