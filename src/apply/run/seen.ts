import { ApiError } from '../../cluster/api-error';
import { pathOf } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { content } from '../../fields/content';
import { isEqual } from '../../values/equal';
import { PART_OF } from '../apply-set';
import { type LiveObject, liveObject } from '../live';
import { nameText } from '../named';

/** How often it may have been touched while we try. */
const TRIES = 5;

/**
 * Writes to an object as it was seen, and not to what somebody made of it since. Where it was only touched (its status, a field
 * that says the same), it is read again, and written to as it is now.
 * @param write to the object in this version; the server refuses when there is a newer one
 * @param isSame whether what is there now may be written to as well
 * @throws {ApiError} what the server says, where it may not
 */
export async function asSeen<T>(
  cluster: Cluster,
  live: LiveObject,
  isSame: (before: LiveObject, now: LiveObject) => boolean,
  write: (live: LiveObject) => Promise<T>,
): Promise<T> {
  let seen = live;
  for (let tries = 1; ; tries++) {
    try {
      return await write(seen);
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 409 || e.conflicts.length > 0 || tries === TRIES) throw e;
      const { resource, manifest } = live;
      const path = pathOf(resource, manifest.namespace, manifest.name);
      const { body } = await cluster.send({ method: 'GET', path, what: nameText(manifest) });
      const now = liveObject(body, resource);
      if (now.uid !== live.uid || !isSame(live, now)) throw e;
      seen = now;
    }
  }
}

/** Whether nothing was changed but the status. */
export const isUnchanged = (before: LiveObject, now: LiveObject): boolean =>
  isEqual(content(before.manifest.object), content(now.manifest.object));

/** Whether it is still of its set, and not on its way out. */
export const isMember = (before: LiveObject, now: LiveObject): boolean =>
  now.manifest.labels[PART_OF] === before.manifest.labels[PART_OF];
