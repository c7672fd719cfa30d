import type { FieldPath } from '../../manifests/manifest';
import { type Config, keyOf, objectText } from '../../model/config';
import { fullName, hostWithin, isWild } from '../../model/host';
import type { Service } from '../../model/service';
import type { Workload } from '../../model/workload';
import { DATAPLANE } from '../ambient';
import { SYSTEM_NAMESPACES } from '../analyzed-pods';
import { backendsOf, clientNamespaces, targetPortOf } from '../backends';
import type { CheckedMesh } from '../checked-mesh';
import { takesMeshTls } from '../gateway-servers-of';
import { namespaceLabels } from '../namespaces';
import type { Found, Rule } from '../rule';

/** What clients of a service are told to speak, and its workloads do not take. */
export const tlsModeNotTaken: Rule = {
  id: 'MESH135',
  name: 'tls-mode-not-taken',
  severity: 'error',
  codes: [],
  summary: 'a DestinationRule makes clients speak what the workload does not take',
  why: 'The tls of a DestinationRule, of a port or of a subset of it, is what clients speak, whatever the workloads behind take: that is said by PeerAuthentications (mesh, namespace, workload and port), and by whether the pod has a sidecar at all. Plaintext to a STRICT workload is closed (503, flag UC); mutual TLS to a pod without a sidecar, or to one that takes plaintext alone, fails at the handshake (503, flag UF). Without `tls` istiod finds out for each pod. Source: pilot/pkg/networking/core/cluster_tls.go; pilot/pkg/security/authn/policy_applier.go.',
  remedy: 'Take `tls` out of the DestinationRule: auto mTLS speaks to each pod what it takes; or change what the workload takes.',
  *check(mesh) {
    for (const config of mesh.model.of('DestinationRule')) {
      const host = fullName(config.spec.host ?? '', config.namespace, mesh.model.mesh.domain);
      const spaces = mesh.model.byHost.get(host);
      const s = spaces && (spaces.get(config.namespace) ?? [...spaces.values()][0]);
      if (s) yield* judged(mesh, config, s);
      else if (isWild(host) && config.spec.trafficPolicy?.tls?.mode === 'ISTIO_MUTUAL') yield* widely(mesh, config, host);
    }
  },
};

/** A wildcard makes clients speak mutual TLS to services whose pods have no sidecar: all of them are one fault. */
function* widely(mesh: CheckedMesh, config: Config, host: string): Iterable<Found> {
  const obeyed = (s: Service) =>
    clientNamespaces(mesh).some((ns) => mesh.model.rules.candidates(ns, s).some((d) => d.policyFrom === config));
  const out: { readonly s: Service; readonly w: Workload }[] = [];
  for (const s of mesh.model.services) {
    if (s.registry !== 'Kubernetes' || SYSTEM_NAMESPACES.has(s.namespace) || s.namespace === mesh.model.mesh.rootNamespace)
      continue;
    if (!hostWithin(s.host, host) || s.ports.every((p) => p.protocol === 'UDP')) continue;
    const w = backendsOf(mesh, s).find((b) => !b.hasSidecar && !isAmbientWorkload(mesh, b));
    if (w && obeyed(s)) out.push({ s, w });
  }
  const [first] = out;
  if (!first) return;
  const others = out.length > 1 ? `, nor have those of ${out.length - 1} more` : '';
  yield {
    at: { manifest: config.manifest, path: ['spec', 'trafficPolicy', 'tls', 'mode'] },
    message: `clients of "${first.s.host}" speak mutual TLS, and ${objectText(first.w.config.manifest)} has no sidecar to take it${others}: 503`,
    hint: 'take "tls" out: auto mTLS speaks to each pod what it takes; or write a DestinationRule with mode DISABLE for them',
    related: [{ at: { manifest: first.w.config.manifest, path: ['metadata'] }, message: 'the workload' }],
  };
}

const isAmbientWorkload = (mesh: CheckedMesh, w: Workload): boolean =>
  (w.labels[DATAPLANE] ?? namespaceLabels(mesh, w.namespace)[DATAPLANE]) === 'ambient';

function* judged(mesh: CheckedMesh, config: Config, s: Service): Iterable<Found> {
  const { spec, manifest } = config;
  const told = new Set<string>();
  const subsets: { readonly subset: any; readonly path: FieldPath }[] = [
    { subset: undefined, path: ['spec'] },
    ...((spec.subsets ?? []) as any[]).map((subset, i) => ({ subset, path: ['spec', 'subsets', i] })),
  ];
  for (const { subset, path } of subsets)
    for (const port of s.ports) {
      if (port.protocol === 'UDP') continue;
      const given =
        tlsFor(subset?.trafficPolicy, [...path, 'trafficPolicy'], port.port) ??
        tlsFor(spec.trafficPolicy, ['spec', 'trafficPolicy'], port.port);
      if (!given || told.has(given.path.join('.'))) continue;
      const found = problem(mesh, s, port.port, subset?.labels ?? {}, given.mode);
      if (!found) continue;
      told.add(given.path.join('.'));
      yield { at: { manifest, path: given.path }, ...found };
    }
}

/** A port's settings replace the policy wholesale. */
function tlsFor(policy: any, path: FieldPath, port: number): { readonly mode: string; readonly path: FieldPath } | undefined {
  const settings: any[] = policy?.portLevelSettings ?? [];
  const i = settings.findIndex((x) => Number(x?.port?.number) === port);
  const tls = i >= 0 ? settings[i].tls : policy?.tls;
  if (!tls) return undefined;
  const at = i >= 0 ? [...path, 'portLevelSettings', i, 'tls'] : [...path, 'tls'];
  return { mode: tls.mode ?? 'DISABLE', path: tls.mode === undefined ? at : [...at, 'mode'] };
}

function problem(
  mesh: CheckedMesh,
  s: Service,
  port: number,
  labels: Readonly<Record<string, string>>,
  mode: string,
): Omit<Found, 'at'> | undefined {
  if (mode === 'ISTIO_MUTUAL' && s.external && s.registry === 'External')
    return {
      severity: 'warning',
      message: `"${s.host}" is outside the mesh (MESH_EXTERNAL), where nobody knows the mesh's certificates: ISTIO_MUTUAL fails there`,
      hint: 'mode: SIMPLE, or MUTUAL with certificates of its own',
    };
  for (const w of backendsOf(mesh, s, labels)) {
    const name = objectText(w.config.manifest);
    const of = { at: { manifest: w.config.manifest, path: ['metadata'] }, message: 'the workload' };
    if (!w.hasSidecar) {
      if (mode === 'ISTIO_MUTUAL' && !takesMeshTls(mesh, s, port, w))
        return {
          message: `clients speak mutual TLS, and ${name} has no sidecar to take it: 503`,
          hint: 'take "tls" out: auto mTLS sends it plaintext',
          related: [of],
        };
      continue;
    }
    const target = targetPortOf(s, port, w);
    const { mode: taken, by } = mesh.model.peers.ofWorkload(w.namespace, w.labels, target);
    const policy = by ? [{ at: by, message: `${taken} is said here` }] : [];
    const who = `${name}${by ? ` (PeerAuthentication "${keyOf({ namespace: by.manifest.namespace || 'default', name: by.manifest.name })}")` : ''}`;
    if (mode === 'ISTIO_MUTUAL' && taken === 'DISABLE')
      return {
        message: `clients speak mutual TLS, and ${who} takes plaintext alone on port ${target}: 503`,
        hint: 'take "tls" out: auto mTLS sends it plaintext',
        related: policy,
      };
    if (mode !== 'ISTIO_MUTUAL' && taken === 'STRICT')
      return {
        message: `clients speak ${mode === 'DISABLE' ? 'plaintext' : "TLS without the mesh's certificates"}, and ${who} takes mutual TLS alone on port ${target}: 503`,
        hint: 'take "tls" out: auto mTLS does what the workload takes',
        related: policy,
      };
  }
  return undefined;
}
