import { isAmbientPod } from '../analyzed-pods';
import { at } from '../fields';
import type { Rule } from '../rule';
import { isAnalyzedAsAmbient, selectedPods } from '../workload-selectors';

/** A Sidecar is for workloads of ambient mode, which have none. */
export const sidecarInAmbient: Rule = {
  id: 'MESH064',
  name: 'sidecar-in-ambient',
  severity: 'warning',
  codes: ['IST0167'],
  summary: 'a Sidecar is for workloads of ambient mode',
  why: 'Workloads of ambient mode have no proxy of their own; ztunnel and waypoints do not read Sidecars. Source: analyzers/sidecar/selector.go.',
  remedy: 'Take the Sidecar out, or the label `istio.io/dataplane-mode` from the namespace.',
  *check(mesh) {
    for (const c of mesh.of('Sidecar')) {
      const pods = selectedPods(mesh).get(c);
      const ambient = pods ? pods.some(isAmbientPod) : isAnalyzedAsAmbient(mesh, c.namespace);
      if (ambient)
        yield {
          at: at(c, 'metadata', 'name'),
          message: pods
            ? 'the Sidecar selects pods of ambient mode, where it does nothing'
            : `namespace "${c.namespace}" is in ambient mode, where a Sidecar does nothing`,
        };
    }
  },
};
