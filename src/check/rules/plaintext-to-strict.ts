import { keyOf } from '../../model/config';
import { widePolicies, wideRules } from '../mesh-wide-rules';
import type { Rule } from '../rule';

/** A DestinationRule turns mutual TLS off for namespaces that take nothing else. */
export const plaintextToStrict: Rule = {
  id: 'MESH079',
  name: 'plaintext-to-strict',
  severity: 'error',
  codes: ['KIA0207', 'KIA0208'],
  summary: 'a DestinationRule turns mutual TLS off for namespaces that take nothing else',
  why: 'Clients send plaintext, and the sidecars of a namespace whose PeerAuthentication is STRICT close the connection: requests end with 503 (flag UC). Source: pilot/pkg/networking/core/cluster_tls.go and pilot/pkg/security/authn/policy_applier.go.',
  remedy:
    'Take tls out of the DestinationRule (auto mTLS then does what the workload takes), or make the PeerAuthentication PERMISSIVE.',
  *check(mesh) {
    const policies = widePolicies(mesh);
    const ofMesh = policies.find((p) => p.namespace === undefined && p.mode);
    const byNamespace = new Map(policies.filter((p) => p.namespace && p.mode && p.mode !== 'UNSET').map((p) => [p.namespace, p]));
    const firstStrict = policies.find((p) => p.mode === 'STRICT');
    for (const { config, host, namespace, mode } of wideRules(mesh)) {
      if (mode !== 'DISABLE') continue;
      const policy =
        namespace === undefined ? (ofMesh?.mode === 'STRICT' ? ofMesh : firstStrict) : (byNamespace.get(namespace) ?? ofMesh);
      if (policy?.mode !== 'STRICT') continue;
      const who = policy.namespace === undefined ? 'the mesh' : `namespace "${policy.namespace}"`;
      yield {
        at: { manifest: config.manifest, path: ['spec', 'trafficPolicy', 'tls', 'mode'] },
        message: `clients send plaintext to "${host}", and ${who} takes mutual TLS alone (PeerAuthentication "${keyOf(policy.config)}")`,
        hint: 'take "tls" out: auto mTLS does what each workload takes',
        related: [
          { at: { manifest: policy.config.manifest, path: ['spec', 'mtls', 'mode'] }, message: 'plaintext is refused here' },
        ],
        codes: [policy.namespace === undefined ? 'KIA0208' : 'KIA0207'],
      };
    }
  },
};
