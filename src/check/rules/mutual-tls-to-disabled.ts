import { keyOf } from '../../model/config';
import { widePolicies, wideRules } from '../mesh-wide-rules';
import type { Rule } from '../rule';

/** A PeerAuthentication turns mutual TLS off for namespaces to which clients send nothing else. */
export const mutualTlsToDisabled: Rule = {
  id: 'MESH080',
  name: 'mutual-tls-to-disabled',
  severity: 'error',
  codes: ['KIA0505', 'KIA0506'],
  summary: 'a PeerAuthentication turns mutual TLS off where a DestinationRule makes clients speak it',
  why: 'The sidecar hands the TLS handshake on to the application as if it were the request: requests end with 503. Source: pilot/pkg/security/authn/policy_applier.go and pilot/pkg/networking/core/cluster_tls.go.',
  remedy:
    'Add a DestinationRule with tls mode DISABLE for the namespace, or take tls out of the wide one: auto mTLS does what each workload takes.',
  *check(mesh) {
    const mutual = wideRules(mesh).filter((r) => r.mode === 'ISTIO_MUTUAL' || r.mode === 'MUTUAL');
    if (mutual.length === 0) return;
    const byNamespace = new Map(
      wideRules(mesh)
        .filter((r) => r.mode)
        .map((r) => [r.namespace, r]),
    );
    for (const { config, namespace, mode } of widePolicies(mesh)) {
      if (mode !== 'DISABLE') continue;
      const rule =
        namespace === undefined
          ? mutual.find((r) => r.namespace === undefined)
          : (byNamespace.get(namespace) ?? mutual.find((r) => r.namespace === undefined));
      if (!rule || !mutual.includes(rule)) continue;
      yield {
        at: { manifest: config.manifest, path: ['spec', 'mtls', 'mode'] },
        message: `workloads of ${namespace === undefined ? 'the mesh' : `namespace "${namespace}"`} take plaintext alone, and clients send them mutual TLS (DestinationRule "${keyOf(rule.config)}")`,
        hint: 'take "tls" out of the DestinationRule, or add one for the namespace with mode DISABLE',
        related: [
          {
            at: { manifest: rule.config.manifest, path: ['spec', 'trafficPolicy', 'tls', 'mode'] },
            message: 'clients are told to speak mutual TLS here',
          },
        ],
        codes: [namespace === undefined ? 'KIA0506' : 'KIA0505'],
      };
    }
  },
};
