import { type Config, selects } from '../model/config';
import { isDryRun } from '../model/dry-run';
import type { Workload } from '../model/workload';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';

const index = ofMesh((mesh) => {
  const out = new Map<string, Config[]>();
  for (const c of mesh.model.of('AuthorizationPolicy')) {
    const { spec, manifest } = c;
    if (spec.targetRef || spec.targetRefs?.length > 0 || isDryRun(manifest)) continue;
    const [first] = Object.entries<string>(spec.selector?.matchLabels ?? {});
    const key = `${c.namespace} ${first ? `${first[0]}=${first[1]}` : ''}`;
    filed(out, key, c);
  }
  return out;
});

/** AuthorizationPolicies of an action about a workload: its namespace's and the root's. */
export function policiesOf(mesh: CheckedMesh, w: Workload, action: 'ALLOW' | 'DENY'): Config[] {
  const keys = ['', ...Object.entries(w.labels).map(([k, v]) => `${k}=${v}`)];
  return [...new Set([mesh.model.mesh.rootNamespace, w.namespace])].flatMap((ns) =>
    keys.flatMap((k) =>
      (index(mesh).get(`${ns} ${k}`) ?? []).filter(
        (c) => (c.spec.action ?? 'ALLOW') === action && selects(c.spec.selector?.matchLabels, w.labels),
      ),
    ),
  );
}
