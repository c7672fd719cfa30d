import { apply, FINDINGS, inItsProcess, mesh, server } from './apply-support';

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
