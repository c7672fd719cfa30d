import { type Awaited, waitFor } from '../../src/apply/wait';
import { ApiError } from '../../src/cluster/api-error';
import type { Call } from '../../src/cluster/request';
import type { Cluster } from '../../src/cluster/transport';

const resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] };
const awaited = (name: string, namespace = 'shop'): Awaited => ({
  key: `Deployment/${namespace}/${name}`,
  resource,
  namespace,
  name,
});
const deployment = (name: string, ready: boolean, resourceVersion = '1') => ({
  metadata: { name, resourceVersion },
  status: { ready },
});
type Event = { readonly type: string; readonly object: any };
const event = (type: string, name: string, ready: boolean, version: string): Event => ({
  type,
  object: deployment(name, ready, version),
});
const bookmark = (resourceVersion: string): Event => ({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
const tooOld: Event = { type: 'ERROR', object: { kind: 'Status', code: 410 } };

const refused = (status: number) => new ApiError(status, undefined, 'watch');

/** A server whose watches end as they are told to, one after the other; what is listed, and what was asked. */
function server(items: readonly object[], ...watches: readonly (readonly (Event | Error)[])[]) {
  const asked: string[] = [];
  const left = [...watches];
  const state = { items };
  const cluster = {
    send: async ({ path }: Call) => {
      asked.push(`list ${path}`);
      return { status: 200, body: { metadata: { resourceVersion: '10' }, items: state.items } };
    },
    async *watch(_: string, query: { resourceVersion: string }, signal: AbortSignal) {
      asked.push(`watch ${query.resourceVersion}`);
      const now = left.shift();
      if (!now) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      for (const e of now!) {
        if (e instanceof Error) throw e;
        yield e;
      }
    },
  } as unknown as Cluster;
  return { cluster, asked, state };
}
const reason = (live: any) => (live?.status.ready ? undefined : 'is not ready');
const wait = (
  cluster: Cluster,
  objects: readonly Awaited[],
  timeout = 20_000,
  progress?: (left: ReadonlyMap<string, string>) => void,
) => waitFor(cluster, objects, { reason, timeout, ...(progress ? { progress } : {}) });
const LIST = 'list /apis/apps/v1/namespaces/shop/deployments';

// each has a server of its own, and most of them wait a second: so they wait at once
test.concurrent('what is ready already needs no watch', async () => {
  const { cluster, asked } = server([deployment('web', true)]);
  expect((await wait(cluster, [awaited('web')])).size).toBe(0);
  expect(asked).toEqual([LIST]);
});

test.concurrent('a watch that ends is gone on with after what was heard last, a bookmark too', async () => {
  const { cluster, asked } = server(
    [deployment('web', false), deployment('api', false)],
    [event('MODIFIED', 'api', true, '12'), bookmark('19')],
    [event('MODIFIED', 'web', true, '20')],
  );
  expect((await wait(cluster, [awaited('web'), awaited('api')])).size).toBe(0);
  expect(asked).toEqual([LIST, 'watch 10', 'watch 19']);
});

test.concurrent.each([
  ['says that it is too old', tooOld],
  ['is refused as too old', refused(410)],
  ['asks for credentials that are good no more', refused(401)],
  ['meets a server that is too busy', refused(429)],
])('one that %s begins anew with a list', async (_, end) => {
  const { cluster, asked } = server([deployment('web', false)], [end], [event('MODIFIED', 'web', true, '20')]);
  expect((await wait(cluster, [awaited('web')])).size).toBe(0);
  expect(asked).toEqual([LIST, 'watch 10', LIST, 'watch 10']);
});

test.concurrent('a connection that breaks is gone on with', async () => {
  const { cluster, asked } = server(
    [deployment('web', false)],
    [event('MODIFIED', 'web', false, '15'), Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    [event('MODIFIED', 'web', true, '20')],
  );
  expect((await wait(cluster, [awaited('web')])).size).toBe(0);
  expect(asked).toEqual([LIST, 'watch 10', 'watch 15']);
});

test.concurrent('who may list and not watch looks again', async () => {
  const { cluster, asked, state } = server([deployment('web', false)], [refused(403)]);
  setTimeout(() => {
    state.items = [deployment('web', true)];
  }, 1000);
  expect((await wait(cluster, [awaited('web')])).size).toBe(0);
  expect(asked).toEqual([LIST, 'watch 10', LIST]);
});

test.concurrent('what is deleted is not ready, and when the time is over it is told', async () => {
  const { cluster } = server([deployment('web', false)], [event('DELETED', 'web', true, '11')]);
  expect([...(await wait(cluster, [awaited('web')], 300))]).toEqual([['Deployment/shop/web', 'is not ready']]);
});

test.concurrent('of a thousand that change at once it is told a few times, and not of each', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `web-${i}`);
  const { cluster } = server(
    names.map((n) => deployment(n, false)),
    names.map((n, i) => event('MODIFIED', n, true, String(11 + i))),
  );
  const told: number[] = [];
  await wait(
    cluster,
    names.map((n) => awaited(n)),
    20_000,
    (left) => told.push(left.size),
  );
  expect(told.length).toBeLessThanOrEqual(3);
  expect(told.at(-1)).toBe(0);
});

// alone: its clock is that of all
test('that it goes on is told though nothing changes', async () => {
  jest.useFakeTimers();
  try {
    const { cluster } = server([deployment('web', false)]);
    let told = 0;
    const stop = new AbortController();
    const waiting = waitFor(cluster, [awaited('web')], {
      reason,
      timeout: 600_000,
      signal: stop.signal,
      progress: () => told++,
    }).catch(() => {});
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toBeGreaterThanOrEqual(6);
    expect(told).toBeLessThanOrEqual(9);
    stop.abort();
    await waiting;
  } finally {
    jest.useRealTimers();
  }
});
