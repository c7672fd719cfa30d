import { passesThrough } from '../../model/gateway-servers';
import { commonHosts, hostsForNamespace, isWild } from '../../model/host';
import { gatewaysOf, serversFor } from '../gateway-bindings';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A host of a Gateway's server that no VirtualService is about. */
export const gatewayHostWithoutRoutes: Rule = {
  id: 'MESH126',
  name: 'gateway-host-without-routes',
  severity: 'info',
  codes: [],
  summary: 'a host of a Gateway has no routes',
  why: 'A server opens the port for its hosts; what happens to requests is said by the VirtualServices that name the Gateway and have the host. Where none has, the answer is 404, or the connection is closed. Source: pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig.',
  remedy: 'Write a VirtualService for the host that names the Gateway, or take the host out of the server.',
  *check(mesh) {
    for (const g of gatewaysOf(mesh).values()) {
      const { config, servers, bound } = g;
      if (bound.length === 0) continue;
      // a host of theirs that is not here is told there, and may be one of these with a slip
      if (bound.some((v) => !v.gateways.includes('mesh') && v.hosts.some((h) => serversFor(g, v, [h]).length === 0))) continue;
      const exact = new Set(bound.flatMap((v) => v.hosts));
      const wild = bound.filter((v) => v.hosts.some(isWild));
      for (const s of servers) {
        if (s.tls?.httpsRedirect || (passesThrough(s) && s.tls?.mode === 'AUTO_PASSTHROUGH')) continue;
        for (const [i, host] of s.hosts.entries()) {
          if (exact.has(host)) continue;
          if (
            (isWild(host) || host.includes('/') ? bound : wild).some(
              (v) => commonHosts(hostsForNamespace([host], v.namespace), v.hosts).length > 0,
            )
          )
            continue;
          const given = config.spec.servers[Number(s.by.path[2])].hosts[i];
          yield {
            at: { manifest: config.manifest, path: [...s.by.path, 'hosts', i] },
            message: `no VirtualService of this Gateway is about "${given}": its requests get 404`,
            hint: candidates(
              given,
              bound.flatMap((v) => v.hosts),
            ),
          };
        }
      }
    }
  },
};
