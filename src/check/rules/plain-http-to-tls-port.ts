import type { DestinationRule } from '../../model/destination-rules';
import { isTls } from '../../model/protocol';
import { forPort, forSubset } from '../../model/traffic-policy';
import { clientNamespaces } from '../backends';
import { type DestinationRuleView, viewsOf } from '../destination-rule-views';
import { gatewayPods } from '../gateway-bindings';
import { isMeshTlsGateway } from '../gateway-servers-of';
import type { Rule } from '../rule';

/** An http route to a port that wants TLS. */
export const plainHttpToTlsPort: Rule = {
  id: 'MESH158',
  name: 'plain-http-to-tls-port',
  severity: 'warning',
  codes: [],
  summary: 'an http route sends plain HTTP to a port for HTTPS',
  why: 'What an `http` rule forwards has been looked into, so it is plain HTTP (a gateway has ended the TLS of its client). A port of protocol HTTPS or TLS waits for a handshake: the server closes the connection, or answers 400 ("plain HTTP request was sent to HTTPS port"). The mesh\'s own mutual TLS ends at the sidecar and does not help. Source: pilot/pkg/networking/core/cluster_tls.go.',
  remedy:
    "Lead to the service's port for HTTP; or let a DestinationRule speak TLS to this one (`tls: { mode: SIMPLE }`); or pass the TLS through, with `tls` rules.",
  *check(mesh) {
    const pods = gatewayPods(mesh);
    const views = new Map<string, DestinationRuleView[]>();
    for (const vs of mesh.model.virtualServices)
      for (const { rule, from, path } of vs.http)
        for (const [i, r] of ((rule.route ?? []) as any[]).entries()) {
          const { host, subset, port } = r?.destination ?? {};
          const s = [...(mesh.model.byHost.get(host)?.values() ?? [])][0];
          if (!s) continue;
          const number = port?.number ?? (s.ports.length === 1 ? s.ports[0]!.port : undefined);
          const to = s.ports.find((p) => p.port === number);
          if (!to || !isTls(to.protocol)) continue;
          const gateways = vs.gateways.flatMap((g) => pods.get(g)?.client.namespace ?? []);
          const known = views.get(host) ?? viewsOf(mesh, s, [...new Set([...clientNamespaces(mesh), ...gateways])]);
          views.set(host, known);
          if (isMeshTlsGateway(mesh, s, to.port)) continue;
          if (known.length === 0 || known.some((v) => originates(v.rule, subset, to.port))) continue;
          yield {
            at: { manifest: from.manifest, path: [...path, 'route', i, 'destination'] },
            message: `this sends plain HTTP to port ${to.port} of "${host}", which speaks ${to.protocol}`,
            hint: `a DestinationRule for "${host}" with tls mode SIMPLE speaks TLS to it; else lead to a port for HTTP`,
            related: [{ at: { manifest: s.config.manifest, path: ['spec', 'ports', s.ports.indexOf(to)] }, message: 'the port' }],
          };
        }
  },
};

function originates(rule: DestinationRule | undefined, subset: string | undefined, port: number): boolean {
  const own = rule?.subsets.find((x) => x.subset?.name === subset)?.subset;
  const policy = own ? forSubset(rule?.trafficPolicy, own.trafficPolicy, port) : forPort(rule?.trafficPolicy, port).policy;
  return policy?.tls?.mode === 'SIMPLE' || policy?.tls?.mode === 'MUTUAL';
}
