import type { Manifest } from '../manifests/manifest';
import { MANAGER, PART_OF } from './apply-set';
import { type ManagedFields, managersOf } from './managed-fields';

/** Another tool that looks after an object, and would undo what is written to it. */
export interface Owner {
  /** `Helm release web`, for people. */
  readonly name: string;
  /** How the object gets free of it. */
  readonly remedy: string;
}

/** What says that a tool looks after an object. Source: Helm's, Argo CD's and Flux's docs on labels and annotations. */
export function ownerOf({ labels, annotations }: Manifest): Owner | undefined {
  const release = annotations['meta.helm.sh/release-name'];
  if (labels['app.kubernetes.io/managed-by'] === 'Helm' && release !== undefined)
    return {
      name: `Helm release "${release}"`,
      remedy:
        'annotate it helm.sh/resource-policy: keep, take it out of the chart, and upgrade the release; then take the annotation and the label app.kubernetes.io/managed-by off',
    };
  const argo = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? labels['argocd.argoproj.io/instance'];
  if (argo !== undefined)
    return {
      name: `Argo CD's Application "${argo}"`,
      remedy:
        'take it out of what the Application reads without pruning it (Prune=false), and its tracking label or annotation off',
    };
  const flux = labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name'];
  if (flux !== undefined)
    return {
      name: `Flux' ${labels['kustomize.toolkit.fluxcd.io/name'] ? 'Kustomization' : 'HelmRelease'} "${flux}"`,
      remedy: 'annotate it kustomize.toolkit.fluxcd.io/prune: disabled, take it out of what Flux reads, and the label off',
    };
  return undefined;
}

/** Under which kubectl writes. Source: kubectl's apply.go and edit.go. */
const KUBECTL = /^kubectl(-client-side-apply|-last-applied)?$/;

/** kubectl's own entries among the writers of an object: what `mesh apply` takes over. */
export const kubectlEntries = (live: any): ManagedFields[] =>
  managersOf(live).filter(
    (m) => KUBECTL.test(m.manager) && !m.subresource && (m.operation === 'Apply' || m.manager !== 'kubectl'),
  );

/** What `kubectl apply` keeps of what it was last given: of no use to any other, and full of what Secrets say. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The set that a live object is of, in words: by its name where it was applied by us, by its id where not. */
export function setOf(live: Manifest): string {
  const { manager } = managersOf(live.object).find((m) => m.operation === 'Apply' && m.manager.startsWith(MANAGER)) ?? {};
  const id = live.labels[PART_OF];
  return manager === undefined ? `another set (${id})` : `another set, ${manager.slice(MANAGER.length)} (${id})`;
}
