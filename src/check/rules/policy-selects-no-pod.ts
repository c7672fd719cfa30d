import { DATAPLANE } from '../ambient';
import { type AnalyzedPod, isAmbientPod, isInMesh, namespaceLabels, podsOf } from '../analyzed-pods';
import { at, selectorText } from '../fields';
import type { Rule } from '../rule';
import { isAmbientNamespace } from '../workload-selectors';

/** An AuthorizationPolicy is for workloads that are not in the mesh. */
export const policySelectsNoPod: Rule = {
  id: 'MESH041',
  name: 'policy-selects-no-pod',
  severity: 'warning',
  codes: ['IST0127', 'KIA0004'],
  summary: 'an AuthorizationPolicy is for no workload of the mesh',
  why: 'A policy is enforced by the proxies of the pods that it selects in its namespace (in all, in the root namespace). Pods that are there, but get no proxy, are not guarded by it. Source: pilot/pkg/model/authorization.go.',
  remedy: 'Select labels of the template of the workload, in the namespace of the workload, and let that namespace be injected.',
  *check(mesh) {
    const pods = podsOf(mesh);
    const namespaces = namespaceLabels(mesh);
    // ztunnel guards pods in ambient mode; istioctl knows them by what only a cluster writes
    const isAmbient = (p: AnalyzedPod) =>
      isAmbientPod(p) ||
      (p.labels[DATAPLANE] === undefined ? isAmbientNamespace(namespaces.get(p.namespace)) : p.labels[DATAPLANE] === 'ambient');
    const counts = (p: AnalyzedPod) => isInMesh(p, namespaces.get(p.namespace)) || isAmbient(p);
    for (const c of mesh.of('AuthorizationPolicy')) {
      const root = c.namespace === mesh.model.mesh.rootNamespace;
      const selector: Record<string, string> | undefined = c.spec.selector && (c.spec.selector.matchLabels ?? {});
      if (root && !selector) continue;
      const found = root ? pods.matching(selector) : pods.matchingIn(c.namespace, selector);
      let [some, out] = [false, false];
      for (const p of found) {
        out = true;
        if (!counts(p)) continue;
        some = true;
        break;
      }
      if (some) continue;
      const where = root ? 'the mesh' : `namespace "${c.namespace}"`;
      yield {
        at: at(c, ...(selector ? ['spec', 'selector'] : ['metadata', 'name'])),
        message: selector
          ? `no pod of ${where} that has a proxy has "${selectorText(selector)}", so the policy guards nothing`
          : `no pod of ${where} has a proxy, so the policy guards nothing`,
        ...(out ? { hint: 'there are such pods, but they get no proxy: see the labels of the namespace' } : {}),
      };
    }
  },
};
