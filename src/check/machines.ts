import { selects } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';

type Labels = Readonly<Record<string, string>>;

/** Labels of machines, by namespace: WorkloadEntries, and what each WorkloadGroup makes of a machine that registers itself. */
const machines: (mesh: CheckedMesh) => ReadonlyMap<string, readonly Labels[]> = ofMesh((mesh) => {
  const out = new Map<string, Labels[]>();
  for (const { manifest, namespace, spec } of mesh.of('WorkloadEntry'))
    filed(out, namespace, { ...(spec.labels ?? {}), ...manifest.labels });
  for (const { namespace, spec } of mesh.of('WorkloadGroup'))
    filed(out, namespace, { ...(spec.template?.labels ?? {}), ...(spec.metadata?.labels ?? {}) });
  return out;
});

/**
 * Whether a selector chooses a machine, in a namespace or, without one, in any. istioctl's analyzers look at Pods alone; Services,
 * policies, Sidecars and subsets choose machines too.
 */
export function selectsMachine(mesh: CheckedMesh, selector: Labels | undefined, namespace?: string): boolean {
  const among = namespace === undefined ? [...machines(mesh).values()].flat() : (machines(mesh).get(namespace) ?? []);
  return among.some((m) => selects(selector, m));
}
