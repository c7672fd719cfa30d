import { check } from '../check/check';
import type { Diagnostic } from '../check/diagnostic';
import type { Rule } from '../check/rule';
import { type Difference, diff } from '../diff/diff';
import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { meshConfigIn } from '../manifests/mesh-config-map';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { refused } from '../validation/validate';
import { nameText } from './named';
import type { Plan } from './plan';

/** What is true of the installation. */
export type Installation = Pick<ModelOptions, 'meshConfig' | 'clusterDomain'>;

/**
 * What changes for requests, over all that is known of the cluster.
 * @returns nothing where no object of the mesh changes
 */
export function traffic(plan: Pick<Plan, 'before' | 'after'>, installation: Installation = {}): Difference[] {
  if (plan.before.length === 0 && plan.after.length === 0) return [];
  return diff(modelOf(plan.before, installation), modelOf(plan.after, installation));
}

/** Most objects are in both states. */
const accepted = new WeakMap<Manifest, boolean>();
function isAccepted(m: Manifest): boolean {
  const known = accepted.get(m) ?? refused(m) === undefined;
  accepted.set(m, known);
  return known;
}

function modelOf(manifests: readonly Manifest[], installation: Installation): MeshModel {
  const meshConfig = installation.meshConfig ?? meshConfigIn(manifests);
  return new MeshModel(
    manifests.filter((m) => isAccepted(m)),
    { ...installation, ...(meshConfig ? { meshConfig } : {}) },
  );
}

/**
 * What is wrong, or likely to be, with what is applied, among all that is in the cluster. What others have there is theirs.
 * @param rules those that are followed; all, when they are left out
 */
export function preflight(plan: Plan, installation: Installation = {}, rules?: readonly Rule[]): Diagnostic[] {
  const ours = new Set(plan.objects.filter((p) => p.action !== 'delete').map((p) => p.manifest));
  const keys = new Set(plan.objects.map((p) => p.key));
  const others = plan.before.filter((m) => !keys.has(keyOf(m)));
  const { diagnostics } = check(
    { manifests: [...ours, ...others], unreadable: [] },
    { ...installation, ...(rules ? { rules } : {}) },
  );
  const names = new Set([...ours].map(nameText));
  return diagnostics.filter((d) => d.resource !== undefined && names.has(nameText(d.resource)));
}
