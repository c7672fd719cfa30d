import { quoted } from '../../values/names';
import { gatewaysOf, serversFor } from '../gateway-bindings';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A host of a VirtualService that no server of its Gateways has, while its other hosts are there. */
export const gatewayHostNotServed: Rule = {
  id: 'MESH125',
  name: 'gateway-host-not-served',
  severity: 'error',
  codes: [],
  summary: 'a host of a VirtualService is at no server of its Gateways',
  why: 'A gateway answers for the hosts that both the VirtualService and a server of the Gateway have, each looked at by itself. Requests for this host get 404, or no TLS connection. istioctl (IST0132) is silent as long as one host of the VirtualService fits. Source: pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig.',
  remedy:
    'Add the host to a server of the Gateway (with the right namespace, where it says one before the "/"), or take it out of the VirtualService.',
  *check(mesh) {
    const gateways = gatewaysOf(mesh);
    for (const vs of mesh.model.virtualServices) {
      if (vs.gateways.includes('mesh')) continue;
      const bound = vs.gateways.flatMap((g) => gateways.get(g) ?? []);
      if (bound.length < vs.gateways.length || bound.length === 0) continue;
      const met = vs.hosts.map((h) => bound.some((g) => serversFor(g, vs, [h]).length > 0));
      if (!met.includes(true)) continue;
      for (const [i, host] of vs.hosts.entries())
        if (!met[i])
          yield {
            at: { manifest: vs.config.manifest, path: ['spec', 'hosts', i] },
            message: `"${host}" is at no server of ${bound.length === 1 ? `Gateway ${quoted(vs.gateways)}` : `the Gateways ${quoted(vs.gateways)}`}: requests for it get 404`,
            hint: candidates(
              host,
              bound.flatMap((g) => g.servers.flatMap((s) => s.hosts)),
            ),
            related: bound.slice(0, 2).map((g) => ({
              at: { manifest: g.config.manifest, path: ['spec', 'servers'] },
              message: 'the hosts that are served',
            })),
          };
    }
  },
};
