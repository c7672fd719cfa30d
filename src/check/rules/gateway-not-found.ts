import { keyOf } from '../../model/config';
import { gatewayName } from '../../model/virtual-service';
import { at } from '../fields';
import { gatewayKey, gatewaysByName, isInternalGateway } from '../gateways';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A VirtualService is bound to a Gateway that is not there. */
export const gatewayNotFound: Rule = {
  id: 'MESH021',
  name: 'gateway-not-found',
  severity: 'error',
  codes: ['IST0101', 'IST0132', 'KIA1102'],
  summary: 'a VirtualService is bound to a Gateway that is not there',
  why: 'istiod looks for the Gateway under exactly this name, in the namespace of the VirtualService where none is written. No gateway proxy gets the routes, so requests from outside end with 404. A Gateway of the Kubernetes Gateway API cannot be named here. Source: pilot/pkg/model/push_context.go.',
  remedy: 'Name a Gateway that is there, with its namespace when that is another: `<namespace>/<name>`.',
  *check(mesh) {
    const gateways = gatewaysByName(mesh);
    // those with the name, and those of the namespaces that may be meant: there may be thousands of others
    const near = (key: string, own: string) => {
      const [namespace, name] = key.split('/');
      return [...gateways.values()].filter((g) => g.name === name || g.namespace === namespace || g.namespace === own).map(keyOf);
    };
    const kubernetes = new Set(mesh.of('gateway.networking.k8s.io/Gateway').map(keyOf));
    for (const c of mesh.of('VirtualService'))
      for (const [i, name] of ((c.spec.gateways ?? []) as string[]).entries()) {
        if (name === 'mesh' || isInternalGateway(name)) continue;
        const key = gatewayKey(name, c.namespace);
        // a name in the old way is found by its first two parts: gateway-name-style tells of it
        if (gateways.has(key) || (!name.includes('/') && gateways.has(gatewayName(name, c.namespace)))) continue;
        yield {
          at: at(c, 'spec', 'gateways', i),
          message: `there is no Gateway "${key}"`,
          hint: kubernetes.has(key)
            ? `"${key}" is a Gateway of the Kubernetes Gateway API: write an HTTPRoute for it, or a Gateway of networking.istio.io`
            : candidates(key, near(key, c.namespace)),
        };
      }
  },
};
