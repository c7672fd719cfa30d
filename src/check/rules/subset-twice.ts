import { byAge, type Config, keyOf } from '../../model/config';
import { fullName } from '../../model/host';
import { items } from '../items';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';

/** A host has two subsets of one name. */
export const subsetTwice: Rule = {
  id: 'MESH077',
  name: 'subset-twice',
  severity: 'error',
  codes: ['KIA0201'],
  summary: 'a host has two subsets of one name',
  why: 'DestinationRules of one host and namespace are merged, the oldest first, and of two subsets of one name the first counts. The labels and the trafficPolicy of the other count for nothing, without a word. (Kiali warns whenever two rules are about one host; rules whose subsets differ are merged, and right.) Source: pilot/pkg/model/destination_rule.go, mergeDestinationRule.',
  remedy: 'Give the subset another name, or take it out of one of the two.',
  *check(mesh) {
    const first = new Map<string, { readonly config: Config; readonly index: number }>();
    for (const config of [...mesh.of('DestinationRule')].sort(byAge)) {
      const { spec, namespace, manifest } = config;
      const scope = JSON.stringify([
        namespace,
        fullName(spec.host ?? '', namespace, mesh.model.mesh.domain),
        spec.workloadSelector?.matchLabels ?? null,
        [...new Set((spec.exportTo ?? []) as string[])].sort(),
      ]);
      for (const [i, subset] of spec.host ? items(spec.subsets) : []) {
        if (!subset.name) continue;
        const key = `${scope}${subset.name}`;
        const known = first.get(key);
        if (!known) {
          first.set(key, { config, index: i });
          continue;
        }
        if (isSameObject(known.config, config)) continue;
        const where = known.config === config ? 'this DestinationRule' : `DestinationRule "${keyOf(known.config)}"`;
        yield {
          at: { manifest, path: ['spec', 'subsets', i, 'name'] },
          message: `subset "${subset.name}" of "${spec.host}" counts for nothing: ${where} has one of the name already`,
          hint: 'rename it, or take one of the two out',
          related: [
            {
              at: { manifest: known.config.manifest, path: ['spec', 'subsets', known.index, 'name'] },
              message: 'this one counts',
            },
          ],
        };
      }
    }
  },
};
