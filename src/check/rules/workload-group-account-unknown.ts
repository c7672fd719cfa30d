import { candidates } from '../hints';
import { textOf } from '../items';
import type { Rule } from '../rule';
import { accountsOf } from '../service-accounts';

/** A WorkloadGroup names a service account that is not there. */
export const workloadGroupAccountUnknown: Rule = {
  id: 'MESH090',
  name: 'workload-group-account-unknown',
  severity: 'error',
  codes: ['KIA1701'],
  summary: 'a WorkloadGroup names a service account that is not there',
  why: 'The machine asks for a certificate with a token of that account. There is none to be had, so the machine does not get into the mesh. Source: istioctl x workload entry configure; pilot/pkg/autoregistration.',
  remedy: "Add the ServiceAccount to the WorkloadGroup's namespace, or name one that is there.",
  *check(mesh) {
    const accounts = accountsOf(mesh);
    for (const { spec, namespace, manifest } of mesh.of('WorkloadGroup')) {
      const name = textOf(spec.template?.serviceAccount);
      const known = accounts.get(namespace);
      if (!name || name === 'default' || known?.has(name)) continue;
      yield {
        at: { manifest, path: ['spec', 'template', 'serviceAccount'] },
        message: `there is no ServiceAccount "${name}" in namespace "${namespace}"`,
        hint: candidates(name, known ?? []) || `add a ServiceAccount "${name}"`,
      };
    }
  },
};
