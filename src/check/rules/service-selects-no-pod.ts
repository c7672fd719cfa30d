import { selectorText } from '../fields';
import { candidates } from '../hints';
import { podsIn, selectedPods, selectsInstalled } from '../pods';
import type { Rule } from '../rule';

/** A Service selects no pod among the manifests. */
export const serviceSelectsNoPod: Rule = {
  id: 'MESH165',
  name: 'service-selects-no-pod',
  severity: 'warning',
  codes: [],
  summary: 'a Service selects no pod',
  why: 'A Service leads to the pods of its namespace that have all labels of its selector. Without one it has no endpoints, and requests end with 503 (flag UH). Where the manifests hold no pods of the namespace, they are taken to be elsewhere. Source: Kubernetes, EndpointSlice controller; pilot/pkg/serviceregistry/kube/controller/endpointslice.go.',
  remedy: "Write labels of the workload's template, in the namespace of the workload.",
  *check(mesh) {
    for (const { spec, namespace, manifest } of mesh.of('Service')) {
      const selector: Readonly<Record<string, string>> = spec.selector ?? {};
      const entries = Object.entries(selector);
      if (entries.length === 0 || spec.type === 'ExternalName' || selectsInstalled(selector)) continue;
      if (selectedPods(mesh, namespace, selector).length > 0) continue;
      const pods = podsIn(mesh, namespace);
      if (pods.length === 0) continue;
      const elsewhere = selectedPods(mesh, '*', selector)[0];
      // the label that no pod has with this value; nothing where it is only all of them that no pod has
      const [key, value] = entries.find(([k, v]) => selectedPods(mesh, namespace, { [k]: v }).length === 0) ?? [];
      yield {
        at: { manifest, path: ['spec', 'selector', ...(key === undefined ? [] : [key])] },
        message: `no pod of namespace "${namespace}" has "${selectorText(selector)}", so the Service has no endpoints`,
        hint: elsewhere
          ? `there are such pods in namespace "${elsewhere.namespace}"`
          : key === undefined
            ? 'no pod has all of these labels'
            : candidates(
                String(value),
                pods.flatMap((p) => p.labels[key] ?? []),
              ).replace(/there (are|is only)/, `of the label "${key}" there $1`) || `no pod has a label "${key}"`,
      };
    }
  },
};
