import type { Config } from '../model/config';
import { type AnalyzedPod, type AnalyzedService, isInMesh, podsOf, servicesOf } from './analyzed-pods';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';
import { namespaceLabels } from './namespaces';

/** The Deployments of the mesh with the Services over their pods. Source: analyzers/deployment/services.go. */
export const servicesOfDeployments: (mesh: CheckedMesh) => ReadonlyMap<Config, readonly AnalyzedService[]> = ofMesh((mesh) => {
  const byPod = new Map<AnalyzedPod, AnalyzedService[]>();
  for (const s of servicesOf(mesh))
    if (Object.keys(s.spec.selector ?? {}).length > 0)
      for (const pod of podsOf(mesh).matchingIn(s.namespace, s.spec.selector)) filed(byPod, pod, s);
  const out = new Map<Config, readonly AnalyzedService[]>();
  for (const [pod, services] of byPod) {
    const { owner } = pod;
    if (owner?.manifest.kind !== 'Deployment') continue;
    if (owner.manifest.labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller') continue;
    // of the template as it is written: what is injected is not in it yet
    const spec = { containers: owner.spec.template?.spec?.containers };
    if (isInMesh({ ...pod, spec }, namespaceLabels(mesh, pod.namespace))) out.set(owner, services);
  }
  return out;
});
