import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

const RELATIVE = ['INSERT_BEFORE', 'INSERT_AFTER'];

/** A patch depends on others having been done before, and says no order. */
export const envoyFilterOrder: Rule = {
  id: 'MESH057',
  name: 'envoy-filter-order',
  severity: 'warning',
  codes: ['IST0151', 'IST0155'],
  summary: 'a patch that depends on what is there says no priority',
  why: 'EnvoyFilters without a priority are done by age. A patch that is put before, after or in place of another filter does nothing when that filter is not there yet. Source: pilot/pkg/model/push_context.go.',
  remedy: 'Write `priority` (not 0), or an operation that depends on nothing: INSERT_FIRST, ADD, MERGE.',
  *check(mesh) {
    // names of filters that patches for some version of the proxy are about
    const seen = new Set<string>();
    for (const c of mesh.of('EnvoyFilter'))
      for (const [i, { applyTo, patch, match }] of items(c.spec.configPatches)) {
        if (!patch) break; // istioctl, too, looks no further
        const { operation, value } = patch;
        const relative =
          RELATIVE.includes(operation) ||
          (operation === 'REMOVE' && applyTo !== 'ROUTE_CONFIGURATION' && applyTo !== 'HTTP_ROUTE') ||
          (operation === 'REPLACE' && ['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST'].includes(applyTo));
        const filter = value === undefined ? '' : JSON.stringify(value?.name ?? match?.listener?.filterChain?.filter?.name ?? '');
        if (relative && (c.spec.priority ?? 0) === 0)
          yield {
            at: at(c, 'spec', 'configPatches', i, 'patch', 'operation'),
            codes: [seen.has(filter) ? 'IST0155' : 'IST0151'],
            message: `whether "${operation}" finds what it is about depends on which EnvoyFilter is older`,
            hint: 'write "priority": lower ones are done first',
          };
        if (match?.proxy?.proxyVersion) seen.add(filter);
      }
  },
};
