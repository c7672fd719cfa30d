import type { Config, Ref } from '../../model/config';
import type { CheckedMesh } from '../checked-mesh';
import { items } from '../items';
import { hasTls } from '../mesh-wide-rules';
import { type Pods, podsIn, selectedPods } from '../pods';
import type { Rule } from '../rule';

const SOURCES = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces', 'serviceAccounts', 'notServiceAccounts'];
const CONDITIONS = new Set(['source.principal', 'source.namespace', 'source.serviceAccount', 'connection.sni']);

/** An AuthorizationPolicy asks who calls, of workloads that are not told. */
export const identityWithoutMtls: Rule = {
  id: 'MESH075',
  name: 'identity-without-mtls',
  severity: 'error',
  codes: ['KIA0105'],
  summary: 'an AuthorizationPolicy asks who calls, where mutual TLS is off',
  why: 'Who calls is known from the certificate of mutual TLS alone. Without it, principals and namespaces are empty: an ALLOW rule lets nobody in, a DENY rule keeps nobody out. Found where a PeerAuthentication turns mutual TLS off for all workloads that the policy is about, or where MeshConfig turns auto mTLS off and no DestinationRule asks for it. Source: pilot/pkg/security/authz/matcher and the documentation of AuthorizationPolicy, dependency on mutual TLS.',
  remedy: 'Turn mutual TLS on for the workloads (PERMISSIVE or STRICT), or ask for something that a request without it has.',
  *check(mesh) {
    const off = [...mesh.of('PeerAuthentication')].some((c) => c.spec.mtls?.mode === 'DISABLE');
    const noClient =
      !mesh.model.mesh.autoMtls && !mesh.of('DestinationRule').some((c) => hasTls(c.spec.trafficPolicy, 'ISTIO_MUTUAL'));
    if (!off && !noClient) return;
    for (const config of mesh.of('AuthorizationPolicy')) {
      const by = noClient
        ? { reason: 'no client speaks mutual TLS: MeshConfig turns it off, and no DestinationRule turns it on' }
        : offFor(mesh, config);
      if (!by) continue;
      for (const { at, what } of asked(config))
        yield {
          at,
          message: `${what} is never known to the workloads of this policy: ${by.reason}`,
          hint: 'set mutual TLS to PERMISSIVE or STRICT for them, or match on something else, such as ipBlocks',
          ...('at' in by && by.at ? { related: [{ at: by.at, message: 'mutual TLS is off here' }] } : {}),
        };
    }
  },
};

/** Why no workload of the policy knows its callers, if that is so. */
function offFor(mesh: CheckedMesh, { spec, namespace }: Config): { readonly reason: string; readonly at?: Ref } | undefined {
  if (spec.targetRef || spec.targetRefs?.length > 0) return undefined;
  const { peers, mesh: config } = mesh.model;
  const labels = spec.selector?.matchLabels;
  const where = namespace === config.rootNamespace ? '*' : namespace;
  const pods: readonly Pods[] =
    labels && Object.keys(labels).length > 0 ? selectedPods(mesh, where, labels) : podsIn(mesh, where);
  if (pods.length === 0) return undefined;
  let at: Ref | undefined;
  for (const p of pods) {
    const { mode, by } = peers.ofWorkload(p.namespace, p.labels, 0);
    if (mode !== 'DISABLE') return undefined;
    at ??= by;
  }
  return { reason: 'a PeerAuthentication turns mutual TLS off', ...(at ? { at } : {}) };
}

function* asked({ spec, manifest }: Config): Iterable<{ readonly at: Ref; readonly what: string }> {
  for (const [i, rule] of items(spec.rules)) {
    for (const [j, from] of items(rule.from))
      for (const field of SOURCES)
        if (from.source?.[field]?.length > 0)
          yield { at: { manifest, path: ['spec', 'rules', i, 'from', j, 'source', field] }, what: `source.${field}` };
    for (const [j, when] of items(rule.when))
      if (CONDITIONS.has(when.key)) yield { at: { manifest, path: ['spec', 'rules', i, 'when', j, 'key'] }, what: when.key };
  }
}
