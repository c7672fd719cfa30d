import { idOf } from '../../src/apply/apply-set';
import { type Held, hold, isHeld } from '../../src/apply/lease';
import { ApiError } from '../../src/cluster/api-error';
import type { Call } from '../../src/cluster/request';
import type { Cluster } from '../../src/cluster/transport';

const SET = { namespace: 'default', name: 'shop' };
const MINUTE = 60_000;

/** The Lease as the server has it, and what is asked of it. */
let lease: any;
let calls: Call[];
let isAway: boolean;
let held: Held | undefined;

const failed = (status: number) => {
  throw new ApiError(status, undefined, 'Lease');
};
const cluster = {
  async send(call: Call) {
    if (isAway) throw new Error('does not answer');
    calls.push(call);
    if (call.method === 'GET') return lease ? { status: 200, body: lease } : failed(404);
    if (call.method === 'POST' && lease) failed(409);
    if (call.method === 'PUT' && !lease) failed(404);
    const version: string | undefined = (call.body as any).metadata?.resourceVersion;
    if (call.method === 'PUT' && version !== lease.metadata.resourceVersion) failed(409);
    if (call.method === 'DELETE') lease = undefined;
    else {
      const { metadata, ...rest } = call.body as any;
      lease = { ...rest, metadata: { ...metadata, resourceVersion: String(calls.length) } };
    }
    return { status: 200, body: lease };
  },
} as unknown as Cluster;

const somebody = (renewTime: string) => ({
  metadata: { resourceVersion: 'theirs', labels: { 'mesh.cdk8s.io/lease-of': idOf(SET) } },
  spec: { holderIdentity: 'ann@desk', leaseDurationSeconds: 15, acquireTime: 'noon', renewTime },
});

beforeEach(() => {
  [lease, calls, isAway, held] = [undefined, [], false, undefined];
  jest.useFakeTimers();
});
afterEach(async () => {
  await held?.release();
  jest.useRealTimers();
});
/** Lets so much time go by, and what waits for it happen. */
const after = (ms: number) => jest.advanceTimersByTimeAsync(ms);
/** The clock goes on, and nothing of this process does: it slept. */
const asleep = (ms: number) => jest.setSystemTime(Date.now() + ms);

test('it is renewed as long as the run goes on, beside all that waits for its turn, and given back', async () => {
  held = await hold(cluster, SET);
  const first = lease.spec.renewTime;
  await after(MINUTE);
  expect(calls.filter((c) => c.method === 'PUT')).toHaveLength(12);
  expect(calls.every((c) => c.urgent)).toBe(true);
  expect(lease.spec.renewTime > first).toBe(true);
  await held.release();
  expect(lease).toBeUndefined();
});

test('after a sleep nothing is written before it is known to be ours', async () => {
  held = await hold(cluster, SET);
  await held.sure();
  const asked = calls.length;
  asleep(MINUTE);
  await held.sure();
  expect(calls.slice(asked).map((c) => c.method)).toEqual(['PUT']);
  expect(held.lost.aborted).toBe(false);
});

test('whoever took it meanwhile is said, and it stays theirs', async () => {
  held = await hold(cluster, SET);
  asleep(MINUTE);
  lease = somebody('now');
  await held.sure();
  expect(held.lost.reason.message).toBe('ann@desk has taken the lease: it was not renewed in time');
  await held.release();
  expect(lease.spec.holderIdentity).toBe('ann@desk');
});

test('while the server is away nobody has it, and nothing is known of it', async () => {
  held = await hold(cluster, SET);
  isAway = true;
  await after(MINUTE);
  await expect(held.sure()).rejects.toThrow('does not answer');
  expect(held.lost.aborted).toBe(false);
  isAway = false;
  await held.sure();
  expect(held.lost.aborted).toBe(false);
});

test('a renewal whose answer was lost is ours all the same', async () => {
  held = await hold(cluster, SET);
  lease = { ...lease, metadata: { resourceVersion: 'of the lost one' } };
  await after(10_000);
  expect(held.lost.aborted).toBe(false);
  expect(lease.metadata.resourceVersion).not.toBe('of the lost one');
});

test('one that is gone is told', async () => {
  held = await hold(cluster, SET);
  lease = undefined;
  await after(5_000);
  expect(held.lost.reason.message).toBe('the lease is gone: somebody deleted it');
});

test('who renews it is at it: the second does not begin', async () => {
  lease = somebody('then');
  const second = hold(cluster, SET).catch((e: Error) => e.message);
  await after(3_000);
  lease = somebody('now');
  await after(2_000);
  expect(await second).toBe('ann@desk is applying default/shop since noon: wait until that has ended');
});

test.each([
  ['of a controller that elects its leader by it', undefined],
  ['of another set', { 'mesh.cdk8s.io/lease-of': idOf({ namespace: 'default', name: 'other' }) }],
])('one of that name %s is left alone, however old it is', async (_, labels) => {
  lease = { ...somebody('2000-01-01T00:00:00.000000Z'), metadata: { resourceVersion: 'theirs', labels } };
  const said =
    'there is a Lease default/shop already, which "ann@desk" holds, and it is not the one that keeps two from applying the set at once: say another --set';
  await expect(hold(cluster, SET)).rejects.toThrow(said);
  await expect(isHeld(cluster, SET)).rejects.toThrow(said);
  expect(calls.map((c) => c.method)).toEqual(['GET', 'GET']);
});

test('who does not renew it for as long as it lasts is gone, whatever their clock says', async () => {
  lease = somebody('2099-01-01T00:00:00.000000Z');
  const second = hold(cluster, SET).then((h) => {
    held = h;
  });
  await after(13_000);
  expect(held).toBeUndefined();
  await after(4_000);
  await second;
  expect(lease.spec.holderIdentity).toContain(`process ${process.pid}`);
});
