import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Obj, service } from '../diff/support';
import { apply, FINDINGS, folder, live, mesh, namespace, release, server, write } from './apply-support';

test('a plan that was approved is applied, and no other', async () => {
  const plan = join(folder, 'approved.json');
  expect((await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS, '--out', plan])).status).toBe(1);
  // digests alone, nothing of what is in the objects
  const { objects } = JSON.parse(readFileSync(plan, 'utf8'));
  const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(Object.values(objects)).toEqual(
    Array(4).fill({ object: expect.any(String), to: digest, from: digest, taken: [], written: '', others: [] }),
  );
  expect(await apply('v2', FINDINGS, '--plan', plan)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('VirtualService/shop/web has changed since'),
  });
  expect(server.writes).toEqual([]);
  expect((await apply('v1', FINDINGS, '--plan', plan)).status).toBe(0);
  expect(await apply('v1', '--plan', 'nowhere.json')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('there is no plan'),
  });
});

test('objects that would go, since fewer files are given, are told as such, the first twenty of them', async () => {
  const plan = join(folder, 'fewer.json');
  const many = Array.from({ length: 30 }, (_, i) => ({ ...service(`s${i}`) }));
  write('all', [...release(['v1', 100]), ...many]);
  write('all-changed', [...release(['v1', 50], ['v2', 50]), ...many]);
  expect((await apply('all', FINDINGS)).status).toBe(0);
  expect((await mesh(['plan', 'all-changed.yaml', '--set', 'shop', FINDINGS, '--out', plan])).status).toBe(1);
  const { status, stderr } = await apply('v1-v2', FINDINGS, '--plan', plan);
  expect([status, stderr]).toEqual([3, expect.stringContaining('Service/shop/s0 would be deleted, too')]);
  expect(stderr).toMatch(/the plan does not hold any more: and so do \d+ more/);
});

test('what is refused cannot be approved, and what was approved takes nothing besides', async () => {
  const plan = join(folder, 'refused.json');
  await apply('v1', FINDINGS);
  const vs = server.objects.get('virtualservices shop/web');
  vs.spec.http[0].timeout = '9s';
  vs.metadata.managedFields = [
    { manager: 'ci', operation: 'Update', apiVersion: 'networking.istio.io/v1', fieldsV1: { 'f:spec': { 'f:http': {} } } },
  ];
  const how = ['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--out', plan];
  const refused = await mesh(how);
  expect([refused.status, existsSync(plan)]).toEqual([3, false]);
  expect(refused.stderr).toContain(`${plan} is not written: what is refused cannot be approved`);
  expect((await mesh([...how, '--take', 'VirtualService/shop/web:.spec.http'])).status).toBe(1);
  server.writes.length = 0;
  // others own it by then, too
  vs.metadata.managedFields.push({ ...vs.metadata.managedFields[0], manager: 'flagger' });
  const moved = await apply('v1-v2', FINDINGS, '--plan', plan);
  expect([moved.status, moved.stderr, server.writes]).toEqual([
    3,
    expect.stringContaining('the plan does not hold any more: VirtualService/shop/web has changed since'),
    [],
  ]);
});

describe('a plan that was approved with its options', () => {
  const plan = join(folder, 'options.json');
  const approved = (...more: string[]) => mesh(['apply', '--plan', plan, '--yes', '--barrier', '0s', ...more]);

  test('is carried out with them, and of the same files and set, with nothing said again', async () => {
    await apply('v1', FINDINGS);
    const dr = server.objects.get('destinationrules shop/web');
    dr.metadata.managedFields = [
      { manager: 'ci', operation: 'Update', apiVersion: 'networking.istio.io/v1', fieldsV1: { 'f:spec': { 'f:subsets': {} } } },
    ];
    // without VirtualService, which would be deleted
    write('kept', release(['v1', 50], ['v2', 50]).slice(0, 3));
    const made = ['plan', 'kept.yaml', '--set', 'shop', FINDINGS, '--prune=false', '--take', 'from=ci', '--out', plan];
    expect((await mesh(made)).status).toBe(1);
    server.writes.length = 0;
    expect(await approved()).toMatchObject({ status: 0, stdout: expect.stringContaining('1 written') });
    expect(server.writes.filter((w) => !w.includes('secrets'))).toEqual(['PATCH destinationrules shop/web']);
    expect(live('destinationrules').subsets).toHaveLength(2);
    expect(live('virtualservices')).toBeDefined();
  });

  test('is refused where the command line says otherwise, with the difference', async () => {
    await apply('v1', FINDINGS);
    const made = ['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--take', 'from=ci', '--max-deletes', '3', '--out', plan];
    expect((await mesh(made)).status).toBe(1);
    server.writes.length = 0;
    const other = await approved('--take', 'from=flagger', '--take', 'from=ci', '--max-deletes', '30', '--prune=false');
    expect([other.status, server.writes]).toEqual([2, []]);
    expect(other.stderr.trim().split('\n')).toEqual([
      'error the plan was made with --take from=ci, and this says --take from=ci --take from=flagger',
      'error the plan was made without --prune=false, and this says --prune=false',
      'error the plan was made with --max-deletes=3, and this says --max-deletes=30',
      'leave it out, and what was approved is carried out; or make a new plan: mesh plan --out FILE',
    ]);
    // the same may be said again, and the files may lie elsewhere
    write('moved-here', release(['v1', 75], ['v2', 25]));
    const same = await approved('moved-here.yaml', '--set', 'shop', '--take', 'from=ci', '--max-deletes', '3', FINDINGS);
    expect([same.status, same.stderr.includes('does not hold')]).toEqual([0, false]);
  });

  test('of standard input needs it again', async () => {
    writeFileSync(
      plan,
      JSON.stringify({ version: 1, set: 'default/shop', server: '', objects: {}, context: 'test', paths: ['-'], options: {} }),
    );
    expect(await approved()).toMatchObject({ status: 2, stderr: expect.stringContaining('the plan was made of standard input') });
  });
});

test('of two objects of one name in different groups each is approved for itself', async () => {
  const plan = join(folder, 'groups.json');
  const kind = (group: string) => ({ group, version: 'v1', kind: 'Gateway', plural: 'gateways', namespaced: true });
  server.kinds = [...server.kinds, kind('networking.istio.io'), kind('gateway.networking.k8s.io')];
  const gateway = (group: string, spec: object): Obj => ({
    apiVersion: `${group}/v1`,
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
    spec,
  });
  const theirs = gateway('gateway.networking.k8s.io', { gatewayClassName: 'istio', listeners: [] });
  const ours = (port: number) =>
    gateway('networking.istio.io', {
      servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*.shop.com'] }],
    });
  const options = [FINDINGS, '--rules=-schema,-gateway-selects-no-pod'];
  write('edge', [namespace, ours(80), theirs]);
  write('edge-other', [namespace, ours(8080), theirs]);
  expect((await mesh(['plan', 'edge.yaml', '--set', 'shop', ...options.slice(1), '--out', plan])).status).toBe(1);
  const { status, stderr } = await apply('edge-other', '--plan', plan);
  expect([status, stderr]).toEqual([3, expect.stringContaining('Gateway/shop/edge has changed since')]);
});

/** An approved plan from v1 to v2, of which a run was broken off after the form between. */
async function brokenOff(name: string): Promise<string> {
  const plan = join(folder, `${name}.json`);
  await apply('v1', FINDINGS);
  expect((await mesh(['plan', 'v2.yaml', '--set', 'shop', FINDINGS, '--out', plan])).status).toBe(1);
  server.writes.length = 0;
  server.knows = () => !server.writes.some((w) => w.includes('destinationrules'));
  expect((await apply('v2', '--plan', plan)).status).toBe(3);
  server.knows = () => true;
  server.objects.get('leases default/shop').spec.leaseDurationSeconds = 1;
  return plan;
}

test('a run of an approved plan that was broken off is gone on with by the same plan, and by no other', async () => {
  const plan = await brokenOff('resumed');
  expect(live('destinationrules').subsets.map((s: any) => s.name)).toEqual(['v1', 'v2']);
  expect(await apply('v1-v2', '--plan', plan)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('VirtualService/shop/web has changed since'),
  });
  expect((await apply('v2', '--plan', plan)).status).toBe(0);
  expect(live('destinationrules').subsets.map((s: any) => s.name)).toEqual(['v2']);
});

test.each([
  ['routes that are to lead elsewhere', 'virtualservices', 'VirtualService'],
  ['the form between', 'destinationrules', 'DestinationRule'],
])('where somebody else wrote %s since, what was approved is not gone on with', async (_, plural, kind) => {
  const plan = await brokenOff(`edited-${plural}`);
  const { metadata } = server.objects.get(`${plural} shop/web`);
  metadata.annotations = { note: 'by hand' };
  const time = '2026-06-01T00:00:00Z';
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { 'f:note': {} } } };
  metadata.managedFields.push({ manager: 'kubectl-annotate', operation: 'Update', apiVersion: 'v1', time, fieldsV1 });
  server.writes.length = 0;
  expect(await apply('v2', '--plan', plan)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining(`${kind}/shop/web has changed since`),
  });
  expect(server.writes).toEqual([]);
});

test('a plan that is carried out may be tried again: nothing is left to be written', async () => {
  const plan = join(folder, 'again.json');
  await apply('v1', FINDINGS);
  expect((await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--out', plan])).status).toBe(1);
  expect((await apply('v1-v2', FINDINGS, '--plan', plan)).status).toBe(0);
  server.writes.length = 0;
  expect((await apply('v1-v2', FINDINGS, '--plan', plan)).status).toBe(0);
  expect(server.writes).toEqual([]);
  // the files say something else by then
  expect((await apply('v1', FINDINGS, '--plan', plan)).status).toBe(3);
});

test('a plan does not hold when somebody has been at it in the cluster', async () => {
  const plan = join(folder, 'moved.json');
  await apply('v1', FINDINGS);
  expect((await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--out', plan])).status).toBe(1);
  server.writes.length = 0;
  server.objects.get('destinationrules shop/web').metadata.annotations = { note: 'by hand' };
  const { status, stderr } = await apply('v1-v2', FINDINGS, '--plan', plan);
  expect([status, server.writes]).toEqual([3, []]);
  expect(stderr).toContain('the plan does not hold any more: DestinationRule/shop/web has changed since');
  expect(stderr).not.toContain('VirtualService/shop/web');
});

test('a plan is of one cluster', async () => {
  const plan = join(folder, 'one.json');
  await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS, '--out', plan]);
  const { status, stderr } = await apply('v1', FINDINGS, '--plan', plan, '--context', 'a', '--context', 'b');
  expect([status, stderr, server.writes]).toEqual([
    2,
    expect.stringContaining('a plan is of one cluster: say --plan for each'),
    [],
  ]);
});

test('a plan of another set says that, and no more', async () => {
  const plan = join(folder, 'other-set.json');
  await mesh(['plan', 'v1.yaml', '--set', 'other', FINDINGS, '--out', plan]);
  const { status, stderr } = await apply('v1', FINDINGS, '--plan', plan);
  expect([status, server.writes]).toEqual([2, []]);
  expect(stderr).toContain('the plan was made for set default/other, and this says --set=shop\nleave it out, and what');
});
