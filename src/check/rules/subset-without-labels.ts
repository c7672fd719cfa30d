import { isWild } from '../../model/host';
import { items } from '../items';
import type { Rule } from '../rule';

/** A subset without labels, beside others that have some. */
export const subsetWithoutLabels: Rule = {
  id: 'MESH082',
  name: 'subset-without-labels',
  severity: 'warning',
  codes: ['KIA0209'],
  summary: 'a subset has no labels, and its neighbours have',
  why: 'A subset without labels holds all endpoints of the host, those of the other subsets too: requests for one version reach every version. Alone it is a way to give a route a trafficPolicy of its own, as for egress gateways, so that nothing is found there, though Kiali warns. Source: pilot/pkg/xds/endpoints/endpoint_builder.go.',
  remedy: 'Give the subset the labels of its pods, such as "version: v2".',
  *check(mesh) {
    for (const { spec, manifest } of mesh.of('DestinationRule')) {
      const subsets = items(spec.subsets);
      const labelled = subsets.find(([, s]) => Object.keys(s.labels ?? {}).length > 0);
      if (!labelled || isWild(spec.host ?? '*')) continue;
      const keys = Object.keys(labelled[1].labels);
      for (const [i, subset] of subsets) {
        if (!subset.name || Object.keys(subset.labels ?? {}).length > 0 || hasOwnPolicy(subset)) continue;
        yield {
          at: { manifest, path: ['spec', 'subsets', i] },
          message: `subset "${subset.name}" has no labels, so it holds the endpoints of all subsets`,
          hint: `give it labels, as ${keys.map((k) => `"${k}: ${subset.name}"`).join(', ')}`,
          related: [{ at: { manifest, path: ['spec', 'subsets', labelled[0], 'labels'] }, message: 'another subset has labels' }],
        };
      }
    }
  },
};

/** One that is there for its trafficPolicy, for all endpoints. */
const hasOwnPolicy = (subset: any) => Object.keys(subset.trafficPolicy ?? {}).length > 0;
