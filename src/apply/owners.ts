import { type ManagedFields, managersOf } from '../fields/managed-fields';
import type { Manifest } from '../manifests/manifest';
import { isManagerOf, MANAGER, PART_OF } from './apply-set';

/** Another tool that looks after an object, and would undo what is written to it. */
export interface Owner {
  /** `Helm release "web"`, for people. */
  readonly name: string;
  /** As the command line names it: `helm/shop/web`. */
  readonly id: string;
  /** The field managers under which it writes. */
  readonly managers: RegExp;
  /** How the object gets free of it. */
  readonly remedy: string;
}

/** What says that a tool looks after an object. Source: Helm's, Argo CD's and Flux's docs on labels and annotations. */
export function ownerOf({ labels, annotations, namespace, object }: Manifest): Owner | undefined {
  // Flux has Helm mark what it installs, too
  const by = ['kustomize', 'helm'].find((x) => labels[`${x}.toolkit.fluxcd.io/name`] !== undefined);
  if (by !== undefined) {
    const [flux, of] = ['name', 'namespace'].map((x) => labels[`${by}.toolkit.fluxcd.io/${x}`]);
    return {
      name: `Flux' ${by === 'kustomize' ? 'Kustomization' : 'HelmRelease'} "${flux}"`,
      id: `flux/${of ?? namespace}/${flux}`,
      managers: /^(kustomize|helm)-controller$/,
      remedy: 'annotate it kustomize.toolkit.fluxcd.io/prune: disabled, take it out of what Flux reads, and the label off',
    };
  }
  const release = annotations['meta.helm.sh/release-name'];
  if (labels['app.kubernetes.io/managed-by'] === 'Helm' && release !== undefined)
    return {
      name: `Helm release "${release}"`,
      id: `helm/${annotations['meta.helm.sh/release-namespace'] ?? namespace}/${release}`,
      managers: /^(helm|helm-controller|terraform-provider-helm.*)$/,
      remedy:
        'annotate it helm.sh/resource-policy: keep, take it out of the chart, and upgrade the release; then take the annotation and the label app.kubernetes.io/managed-by off',
    };
  // a label that others set, too, and is Argo CD's by who writes
  const instance = labels['app.kubernetes.io/instance'];
  const isArgos = instance !== undefined && managersOf(object).some((m) => m.manager.startsWith('argocd-'));
  const argo =
    annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ??
    labels['argocd.argoproj.io/instance'] ??
    (isArgos ? instance : undefined);
  if (argo !== undefined)
    return {
      name: `Argo CD's Application "${argo}"`,
      id: `argocd/${argo}`,
      managers: /^argocd-/,
      remedy:
        'take it out of what the Application reads without pruning it (Prune=false), and its tracking label or annotation off',
    };
  return undefined;
}

/**
 * Tools whose marks objects of a set still have: what was taken from them, and they may write again.
 * @param id the set's
 */
export function stillMarked(objects: readonly Manifest[], id: string): string[] {
  const marked = new Map<string, { readonly owner: Owner; count: number }>();
  for (const m of objects) {
    const owner = m.labels[PART_OF] === id ? ownerOf(m) : undefined;
    if (!owner) continue;
    const known = marked.get(owner.id) ?? { owner, count: 0 };
    known.count++;
    marked.set(owner.id, known);
  }
  return [...marked.values()].map(
    ({ owner, count }) =>
      `${count} ${count === 1 ? 'object of the set still has' : 'objects of the set still have'} the marks of ${owner.name}, which may undo what is written: ${owner.remedy}`,
  );
}

/** Under which kubectl writes. Source: kubectl's apply.go and edit.go. */
const KUBECTL = /^kubectl(-client-side-apply|-last-applied)?$/;

/** From whom an object is taken over besides kubectl. */
export interface Former {
  /** The field manager of the set that it was of. */
  readonly set?: string;
  /** The tool that looked after it; nothing where none did. */
  readonly owner?: Owner | undefined;
}

/**
 * What others own of an object and that is ours when it is taken over, so that what no file says goes: what kubectl applied, what
 * the set applied that it was of, and what a tool wrote; but not the marks by which the tool knows the object, such as Helm's
 * `helm.sh/resource-policy`.
 */
export const yieldedBy = (live: any, { set, owner }: Former): readonly ManagedFields[] =>
  managersOf(live).flatMap((m) => {
    if (m.subresource) return [];
    if (KUBECTL.test(m.manager) && (m.operation === 'Apply' || m.manager !== 'kubectl')) return [m];
    if (m.operation === 'Apply' && m.manager === set) return [m];
    if (!owner?.managers.test(m.manager)) return [];
    const { 'f:metadata': _, ...rest } = m.fieldsV1 ?? {};
    return Object.keys(rest).length > 0 ? [{ ...m, fieldsV1: rest }] : [];
  });

/**
 * The set that a live object is of, for people, and as the command line names it: by the field manager whose set has that id, or
 * the id where it was not applied by us. Sets that it was of before may still own fields of it.
 */
export function setOf(live: Manifest): { readonly name: string; readonly id: string } {
  const id = live.labels[PART_OF]!;
  const manager = managersOf(live.object).find((m) => m.operation === 'Apply' && isManagerOf(m.manager, id))?.manager;
  return manager === undefined
    ? { name: `another set (${id})`, id }
    : { name: `another set, ${manager.slice(MANAGER.length)}`, id: manager };
}

/** Who writes an object by its own account: no controllers, which write its status. */
export const writersOf = (live: any): readonly string[] => [
  ...new Set(managersOf(live).flatMap((m) => (m.subresource ? [] : [m.manager]))),
];
