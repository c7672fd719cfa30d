import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FakeServer } from '../apply/fake-server';
import { type Obj, routes, service, subsets, to } from '../diff/support';
import { type Ended, inOneProcess, root } from './support';

const folder = mkdtempSync(join(tmpdir(), 'mesh-apply-'));
const kubeconfig = join(folder, 'kubeconfig');
let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
  server.kubeconfig(kubeconfig);
});
afterEach(() => server.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = inOneProcess(folder);
/** Runs the command; the server answers meanwhile. */
const mesh = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => command(args, { KUBECONFIG: kubeconfig, ...env });
/**
 * Runs it as a user does, without a terminal.
 * @param until is told what it has said by now; once it is so, the user presses Ctrl-C
 */
function inItsProcess(args: readonly string[], until: (said: string) => boolean = () => false): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'bin', 'mesh.js'), ...args], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const wrote = { stdout: '', stderr: '' };
  let pressed = false;
  for (const to of ['stdout', 'stderr'] as const)
    child[to].on('data', (d) => {
      wrote[to] += d;
      if (!pressed && until(wrote.stdout + wrote.stderr)) pressed = child.kill('SIGINT');
    });
  return new Promise((done) => child.on('close', (status) => done({ status, ...wrote })));
}
const apply = (name: string, ...more: string[]) =>
  mesh(['apply', `${name}.yaml`, '--set', 'shop', '--yes', '--barrier', '0s', ...more]);

const namespace: Obj = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const rule = (...names: string[]) => {
  const r = subsets('web');
  return { ...r, spec: { host: 'web', subsets: names.map((name) => ({ name, labels: { version: name } })) } };
};
const release = (...to_: (readonly [string, number])[]): Obj[] => [
  namespace,
  service('web'),
  rule(...to_.map(([v]) => v)),
  routes('web', [{ route: to_.map(([v, weight]) => to('web', v, weight)) }]),
];
const write = (name: string, objects: readonly Obj[]) =>
  writeFileSync(join(folder, `${name}.yaml`), objects.map((o) => JSON.stringify(o)).join('\n---\n'));
write('v1', release(['v1', 100]));
write('v1-v2', release(['v1', 75], ['v2', 25]));
write('v2', release(['v2', 100]));
write('none', [namespace]);
/** No pods are there, so that subsets select none. */
const FINDINGS = '--rules=-subset-selects-no-pod';

const live = (kind: string) => server.objects.get(`${kind} shop/web`)?.spec;

test('a release, the next one, and one that drops a version: at no time does a route lead to no subset', async () => {
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  expect(live('virtualservices').http[0].route[0].destination.subset).toBe('v1');
  server.writes.length = 0;

  const plan = await mesh(['plan', 'v2.yaml', '--set', 'shop', FINDINGS]);
  expect(plan.status).toBe(1);
  expect(server.writes).toEqual([]);
  expect(plan.stdout.replace(/ \(\/.*|mesh trace.*/g, '')).toMatchSnapshot();

  const { status, stdout, stderr } = await apply('v2', FINDINGS);
  expect([status, stdout.split('\n').at(-2)]).toEqual([0, '3 written']);
  expect(stderr).toContain('phase 2 of 3');
  expect(server.writes.filter((w) => !w.includes('secrets'))).toEqual([
    'PATCH destinationrules shop/web',
    'PATCH virtualservices shop/web',
    'PATCH destinationrules shop/web',
  ]);
  expect(live('destinationrules').subsets.map((s: any) => s.name)).toEqual(['v2']);
});

test('what is made for now otherwise than it is to be is shown: it lets everybody in', async () => {
  const labels = { app: 'web' };
  const kinds = [
    ['apps', 'Deployment', 'deployments'],
    ['security.istio.io', 'AuthorizationPolicy', 'authorizationpolicies'],
  ] as const;
  server.kinds = [
    ...server.kinds,
    ...kinds.map(([group, kind, plural]) => ({ group, version: 'v1', kind, plural, namespaced: true })),
  ];
  const meta = (name: string) => ({ name, namespace: 'shop' });
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
  server.objects.set('deployments shop/web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web'),
    spec: { selector: { matchLabels: labels }, template },
  });
  write('allows', [
    ...release(['v1', 100]),
    ...['a', 'b'].map((name) => ({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: meta(name),
      spec: { selector: { matchLabels: labels }, rules: [{ from: [{ source: { namespaces: [name] } }] }] },
    })),
  ]);
  await apply('v1', FINDINGS);
  const { stdout } = await mesh(['plan', 'allows.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain(`phase 1 of 2
  + AuthorizationPolicy/shop/a (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
`);
  expect(stdout).toContain(`phase 2 of 2
  ~ AuthorizationPolicy/shop/a
      .spec.rules[0].from: [{"source":{"namespaces":["a"]}}]
`);
});

test('nothing to do is nothing written', async () => {
  expect((await inItsProcess(['apply', 'v1.yaml', '--set', 'shop', '--yes', FINDINGS])).status).toBe(0);
  server.writes.length = 0;
  expect(await apply('v1', FINDINGS)).toMatchObject({ status: 0, stdout: expect.stringContaining('4 as they are') });
  expect(server.writes).toEqual([]);
});

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

test('events for programs, a line each, and the result last', async () => {
  const { stdout, status } = await apply('v1', FINDINGS, '--json');
  const events = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect(status).toBe(0);
  expect(events[0]).toMatchObject({ type: 'phase', phase: 1 });
  expect(events.filter((e) => e.type === 'written')).toHaveLength(4);
  expect(events.at(-1)).toMatchObject({ type: 'result', context: 'test', failed: [], pending: [] });
});

test.each<[string, readonly string[], number]>([
  ['a path that is not there', ['nowhere.yaml'], 2],
  ['a context that is not there', ['v1.yaml', '--context', 'nowhere'], 2],
  ['an option that is none', ['v1.yaml', '--stes', 'shop'], 2],
  ['a set that is none', ['v1.yaml', '--set', 'A/B/C'], 2],
])('what is wrong before a cluster is asked is an event, too: %s', async (_, args, status) => {
  const made = await mesh(['--kubeconfig', kubeconfig, 'apply', '--yes', '--json', ...args]);
  const lines = made.stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect([made.status, lines]).toEqual([
    status,
    [expect.objectContaining({ type: 'error', errors: [{ message: expect.any(String) }] })],
  ]);
  // a document of those that answer with one
  expect(JSON.parse((await mesh(['plan', 'nowhere.yaml', '--json'])).stdout)).toEqual({
    errors: [{ message: expect.any(String) }],
  });
});

test('a plan that is refused, or only looked at, is one event with the plan in it', async () => {
  const dry = await apply('v1', FINDINGS, '--json', '--dry-run');
  expect([dry.status, server.writes]).toEqual([0, []]);
  expect(JSON.parse(dry.stdout)).toMatchObject({ type: 'plan', plan: { context: 'test', summary: { create: 4 }, refusals: [] } });
  await apply('v1', FINDINGS);
  const { status, stdout } = await apply('none', '--max-deletes', '2', '--json');
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'refused', plan: { refusals: [{ what: 'the plan' }] } });
});

test('a dry run ends as the run would end, and a plan says whether there is anything to do', async () => {
  const dry = async (file: string) => (await apply(file, FINDINGS, '--dry-run')).status;
  const plan = async (file: string) => (await mesh(['plan', `${file}.yaml`, '--set', 'shop', FINDINGS])).status;
  expect([await dry('v1'), await plan('v1')]).toEqual([0, 1]);
  await apply('v1', FINDINGS);
  server.writes.length = 0;
  expect([await dry('v1'), await plan('v1')]).toEqual([0, 0]);
  expect([await dry('v2'), await plan('v2')]).toEqual([0, 1]);
  server.forbids = (verb, plural) => verb === 'patch' && plural === 'virtualservices';
  expect([await dry('v2'), await plan('v2')]).toEqual([3, 1]);
  server.forbids = () => false;
  server.objects.get('virtualservices shop/web').metadata.labels['applyset.kubernetes.io/part-of'] = 'another';
  expect([await dry('v2'), await plan('v2')]).toEqual([3, 3]);
  expect(server.writes).toEqual([]);
});

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

test('a plan is not carried out when somebody else has applied the set since: it is planned anew', async () => {
  await apply('v1', FINDINGS);
  // another run, that is through by the time when this one takes the lease
  let isFirst = true;
  server.forbids = (verb, plural) => {
    if (isFirst && verb === 'patch' && plural === 'leases') {
      isFirst = false;
      server.objects.get('secrets default/shop').metadata.resourceVersion = 'another';
      server.objects.delete('destinationrules shop/web');
    }
    return false;
  };
  const { status, stdout, stderr } = await apply('v1-v2', FINDINGS, '--json');
  const types = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect([status, types.slice(0, 2), types.at(-1), stderr]).toEqual([0, ['outdated', 'phase'], 'result', '']);
  expect(live('destinationrules').subsets).toHaveLength(2);
});

test('a field of Istio that was added by hand is told: it may turn what the files say', async () => {
  await apply('v1', FINDINGS);
  const dr = server.objects.get('destinationrules shop/web');
  const ours = dr.metadata.managedFields;
  dr.spec.trafficPolicy = { tls: { mode: 'DISABLE' } };
  dr.metadata.managedFields = [
    ...ours,
    {
      manager: 'kubectl-patch',
      operation: 'Update',
      apiVersion: 'networking.istio.io/v1',
      // what the files say as well, and what is no matter, are none of it
      fieldsV1: {
        'f:metadata': { 'f:annotations': { 'f:note': {} } },
        'f:spec': { 'f:host': {}, 'f:trafficPolicy': { 'f:tls': { 'f:mode': {} } } },
      },
    },
  ];
  const added = 'no file says .spec.trafficPolicy.tls.mode (kubectl-patch): write it into the files, or take it out by hand';
  const now = await mesh(['status', 'v1.yaml', '--set', 'shop', '--json']);
  const { drift, notes, asTheyAre } = JSON.parse(now.stdout);
  expect([now.status, drift, notes, asTheyAre]).toEqual([
    1,
    [{ object: 'DestinationRule/shop/web', kind: 'edited', message: added, changes: [], conflicts: [] }],
    [],
    3,
  ]);
  const plan = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([plan.status, plan.stdout]).toEqual([0, expect.stringContaining(`was edited by hand, which stays: ${added}`)]);
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

test('a plan of another set says that, and no more', async () => {
  const plan = join(folder, 'other-set.json');
  await mesh(['plan', 'v1.yaml', '--set', 'other', FINDINGS, '--out', plan]);
  const { status, stderr } = await apply('v1', FINDINGS, '--plan', plan);
  expect([status, server.writes]).toEqual([2, []]);
  expect(stderr).toContain('the plan was made for set default/other, and this says --set=shop\nleave it out, and what');
});

test('of a list that others own, what differs in it is shown', async () => {
  await apply('v1', FINDINGS);
  const vs = server.objects.get('virtualservices shop/web');
  vs.metadata.managedFields = [{ ...vs.metadata.managedFields[0], manager: 'flagger', operation: 'Update' }];
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toMatch(/^ +\.spec\.http\[0\]\.route\[\d\]\S* +flagger \(Update/m);
  expect(stdout).toContain('--take VirtualService/shop/web:.spec.http makes it ours');
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

test('what differs from the files', async () => {
  await apply('v1', FINDINGS);
  expect(await mesh(['status', 'v1.yaml', '--set', 'shop'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('4 as in the files, 0 not'),
  });
  const asked = async (file: string) => {
    const { status, stdout } = await mesh(['status', `${file}.yaml`, '--set', 'shop', '--json']);
    expect(status).toBe(1);
    const { drift, shared } = JSON.parse(stdout);
    return { drift: drift.map((d: any) => [d.object, d.kind]), shared };
  };
  // what nobody else wrote is not applied yet
  expect((await asked('v1-v2')).drift).toEqual([
    ['DestinationRule/shop/web', 'changed'],
    ['VirtualService/shop/web', 'changed'],
  ]);
  server.objects.delete('services shop/web');
  const writer = (manager: string, operation: string) => ({
    manager,
    operation,
    apiVersion: 'networking.istio.io/v1',
    time: '2026-11-22T00:00:00Z',
    fieldsV1: { 'f:spec': { 'f:http': {} } },
  });
  const vs = server.objects.get('virtualservices shop/web');
  vs.spec.http[0].timeout = '9s';
  vs.metadata.managedFields = [writer('kubectl-edit', 'Update')];
  expect(await asked('v1')).toEqual({
    drift: [
      ['Service/shop/web', 'missing'],
      ['VirtualService/shop/web', 'edited'],
    ],
    shared: [
      {
        object: 'VirtualService/shop/web',
        managers: [{ manager: 'kubectl-edit', operation: 'Update', time: '2026-11-22T00:00:00Z', fields: ['.spec.http'] }],
      },
    ],
  });
  for (const [manager, operation] of [
    ['ci', 'Update'],
    ['kubectl', 'Apply'],
  ] as const) {
    vs.metadata.managedFields = [writer(manager, operation), ...(manager === 'ci' ? [writer('kubectl-edit', 'Update')] : [])];
    const kind = manager === 'ci' ? 'stolen' : 'foreign'; // what kubectl apply has taken is taken back
    expect((await asked('v1')).drift[1]).toEqual(['VirtualService/shop/web', kind]);
  }
  const { stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(stdout).toMatch(
    /others own fields of\n {2}VirtualService\/shop\/web {2}kubectl \(Apply, 2026-11-22T00:00:00Z\) +\.spec\.http\n/,
  );
});

describe('many objects of which the same is to be said', () => {
  const names = Array.from({ length: 24 }, (_, i) => `s${i}`);
  const many = (port: number) => [
    namespace,
    ...names.map((name) => ({ ...service(name), spec: { ports: [{ name: 'http', port }] } })),
  ];
  write('many', many(80));
  write('many-81', many(81));
  const lines = (text: string) => text.split('\n').filter((l) => /Services?\b/.test(l));

  test('are counted, in a plan and in a status, unless all are asked for', async () => {
    const made = await mesh(['plan', 'many.yaml', '--set', 'shop']);
    expect(lines(made.stdout)).toContain('  + 24 Services in shop');
    await apply('many');
    const changed = await mesh(['plan', 'many-81.yaml', '--set', 'shop']);
    // each is written twice: with both ports, and then with the new one
    expect(lines(changed.stdout).filter((l) => l.startsWith('  ~'))).toHaveLength(2 * 21);
    expect(changed.stdout).toContain(
      '  ~ 4 more Services in shop (both as it is and as it is to be)\n    --all shows each of them\n',
    );
    expect(changed.stdout).toContain('  ~ 4 more Services in shop\n    --all shows each of them\n');
    const all = await mesh(['plan', 'many-81.yaml', '--set', 'shop', '--all']);
    expect(lines(all.stdout).filter((l) => l.startsWith('  ~'))).toHaveLength(2 * 24);

    const status = await mesh(['status', 'many-81.yaml', '--set', 'shop']);
    expect(lines(status.stdout)).toHaveLength(21);
    expect(status.stdout).toContain('\n4 more Services in shop are not applied as the files say them now\n    --all shows');
    expect(status.stderr).toBe('reading test\n');
    const whole = await mesh(['status', 'many-81.yaml', '--set', 'shop', '--all']);
    expect(lines(whole.stdout)).toHaveLength(24);
  });

  test('taken over as they are, they are a line; who else owns fields is counted, too', async () => {
    await apply('many');
    for (const [key, o] of server.objects)
      if (key.startsWith('services ')) {
        delete o.metadata.labels;
        o.metadata.managedFields = [
          {
            manager: 'kubectl-client-side-apply',
            operation: 'Update',
            apiVersion: 'v1',
            fieldsV1: { 'f:spec': { 'f:ports': {} } },
          },
        ];
      }
    const plan = await mesh(['plan', 'many.yaml', '--set', 'shop']);
    expect(lines(plan.stdout)).toEqual(['  ~ 24 Services in shop (taken over from kubectl-client-side-apply)']);
    const status = await mesh(['status', 'many.yaml', '--set', 'shop']);
    expect(lines(status.stdout)).toHaveLength(20 + 1 + 20 + 1);
    expect(status.stdout).toContain('\n4 more Services in shop are not of this set\n');
    expect(status.stdout).toContain('\n  4 more Services in shop: kubectl-client-side-apply\n');
    expect((await mesh(['status', 'many.yaml', '--set', 'shop', '--json'])).stderr).toBe('');
  });
});

test('names with ":", as roles have them, are told, counted and taken', async () => {
  const group = 'rbac.authorization.k8s.io';
  server.kinds = [...server.kinds, { group, version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false }];
  const role = (n: number, ...verbs: string[]): Obj => ({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `shop:r${n}` },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
  });
  const roles = (...verbs: string[]) => Array.from({ length: 24 }, (_, n) => role(n, ...verbs));
  write('roles', [namespace, ...roles('get')]);
  write('roles-list', [namespace, ...roles('list')]);
  expect((await apply('roles')).status).toBe(0);
  const status = await mesh(['status', 'roles-list.yaml', '--set', 'shop']);
  expect([status.status, status.stderr]).toEqual([1, expect.not.stringContaining('names no object')]);
  expect(status.stdout).toContain('\n4 more ClusterRoles are not applied as the files say them now\n');

  const first = () => [...server.objects.values()].find((o) => o.metadata.name === 'shop:r0');
  first().metadata.managedFields = [
    { manager: 'ci', operation: 'Apply', apiVersion: `${group}/v1`, fieldsV1: { 'f:rules': {} } },
  ];
  expect((await mesh(['plan', 'roles-list.yaml', '--set', 'shop'])).stdout).toContain('--take ClusterRole/shop:r0');
  for (const take of ['ClusterRole/shop:r0', 'ClusterRole/shop:r0:.rules'])
    expect(await mesh(['plan', 'roles-list.yaml', '--set', 'shop', '--take', take])).toMatchObject({ status: 1 });
  expect(await apply('roles-list', '--take', 'ClusterRole/shop:r0:.rules')).toMatchObject({ status: 0 });
  expect(first().rules[0].verbs).toEqual(['list']);
});

test('one context after the other', async () => {
  const { status, stdout } = await apply('v1', FINDINGS, '--context', 'test', '--context', 'prod');
  expect(status).toBe(0);
  expect(stdout).toContain('set default/shop on test');
  expect(stdout).toContain('set default/shop on prod');
});

test('each event says of which context it is', async () => {
  const { stdout } = await apply('v1-v2', FINDINGS, '--json', '--context', 'test', '--context', 'prod');
  const events = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  const contexts = events.map((e) => e.context);
  expect(new Set(events.filter((e) => e.context === 'test').map((e) => e.type))).toEqual(new Set(['phase', 'written', 'result']));
  expect([...new Set(contexts)]).toEqual(['test', 'prod']);
});

describe('several contexts, one of which is away', () => {
  const away = join(folder, 'away');
  const CONTEXTS = ['--kubeconfig', away, '--context', 'away', '--context', 'test'];
  beforeEach(() => {
    const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    // no name server knows it, and no try helps
    config.clusters.push({ name: 'away', cluster: { server: 'https://api.invalid' } });
    config.contexts.push({ name: 'away', context: { cluster: 'away', user: 'u' } });
    writeFileSync(away, JSON.stringify(config));
  });

  test('it is told, and the others are gone on with', async () => {
    const { status, stdout, stderr } = await apply('v1', FINDINGS, ...CONTEXTS);
    expect(status).toBe(3);
    expect(stderr).toMatch(/error .*the API server of context "away" at api\.invalid does not answer/);
    expect(stdout).toContain('4 written');
    const asked = await mesh(['status', 'v1.yaml', '--set', 'shop', ...CONTEXTS]);
    expect([asked.status, asked.stdout]).toEqual([3, expect.stringContaining('4 as in the files, 0 not')]);
  });

  test('it is an event among the others', async () => {
    const { stdout } = await apply('v1', FINDINGS, '--json', ...CONTEXTS);
    const events = stdout
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l));
    expect(events[0]).toMatchObject({ type: 'error', context: 'away' });
    expect(events.at(-1)).toMatchObject({ type: 'result', context: 'test', failed: [] });
  });

  test.each(['plan', 'status'])('%s --json is one document, which says of which context each answer is', async (command) => {
    const { status, stdout } = await mesh([command, 'v1.yaml', '--set', 'shop', '--json', ...CONTEXTS]);
    const { contexts } = JSON.parse(stdout);
    expect(status).toBe(3);
    expect(contexts).toEqual([
      { context: 'away', errors: [{ message: expect.stringContaining('does not answer') }] },
      expect.objectContaining({ context: 'test', set: 'default/shop' }),
    ]);
    const alone = await mesh([command, 'v1.yaml', '--set', 'shop', '--json', ...CONTEXTS.slice(0, 2), '--context', 'test']);
    expect(JSON.parse(alone.stdout)).toEqual(contexts[1]);
  });

  test('one that is not in the kubeconfig is told before anything is written', async () => {
    const { status } = await apply('v1', FINDINGS, '--context', 'test', '--context', 'tset');
    expect([status, server.writes]).toEqual([2, []]);
  });

  test.each(['plan', 'apply', 'status'])('mesh %s: one that is named twice is told before anything is asked', async (command) => {
    const yes = command === 'apply' ? ['--yes'] : [];
    const { status, stderr } = await mesh([
      command,
      'v1.yaml',
      '--context',
      'test',
      '--context',
      'prod',
      '--context',
      'test',
      ...yes,
    ]);
    expect([status, stderr.split('\n')[0], server.writes]).toEqual([
      2,
      'error --context "test" is given twice: each context is done once; another may be meant',
      [],
    ]);
  });
});

test('what is named and is nothing is told, and the run goes on', async () => {
  const { status, stdout } = await apply('v1', FINDINGS, '--take', 'VirtualService/shop/wep', '--delete', 'Namespace/shob');
  expect(status).toBe(0);
  expect(stdout).toContain(
    'note "VirtualService/shop/wep", which is to be taken over, is no object of the files or of the set (did you mean "VirtualService/shop/web"?)',
  );
  expect(stdout).toContain(
    'note "Namespace/shob", which may be deleted, is no object of the files or of the set (did you mean "Namespace/shop"?)',
  );
});

test('all that one owner has is taken by one word, and the plan says what', async () => {
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  for (const [key, o] of server.objects)
    if (key.endsWith('shop/web') && /virtual|destination/.test(key)) {
      o.metadata.labels = { 'app.kubernetes.io/managed-by': 'Helm' };
      o.metadata.annotations = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' };
      o.metadata.managedFields = [
        {
          manager: 'helm',
          operation: 'Update',
          apiVersion: o.apiVersion,
          fieldsV1: { 'f:spec': { 'f:http': {}, 'f:subsets': {} } },
        },
      ];
    }
  const refused = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect([refused.status, refused.stdout]).toEqual([
    3,
    expect.stringContaining('2 of them for helm/shop/web: --take from=helm/shop/web takes over all that is its'),
  ]);
  const taken = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--take', 'from=helm/shop/web']);
  expect(taken.status).toBe(1);
  expect(taken.stdout).toContain('VirtualService/shop/web (taken over from Helm release "web")');
  expect(taken.stdout).toContain('.spec.http is taken from helm (Update)');
  const nobody = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--take', 'from=helm/shop/wep']);
  expect(nobody.stdout).toContain('owns nothing that the files say otherwise (did you mean "helm/shop/web"?)');
});

test('the namespace of the list has to be there before', async () => {
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'nons/shop', FINDINGS]);
  expect(status).toBe(3);
  expect(stdout).toContain('refused Namespace/nons: is not there, and the list of what is applied is to be kept in it');
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

test('rights that lack are a note in a plan, and no run is begun without them', async () => {
  server.forbids = (verb, plural) => verb === 'create' && plural === 'leases';
  const planned = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([planned.status, planned.stdout]).toEqual([
    1,
    expect.stringContaining(
      'note mesh apply needs rights that you do not have:\n    create leases.coordination.k8s.io in namespace "default"  (Lease/default/shop, which keeps the set)\n',
    ),
  ]);
  expect(planned.stdout).not.toContain('kind: Role');
  const applied = await apply('v1', FINDINGS);
  expect([applied.status, applied.stderr, server.writes]).toEqual([3, expect.stringContaining('nothing was written'), []]);
});

test('before anything is written all rights that lack are told, with what takes them and the Roles that give them', async () => {
  await apply('v1', FINDINGS);
  server.writes.length = 0;
  server.forbids = (verb, plural) => verb === 'patch' && ['virtualservices', 'destinationrules'].includes(plural);
  const { status, stdout } = await apply('v1-v2', FINDINGS);
  expect([status, server.writes]).toEqual([3, []]);
  expect(stdout).toContain(`refused mesh apply needs rights that you do not have:
    patch destinationrules.networking.istio.io, virtualservices.networking.istio.io in namespace "shop"  (DestinationRule/shop/web, VirtualService/shop/web)
`);
  const { rights, roles } = JSON.parse((await apply('v1-v2', FINDINGS, '--json')).stdout).plan;
  expect(rights).toHaveLength(2);
  expect(roles).toMatchObject([{ kind: 'Role', metadata: { namespace: 'shop' }, rules: [{ verbs: ['patch'] }] }]);
  const [, ...documents] = stdout.slice(0, stdout.indexOf('\n\n', stdout.indexOf('\n---'))).split('\n---\n');
  expect(documents.map((d) => parse(d))).toEqual(roles);
});

test('what may not be read is not told as new', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'services';
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain('  ? Service/shop/web (whether it is there is not known)\n');
  expect(stdout).not.toMatch(/new|to create/);
  const { objects, summary, traffic } = JSON.parse(
    (await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--json'])).stdout,
  );
  expect(objects).toContainEqual(
    expect.objectContaining({ object: 'Service/shop/web', unread: 'get services in namespace "shop"' }),
  );
  expect([summary.create, JSON.stringify(traffic)]).toEqual([0, expect.not.stringContaining('new')]);
});

test('who may not read the list is told with all else, and nothing is deleted', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'secrets';
  const { status, stdout } = await mesh(['plan', 'none.yaml', '--set', 'shop', FINDINGS]);
  expect(status).toBe(0);
  expect(stdout).toContain('you may not get secrets in namespace "default"');
  expect(stdout).not.toContain('to delete');
});

test('what may not be read is neither missing nor to be made, and nothing is written over it', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'services';
  const { status, stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect([status, stdout]).toEqual([
    3,
    expect.stringContaining('Service/shop/web is not known: you may not get services in namespace "shop"'),
  ]);
  expect(stdout).toContain('3 as in the files, 0 not, 1 not known');
  server.writes.length = 0;
  const applied = await apply('v1-v2', FINDINGS);
  expect([applied.status, server.writes]).toEqual([3, []]);
  expect(applied.stdout).toContain('refused Service/shop/web: you may not get services in namespace "shop": whether it is there');
});

test('who may not read the list does not hear that nothing was ever applied', async () => {
  await apply('v1', FINDINGS);
  expect((await mesh(['status', 'v1.yaml', '--set', 'other'])).stdout).toContain('never applied');
  server.forbids = (verb, plural) => verb === 'get' && plural === 'secrets';
  const { stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(stdout).not.toContain('never applied');
});

test('a run in which the server refused something has ended, and was not broken off', async () => {
  server.refuses = (key) => key === 'services shop/web';
  const { status, stdout } = await apply('v1', FINDINGS);
  expect([status, stdout]).toEqual([
    3,
    expect.stringContaining('what was written stays; mend what failed and run mesh apply again'),
  ]);
  const said = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect([said.status, said.stdout]).toEqual([1, expect.stringContaining('ended in phase 2 of 3, where an object was refused')]);
  server.refuses = () => false;
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  expect(await mesh(['status', 'v1.yaml', '--set', 'shop'])).toMatchObject({
    status: 0,
    stdout: expect.not.stringContaining('a run of'),
  });
});

test('credentials that go out of date on the way: what was written is said, and the next run goes on from there', async () => {
  server.knows = () => server.writes.filter((w) => w.includes('namespaces')).length === 0;
  const { status, stderr } = await apply('v1', FINDINGS);
  expect([status, stderr]).toEqual([
    3,
    expect.stringContaining('1 written before it ended: mesh apply again goes on from there'),
  ]);
  expect(stderr).toContain('\nwritten Namespace/shop\n');
  expect(stderr).toMatch(/\nnot written Service\/shop\/web, DestinationRule\/shop\/web, VirtualService\/shop\/web\n/);
  expect(stderr).toContain('the credentials of the context are not good, or no longer: log in again');
  server.knows = () => true;
  expect((await mesh(['status', 'v1.yaml', '--set', 'shop'])).stdout).toContain('in phase 1 of 3: mesh apply goes on with it');
  // the lease of who is gone is waited for: here for a second
  server.objects.get('leases default/shop').spec.leaseDurationSeconds = 1;
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  expect((await mesh(['status', 'v1.yaml', '--set', 'shop'])).status).toBe(0);
}, 30_000);

test('programs are told, too, what was done of a run that cannot go on, and what was not', async () => {
  server.knows = () => server.writes.filter((w) => w.includes('namespaces')).length === 0;
  const { status, stdout } = await apply('v1', FINDINGS, '--json');
  const [result, error] = stdout
    .trim()
    .split('\n')
    .slice(-2)
    .map((line) => JSON.parse(line));
  expect([status, result, error]).toEqual([
    3,
    {
      type: 'result',
      context: 'test',
      written: ['Namespace/shop'],
      failed: [],
      pending: ['Service/shop/web', 'DestinationRule/shop/web', 'VirtualService/shop/web'],
      notReady: {},
    },
    { type: 'error', context: 'test', errors: [{ message: expect.stringContaining('log in again') }] },
  ]);
}, 30_000);

test('what one may not read is told once for all kinds of a place, and by object for programs', async () => {
  server.forbids = (_, plural) => plural === 'services' || plural === 'virtualservices';
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([status, stdout.slice(stdout.indexOf('refused 2'))]).toEqual([
    3,
    `refused 2 objects: whether they are there, and whose they are, is not known, since you may not
    get services, virtualservices.networking.istio.io in namespace "shop"

2 to create, 2 refused
`,
  ]);
  const told = JSON.parse((await mesh(['plan', 'v1.yaml', '--set', 'shop', '--json', FINDINGS])).stdout);
  expect(told.refusals.map((r: any) => [r.what, r.right])).toEqual([
    ['Service/shop/web', 'get services in namespace "shop"'],
    ['VirtualService/shop/web', 'get virtualservices.networking.istio.io in namespace "shop"'],
  ]);
});

test('whose files they are is asked where objects are of another set, and how to say so', async () => {
  await apply('v1', FINDINGS);
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'other', FINDINGS]);
  expect(status).toBe(3);
  expect(stdout).toContain(
    "refused Service/shop/web: belongs to another set, default/shop, which would delete or overwrite it: say --set default/shop where the files are that set's; --take Service/shop/web takes it over",
  );
  expect(stdout).toContain("4 of them for mesh/default/shop: --set default/shop where the files are that set's; --take from=");
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

test('a write that is refused is marked, and not counted among those to come', async () => {
  await apply('v1', FINDINGS);
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'other', FINDINGS]);
  expect(stdout).toContain('  ~ VirtualService/shop/web (refused: see below)\n');
  expect(stdout).toMatch(/\n4 refused\n$/);
});

describe('Ctrl-C', () => {
  const release = ['apply', 'v2.yaml', '--set', 'shop', '--yes', '--barrier', '60s', FINDINGS];

  test('of a run says what it has written and what it has not', async () => {
    await apply('v1', FINDINGS);
    const { status, stderr } = await inItsProcess(release, (said) => said.includes('waiting until the proxies'));
    expect([status, stderr.split('\n').slice(-5)]).toEqual([
      130,
      [
        'written DestinationRule/shop/web',
        'not written VirtualService/shop/web, DestinationRule/shop/web',
        '1 written before it ended: mesh apply again goes on from there, nothing has to be unlocked',
        'interrupted',
        '',
      ],
    ]);
    expect((await apply('v2', FINDINGS)).status).toBe(0);
  }, 30_000);

  test('is told to programs with what was written and what was not', async () => {
    await apply('v1', FINDINGS);
    const { status, stdout } = await inItsProcess([...release, '--json'], (said) => said.includes('"for":"proxies"'));
    const lines = stdout.trim().split('\n').slice(-2);
    expect([status, ...lines.map((line) => JSON.parse(line))]).toEqual([
      130,
      {
        type: 'result',
        context: 'test',
        written: ['DestinationRule/shop/web'],
        failed: [],
        pending: ['VirtualService/shop/web', 'DestinationRule/shop/web'],
        notReady: {},
      },
      { type: 'interrupted', context: 'test' },
    ]);
  }, 30_000);

  test('before anything is written says so', async () => {
    server.delays = 5_000;
    const { status, stderr } = await inItsProcess(release, (said) => said.includes('reading test'));
    expect([status, stderr.trim().split('\n').at(-1), server.writes]).toEqual([
      130,
      'interrupted: nothing was written to test',
      [],
    ]);
  }, 30_000);
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

test('what the server filled in, and no file says, is no change for requests', async () => {
  write('service', [namespace, service('web')]);
  write('labelled', [namespace, { ...service('web'), metadata: { ...service('web').metadata, labels: { team: 'a' } } }]);
  await apply('service', FINDINGS);
  const { stdout } = await mesh(['plan', 'labelled.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain('.metadata.labels.team');
  expect(stdout).not.toContain('internalTrafficPolicy');
});

describe('a proxy', () => {
  const proxy = createServer();
  const tunnels: string[] = [];
  let port = 0;
  beforeAll(async () => {
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url!);
      const to = connect(Number(request.url!.split(':')[1]), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      to.pipe(socket).pipe(to);
      for (const s of [to, socket]) s.on('error', () => undefined);
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    ({ port } = proxy.address() as AddressInfo);
  });
  beforeEach(() => tunnels.splice(0));
  afterAll(() => proxy.close());
  /** With a server whose name the proxy alone knows. */
  const through = (more: object = {}) => {
    const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const { cluster } = config.clusters[0];
    Object.assign(cluster, { server: cluster.server.replace('127.0.0.1', 'api.invalid') }, more);
    writeFileSync(kubeconfig, JSON.stringify(config));
  };
  const plan = (env: NodeJS.ProcessEnv = {}) => mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS], env);

  test('of the kubeconfig is taken, on connections that are kept', async () => {
    through({ 'proxy-url': `http://127.0.0.1:${port}` });
    expect((await plan()).status).toBe(1);
    expect(new Set(tunnels)).toEqual(new Set([expect.stringMatching(/^api\.invalid:\d+$/)]));
    tunnels.length = 0;
    expect((await apply('v1', FINDINGS)).status).toBe(0);
    expect(tunnels.length).toBeLessThan(15);
  });

  test('of the environment, too, unless the server is spared', async () => {
    through();
    const env = { HTTP_PROXY: `http://127.0.0.1:${port}` };
    expect((await plan(env)).status).toBe(1);
    expect(tunnels).not.toEqual([]);
    tunnels.length = 0;
    expect(await plan({ ...env, NO_PROXY: '.invalid' })).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('api.invalid'),
    });
    expect(tunnels).toEqual([]);
  });

  test('that is away is said to be, without its password', async () => {
    through({ 'proxy-url': 'http://u:secret@127.0.0.1:9' });
    const { status, stderr } = await plan();
    expect([status, stderr]).toEqual([3, expect.stringContaining('is not reached through the proxy 127.0.0.1:9 (')]);
    expect(stderr).not.toContain('secret');
  }, 20_000);
});

describe('wrong usage', () => {
  test.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    [
      'no such context',
      ['plan', 'v1.yaml', '--context', 'pord'],
      {},
      'there is no context "pord" in the kubeconfig (did you mean "prod"?)',
    ],
    ['no kubeconfig', ['plan', 'v1.yaml'], { KUBECONFIG: '/nowhere/at/all' }, 'the kubeconfig cannot be read'],
    ['a name that is none', ['plan', 'v1.yaml', '--set', 'A B'], {}, '"A B" cannot name a set of objects'],
    ['a name of three parts', ['plan', 'v1.yaml', '--set', 'a/b/c'], {}, '"a/b/c" cannot name a set of objects'],
    [
      'deletions that are no number',
      ['plan', 'v1.yaml', '--max-deletes', 'x'],
      {},
      '--max-deletes has to be a whole number of at least 0',
    ],
    [
      'fewer deletions than none',
      ['plan', 'v1.yaml', '--max-deletes=-1'],
      {},
      '--max-deletes has to be a whole number of at least 0',
    ],
    ['an object that is none', ['plan', 'v1.yaml', '--take', 'web'], {}, '"web" names no object'],
    [
      'a plan of two clusters',
      ['plan', 'v1.yaml', '--out', 'p', '--context', 'test', '--context', 'prod'],
      {},
      'is of one cluster',
    ],
    ['a plan in no folder', ['plan', 'v1.yaml', '--out', 'no/such/p'], {}, 'there is no folder'],
    ['a plan that is a folder', ['plan', 'v1.yaml', '--out', '.'], {}, 'which is a folder: name a file'],
    ['a rule that is none', ['plan', 'v1.yaml', '--rules', 'nope'], {}, 'there is no rule "nope"'],
    ['no such MeshConfig', ['plan', 'v1.yaml', '--mesh-config', 'nowhere-at-all.yaml'], {}, 'there is no file'],
    ['a time that is none', ['apply', 'v1.yaml', '--barrier', 'soon'], {}, 'it has to be a time, such as 500ms, 5s or 2m'],
  ])('%s', async (_, args, env, said) => {
    const { status, stderr } = await mesh(args, env);
    expect(stderr).toContain(said);
    expect(status).toBe(2);
  });

  test('nobody to ask', async () => {
    const { status, stderr } = await inItsProcess(['apply', 'v1.yaml']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('there is nobody to ask: say --yes, or --dry-run to look only'),
    ]);
  });

  test('half a file: nothing is applied', async () => {
    writeFileSync(join(folder, 'half.yaml'), `${JSON.stringify(service('web'))}\n---\nkind: [`);
    const { status, stderr } = await apply('half');
    expect([status, server.writes]).toEqual([3, []]);
    expect(stderr).toMatch(/half\.yaml:\d+:\d+/);
  });

  test.each([
    [
      'a kind that nobody knows',
      { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'g' } },
      'install Istio first',
    ],
    [
      'a kind by another name',
      { apiVersion: 'networking.istio.io/v1', kind: 'VirtualServices', metadata: { name: 'g' } },
      'which the cluster does not know (did you mean "VirtualService"?)',
    ],
    ['another version', { ...service('web'), apiVersion: 'v2' }, 'the cluster has Service in v1 alone'],
    ['a name that changes', { ...service('web'), metadata: { generateName: 'web-' } }, 'give it a name'],
    ['a namespace that is not there', service('web', undefined, 'shpo'), 'is of namespace "shpo", which is not there'],
  ])('%s', async (name, object, said) => {
    const file = name.replace(/ /g, '-');
    write(file, [namespace, object as Obj]);
    const { status, stdout } = await apply(file);
    expect(stdout).toContain(said);
    expect([status, server.writes]).toEqual([3, []]);
    const told = await mesh(['status', `${file}.yaml`, '--set', 'shop']);
    expect([told.status, told.stdout]).toEqual([1, expect.stringMatching(/ as in the files, [12] not/)]);
  });
});

test('a pull request is planned without a cluster', async () => {
  for (const [dir, objects] of [
    ['base', release(['v1', 100])],
    ['both', release(['v1', 50], ['v2', 50])],
    ['last', release(['v2', 100])],
  ] as const) {
    mkdirSync(join(folder, dir), { recursive: true });
    writeFileSync(join(folder, dir, 'web.yaml'), objects.map((o) => JSON.stringify(o)).join('\n---\n'));
  }
  const env = { KUBECONFIG: '/nowhere/at/all' };
  expect((await mesh(['plan', 'base', '--base', 'base'], env)).status).toBe(0);
  expect((await mesh(['plan', 'both', '--base', 'base'], env)).status).toBe(1);
  const refused = await mesh(['plan', 'last', '--base', 'base'], env);
  expect([refused.status, refused.stdout]).toEqual([3, expect.stringContaining('one commit cannot do this without a gap')]);
  expect(server.writes).toEqual([]);
});
