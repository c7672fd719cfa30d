import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

const ROUTES = ['ROUTE_CONFIGURATION', 'HTTP_ROUTE'];
const REPLACEABLE = ['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST'];

/** An EnvoyFilter asks for an operation that istiod does not do there. */
export const envoyFilterOperation: Rule = {
  id: 'MESH058',
  name: 'envoy-filter-operation',
  severity: 'error',
  codes: ['IST0152', 'IST0153', 'IST0154'],
  summary: 'a patch asks for an operation that istiod does not do on its target',
  why: 'The patch is passed over without a word: REPLACE is done on filters and virtual hosts alone, and neither ADD nor REMOVE on route configurations and (before 1.31’s changes) routes. Source: pilot/pkg/networking/core/envoyfilter.',
  remedy: 'Use MERGE, or an `applyTo` that the operation is for.',
  *check(mesh) {
    for (const c of mesh.of('EnvoyFilter'))
      for (const [i, { applyTo, patch }] of items(c.spec.configPatches)) {
        if (!patch) break; // istioctl, too, looks no further
        const code =
          patch.operation === 'ADD' && ROUTES.includes(applyTo)
            ? 'IST0153'
            : patch.operation === 'REMOVE' && ROUTES.includes(applyTo)
              ? 'IST0154'
              : patch.operation === 'REPLACE' && !REPLACEABLE.includes(applyTo)
                ? 'IST0152'
                : undefined;
        if (code)
          yield {
            at: at(c, 'spec', 'configPatches', i, 'patch', 'operation'),
            codes: [code],
            message: `"${patch.operation}" is not done on "${applyTo ?? 'INVALID'}"`,
            hint:
              code === 'IST0152'
                ? 'REPLACE is for NETWORK_FILTER, HTTP_FILTER and VIRTUAL_HOST'
                : 'for routes, use MERGE, or INSERT_FIRST',
          };
      }
  },
};
