import type { Config, Ref } from '../../model/config';
import { targetsOf } from '../ambient';
import { servicesOf } from '../backends';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { viewsOf } from '../destination-rule-views';
import { isGatewayPod, takesClientCertificates } from '../gateway-callers';
import { items } from '../items';
import { hasTls } from '../mesh-wide-rules';
import { type Pods, podsIn, selectedPods } from '../pods';
import type { Rule } from '../rule';

const SOURCES = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces', 'serviceAccounts', 'notServiceAccounts'];
const CONDITIONS = new Set(['source.principal', 'source.namespace', 'source.serviceAccount', 'connection.sni']);

/** Why nobody is told who calls. */
interface Unidentified {
  readonly reason: string;
  readonly at?: Ref;
  readonly gateway?: true;
  /** Kiali does not find it. */
  readonly unknownToKiali?: true;
}

/** An AuthorizationPolicy asks who calls, of workloads that are not told. */
export const identityWithoutMtls: Rule = {
  id: 'MESH075',
  name: 'identity-without-mtls',
  severity: 'error',
  codes: ['KIA0105'],
  summary: 'an AuthorizationPolicy asks who calls, where mutual TLS is off',
  why: 'Who calls is known from the certificate of mutual TLS alone. Without it, principals and namespaces are empty: an ALLOW rule lets nobody in, a DENY rule keeps nobody out. Found where a PeerAuthentication turns mutual TLS off for all workloads that the policy is about, where a DestinationRule makes all their clients speak something else, or where MeshConfig turns auto mTLS off and no DestinationRule asks for it; and at gateways none of whose servers asks for a certificate of the client (tls mode MUTUAL, OPTIONAL_MUTUAL or ISTIO_MUTUAL), for which who calls from outside is nobody. Kiali finds the first. Source: pilot/pkg/security/authz/matcher and the documentation of AuthorizationPolicy, dependency on mutual TLS.',
  remedy: 'Turn mutual TLS on for the workloads (PERMISSIVE or STRICT), or ask for something that a request without it has.',
  *check(mesh) {
    const noClient =
      !mesh.model.mesh.autoMtls && !mesh.of('DestinationRule').some((c) => hasTls(c.spec.trafficPolicy, 'ISTIO_MUTUAL'));
    for (const config of mesh.of('AuthorizationPolicy')) {
      const who = [...asked(config)];
      if (who.length === 0) continue;
      const by: Unidentified | undefined = noClient
        ? { reason: 'no client speaks mutual TLS: MeshConfig turns it off, and no DestinationRule turns it on' }
        : (atGateways(mesh, config) ?? offFor(mesh, config));
      if (!by) continue;
      for (const { at, what } of who) {
        // gateways read the name that is asked for
        if (by.gateway && what === 'connection.sni') continue;
        yield {
          at,
          ...(by.unknownToKiali ? { codes: [] } : {}),
          message: `${what} is never known to the workloads of this policy: ${by.reason}`,
          hint: by.gateway
            ? 'who calls from outside is told by ipBlocks, remoteIpBlocks or requestPrincipals; callers of the mesh, at the services behind it'
            : 'set mutual TLS to PERMISSIVE or STRICT for them, or match on something else, such as ipBlocks',
          ...(by.at ? { related: [{ at: by.at, message: by.gateway ? 'the gateway' : 'mutual TLS is off here' }] } : {}),
        };
      }
    }
  },
};

/** Why no workload of the policy knows its callers, if that is so. */
function offFor(mesh: CheckedMesh, { spec, namespace }: Config): Unidentified | undefined {
  if (spec.targetRef || spec.targetRefs?.length > 0) return undefined;
  const { peers, mesh: config } = mesh.model;
  const labels = spec.selector?.matchLabels;
  const where = namespace === config.rootNamespace ? '*' : namespace;
  const pods: readonly Pods[] =
    labels && Object.keys(labels).length > 0 ? selectedPods(mesh, where, labels) : podsIn(mesh, where);
  if (pods.length === 0) return undefined;
  let server: Ref | undefined;
  let client: Ref | undefined;
  for (const p of pods) {
    // what a gateway takes, its servers say
    if (isGatewayPod(p)) return undefined;
    const { mode, by } = peers.ofWorkload(p.namespace, p.labels, 0);
    if (mode === 'DISABLE') server ??= by;
    else if (noClientOf(mesh, p)) client ??= noClientOf(mesh, p);
    else return undefined;
  }
  return client && !server
    ? { reason: 'a DestinationRule makes all clients speak something else', at: client, unknownToKiali: true }
    : { reason: 'a PeerAuthentication turns mutual TLS off', ...(server ? { at: server } : {}) };
}

const workloads = ofMesh((mesh) => new Map(mesh.model.workloads.map((w) => [w.config.manifest, w])));

/** The DestinationRule that keeps all clients of the pods' Services from mutual TLS. */
function noClientOf(mesh: CheckedMesh, p: Pods): Ref | undefined {
  const w = workloads(mesh).get(p.config.manifest);
  const services = w ? servicesOf(mesh, w) : [];
  let by: Ref | undefined;
  for (const s of services)
    for (const { rule } of viewsOf(mesh, s)) {
      const tls = rule?.trafficPolicy?.tls?.mode;
      const policies = [rule?.trafficPolicy, ...(rule?.subsets ?? []).map((x) => x.subset.trafficPolicy)];
      if ((tls !== 'DISABLE' && tls !== 'SIMPLE') || policies.some((t) => hasTls(t, 'ISTIO_MUTUAL') || hasTls(t, 'MUTUAL')))
        return undefined;
      by ??= { manifest: rule!.policyFrom!.manifest, path: ['spec', 'trafficPolicy', 'tls'] };
    }
  return by;
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

/** The gateway that a policy is for, where none of its servers asks its callers for a certificate. */
function atGateways(mesh: CheckedMesh, { spec, namespace }: Config): Unidentified | undefined {
  const gateways = takesClientCertificates(mesh);
  const refs = targetsOf(spec).map(([, t]) => t);
  const known =
    refs.length > 0
      ? refs.map((t) => (t.kind === 'Gateway' ? gateways.ofTarget(namespace, t.name) : undefined))
      : gateways.ofSelector(namespace, spec.selector?.matchLabels);
  const [first] = known;
  if (!first || known.some((g) => g === undefined || g.certificates)) return undefined;
  return {
    reason: 'they are gateways, whose servers ask no caller for a certificate',
    at: first.at,
    gateway: true,
    unknownToKiali: true,
  };
}
