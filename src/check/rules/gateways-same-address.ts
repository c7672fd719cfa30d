import { keyOf } from '../../model/config';
import { type GatewayApiObject, gatewaysOf } from '../gateway-api';
import { items, textOf } from '../items';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';

/** Two Gateways of the Gateway API ask for one IP address. */
export const gatewaysSameAddress: Rule = {
  id: 'MESH098',
  name: 'gateways-same-address',
  severity: 'warning',
  codes: ['KIA1502'],
  summary: 'two Gateways ask for the same IP address',
  why: 'Each Gateway has a Service of its own, which asks the cloud for the address, and one address is given to one load balancer: the other Gateway waits for ever. Two Gateways that name one Service by its host name share it, and are right (Kiali warns). Source: manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml.',
  remedy: 'Give one of the two another address, or make one Gateway of the two.',
  *check(mesh) {
    const first = new Map<string, { readonly gateway: GatewayApiObject; readonly index: number }>();
    for (const gateway of gatewaysOf(mesh))
      for (const [i, a] of items(gateway.spec.addresses)) {
        const value = textOf(a.value);
        if ((a.type ?? 'IPAddress') !== 'IPAddress' || !value) continue;
        const known = first.get(value);
        if (!known) first.set(value, { gateway, index: i });
        else if (known.gateway !== gateway && !isSameObject(known.gateway, gateway))
          yield {
            at: { manifest: gateway.manifest, path: ['spec', 'addresses', i, 'value'] },
            message: `Gateway "${keyOf(known.gateway)}" asks for address "${value}" as well`,
            hint: 'give one of the two another address, or make one Gateway of the two',
            related: [
              {
                at: { manifest: known.gateway.manifest, path: ['spec', 'addresses', known.index, 'value'] },
                message: 'the same address',
              },
            ],
          };
      }
  },
};
