import { service } from '../diff/support';
import { apply, FINDINGS, inItsProcess, kubeconfig, live, mesh, namespace, server, write } from './apply-support';

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

test('nothing to do is nothing written', async () => {
  expect((await inItsProcess(['apply', 'v1.yaml', '--set', 'shop', '--yes', FINDINGS])).status).toBe(0);
  server.writes.length = 0;
  expect(await apply('v1', FINDINGS)).toMatchObject({ status: 0, stdout: expect.stringContaining('4 as they are') });
  expect(server.writes).toEqual([]);
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

test('a write that is refused is marked, and not counted among those to come', async () => {
  await apply('v1', FINDINGS);
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'other', FINDINGS]);
  expect(stdout).toContain('  ~ VirtualService/shop/web (refused: see below)\n');
  expect(stdout).toMatch(/\n4 refused\n$/);
});

test('what the server filled in, and no file says, is no change for requests', async () => {
  write('service', [namespace, service('web')]);
  write('labelled', [namespace, { ...service('web'), metadata: { ...service('web').metadata, labels: { team: 'a' } } }]);
  await apply('service', FINDINGS);
  const { stdout } = await mesh(['plan', 'labelled.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain('.metadata.labels.team');
  expect(stdout).not.toContain('internalTrafficPolicy');
});
