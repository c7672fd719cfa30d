import type { Manifest } from '../manifests/manifest';
import { fullName, hostWithin, isWild } from '../model/host';
import { type Fact, NOTHING, type References, referencesOf } from './references';

/** The subsets that a DestinationRule of a wildcard has, for the hosts that routes name. */
export function wildSubsets(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const hostOf = (m: Manifest): string =>
    m.kind === 'DestinationRule' ? fullName(m.object.spec?.host ?? '', m.namespace, domain) : '';
  if (!objects.some((m) => isWild(hostOf(m)))) return () => NOTHING;
  const wanted = new Map<Fact, readonly [host: string, subset: string]>();
  for (const m of objects)
    if (m.kind === 'VirtualService')
      for (const f of referencesOf(m, domain).needs) {
        const [kind, host, subset] = f.split(' ') as [string, string, string];
        if (kind === 'subset') wanted.set(f, [host, subset]);
      }
  return (m) => {
    const wide = hostOf(m);
    if (!isWild(wide)) return NOTHING;
    const names = new Set((m.object.spec?.subsets ?? []).map((s: any) => s?.name));
    const facts = [...wanted].filter(([, [host, subset]]) => names.has(subset) && hostWithin(host, wide)).map(([f]) => f);
    return { ...NOTHING, provides: new Set(facts) };
  };
}
