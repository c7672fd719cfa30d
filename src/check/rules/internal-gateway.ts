import { at } from '../fields';
import { isInternalGateway } from '../gateways';
import { isRefused } from '../istio-says';
import type { Rule } from '../rule';

/** A VirtualService names what istiod makes of a Gateway of the Kubernetes Gateway API. */
export const internalGateway: Rule = {
  id: 'MESH062',
  name: 'internal-gateway',
  severity: 'warning',
  codes: ['IST0165', 'IST0106'],
  summary: 'a VirtualService is bound to a Gateway that istiod makes for itself',
  why: 'istiod turns each Gateway of the Kubernetes Gateway API into one of its own with such a name. The name is no promise: it may change with any version of Istio, and then the routes are gone. Source: pkg/config/gateway/kube/gatewayapi.go.',
  remedy: 'Write an HTTPRoute for the Gateway of the Gateway API, or a Gateway of networking.istio.io.',
  *check(mesh) {
    for (const c of mesh.of('VirtualService'))
      for (const [i, name] of ((c.spec.gateways ?? []) as string[]).entries())
        if (isInternalGateway(name)) {
          const refused = isRefused(mesh, c.manifest, ['spec', 'gateways', i]);
          yield {
            at: at(c, 'spec', 'gateways', i),
            message: `"${name}" is a Gateway that istiod makes for itself${refused ? ", and no name that Istio's webhook takes" : ''}`,
            ...(refused ? { severity: 'error' } : { codes: ['IST0165'] }),
          };
        }
  },
};
