import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { Writer } from '../../../src/apply/run/writer';
import type { Call } from '../../../src/cluster/request';
import type { Cluster } from '../../../src/cluster/transport';
import { keyOf } from '../../../src/manifests/key-of';
import type { Write } from '../../../src/order/phase';
import { manifest } from '../../order/support';

const kinds = (names: readonly string[]) => ({
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'lab.example.com' },
      versions: [
        {
          version: 'v1',
          resources: names.map((kind) => ({
            resource: `${kind.toLowerCase()}s`,
            responseKind: { kind },
            scope: 'Namespaced',
            verbs: ['patch'],
          })),
        },
      ],
    },
  ],
});

test('a kind that came just now may be missing in the list of kinds for a moment', async () => {
  const sent: string[] = [];
  let lists = 0;
  const send = async ({ method, path, body }: Call) => {
    sent.push(`${method} ${path}`);
    if (path === '/api') return { status: 200, body: { kind: 'APIGroupDiscoveryList' } };
    if (path === '/apis') return { status: 200, body: kinds(++lists < 3 ? [] : ['Fixed']) };
    return {
      status: 201,
      body: { ...(body as object), metadata: { ...(body as any).metadata, uid: 'u', resourceVersion: '1' } },
    };
  };
  const writer = new Writer({ send } as unknown as Cluster, {
    manager: 'mesh/shop/web',
    before: async () => {},
    timeout: 1000,
  });
  const writes = ['a', 'b'].map((name): [PlannedObject, Write] => {
    const m = manifest('lab.example.com/v1', 'Fixed', name, {});
    const key = keyOf(m);
    return [
      { key, action: 'create', manifest: m, resource: undefined, force: false },
      { key, action: 'create', object: m, wide: false },
    ];
  });
  await Promise.all(writes.map(([p, w]) => writer.put(p, w)));
  expect(sent.filter((s) => s.startsWith('PATCH')).sort()).toEqual([
    'PATCH /apis/lab.example.com/v1/namespaces/shop/fixeds/a',
    'PATCH /apis/lab.example.com/v1/namespaces/shop/fixeds/b',
  ]);
  // the two ask together
  expect(lists).toBe(3);
});

test('a kind that does not come: where to look, and what to do then', async () => {
  jest.useFakeTimers();
  try {
    const send = async ({ path }: Call) => ({
      status: 200,
      body: path === '/apis' ? kinds([]) : { kind: 'APIGroupDiscoveryList' },
    });
    const o = { manager: 'mesh/shop/web', before: async () => {}, timeout: 1000 };
    const asked = new Writer({ send } as unknown as Cluster, o).resourceOf(manifest('lab.example.com/v1', 'Fixed', 'a', {}));
    const said = asked.catch((e: Error) => e.message);
    await jest.advanceTimersByTimeAsync(16_000);
    expect(await said).toBe(
      'the server does not list lab.example.com/v1 Fixed, 15 s after its CustomResourceDefinition was written: see whether that has the version with served: true; where it has, mesh apply again, which goes on from there',
    );
  } finally {
    jest.useRealTimers();
  }
});

test('what was changed on the way is deleted as it is since', async () => {
  const asked: unknown[] = [];
  const send = async ({ method, path, body }: Call) => {
    if (path === '/api') return { status: 200, body: { kind: 'APIGroupDiscoveryList' } };
    if (path === '/apis') return { status: 200, body: kinds(['Fixed']) };
    if (method === 'DELETE') asked.push((body as any).preconditions);
    return {
      status: 200,
      body: { ...(body as object), metadata: { ...(body as any).metadata, uid: 'u', resourceVersion: '2' } },
    };
  };
  const writer = new Writer({ send } as unknown as Cluster, { manager: 'm', before: async () => {}, timeout: 1000 });
  const m = manifest('lab.example.com/v1', 'Fixed', 'a', {});
  const resource = await writer.resourceOf(m);
  const live = { key: keyOf(m), manifest: m, resource, uid: 'u', resourceVersion: '1' };
  const p: PlannedObject = { key: keyOf(m), action: 'delete', manifest: m, live, resource, force: false };
  await writer.put(p, { key: p.key, action: 'change', object: m, wide: true });
  await writer.remove(p);
  expect(asked).toEqual([{ uid: 'u', resourceVersion: '2' }]);
});
