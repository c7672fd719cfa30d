import { subjectOf } from '../check/allowed-callers';
import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { ruleMet } from '../trace/authorize';
import { effectOf, guardedPods, type Rule, rulesOf } from './authorization-rules';
import { accountOf, isWorkload } from './readiness';
import { type Fact, list, NO_FACTS, NOTHING, type References } from './references';
import type { Subject, Subjects } from './subjects';

/**
 * Whom policies let in or deny by their identity, where pods come to have another one, come, or go: new ones come when all policies
 * are as kind to them as they are in the end, and what is kind to the identity of the old ones stays so until the last of these is
 * gone. So, too, for what is not: pods that both states refuse are refused on the way. A policy that lets somebody in no more, who
 * stays as they are, means it.
 */
export function callerFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
): (m: Manifest | undefined, key: string) => References {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isWorkload).map((m) => [keyOf(m), m])));
  const moving = [...new Set([...before!.keys(), ...after!.keys()])].flatMap((key) => {
    const [from, to] = [before!.get(key), after!.get(key)];
    const [old, now] = [from && accountOf(from), to && accountOf(to)];
    return old === now ? [] : [{ key, old, now }];
  });
  if (moving.length === 0) return () => NOTHING;
  const [was, is] = [live, desired].map((all) => new Map(all.filter(effectOf).map((m) => [keyOf(m), m])));
  const guarded = [live, desired].map((all) => guardedPods(all, subjects));
  const policies = [...new Set([...was!.keys(), ...is!.keys()])];
  const isGuarded = (state: 0 | 1) => (s: Subject) => guarded[state]!.has(s);

  /** Whether a state of a policy is kind to an account; where it is not there, to all if nothing else says who may. */
  const isKind = (key: string, m: Manifest | undefined, account: string): boolean => {
    if (m) return isMet(m, account) === (effectOf(m) !== 'deny');
    return [was!.get(key), is!.get(key)].every((other, state) => {
      if (!other || effectOf(other) === 'deny') return true;
      // without it, as the state is that does not have it
      return !subjects.of(other).some(isGuarded((1 - state) as 0 | 1));
    });
  };
  const isRefused = (account: string | undefined, state: 0 | 1) =>
    account !== undefined && policies.some((p) => !isKind(p, (state === 0 ? was! : is!).get(p), account));
  /** What policies are to an account in a state, and not in the other; refusals where the pods are refused in the other, too. */
  const attitudes = (account: string | undefined, state: 0 | 1, others: string | undefined): ReadonlySet<Fact> => {
    if (account === undefined) return NO_FACTS;
    const [has, other] = state === 0 ? [was!, is!] : [is!, was!];
    const isOut = isRefused(others, (1 - state) as 0 | 1);
    return new Set(
      policies.flatMap((p) => {
        const [here, there] = [isKind(p, has.get(p), account), isKind(p, other.get(p), account)];
        return here === there || !(here || isOut) ? [] : [factOf(p, account, here)];
      }),
    );
  };
  const needs = new Map(moving.map(({ key, old, now }) => [key, { old: attitudes(old, 0, now), now: attitudes(now, 1, old) }]));
  const accounts = [...new Set(moving.flatMap(({ old, now }) => [old, now].filter((a) => a !== undefined)))];
  return (m, key) => {
    const own = needs.get(key);
    if (own) return m ? { ...NOTHING, needs: isOld(m, before!.get(key)) ? own.old : own.now } : NOTHING;
    if (!was!.has(key) && !is!.has(key)) return NOTHING;
    return { ...NOTHING, provides: new Set(accounts.map((a) => factOf(key, a, isKind(key, m, a)))) };
  };
}

const isOld = (m: Manifest, live: Manifest | undefined): boolean => live !== undefined && accountOf(m) === accountOf(live);

const factOf = (policy: string, account: string, isKind: boolean): Fact => `caller ${policy} ${isKind ? 'in' : 'out'} ${account}`;

/** Fields of a source that are about who calls, and conditions that are. */
const WHO = /^(not)?(principals|namespaces|serviceAccounts)$/i;

/** Whether a rule of a policy is about somebody, whatever else it asks for. */
function isMet(m: Manifest, account: string): boolean {
  const [namespace, name] = account.split('/');
  const principal = `cluster.local/ns/${namespace}/sa/${name}`;
  const action = effectOf(m) === 'deny' ? 'DENY' : 'ALLOW';
  return rulesOf(m).some((rule: Rule) => {
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
    return ruleMet({ from, when }, m.namespace, subjectOf(principal, ['cluster.local']), action);
  });
}

/** A principal of whatever trust domain. */
const inTrust = (value: unknown): string => String(value).replace(/^[^/*]+\/ns\//, 'cluster.local/ns/');
