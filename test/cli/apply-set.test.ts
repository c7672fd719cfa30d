import type { Obj } from '../diff/support';
import { apply, FINDINGS, mesh, release, server, write } from './apply-support';

test('the namespace of the list has to be there before', async () => {
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'nons/shop', FINDINGS]);
  expect(status).toBe(3);
  expect(stdout).toContain('refused Namespace/nons: is not there, and the list of what is applied is to be kept in it');
  expect(stdout).toContain('keep the list in another: --set other/shop\n');
});

test('where its namespace is gone, another list takes over what the set has', async () => {
  const lists = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lists' } };
  server.objects.set('namespaces /lists', lists);
  const at = (set: string, ...more: string[]) => ['--set', set, FINDINGS, ...more];
  expect((await mesh(['apply', 'v1.yaml', ...at('lists/shop', '--yes', '--barrier', '0s')])).status).toBe(0);
  for (const gone of [{ ...lists.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }, undefined]) {
    if (gone) server.objects.set('namespaces /lists', { ...lists, metadata: gone });
    else for (const key of server.objects.keys()) if (/ \/?lists(\/|$)/.test(key)) server.objects.delete(key);
    const { status, stdout } = await mesh(['plan', 'v1-v2.yaml', ...at('lists/shop')]);
    expect(status).toBe(3);
    expect(stdout).toContain('the list in another: --set other/shop --take from=mesh/lists/shop\n');
  }
  const { status, stdout } = await mesh(['plan', 'v1-v2.yaml', ...at('default/shop', '--take', 'from=mesh/lists/shop')]);
  expect([status, stdout]).toEqual([1, expect.stringContaining('4 to take over')]);
});

test('a Lease of the name of the set that a controller elects its leader by is theirs', async () => {
  const theirs = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'shop', namespace: 'default', uid: 'l', resourceVersion: '1' },
    spec: { holderIdentity: 'my-operator-0', leaseDurationSeconds: 1, renewTime: '2000-01-01T00:00:00.000000Z' },
  };
  server.objects.set('leases default/shop', theirs);
  for (const said of [await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]), await apply('v1', FINDINGS)]) {
    expect(said.status).toBe(3);
    expect(said.stderr).toContain('there is a Lease default/shop already, which "my-operator-0" holds');
    expect(said.stderr).toContain('say another --set');
  }
  expect([server.objects.get('leases default/shop'), server.writes]).toEqual([theirs, []]);
});

test('what the set is kept in is in no file of it, and is never left over', async () => {
  const own = (kind: string, apiVersion: string): Obj => ({ apiVersion, kind, metadata: { name: 'shop', namespace: 'default' } });
  write('own', [...release(['v1', 100]), own('Secret', 'v1'), own('Lease', 'coordination.k8s.io/v1')]);
  for (const when of ['before there is a set', 'after']) {
    const { status, stdout } = await apply('own', FINDINGS);
    expect({ when, status }).toEqual({ when, status: 3 });
    for (const kind of ['Secret', 'Lease'])
      expect(stdout).toMatch(
        new RegExp(`refused ${kind}/default/shop: has the name of the set, .*: say another --set, or name it`),
      );
    if (when === 'after') break;
    expect(server.writes).toEqual([]);
    expect((await apply('v1', FINDINGS)).status).toBe(0);
  }
  // as one of the files would be labelled
  const list = server.objects.get('secrets default/shop');
  const { labels, annotations } = list.metadata;
  labels['applyset.kubernetes.io/part-of'] = labels['applyset.kubernetes.io/id'];
  annotations['applyset.kubernetes.io/contains-group-kinds'] += ',Secret';
  const { status, stdout } = await apply('v1-v2', FINDINGS);
  expect([status, stdout]).toEqual([0, expect.not.stringContaining('- Secret')]);
  expect(server.objects.has('secrets default/shop')).toBe(true);
});

test('what the files have and cannot be applied has not left them', async () => {
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  // as kubectl get has it
  const exported = release(['v1', 100]).map((o) => ({
    ...o,
    metadata: { ...o.metadata, labels: { 'applyset.kubernetes.io/part-of': 'applyset-x' } },
  }));
  write('exported', exported);
  const { status, stdout } = await mesh(['plan', 'exported.yaml', '--set', 'shop', FINDINGS]);
  expect([status, stdout]).toEqual([3, expect.stringContaining('has the label applyset.kubernetes.io/part-of already')]);
  expect(stdout).not.toMatch(/deleted|most of the set leaves|is gone/);
});

test("a member whose label somebody took off is the set's still, and it is told", async () => {
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  delete server.objects.get('virtualservices shop/web').metadata.labels;
  const status = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(status.stdout).toContain('VirtualService/shop/web is not applied as the files say it now\n    the label applyset');
  expect(status.stdout).toContain('by which the set knows it, is missing');
  expect((await apply('v1', FINDINGS)).stdout).toContain('~ VirtualService/shop/web\n');
  expect((await mesh(['status', 'v1.yaml', '--set', 'shop'])).status).toBe(0);
});
