import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { selects } from '../model/config';
import { canonical } from '../values/equal';
import { isAllow } from './authorization-rules';
import { isWorkload, podLabels } from './readiness';
import { type Fact, NOTHING, type References } from './references';
import { selectorOf } from './subjects';

/**
 * Which workloads have a policy that says who may call them. Without any, everybody may.
 * Source: istio.io, AuthorizationPolicy: "if there are no ALLOW policies for the workload, allow the request".
 */
export class Guards {
  private readonly policies = new Map<string, Manifest[]>();
  private readonly workloads = new Map<string, Manifest[]>();

  constructor(
    objects: readonly Manifest[],
    private readonly root: string,
  ) {
    for (const m of objects) {
      if (isAllow(m)) add(this.policies, m.namespace, m);
      else if (isWorkload(m)) add(this.workloads, m.namespace, m);
    }
  }

  /** Whether some policy says who may call a workload. */
  has(workload: Manifest): boolean {
    const near = this.policies.get(workload.namespace) ?? [];
    const all = workload.namespace === this.root ? [] : (this.policies.get(this.root) ?? []);
    return near.some((p) => isAbout(p, workload)) || all.some((p) => isAbout(p, workload));
  }

  /** The workloads that a policy is about. */
  of(policy: Manifest): Manifest[] {
    const near =
      policy.namespace === this.root ? [...this.workloads.values()].flat() : (this.workloads.get(policy.namespace) ?? []);
    return near.filter((w) => isAbout(policy, w));
  }
}

/** Not that it is of the same namespace, or of the root's. */
const isAbout = (policy: Manifest, workload: Manifest): boolean => selects(selectorOf(policy), podLabels(workload));

function add<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/**
 * What keeps a workload from being open to everybody on the way: where each of its states has a policy, it needs one at all
 * times. One policy may take the place of another; a workload that comes with its policy comes after it, and goes before it.
 * @param root the mesh's root namespace
 */
export function guardFacts(live: readonly Manifest[], desired: readonly Manifest[], root: string): (m: Manifest) => References {
  const states = [live, desired].map((objects) => ({
    guards: new Guards(objects, root),
    workloads: new Map(objects.filter(isWorkload).map((w) => [keyOf(w), w])),
  }));
  const needing = new Set(
    states
      .flatMap(({ workloads }) => [...workloads.keys()])
      .filter((key) => states.every(({ guards, workloads }) => !workloads.has(key) || guards.has(workloads.get(key)!))),
  );
  // a workload whose labels change is guarded by other policies afterwards
  const fact = (w: Manifest): Fact => `guard ${keyOf(w)} ${canonical(podLabels(w))}`;
  return (m) => {
    if (isWorkload(m)) return needing.has(keyOf(m)) ? { ...NOTHING, needs: new Set([fact(m)]) } : NOTHING;
    if (!isAllow(m)) return NOTHING;
    const about = states.flatMap(({ guards }) => guards.of(m)).filter((w) => needing.has(keyOf(w)));
    return { ...NOTHING, provides: new Set(about.map(fact)) };
  };
}
