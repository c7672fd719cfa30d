import type { FieldPath } from '../../manifests/manifest';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A DestinationRule encrypts calls without saying whose certificates are good. */
export const tlsWithoutCa: Rule = {
  id: 'MESH042',
  name: 'tls-without-ca',
  severity: 'warning',
  codes: ['IST0128', 'IST0129'],
  summary: 'TLS to a server names no authority that its certificate is checked by',
  why: 'Sidecars of this version of Istio check the certificate by the authorities of the system (VERIFY_CERTIFICATE_AT_CLIENT); where that is switched off, or the server has a certificate of your own authority, they take any certificate, or none. Source: pilot/pkg/networking/core/cluster_tls.go.',
  remedy: 'Write `caCertificates: system` for public servers, or the path of your authority’s certificate.',
  *check(mesh) {
    for (const c of mesh.of('DestinationRule')) {
      const policy = c.spec.trafficPolicy;
      const lacks = (tls: any) =>
        (tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL') &&
        !tls.caCertificates &&
        !(tls.credentialName && c.spec.workloadSelector);
      const say = (tls: any, path: FieldPath, code: string, where: string) => ({
        at: at(c, ...path),
        codes: [code],
        message: `TLS of mode "${tls.mode}" to "${c.spec.host ?? ''}"${where} names no authority for the server's certificate`,
        hint: 'for public servers, write "caCertificates: system"',
      });
      if (lacks(policy?.tls)) yield say(policy.tls, ['spec', 'trafficPolicy', 'tls'], 'IST0128', '');
      for (const [i, { port, tls }] of items(policy?.portLevelSettings))
        if (lacks(tls))
          yield say(tls, ['spec', 'trafficPolicy', 'portLevelSettings', i, 'tls'], 'IST0129', `, port "${port?.number ?? ''}",`);
    }
  },
};
