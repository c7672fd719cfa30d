import { podsOf } from '../analyzed-pods';
import { at, selectorText } from '../fields';
import { selectsMachine } from '../machines';
import type { Rule } from '../rule';
import { SOLE_KINDS, selectedPods } from '../workload-selectors';

/** A Sidecar or Telemetry selects pods that are not there. */
export const selectorMatchesNoPod: Rule = {
  id: 'MESH027',
  name: 'selector-matches-no-pod',
  severity: 'warning',
  codes: ['IST0101', 'KIA0004', 'KIA1006'],
  summary: 'a Sidecar or a Telemetry selects pods that are not there',
  why: 'It holds for no proxy. Only pods of its own namespace are looked at, in the root namespace, too: a Sidecar there is the default of the mesh only where it has no selector. Source: pilot/pkg/model/sidecar.go, pilot/pkg/model/telemetry.go.',
  remedy: 'Select labels of the template of the workload, in the namespace of the workload.',
  *check(mesh) {
    const root = mesh.model.mesh.rootNamespace;
    for (const { kind, path, labels } of SOLE_KINDS)
      for (const c of mesh.of(kind)) {
        if (selectedPods(mesh).get(c)?.length !== 0 || selectsMachine(mesh, labels(c), c.namespace)) continue;
        const elsewhere = podsOf(mesh).matching(labels(c))[Symbol.iterator]().next().value;
        yield {
          at: at(c, ...path),
          message: `no pod of namespace "${c.namespace}" has "${selectorText(labels(c))}", so the ${kind} is for no proxy`,
          // a selector makes it no default of the mesh
          codes: ['IST0101', 'KIA0004', ...(kind === 'Sidecar' && c.namespace === root ? ['KIA1006'] : [])],
          hint: elsewhere
            ? `pods with these labels are in namespace "${elsewhere.namespace}": move it there`
            : kind === 'Sidecar' && c.namespace === root
              ? 'take "workloadSelector" out, for a default of the mesh'
              : '',
        };
      }
  },
};
