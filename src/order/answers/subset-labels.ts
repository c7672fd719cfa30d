import type { Manifest } from '../../manifests/manifest';
import { hostWithin, isWild } from '../../model/host';
import { canonical } from '../../values/equal';
import { list } from '../facts/references';
import { ruledHost } from '../facts/rules-in-effect';

type Labels = Readonly<Record<string, string>>;

/** The labels that subsets ask for, where all DestinationRules of both states say the same of them. */
export class SubsetLabels {
  /** By host and name of the subset; several where they differ. */
  private readonly known = new Map<string, Map<string, Labels>>();
  private readonly wild = new Set<string>();

  constructor(objects: readonly Manifest[], domain: string) {
    for (const m of objects) {
      if (m.kind !== 'DestinationRule' || m.group !== 'networking.istio.io') continue;
      const host = ruledHost(m, domain);
      if (isWild(host)) this.wild.add(host);
      for (const s of list(m.object.spec?.subsets)) {
        const key = `${host} ${s?.name}`;
        this.known.set(key, (this.known.get(key) ?? new Map()).set(canonical(s?.labels ?? {}), s?.labels ?? {}));
      }
    }
  }

  /** Nothing where that depends on the state, or on who asks, or no rule has such a subset. */
  of(host: string, subset: string): Labels | undefined {
    const hosts = [host, ...[...this.wild].filter((w) => hostWithin(host, w))];
    const all = new Map(hosts.flatMap((h) => [...(this.known.get(`${h} ${subset}`) ?? [])]));
    return all.size === 1 ? [...all.values()][0] : undefined;
  }
}
