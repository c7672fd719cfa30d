import { at, selectorText } from '../fields';
import { items } from '../items';
import { podsIn, selectedPods } from '../pods';
import type { Rule } from '../rule';

/** A ServiceEntry that says that its endpoints are known, and has none. */
export const serviceEntryWithoutEndpoints: Rule = {
  id: 'MESH187',
  name: 'service-entry-without-endpoints',
  severity: 'error',
  codes: [],
  summary: 'a ServiceEntry of resolution STATIC has no endpoints',
  why: 'With STATIC the endpoints are those that are written, or the WorkloadEntries and pods of the same namespace that its workloadSelector selects. Without any every request ends with 503 (flag UH). That nothing is selected is a warning, since workloads may be elsewhere. Source: pilot/pkg/serviceregistry/serviceentry/conversion.go.',
  remedy: 'Add endpoints, or a workloadSelector; for a host that DNS knows write `resolution: DNS`.',
  *check(mesh) {
    for (const c of mesh.of('ServiceEntry')) {
      const { resolution, endpoints, workloadSelector } = c.spec;
      if (resolution !== 'STATIC' || items(endpoints).length > 0) continue;
      const labels: Record<string, string> = workloadSelector?.labels ?? {};
      if (Object.keys(labels).length === 0) {
        if (workloadSelector) continue;
        yield { at: at(c, 'spec', 'resolution'), message: 'STATIC means that endpoints are written, and there are none: 503' };
      } else if (selectedPods(mesh, c.namespace, labels).length === 0)
        yield {
          at: at(c, 'spec', 'workloadSelector'),
          severity: podsIn(mesh, c.namespace).length > 0 ? 'warning' : 'info',
          message: `no WorkloadEntry and no pod of namespace "${c.namespace}" has "${selectorText(labels)}", so there are no endpoints: 503`,
          hint: 'write labels that WorkloadEntries or pods of this namespace have',
        };
    }
  },
};
