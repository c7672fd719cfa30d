import { PART_OF } from './apply-set';
import type { Desired } from './desired';
import type { Live, LiveObject } from './live';
import type { PlannedObject } from './planned-object';

/** With these goes what is in them: they are deleted only when they are named. */
const PRECIOUS = new Set([
  '/Namespace',
  'apiextensions.k8s.io/CustomResourceDefinition',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
]);

/** Members of the set that are in no file any more. */
export function leftovers(live: Live, id: string, desired: readonly Desired[]): LiveObject[] {
  const wanted = new Set(desired.map((d) => d.key));
  return [...live.objects.values()].filter(({ key, manifest }) => {
    const { metadata } = manifest.object;
    if (manifest.labels[PART_OF] !== id || wanted.has(key) || metadata.deletionTimestamp) return false;
    // a controller's own, which copied the label from its owner
    return !(metadata.ownerReferences ?? []).some((r: any) => r.controller);
  });
}

/** Whether more goes with it than the object itself. */
export const isPrecious = ({ manifest: m }: LiveObject): boolean => PRECIOUS.has(`${m.group}/${m.kind}`);

/** That it is deleted, as it was seen. */
export const deletion = (l: LiveObject): PlannedObject => ({
  key: l.key,
  action: 'delete',
  manifest: l.manifest,
  live: l,
  resource: l.resource,
  force: false,
});
