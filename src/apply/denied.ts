import { subjectOf } from '../check/allowed-callers';
import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { ruleMet } from '../trace/authorize';
import { accountOf, isWorkload } from './readiness';
import { type Fact, list, NOTHING, type References } from './references';

/**
 * Whom policies deny by their identity, where pods come to have another one: new ones come when nothing denies them any more that
 * does not in the end, and what denies the identity of the old ones comes when the last of these is gone.
 */
export function deniedFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
): (m: Manifest | undefined, key: string) => References {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isWorkload).map((m) => [keyOf(m), m])));
  const moving = [...before!].flatMap(([key, m]) => {
    const [old, now] = [accountOf(m), accountOf(after!.get(key) ?? m)];
    return old === now ? [] : [{ key, old, now }];
  });
  if (moving.length === 0) return () => NOTHING;
  const [was, is] = [live, desired].map((all) => new Map(all.filter(isDenial).map((m) => [keyOf(m), m])));
  const policies = [...new Set([...was!.keys(), ...is!.keys()])];
  const accounts = [...new Set(moving.flatMap((w) => [w.old, w.now]))];
  const needs = new Map<string, { readonly old: Set<Fact>; readonly now: Set<Fact> }>();
  for (const { key, old, now } of moving) {
    const denying = (p: string, account: string) =>
      [was!.get(p), is!.get(p)].map((m) => denies(m, account)) as [boolean, boolean];
    const spares = (account: string, state: 0 | 1) =>
      new Set(
        policies.filter((p) => !denying(p, account)[state] && denying(p, account)[1 - state]).map((p) => spared(p, account)),
      );
    needs.set(key, { old: spares(old, 0), now: spares(now, 1) });
  }
  return (m, key) => {
    const own = needs.get(key);
    if (own) return m ? { ...NOTHING, needs: accountOf(m) === accountOf(before!.get(key)!) ? own.old : own.now } : NOTHING;
    if (!was!.has(key) && !is!.has(key)) return NOTHING;
    return { ...NOTHING, provides: new Set(accounts.filter((a) => !m || !denies(m, a)).map((a) => spared(key, a))) };
  };
}

const spared = (policy: string, account: string): Fact => `spared ${policy} ${account}`;

const isDenial = (m: Manifest): boolean => m.kind === 'AuthorizationPolicy' && m.object.spec?.action === 'DENY';

/** Fields of a source that are about who calls, and conditions that are. */
const WHO = /^(not)?(principals|namespaces|serviceAccounts)$/i;

/** Whether a rule of it is about somebody, whatever else it asks for. */
function denies(m: Manifest | undefined, account: string): boolean {
  if (!m || !isDenial(m)) return false;
  const [namespace, name] = account.split('/');
  const principal = `cluster.local/ns/${namespace}/sa/${name}`;
  return list(m.object.spec?.rules).some((rule) => {
    const from = list(rule.from).map((f) => ({
      source: Object.fromEntries(
        Object.entries(f.source ?? {})
          .filter(([field]) => WHO.test(field))
          .map(([field, values]) => [field, list(values).map(inTrust)]),
      ),
    }));
    const when = list(rule.when)
      .filter((w) => /^source\.(principal|namespace|serviceAccount)$/.test(w.key))
      .map((w) => ({ ...w, values: list(w.values).map(inTrust), notValues: list(w.notValues).map(inTrust) }));
    return ruleMet({ from, when }, m.namespace, subjectOf(principal, ['cluster.local']), 'DENY');
  });
}

/** A principal of whatever trust domain. */
const inTrust = (value: unknown): string => String(value).replace(/^[^/*]+\/ns\//, 'cluster.local/ns/');
