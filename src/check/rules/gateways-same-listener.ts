import { keyOf } from '../../model/config';
import { type GatewayApiObject, gatewaysOf } from '../gateway-api';
import { items, textOf } from '../items';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';

/** Two Gateways of the Gateway API share an installation, and have one listener twice. */
export const gatewaysSameListener: Rule = {
  id: 'MESH097',
  name: 'gateways-same-listener',
  severity: 'warning',
  codes: ['KIA1501'],
  summary: 'two Gateways of one installation have the same port and host name',
  why: 'Each Gateway has a Deployment of its own, so that two of them may have the same port and host name (Kiali warns). Where both name the same Service in addresses, their listeners are in the same pods, and of the two the older counts. Source: pilot/pkg/config/kube/gateway/conversion.go, IsManaged; pilot/pkg/model/gateway.go.',
  remedy: 'Give one of the two another port or host name, or an installation of its own.',
  *check(mesh) {
    const first = new Map<string, { readonly gateway: GatewayApiObject; readonly index: number }>();
    for (const gateway of gatewaysOf(mesh)) {
      const said = new Set<number>();
      for (const [, a] of items(gateway.spec.addresses)) {
        const value = textOf(a.value);
        if (a.type !== 'Hostname' || !value) continue;
        const host = value.includes('.') ? value : `${value}.${gateway.namespace}`;
        for (const [i, l] of items(gateway.spec.listeners)) {
          if (typeof l.port !== 'number') continue;
          const key = JSON.stringify([host, l.port, l.hostname ?? '']);
          const known = first.get(key);
          if (!known) first.set(key, { gateway, index: i });
          else if (known.gateway !== gateway && !isSameObject(known.gateway, gateway) && !said.has(i)) {
            said.add(i);
            yield {
              at: { manifest: gateway.manifest, path: ['spec', 'listeners', i] },
              message: `Gateway "${keyOf(known.gateway)}" has port ${l.port} and ${l.hostname ? `host name "${l.hostname}"` : 'all host names'} of Service "${value}" as well`,
              hint: 'give one of the two another port or host name',
              related: [
                {
                  at: { manifest: known.gateway.manifest, path: ['spec', 'listeners', known.index] },
                  message: 'the same listener',
                },
              ],
            };
          }
        }
      }
    }
  },
};
