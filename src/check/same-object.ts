import type { Manifest } from '../manifests/manifest';
import type { Config } from '../model/config';

/**
 * Whether two manifests are of one object, of which the cluster has the last that was applied: the same kind, namespace and
 * name. What they say is not said by two objects.
 */
export const isSameObject = (a: Config, b: Config): boolean =>
  a !== b && a.name === b.name && a.namespace === b.namespace && a.manifest.kind === b.manifest.kind;

/** Whether they are two objects, which may be at odds with each other. */
export const isOtherObject = (a: Config, b: Config): boolean => a !== b && !isSameObject(a, b);

/** Of manifests of one object the last, in its place: what a cluster would hold when all are applied. */
export function lastOfEach(manifests: readonly Manifest[]): readonly Manifest[] {
  const last = new Map<string, Manifest>();
  const keyOf = (m: Manifest) => `${m.group} ${m.kind} ${m.namespace || 'default'} ${m.name}`;
  for (const m of manifests) if (m.name !== '') last.set(keyOf(m), m);
  return manifests.filter((m) => m.name === '' || last.get(keyOf(m)) === m);
}
