import { type Obj, service } from '../diff/support';
import { apply, FINDINGS, mesh, namespace, release, server, write } from './apply-support';

test('what is in no file any more goes, but not a namespace', async () => {
  await apply('v1', FINDINGS);
  const { status, stdout } = await apply('none');
  expect(status).toBe(0);
  expect(stdout).toContain('- VirtualService/shop/web');
  expect([...server.objects.keys()].filter((k) => !k.startsWith('secrets'))).toEqual(['namespaces /default', 'namespaces /shop']);
  write('other', [{ ...service('other', undefined, 'default') }]);
  const { stdout: said } = await apply('other');
  expect(said).toContain('note Namespace/shop is in no file any more, and stays: --delete Namespace/shop');
});

test('volumes and kinds stay, too, until they are named: all that is in them goes with them', async () => {
  const precious: readonly (readonly [name: string, object: Obj, key: string])[] = [
    [
      'PersistentVolume/disk',
      { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'disk' } },
      'persistentvolumes /disk',
    ],
    [
      'PersistentVolumeClaim/shop/data',
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop' } },
      'persistentvolumeclaims shop/data',
    ],
    [
      'CustomResourceDefinition/a.example.com',
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'a.example.com' },
        spec: { group: 'example.com', names: { kind: 'A' } },
      },
      'customresourcedefinitions /a.example.com',
    ],
  ];
  write('precious', [namespace, ...precious.map(([, o]) => o)]);
  expect((await apply('precious', '--rules=-schema')).status).toBe(0);
  const { stdout } = await apply('none');
  for (const [name, , key] of precious) {
    expect(stdout).toContain(`note ${name} is in no file any more, and stays: --delete ${name}`);
    expect([key, server.objects.has(key)]).toEqual([key, true]);
  }
  expect((await apply('none', ...precious.flatMap(([name]) => ['--delete', name]))).status).toBe(0);
  expect(precious.filter(([, , key]) => server.objects.has(key))).toEqual([]);
});

test('more deletions than are usual have to be meant', async () => {
  await apply('v1', FINDINGS);
  const { status, stdout } = await apply('none', '--max-deletes', '2');
  expect([status, server.objects.size]).toEqual([3, 6]);
  expect(stdout).toContain('refused the plan: 3 objects would be deleted, more than 2');
  expect((await apply('none', '--prune=false')).stdout).toContain('1 as they are');
});

test('the namespace of the list does not go, though it is named', async () => {
  write('default', [{ ...namespace, metadata: { name: 'default' } }, { ...service('other', undefined, 'default') }]);
  write('elsewhere', [namespace]);
  expect((await apply('default', FINDINGS)).status).toBe(0);
  const { status, stdout } = await apply('elsewhere', FINDINGS, '--delete', 'Namespace/default');
  expect([status, stdout]).toEqual([
    3,
    expect.stringContaining('refused Namespace/default: cannot go, since the list of what is applied'),
  ]);
  expect(server.objects.has('namespaces /default')).toBe(true);
});

test('a plan by which most of the set leaves says so, and how to keep it', async () => {
  write('one', [namespace]);
  write('three', release(['v1', 100]).slice(0, 3));
  await apply('v1', FINDINGS);
  const one = await mesh(['plan', 'one.yaml', '--set', 'shop', FINDINGS]);
  expect(one.stdout).toContain(
    'note most of the set leaves: 3 of its 4 objects are in none of these files, and are deleted (DestinationRule/shop/web, Service/shop/web, VirtualService/shop/web); where the files are only a part of what was applied last, --prune=false keeps the rest',
  );
  for (const args of [['three.yaml'], ['one.yaml', '--prune=false']])
    expect((await mesh(['plan', ...args, '--set', 'shop', FINDINGS])).stdout).not.toContain('most of the set leaves');
  const { stdout } = await mesh(['status', 'one.yaml', '--set', 'shop']);
  expect(stdout).toContain('VirtualService/shop/web is in no file any more');
  expect(stdout).not.toContain('most of the set leaves');
});

test('a namespace that is in no file any more stays, and counts as what stays', async () => {
  write('other', [service('other')]);
  await apply('v1', FINDINGS);
  const plan = async (...more: string[]) => (await mesh(['plan', 'other.yaml', '--set', 'shop', FINDINGS, ...more])).stdout;
  expect(await plan()).toContain('note most of the set leaves: 3 of its 4 objects');
  expect(await plan('--delete', 'Namespace/shop')).toContain('note most of the set leaves: 4 of its 4 objects');
});

test('what goes with a namespace and is not of the set is told before, and for programs', async () => {
  await apply('v1', FINDINGS);
  const theirs = (plural: string, kind: string, name: string, metadata: object = {}) =>
    server.objects.set(`${plural} shop/${name}`, {
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', ...metadata },
    });
  theirs('services', 'Service', 'theirs');
  for (const n of [1, 2, 3, 4, 5, 6]) theirs('secrets', 'Secret', `s${n}`);
  theirs('secrets', 'Secret', 'made', { ownerReferences: [{ kind: 'X', name: 'x', controller: true }] });
  write('alongside', [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'another' } }]);
  const plan = (...args: string[]) => mesh(['plan', 'alongside.yaml', '--set', 'shop', FINDINGS, ...args]);
  const { stdout } = await plan('--delete', 'Namespace/shop');
  expect(stdout).toContain(
    'note Namespace/shop is deleted with what goes with it and is not of the set: 6 Secrets (s1, s2, s3, s4, s5 and 1 more), 1 Service (theirs)\n',
  );
  expect((await plan()).stdout).not.toContain('not of the set');
  const { objects } = JSON.parse((await plan('--delete', 'Namespace/shop', '--json')).stdout);
  expect(objects.find((o: any) => o.object === 'Namespace/shop')).toMatchObject({
    alongside: [
      { kind: 'Secret', group: '', count: 6, names: ['s1', 's2', 's3', 's4', 's5'] },
      { kind: 'Service', group: '', count: 1, names: ['theirs'] },
    ],
    alongsideUnread: [],
    alongsideUnlisted: [],
  });
  server.forbids = (verb, plural) => verb === 'get' && plural === 'persistentvolumeclaims';
  expect((await plan('--delete', 'Namespace/shop')).stdout).toContain(
    'note you may not list persistentvolumeclaims in namespace "shop": what else goes with Namespace/shop is not known',
  );
});

test('the namespace of the list is on its way out: said before anything is written', async () => {
  server.objects.get('namespaces /default').metadata.deletionTimestamp = '2026-11-22T00:00:00Z';
  const { status, stdout } = await apply('v1', FINDINGS);
  expect([status, stdout, server.writes]).toEqual([
    3,
    expect.stringContaining('refused Namespace/default: is being deleted'),
    [],
  ]);
  expect((await mesh(['status', 'v1.yaml', '--set', 'shop'])).stdout).toContain('note Namespace/default is being deleted');
});

describe('a namespace of the files that is on its way out', () => {
  const HELD = 'Some resources are remaining: pods. has 1 resource instances';
  beforeEach(async () => {
    await apply('v1', FINDINGS);
    const ns = server.objects.get('namespaces /shop');
    ns.metadata.deletionTimestamp = '2026-11-22T00:00:00Z';
    ns.status = {
      conditions: [
        { type: 'NamespaceContentRemaining', status: 'True', message: HELD },
        { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', message: 'All resources successfully discovered' },
      ],
    };
    server.writes.length = 0;
  });

  test('is refused by a plan and a dry run, with what holds it, also where nothing else is to do', async () => {
    for (const args of [['plan'], ['apply', '--dry-run']]) {
      const { status, stdout, stderr } = await mesh([...args, 'v1.yaml', '--set', 'shop', FINDINGS]);
      expect([status, stdout.match(/^refused .*/gm)]).toEqual([
        3,
        [
          `refused Namespace/shop: is being deleted (held by: ${HELD}), and takes nothing new: mesh apply waits until it is gone, and makes it anew`,
        ],
      ]);
      expect(stderr).not.toContain('waiting');
    }
  });

  test('is waited for until the timeout', async () => {
    const { status, stdout, stderr } = await apply('v1', FINDINGS, '--timeout', '1500ms');
    expect([status, server.writes]).toEqual([3, []]);
    expect(stderr).toContain(`waiting for 1 namespace: Namespace/shop is being deleted (held by: ${HELD})`);
    expect(stdout).toContain(
      `Namespace/shop: is being deleted (held by: ${HELD}), and was not gone after 1.5 s: see to what holds it`,
    );
  });

  test('is made anew with what was in it, when it is gone', async () => {
    setTimeout(() => {
      for (const key of server.objects.keys()) if (/ (shop\/|\/shop)/.test(key)) server.objects.delete(key);
    }, 1500);
    const { status, stdout } = await apply('v1', FINDINGS, '--json', '--timeout', '1m');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(events[0]).toEqual({
      type: 'waiting',
      context: 'test',
      for: 'namespaces',
      left: { 'Namespace/shop': `is being deleted (held by: ${HELD})` },
    });
    expect(events.at(-1)).toMatchObject({ type: 'result', pending: [], failed: [] });
    expect(events.at(-1).written).toHaveLength(4);
  });

  test('is not waited for where something else is refused, too', async () => {
    write('wrong', [...release(['v1', 100]), { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'g' } }]);
    const { status, stdout, stderr } = await apply('wrong', FINDINGS);
    expect([status, stderr.includes('waiting')]).toEqual([3, false]);
    expect(stdout).toContain('install Istio first');
  });
});
