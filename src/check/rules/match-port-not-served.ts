import { gatewaysOf, serversFor } from '../gateway-bindings';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A match for a port that nobody calls. */
export const matchPortNotServed: Rule = {
  id: 'MESH152',
  name: 'match-port-not-served',
  severity: 'error',
  codes: [],
  summary: 'a match is for a port that neither the services nor the servers have',
  why: "The port of a match is the one that the client calls: a Service's port, not the pods' (`targetPort`), and at a gateway the server's. On another port the match is left out, so it never decides. Source: pilot/pkg/networking/core/route/route.go, translateRoute.",
  remedy: 'Name a port of the Service or of the server, or take `port` out of the match.',
  *check(mesh) {
    const gateways = gatewaysOf(mesh);
    for (const vs of mesh.model.virtualServices) {
      const spec = vs.config.spec;
      const said = (['http', 'tls', 'tcp'] as const).flatMap((protocol) =>
        ((spec[protocol] ?? []) as any[]).flatMap((rule, i) =>
          ((rule?.match ?? []) as any[]).flatMap((m, j) =>
            m?.port ? [{ port: m.port as number, path: ['spec', protocol, i, 'match', j, 'port'] }] : [],
          ),
        ),
      );
      if (said.length === 0) continue;
      const ports = new Set<number>();
      let all = true;
      for (const g of vs.gateways)
        if (g === 'mesh')
          for (const h of vs.hosts) {
            const services = [...(mesh.model.byHost.get(h)?.values() ?? [])];
            // a host of nobody's is routed on port 80, a wildcard's services may be any
            if (services.length === 0) all = false;
            for (const s of services) for (const p of s.ports) ports.add(p.port);
          }
        else {
          const known = gateways.get(g);
          if (!known) all = false;
          else for (const s of serversFor(known, vs)) ports.add(s.port);
        }
      if (!all || ports.size === 0) continue;
      for (const { port, path } of said)
        if (!ports.has(port))
          yield {
            at: { manifest: vs.config.manifest, path },
            message: `this match never decides: nobody calls ${vs.hosts.length === 1 ? `"${vs.hosts[0]}"` : 'these hosts'} on port ${port}`,
            hint: candidates(
              String(port),
              [...ports].map((p) => String(p)),
            ),
          };
    }
  },
};
