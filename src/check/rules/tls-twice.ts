import { fullName } from '../../model/host';
import { isTls } from '../../model/protocol';
import type { Service } from '../../model/service';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import type { Found, Rule } from '../rule';

/** `host:port` of http and tcp destinations: what comes there may be plaintext. */
const routed = ofMesh((mesh) => {
  const out = new Set<string>();
  for (const vs of mesh.model.virtualServices)
    for (const rule of [...vs.http.map((e) => e.rule), ...vs.tcp])
      for (const r of (rule.route ?? []) as any[]) {
        const d = r?.destination;
        if (!d) continue;
        out.add(`${d.host}:${d.port?.number ?? ''}`);
        out.add(d.host);
      }
  return out;
});

/** A DestinationRule that wraps in TLS what is TLS already. */
export const tlsTwice: Rule = {
  id: 'MESH157',
  name: 'tls-twice',
  severity: 'warning',
  codes: [],
  summary: 'a DestinationRule wraps in TLS what clients send in TLS themselves',
  why: 'On a port for HTTPS or TLS clients speak TLS themselves, and the sidecar hands it on. With tls mode SIMPLE or MUTUAL for that port it wraps it once more, and the server finds TLS in its TLS: the handshake of the client fails. TLS origination is for plaintext that the client sends to another port. Source: istio.io, Egress TLS Origination; pilot/pkg/networking/core/cluster_tls.go.',
  remedy:
    'Take the tls away, or let clients send plain HTTP: a port of protocol HTTP with `targetPort: 443`, and the tls for that port.',
  *check(mesh) {
    for (const config of mesh.model.of('DestinationRule')) {
      const host = fullName(config.spec.host ?? '', config.namespace, mesh.model.mesh.domain);
      const s = [...(mesh.model.byHost.get(host)?.values() ?? [])][0];
      const policy = config.spec.trafficPolicy;
      if (!s || !policy) continue;
      const at = (...path: (string | number)[]) => ({ manifest: config.manifest, path: ['spec', 'trafficPolicy', ...path] });
      for (const [i, setting] of ((policy.portLevelSettings ?? []) as any[]).entries()) {
        const found = originates(setting?.tls) && twice(mesh, s, [setting?.port?.number]);
        if (found) yield { at: at('portLevelSettings', i, 'tls', 'mode'), ...found };
      }
      const own = new Set(((policy.portLevelSettings ?? []) as any[]).map((x) => x?.port?.number));
      const rest = s.ports.map((p) => p.port).filter((p) => !own.has(p));
      // where there is a port for plaintext too, the tls is for that one
      const found = originates(policy.tls) && s.ports.every((p) => isTls(p.protocol) || own.has(p.port)) && twice(mesh, s, rest);
      if (found) yield { at: at('tls', 'mode'), ...found };
    }
  },
};

const originates = (tls: any): boolean => tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL';

function twice(mesh: CheckedMesh, s: Service, ports: readonly number[]): Omit<Found, 'at'> | undefined {
  const all = routed(mesh);
  for (const p of s.ports) {
    if (!ports.includes(p.port) || !isTls(p.protocol)) continue;
    // what a route brings here may be plaintext
    if (all.has(`${s.host}:${p.port}`) || all.has(`${s.host}:`)) continue;
    return {
      message: `clients speak TLS to port ${p.port} of "${s.host}" themselves (${p.protocol}), and this wraps it in TLS once more`,
      hint: `take the tls out, or let clients send plain HTTP to a port of protocol HTTP with targetPort: ${p.port}`,
      related: [{ at: { manifest: s.config.manifest, path: ['spec', 'ports', s.ports.indexOf(p)] }, message: 'the port' }],
    };
  }
  return undefined;
}
