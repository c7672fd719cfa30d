import { keyOf } from '../../model/config';
import { fullName, hostWithin } from '../../model/host';
import { hasTls, wideRules } from '../mesh-wide-rules';
import type { Rule } from '../rule';

/** A DestinationRule of one host undoes the mutual TLS that a wider one asks for. */
export const wideMtlsOverridden: Rule = {
  id: 'MESH078',
  name: 'wide-mtls-overridden',
  severity: 'warning',
  codes: ['KIA0204'],
  summary: 'a DestinationRule of one host undoes the mutual TLS that a wider one asks for',
  why: 'A client obeys the DestinationRule of the most specific host alone; nothing is inherited from a wider one. Without tls in it, and with auto mTLS off, the client sends plaintext. With auto mTLS (the default) it speaks mutual TLS still, so that nothing is found there, though Kiali warns. Source: pilot/pkg/model/push_context.go, destinationRule, and pilot/pkg/networking/core/cluster_tls.go.',
  remedy: 'Write tls mode ISTIO_MUTUAL into the trafficPolicy of the more specific one as well.',
  *check(mesh) {
    if (mesh.model.mesh.autoMtls) return;
    const wide = wideRules(mesh).filter((r) => r.mode === 'ISTIO_MUTUAL');
    const ofAll = wide.find((r) => r.namespace === undefined);
    const byNamespace = new Map(wide.filter((r) => r.namespace !== undefined).map((r) => [r.namespace, r]));
    if (wide.length === 0) return;
    const domain = mesh.model.mesh.domain;
    for (const config of mesh.of('DestinationRule')) {
      const { spec, manifest, namespace } = config;
      const host = fullName(spec.host ?? '', namespace, domain);
      if (!host.endsWith(`.svc.${domain}`) || hasTls(spec.trafficPolicy)) continue;
      const of = byNamespace.get(host.split('.').at(-1 - domain.split('.').length - 1)) ?? ofAll;
      if (!of || of.config === config || of.host === host || !hostWithin(host, of.host)) continue;
      yield {
        at: { manifest, path: spec.trafficPolicy ? ['spec', 'trafficPolicy'] : ['spec', 'host'] },
        message: `clients send plaintext to "${host}": this DestinationRule goes before "${keyOf(of.config)}", and says nothing about TLS`,
        hint: 'add "tls: {mode: ISTIO_MUTUAL}" to its trafficPolicy',
        related: [
          {
            at: { manifest: of.config.manifest, path: ['spec', 'trafficPolicy', 'tls'] },
            message: 'mutual TLS is asked for here',
          },
        ],
      };
    }
  },
};
