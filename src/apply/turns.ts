import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical, isEqual } from './equal';
import { isAllow } from './guards';
import type { MutualTls } from './mutual-tls';
import { list } from './references';
import type { Subject, Subjects } from './subjects';

/**
 * How something that decides who gets in at pods changes: whom it lets in afterwards it lets in before, whom it lets in before it
 * does afterwards, or neither.
 */
export type Turn = 'tighter' | 'looser' | 'other';

/** By the key of what decides: the pods for which it changes, and how. */
export type Turns = ReadonlyMap<string, ReadonlyMap<Subject, Turn>>;

const isPolicy = (m: Manifest): boolean =>
  m.group === 'security.istio.io' && (m.kind === 'AuthorizationPolicy' || m.kind === 'RequestAuthentication');

/** Policies, RequestAuthentications, PeerAuthentications and the TLS that clients speak, where they change. */
export function turnsOf(live: readonly Manifest[], desired: readonly Manifest[], subjects: Subjects, tls: MutualTls): Turns {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isPolicy).map((m) => [keyOf(m), m])));
  const guarded = [before!, after!].map((all) => new Set([...all.values()].filter(isAllow).flatMap((m) => subjects.of(m))));
  const out = new Map<string, ReadonlyMap<Subject, Turn>>(tls.turns(live, desired));
  for (const key of new Set([...before!.keys(), ...after!.keys()])) {
    const [from, to] = [before!.get(key), after!.get(key)];
    if (from && to && isEqual(from.object, to.object)) continue;
    const [old, now] = [from, to].map((m) => new Set(m ? subjects.of(m) : []));
    const turns = new Map<Subject, Turn>();
    for (const s of new Set([...old!, ...now!])) {
      const turn = turnOf(old!.has(s) ? from : undefined, now!.has(s) ? to : undefined, (i) => guarded[i]!.has(s));
      if (turn) turns.set(s, turn);
    }
    if (turns.size > 0) out.set(key, turns);
  }
  return out;
}

/** How a policy changes for some pods; nothing where it does not. */
function turnOf(from: Manifest | undefined, to: Manifest | undefined, isGuarded: (state: 0 | 1) => boolean): Turn | undefined {
  if (!from && !to) return undefined;
  if (!from || !to) {
    const m = (from ?? to)!;
    const comes = from === undefined;
    // an ALLOW among others adds callers, one alone shuts others out
    const adds = isAllow(m) && isGuarded(comes ? 0 : 1);
    const rules = list(m.object.spec?.rules);
    // who lets nobody in adds nobody, who lets everybody in shuts nobody out
    if (isAllow(m) && (adds ? rules.length === 0 : rules.some((r) => Object.keys(r).length === 0))) return undefined;
    return comes !== adds ? 'tighter' : 'looser';
  }
  if (actionOf(from) !== actionOf(to)) return 'other';
  const [old, now] = [from, to].map((m) => new Set(partsOf(m).map((r) => canonical(r))));
  const [more, fewer] = [[...old!].every((r) => now!.has(r)), [...now!].every((r) => old!.has(r))];
  if (more && fewer) return undefined;
  if (!more && !fewer) return 'other';
  return more === (actionOf(from) === 'ALLOW') ? 'looser' : 'tighter';
}

const actionOf = (m: Manifest): string => m.object.spec?.action ?? 'ALLOW';
/** Rules, or whose tokens are taken. */
const partsOf = (m: Manifest): readonly unknown[] => list(m.object.spec?.rules ?? m.object.spec?.jwtRules);
