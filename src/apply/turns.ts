import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isAllow } from './authorization-rules';
import { canonical, isEqual } from './equal';
import type { MutualTls } from './mutual-tls';
import { list } from './references';
import type { Subject, Subjects } from './subjects';

/** By the key of what decides who gets in at pods: the pods for which it changes. */
export type Turns = ReadonlyMap<string, ReadonlySet<Subject>>;

const isPolicy = (m: Manifest): boolean =>
  m.group === 'security.istio.io' && (m.kind === 'AuthorizationPolicy' || m.kind === 'RequestAuthentication');

/** Policies, RequestAuthentications, PeerAuthentications and the TLS that clients speak, where they change. */
export function turnsOf(live: readonly Manifest[], desired: readonly Manifest[], subjects: Subjects, tls: MutualTls): Turns {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isPolicy).map((m) => [keyOf(m), m])));
  const guarded = [before!, after!].map((all) => new Set([...all.values()].filter(isAllow).flatMap((m) => subjects.of(m))));
  const out = new Map<string, ReadonlySet<Subject>>(tls.turns(live, desired));
  for (const key of new Set([...before!.keys(), ...after!.keys()])) {
    const [from, to] = [before!.get(key), after!.get(key)];
    if (from && to && isEqual(from.object, to.object)) continue;
    const [old, now] = [from, to].map((m) => new Set(m ? subjects.of(m) : []));
    const turned = [...new Set([...old!, ...now!])].filter((s) =>
      turns(old!.has(s) ? from : undefined, now!.has(s) ? to : undefined, (i) => guarded[i]!.has(s)),
    );
    if (turned.length > 0) out.set(key, new Set(turned));
  }
  return out;
}

/** Whether a policy changes who gets in at some pods. */
function turns(from: Manifest | undefined, to: Manifest | undefined, isGuarded: (state: 0 | 1) => boolean): boolean {
  if (!from && !to) return false;
  if (from && to) return actionOf(from) !== actionOf(to) || canonical(partsOf(from).sort()) !== canonical(partsOf(to).sort());
  const m = (from ?? to)!;
  if (!isAllow(m)) return true;
  const rules = list(m.object.spec?.rules);
  // who lets nobody in adds nobody to the others', who lets everybody in shuts nobody out alone
  return isGuarded(from ? 1 : 0) ? rules.length > 0 : !rules.some((r) => Object.keys(r).length === 0);
}

const actionOf = (m: Manifest): string => m.object.spec?.action ?? 'ALLOW';
/** Rules, or whose tokens are taken. */
const partsOf = (m: Manifest): string[] => list(m.object.spec?.rules ?? m.object.spec?.jwtRules).map((r) => canonical(r));
