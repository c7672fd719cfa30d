import type { Discovery, Resource } from '../../cluster/discovery';
import { withTextAsData } from '../../fields/secret-text';
import { keyOf } from '../../manifests/key-of';
import { type Manifest, placeText } from '../../manifests/manifest';
import { didYouMean } from '../../values/names';
import { groupKind, PART_OF } from '../apply-set';

/** An object as it is to be, ready to be sent. */
export interface Desired {
  readonly key: string;
  /** As it was read, with its namespace. */
  readonly manifest: Manifest;
  /** What is sent: without what only the server writes, with the label of its set. */
  readonly body: Readonly<Record<string, any>>;
  /** Of the server; nothing where the kind comes with this very set. */
  readonly resource: Resource | undefined;
}

/** Something that cannot be applied as it is written, with its place. */
export interface Unfit {
  readonly manifest: Manifest;
  readonly message: string;
}

/** Whether it says which objects of a kind there may be. */
export const isCrd = (m: Manifest): boolean => m.group === 'apiextensions.k8s.io' && m.kind === 'CustomResourceDefinition';
/** Written by the server alone. */
const SERVERS = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
]);

/**
 * Makes manifests ready to be sent.
 * @param namespace of the objects that say none and belong into one
 * @param set the ApplySet's id, which every object is labelled with
 */
export function desiredOf(
  manifests: readonly Manifest[],
  discovery: Discovery,
  { namespace, set }: { readonly namespace: string; readonly set: string },
): { readonly desired: readonly Desired[]; readonly unfit: readonly Unfit[] } {
  const unfit: Unfit[] = [];
  const out = new Map<string, Desired>();
  const coming = new Map(manifests.filter(isCrd).map((m) => [kindOfCrd(m), m]));
  for (const given of manifests) {
    const resource = discovery.find(given.apiVersion, given.kind);
    const crd = coming.get(`${given.group}/${given.kind}`);
    const isNamespaced = resource?.namespaced ?? (crd && crd.object.spec?.scope !== 'Cluster');
    const m = isNamespaced === undefined ? given : { ...given, namespace: isNamespaced ? given.namespace || namespace : '' };
    const fault = resource || crd ? faultOf(given, resource) : missing(given, discovery);
    if (fault) {
      unfit.push({ manifest: m, message: fault });
      continue;
    }
    const key = keyOf(m);
    const other = out.get(key);
    if (other) unfit.push({ manifest: m, message: `is there twice: at ${placeText(other.manifest.place())}, too` });
    else out.set(key, { key, manifest: m, body: bodyOf(m, set), resource });
  }
  return { desired: [...out.values()], unfit };
}

/** The kind that it brings, as `group/Kind`. */
export const kindOfCrd = (m: Manifest): string => `${m.object.spec?.group}/${m.object.spec?.names?.kind}`;

function faultOf(m: Manifest, resource: Resource | undefined): string | undefined {
  const { metadata = {} } = m.object;
  if (m.name === '')
    return metadata.generateName
      ? `has the generateName "${metadata.generateName}" and no name, and would be another object each time it is applied: give it a name`
      : 'has no name';
  if (metadata.labels?.[PART_OF] !== undefined)
    return `has the label ${PART_OF} already, as an object that was read from a cluster has: take it out`;
  if (resource && !resource.verbs.includes('patch')) return `is of a kind that cannot be applied (${m.apiVersion} ${m.kind})`;
  return undefined;
}

/** By `Kind.group`. */
const HINTS: readonly (readonly [kind: RegExp, hint: string])[] = [
  [/\.istio\.io$/, 'install Istio first (istioctl install, or its Helm chart base)'],
  [/\.gateway\.networking\.k8s\.io$/, "install the Gateway API's CRDs first"],
  [/\.cert-manager\.io$/, 'install cert-manager first'],
  [/^(Rollout|Analysis\w+|ClusterAnalysis\w+|Experiment)\.argoproj\.io$/, 'install Argo Rollouts first'],
  [/^(Application|ApplicationSet|AppProject)\.argoproj\.io$/, 'install Argo CD first'],
  [/\.flagger\.app$/, 'install Flagger first'],
];

/** A kind that the server does not have, or not in this version. */
function missing(m: Manifest, discovery: Discovery): string {
  const versions = discovery.versionsOf(m.group, m.kind);
  if (versions.length > 0)
    return `is of ${m.apiVersion}, and the cluster has ${m.kind} in ${versions.join(', ')} alone${didYouMean(
      m.apiVersion,
      versions.map((v) => `${m.group}/${v}`),
    )}`;
  const meant = didYouMean(m.kind, discovery.kindsOf(m.group));
  if (meant) return `is a ${m.kind} of ${m.apiVersion}, which the cluster does not know${meant}`;
  const [, hint] = HINTS.find(([kind]) => kind.test(groupKind(m))) ?? [];
  return `is a ${m.kind} of ${m.apiVersion}, which the cluster does not know: ${hint ?? 'install its CustomResourceDefinition first, or add it to what is applied'}`;
}

function bodyOf(m: Manifest, set: string): Record<string, any> {
  const { status: _, metadata, ...rest } = m.object;
  const meta: Record<string, any> = { ...metadata, labels: { ...metadata?.labels, [PART_OF]: set } };
  for (const field in meta) if (SERVERS.has(field)) delete meta[field];
  if (m.namespace) meta.namespace = m.namespace;
  else delete meta.namespace;
  return withTextAsData({ apiVersion: m.apiVersion, kind: m.kind, ...rest, metadata: meta });
}
