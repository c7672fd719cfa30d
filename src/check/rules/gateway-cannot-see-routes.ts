import { keyOf } from '../../model/config';
import { quoted } from '../../values/names';
import { gatewayPods, gatewaysOf } from '../gateway-bindings';
import { selectedPods, selectsInstalled } from '../pods';
import type { Rule } from '../rule';

/** A VirtualService at a Gateway that is not exported to the namespace of the gateway's pods. */
export const gatewayCannotSeeRoutes: Rule = {
  id: 'MESH181',
  name: 'gateway-cannot-see-routes',
  severity: 'error',
  codes: [],
  summary: 'a VirtualService is not exported to the pods of its Gateway',
  why: 'The proxy of a gateway gets the VirtualServices that are exported to the namespace of its own pods, wherever the Gateway object is. Others are not there for it: their hosts get 404, or the connection is closed. Where no manifest has these pods, they are taken to be in the root namespace, and it is a warning. Source: pilot/pkg/model/push_context.go, VirtualServicesForGateway.',
  remedy: 'Add the namespace where the gateway has its pods to `exportTo`.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      if (vs.exportTo.includes('*')) continue;
      for (const name of new Set(vs.gateways)) {
        const gateway = gatewaysOf(mesh).get(name)?.config;
        if (!gateway) continue;
        const selector: Record<string, string> = gateway.spec.selector ?? {};
        const written = [...new Set(selectedPods(mesh, '*', selector).map((p) => p.namespace))].sort();
        if (written.length === 0 && !selectsInstalled(selector)) continue;
        const spaces = written.length > 0 ? written : [gatewayPods(mesh).get(name)!.client.namespace];
        if (spaces.some((s) => vs.exportTo.includes(s))) continue;
        const { manifest, spec } = vs.config;
        yield {
          at: { manifest, path: ['spec', spec.exportTo === undefined ? 'gateways' : 'exportTo'] },
          ...(written.length > 0 ? {} : { severity: 'warning' as const }),
          message: `the pods of Gateway "${keyOf(gateway)}" are in namespace ${quoted(spaces)}, to which this is not exported: its hosts get 404 there`,
          hint: `add "${spaces[0]}" to exportTo`,
          related: [{ at: { manifest: gateway.manifest, path: ['spec', 'selector'] }, message: 'the Gateway is here' }],
        };
      }
    }
  },
};
