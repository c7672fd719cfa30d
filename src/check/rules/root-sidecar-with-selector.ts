import { selectedPods } from '../pods';
import type { Rule } from '../rule';

/** A Sidecar of the root namespace has a selector. */
export const rootSidecarWithSelector: Rule = {
  id: 'MESH085',
  name: 'root-sidecar-with-selector',
  severity: 'warning',
  codes: ['KIA1006'],
  summary: 'a Sidecar of the root namespace has a selector',
  why: 'Only a Sidecar without a selector is the default of the mesh. With one it is for workloads of the root namespace alone, where hardly any have sidecars, and every other proxy goes on knowing the whole mesh. Where it selects pods of the root namespace, it is right. Source: pilot/pkg/model/push_context.go, initSidecarScopes.',
  remedy: 'Take the workloadSelector out, or move the Sidecar to the namespace of its workloads.',
  *check(mesh) {
    const root = mesh.model.mesh.rootNamespace;
    for (const { spec, namespace, manifest } of mesh.of('Sidecar')) {
      const labels = spec.workloadSelector?.labels;
      if (namespace !== root || Object.keys(labels ?? {}).length === 0 || selectedPods(mesh, root, labels).length > 0) continue;
      const elsewhere = selectedPods(mesh, '*', labels)[0];
      yield {
        at: { manifest, path: ['spec', 'workloadSelector'] },
        message: `Sidecar of the root namespace "${root}" has a selector, so it is no default of the mesh, and it selects nothing in "${root}"`,
        hint: elsewhere
          ? `move it to namespace "${elsewhere.namespace}", where pods have these labels`
          : 'take "workloadSelector" out, for a default of the mesh',
      };
    }
  },
};
