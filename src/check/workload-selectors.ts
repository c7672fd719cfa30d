import type { FieldPath } from '../manifests/manifest';
import type { Config } from '../model/config';
import { DATAPLANE } from './ambient';
import { type AnalyzedPod, podsOf } from './analyzed-pods';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { namespaceLabels } from './namespaces';

/** A kind of which one object, at most, holds for a workload. */
export interface SoleKind {
  readonly kind: 'Sidecar' | 'Telemetry';
  /** Where it says which workloads. */
  readonly path: FieldPath;
  /** Its selector; nothing where it has none. */
  labels(c: Config): Readonly<Record<string, string>> | undefined;
  /** Whether it is for all workloads of its namespace, as istioctl sees it. */
  isDefault(c: Config): boolean;
  /** Two for one workload; two for all of a namespace. */
  readonly codes: { readonly conflict: string; readonly twice: string };
}

const some = (labels: Readonly<Record<string, string>> | undefined) =>
  labels && Object.keys(labels).length > 0 ? labels : undefined;

/** Source: analyzers/sidecar/selector.go, analyzers/telemetry/selector.go and default_selector.go. */
export const SOLE_KINDS: readonly SoleKind[] = [
  {
    kind: 'Sidecar',
    path: ['spec', 'workloadSelector'],
    labels: (c) => some(c.spec.workloadSelector?.labels),
    isDefault: (c) => some(c.spec.workloadSelector?.labels) === undefined,
    codes: { conflict: 'IST0110', twice: 'IST0111' },
  },
  {
    kind: 'Telemetry',
    path: ['spec', 'selector'],
    labels: (c) => some(c.spec.selector?.matchLabels),
    isDefault: (c) => c.spec.selector === undefined,
    codes: { conflict: 'IST0159', twice: 'IST0160' },
  },
];

/** The pods that each Sidecar and Telemetry with a selector is for. */
export const selectedPods: (mesh: CheckedMesh) => ReadonlyMap<Config, readonly AnalyzedPod[]> = ofMesh((mesh) => {
  const out = new Map<Config, readonly AnalyzedPod[]>();
  for (const { kind, labels } of SOLE_KINDS)
    for (const c of mesh.of(kind)) {
      const selector = labels(c);
      if (selector) out.set(c, [...podsOf(mesh).matchingIn(c.namespace, selector)]);
    }
  return out;
});

/** Whether a namespace is one of ambient mode to istioctl's analyzers. Source: analyzers/util/in_mesh.go. */
export function isAnalyzedAsAmbient(mesh: CheckedMesh, namespace: string): boolean {
  const labels = namespaceLabels(mesh, namespace);
  return labels['istio-injection'] !== 'enabled' && !labels['istio.io/rev'] && labels[DATAPLANE] === 'ambient';
}
