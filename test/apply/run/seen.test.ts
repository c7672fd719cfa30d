import { liveObject } from '../../../src/apply/live';
import { asSeen, isMember, isUnchanged } from '../../../src/apply/run/seen';
import { ApiError } from '../../../src/cluster/api-error';
import type { Cluster } from '../../../src/cluster/transport';

const resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] };
const deployment = (resourceVersion: string, more: { uid?: string; spec?: object; status?: object; set?: string } = {}) => ({
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: more.uid ?? 'a',
    resourceVersion,
    labels: { 'applyset.kubernetes.io/part-of': more.set ?? 'ours' },
  },
  spec: more.spec ?? { replicas: 1 },
  ...(more.status ? { status: more.status } : {}),
});
const live = liveObject(deployment('1'), resource);
const stale = new ApiError(409, { kind: 'Status', reason: 'Conflict', message: 'the object has been modified' }, 'x');
/** A server that has the object so, and takes writes to this version alone. */
function write(now: object & { metadata: { resourceVersion: string } }, same = isUnchanged) {
  const cluster = { send: async () => ({ status: 200, body: now }) } as unknown as Cluster;
  return asSeen(cluster, live, same, async ({ resourceVersion }) => {
    if (resourceVersion !== now.metadata.resourceVersion) throw stale;
    return resourceVersion;
  });
}

test('what was only touched is written to as it is now', async () => {
  await expect(write(deployment('1'))).resolves.toBe('1');
  await expect(write(deployment('2', { status: { replicas: 1 } }))).resolves.toBe('2');
});

test('what was changed, or made anew, is not', async () => {
  await expect(write(deployment('2', { spec: { replicas: 3 } }))).rejects.toBe(stale);
  await expect(write(deployment('2', { uid: 'b' }))).rejects.toBe(stale);
});

test('what is deleted may have been changed, and has to be of the set still', async () => {
  await expect(write(deployment('2', { spec: { replicas: 3 } }), isMember)).resolves.toBe('2');
  await expect(write(deployment('2', { set: 'theirs' }), isMember)).rejects.toBe(stale);
});

test('a field that somebody else owns is no matter of versions', async () => {
  const body = { kind: 'Status', details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec' }] } };
  const conflict = new ApiError(409, body, 'x');
  const cluster = { send: () => Promise.reject(new Error('it is not read again')) } as unknown as Cluster;
  await expect(asSeen(cluster, live, isUnchanged, () => Promise.reject(conflict))).rejects.toBe(conflict);
});
