import type { Manifest } from '../../manifests/manifest';
import { destinationsOf } from './pods-behind';
import { type Fact, hostsOf, list, NO_FACTS, NOTHING, type References } from './references';
import { ruledHosts } from './rules-in-effect';
import { isFitting, selectorIn } from './subjects';

type Labels = Readonly<Record<string, string>>;

/**
 * Selectors of Services that fit subsets: a subset has of the pods that its Service chooses those with its labels. Where the two ask for different
 * values of one label it has none, whatever pods are there. So rules lead to a subset when the Service's selector fits it, and as long.
 */
export function fittingSelectors(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const choosers = objects.filter(selectorIn);
  const subsets = new Map<string, Map<Fact, Labels[]>>();
  const hosts = new Set(choosers.flatMap((m) => hostsOf(m, domain)));
  for (const m of objects) {
    if (m.kind !== 'DestinationRule') continue;
    for (const host of ruledHosts(m, hosts, domain))
      for (const { name, labels } of list(m.object.spec?.subsets)) {
        const known = subsets.get(host) ?? new Map<Fact, Labels[]>();
        const fact = `fits ${host} ${name}`;
        subsets.set(host, known.set(fact, [...(known.get(fact) ?? []), labels ?? {}]));
      }
  }
  const fitting = (m: Manifest, wanted: boolean): Fact[] =>
    hostsOf(m, domain).flatMap((host) =>
      [...(subsets.get(host) ?? [])].flatMap(([fact, labels]) =>
        labels.some((some) => isFitting(selectorIn(m) ?? {}, some)) === wanted ? [fact] : [],
      ),
    );
  const doubtful = new Set(choosers.flatMap((m) => fitting(m, false)));
  if (doubtful.size === 0) return () => NOTHING;
  const doubted = (facts: Iterable<Fact>) => new Set([...facts].filter((f) => doubtful.has(f)));
  return (m) => {
    if (m.kind === 'VirtualService')
      return { provides: NO_FACTS, needs: doubted([...destinationsOf(m, domain)].map((f) => f.replace('pods ', 'fits '))) };
    const own = doubted(fitting(m, true));
    return own.size > 0 ? { provides: own, needs: NO_FACTS } : NOTHING;
  };
}
