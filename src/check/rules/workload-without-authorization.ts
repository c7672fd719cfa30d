import type { Manifest } from '../../manifests/manifest';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { podLabelsPath, podsOf, selectedPods } from '../pods';
import type { Rule } from '../rule';

/** A workload has no AuthorizationPolicy, in a namespace whose other workloads have. */
export const workloadWithoutAuthorization: Rule = {
  id: 'MESH089',
  name: 'workload-without-authorization',
  severity: 'info',
  codes: ['KIA1301'],
  summary: 'a workload has no AuthorizationPolicy, in a namespace whose other workloads have',
  why: 'Everyone may call a workload that no policy is about. Where a namespace has policies for its other workloads, this one was probably forgotten; where it has none at all, nothing is found (Kiali warns for every workload). Source: pilot/pkg/model/authorization.go.',
  remedy: 'Add an AuthorizationPolicy for the workload, or one without a selector and rules, which denies what no other allows.',
  *check(mesh) {
    if (mesh.of('AuthorizationPolicy').length === 0) return;
    const { covered, allIn, someIn } = coverage(mesh);
    for (const p of podsOf(mesh)) {
      if (!someIn.has(p.namespace) || allIn.has(p.namespace) || allIn.has(mesh.model.mesh.rootNamespace)) continue;
      const { manifest } = p.config;
      if (covered.has(p.config) || manifest.kind === 'Job' || manifest.kind === 'CronJob' || manifest.kind.startsWith('Workload'))
        continue;
      if (p.labels['sidecar.istio.io/inject'] === 'false' || p.annotations['sidecar.istio.io/inject'] === 'false') continue;
      yield {
        at: { manifest, path: podLabelsPath(manifest) },
        message: `everyone may call ${manifest.kind} "${manifest.name}": no AuthorizationPolicy is about it, and others of namespace "${p.namespace}" have one`,
        hint: 'add an AuthorizationPolicy that selects its labels, or one for the whole namespace',
        related: [{ at: { manifest: someIn.get(p.namespace)!.manifest, path: [] }, message: 'a policy of the namespace' }],
      };
    }
  },
};

const coverage = ofMesh((mesh: CheckedMesh) => {
  const root = mesh.model.mesh.rootNamespace;
  const covered = new Set<object>();
  const allIn = new Set<string>();
  const someIn = new Map<string, { readonly manifest: Manifest }>();
  for (const { spec, namespace, manifest } of mesh.of('AuthorizationPolicy')) {
    if (spec.targetRef || spec.targetRefs?.length > 0) continue;
    const labels = spec.selector?.matchLabels;
    if (Object.keys(labels ?? {}).length === 0) allIn.add(namespace);
    const chosen = selectedPods(mesh, namespace === root ? '*' : namespace, labels);
    for (const p of chosen) covered.add(p.config);
    if (chosen.length > 0 && !someIn.has(namespace)) someIn.set(namespace, { manifest });
  }
  return { covered, allIn, someIn };
});
