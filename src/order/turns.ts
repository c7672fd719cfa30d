import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { allCovered, effectOf, guardedPods, isAllow, isForAll, isTokens, rulesOf } from './authorization-rules';
import type { MutualTls } from './mutual-tls';
import type { Subject, Subjects } from './subjects';

/** How it changes who gets in at some pods: whether somebody may who might not before, and whether somebody may no more. */
export interface Turn {
  readonly widens: boolean;
  readonly narrows: boolean;
}

/** By the key of what decides who gets in at pods: the pods for which it changes. */
export type Turns = ReadonlyMap<string, ReadonlyMap<Subject, Turn>>;

const BOTH: Turn = { widens: true, narrows: true };

const isPolicy = (m: Manifest): boolean => effectOf(m) !== undefined || isTokens(m);

/** Policies, RequestAuthentications, PeerAuthentications and the TLS that clients speak, where they change. */
export function turnsOf(live: readonly Manifest[], desired: readonly Manifest[], subjects: Subjects, tls: MutualTls): Turns {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isPolicy).map((m) => [keyOf(m), m])));
  const guarded = [live, desired].map((all) => guardedPods(all, subjects));
  const out = new Map<string, ReadonlyMap<Subject, Turn>>(
    [...tls.turns(live, desired)].map(([key, some]) => [key, new Map([...some].map((s) => [s, BOTH]))]),
  );
  for (const key of new Set([...before!.keys(), ...after!.keys()])) {
    const [from, to] = [before!.get(key), after!.get(key)];
    if (from && to && isEqual(from.object, to.object)) continue;
    const [old, now] = [from, to].map((m) => new Set(m ? subjects.of(m) : []));
    const turned = [...new Set([...old!, ...now!])]
      .map((s) => [s, turnOf(old!.has(s) ? from : undefined, now!.has(s) ? to : undefined, (i) => guarded[i]!.has(s))] as const)
      .filter(([, { widens, narrows }]) => widens || narrows);
    if (turned.length > 0) out.set(key, new Map(turned));
  }
  return out;
}

/** How a policy changes who gets in at some pods. */
function turnOf(from: Manifest | undefined, to: Manifest | undefined, isGuarded: (state: 0 | 1) => boolean): Turn {
  const m = (from ?? to)!;
  if (!effectOf(m))
    return isEqual(from?.object.spec?.jwtRules, to?.object.spec?.jwtRules) ? { widens: false, narrows: false } : BOTH;
  const [was, is] = [from, to].map((x) => (x ? rulesOf(x) : []));
  const more = !allCovered(is!, was!);
  const less = !allCovered(was!, is!);
  if (from && to && effectOf(from) !== effectOf(to)) return BOTH;
  if (!isAllow(m)) return { widens: less, narrows: more };
  if ((from && to) || isGuarded(from ? 1 : 0)) return { widens: more, narrows: less };
  // the first that says who may shuts out the others, as none does any more when the last is gone
  const some = ![...was!, ...is!].some(isForAll);
  return { widens: some && !to, narrows: some && !from };
}
