import type { Manifest } from '../../manifests/manifest';
import { isWorkload } from '../../order/facts/readiness';
import { listed } from '../../values/listed';
import { isOwn, PART_OF, type SetName } from '../apply-set';
import type { Live, LiveObject } from '../live';
import { isNamed, nameText } from '../named';
import { grouped } from './permissions';
import type { PlannedObject } from './planned-object';

/** With these goes what is in them: they are deleted only when they are named. */
const PRECIOUS = new Set([
  '/Namespace',
  'apiextensions.k8s.io/CustomResourceDefinition',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
]);

/**
 * Members of the set that are in no file any more; its own list, whatever its labels say, is none.
 * @param wanted keys of what the files have
 */
export function leftovers(live: Live, id: string, wanted: ReadonlySet<string | undefined>, set: SetName): LiveObject[] {
  return [...live.objects.values()].filter(({ key, manifest }) => {
    const { metadata } = manifest.object;
    if (manifest.labels[PART_OF] !== id || wanted.has(key) || isGoing(manifest) || isOwn(manifest, set)) return false;
    // a controller's own, which copied the label from its owner
    return !(metadata.ownerReferences ?? []).some((r: any) => r.controller);
  });
}

/** Whether it was deleted already, and nothing is to be waited for: a workload that drains is there as long as its pods. */
const isGoing = (m: Manifest): boolean => {
  const { deletionTimestamp, finalizers = [] } = m.object.metadata;
  return deletionTimestamp !== undefined && !(isWorkload(m) && finalizers.includes('foregroundDeletion'));
};

/** Whether more goes with it than the object itself. */
const isPrecious = ({ manifest: m }: LiveObject): boolean => PRECIOUS.has(`${m.group}/${m.kind}`);

/** That it is deleted, as it was seen. */
export const deletion = (l: LiveObject): PlannedObject => ({
  key: l.key,
  action: 'delete',
  manifest: l.manifest,
  live: l,
  resource: l.resource,
  force: false,
});

/**
 * That more than half of the set leaves it: the files may be a part of what was applied last, one file of a folder, say.
 * @param stays members that are in no file any more and are not deleted
 */
export function mostLeaves(objects: readonly PlannedObject[], stays: readonly Manifest[], id: string): string[] {
  const deleted = objects.filter((p) => p.action === 'delete');
  const wanted = objects.filter((p) => p.action !== 'delete' && p.live?.manifest.labels[PART_OF] === id);
  const kept = wanted.length + stays.length;
  if (deleted.length <= kept) return [];
  const names = deleted.map((p) => nameText(p.manifest)).sort();
  return [
    `most of the set leaves: ${deleted.length} of its ${deleted.length + kept} objects are in none of these files, and are deleted (${listed(names, NAMED)}); where the files are only a part of what was applied last, --prune=false keeps the rest`,
  ];
}
const NAMED = 3;

/** What becomes of members of the set that are in no file any more. */
export interface Deletions {
  readonly deleted: readonly PlannedObject[];
  readonly stays: readonly Manifest[];
  /** Why some stay. */
  readonly notes: readonly string[];
}

/**
 * @param isAsked whether what is left is to be deleted
 * @param hidden what the user may not read: then nothing is deleted
 * @param remove names of those that are deleted with all that is in them
 */
export function deletions(
  left: readonly LiveObject[],
  isAsked: boolean,
  hidden: readonly string[],
  remove: Parameters<typeof isNamed>[0],
): Deletions {
  const isHidden = hidden.length > 0;
  const goes = (l: LiveObject) => isAsked && !isHidden && (!isPrecious(l) || isNamed(remove, l.manifest));
  const stays = left.filter((l) => !goes(l)).map((l) => l.manifest);
  const notes: string[] = [];
  if (isAsked && isHidden)
    notes.push(
      `you may not ${grouped(hidden).join('; ')}: what is in no file any more is not all known, so mesh apply deletes nothing, and the set remembers what it held`,
    );
  else if (isAsked)
    for (const name of stays.map(nameText))
      notes.push(`${name} is in no file any more, and stays: --delete ${name} deletes it with all that is in it`);
  return { deleted: left.filter(goes).map(deletion), stays, notes };
}
