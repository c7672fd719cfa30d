import { gatewaysOf } from '../gateway-api';
import { items } from '../items';
import type { Rule } from '../rule';

/** A Gateway of the Gateway API has two listeners of one port, protocol and host name. */
export const gatewayListenerTwice: Rule = {
  id: 'MESH096',
  name: 'gateway-listener-twice',
  severity: 'error',
  codes: ['KIA1503'],
  summary: 'a Gateway has two listeners of one port, protocol and host name',
  why: 'The API server refuses the Gateway: each listener is of a port, protocol and host name of its own. Two that leave the host name out are the same as well (Kiali passes those by). Source: the CRD of Gateway, a rule of its listeners.',
  remedy: 'Give one of the two another port or host name, or take it out.',
  *check(mesh) {
    for (const { spec, manifest } of gatewaysOf(mesh)) {
      const first = new Map<string, number>();
      for (const [i, l] of items(spec.listeners)) {
        if (typeof l.port !== 'number' || typeof l.protocol !== 'string') continue;
        const key = JSON.stringify([l.port, l.protocol, l.hostname ?? '']);
        const known = first.get(key);
        if (known === undefined) {
          first.set(key, i);
          continue;
        }
        yield {
          at: { manifest, path: ['spec', 'listeners', i] },
          message: `listener "${l.name}" has port ${l.port}, protocol ${l.protocol} and ${l.hostname ? `host name "${l.hostname}"` : 'no host name'}, as another has`,
          hint: 'give it another port or host name, or take it out',
          related: [{ at: { manifest, path: ['spec', 'listeners', known] }, message: 'the other listener' }],
        };
      }
    }
  },
};
