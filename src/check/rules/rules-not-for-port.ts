import { isHttp, isHttpOrSniffed, isTls, type Protocol } from '../../model/protocol';
import type { Service } from '../../model/service';
import type { Rule } from '../rule';

const USES: Record<'http' | 'tls' | 'tcp', (p: Protocol) => boolean> = {
  http: isHttpOrSniffed,
  tls: isTls,
  tcp: (p) => !isHttp(p) && !isTls(p),
};

const WANTED = {
  http: 'name the port "http-…", or give it appProtocol: http',
  tls: 'name the port "https-…" or "tls-…", or give it such an appProtocol',
  tcp: 'name the port "tcp-…", or give it appProtocol: tcp',
} as const;

/** Where a ServiceEntry says the protocol. */
const WANTED_OUTSIDE = {
  http: 'where the mesh is to speak TLS to the host: protocol HTTP on a port of its own with targetPort 443, and a DestinationRule with tls mode SIMPLE; where clients speak TLS, write "tls" rules with sniHosts',
  tls: 'give the port the protocol TLS or HTTPS',
  tcp: 'give the port the protocol TCP',
} as const;

/** Rules of a kind that no port of the service uses. */
export const rulesNotForPort: Rule = {
  id: 'MESH151',
  name: 'rules-not-for-port',
  severity: 'error',
  codes: [],
  summary: 'rules of a kind that the ports of the service do not use',
  why: "Sidecars look into requests on ports that speak HTTP (or whose protocol is not said), at the name in the TLS hello on HTTPS and TLS ports, and hand bytes on from other ports. A port's protocol comes from its `appProtocol` or from its name. Rules of another kind are left out in silence: requests go on as if the VirtualService were not there. Source: pilot/pkg/networking/core/listener.go; pkg/config/kube/conversion.go, ConvertProtocol.",
  remedy: 'Say the right protocol at the port, or write the rules in the section that fits it.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      if (vs.gateways.some((g) => g !== 'mesh')) continue;
      const services: (Service | undefined)[] = vs.hosts.map((h) => [...(mesh.model.byHost.get(h)?.values() ?? [])][0]);
      if (services.length === 0) continue;
      for (const section of ['http', 'tls', 'tcp'] as const) {
        if (vs[section].length === 0) continue;
        const uses = USES[section];
        const ports = services.flatMap((s) => s?.ports ?? []).filter((p) => p.protocol !== 'UDP');
        if (services.includes(undefined) || ports.length === 0 || ports.some((p) => uses(p.protocol))) continue;
        const [s] = services as [Service];
        const [p] = ports as [(typeof ports)[number]];
        yield {
          at: { manifest: vs.config.manifest, path: ['spec', section] },
          message: `the "${section}" rules decide nothing: port ${p.port} of "${s.host}" speaks ${p.protocol === 'Unsupported' ? 'whatever is seen' : p.protocol}`,
          hint: s.config.manifest.kind === 'ServiceEntry' ? WANTED_OUTSIDE[section] : WANTED[section],
          related: [{ at: { manifest: s.config.manifest, path: ['spec', 'ports', 0] }, message: 'the port' }],
        };
      }
    }
  },
};
