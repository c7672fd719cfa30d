import { isHttpServer, passesThrough, type Server } from '../../model/gateway-servers';
import { gatewaysOf, type KnownGateway, serversFor } from '../gateway-bindings';
import type { Rule } from '../rule';

/** What a server hands to the rules of a VirtualService. */
const sectionOf = (s: Server): 'http' | 'tls' | 'tcp' => (isHttpServer(s) ? 'http' : passesThrough(s) ? 'tls' : 'tcp');

const WHAT = {
  http: 'looks into requests: it wants "http" rules',
  tls: 'passes TLS through: it wants "tls" rules',
  tcp: 'hands bytes on: it wants "tcp" rules',
} as const;

/** Rules of a kind that no server of the Gateways uses. */
export const routesNotForServer: Rule = {
  id: 'MESH128',
  name: 'routes-not-for-server',
  severity: 'error',
  codes: [],
  summary: 'rules of a kind that the servers of the Gateway do not use',
  why: 'A server for HTTP, or one that ends HTTPS itself, uses the `http` rules of its VirtualServices; one with tls PASSTHROUGH uses `tls` rules; one for TCP, or TLS that ends there, uses `tcp` rules. Other rules are left out in silence: the port is closed, or answers 404. Source: pilot/pkg/networking/core/gateway.go, buildGatewayTCPFilterChains and buildGatewayHTTPRouteConfig.',
  remedy: "Write the rules in the section that fits the server's protocol, or change the server's protocol or tls mode.",
  *check(mesh) {
    const gateways = gatewaysOf(mesh);
    for (const vs of mesh.model.virtualServices) {
      if (vs.gateways.includes('mesh')) continue;
      const bound: KnownGateway[] = vs.gateways.flatMap((g) => gateways.get(g) ?? []);
      if (bound.length < vs.gateways.length) continue;
      const servers = bound.flatMap((g) => serversFor(g, vs));
      if (servers.length === 0) continue;
      for (const section of ['http', 'tls', 'tcp'] as const) {
        if (vs[section].length === 0 || servers.some((s) => sectionOf(s) === section)) continue;
        const s = servers[0]!;
        yield {
          at: { manifest: vs.config.manifest, path: ['spec', section] },
          message: `the "${section}" rules decide nothing: the server on port ${s.port} ${WHAT[sectionOf(s)]}`,
          hint:
            section === 'http' && sectionOf(s) === 'tls'
              ? 'to look into requests, the server has to end TLS: mode SIMPLE with a credentialName'
              : `write "${sectionOf(s)}" rules, or another protocol for the server`,
          related: [{ at: s.by, message: 'the server' }],
        };
      }
    }
  },
};
