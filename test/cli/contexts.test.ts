import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { apply, FINDINGS, folder, kubeconfig, mesh, server } from './apply-support';

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
    expect(stdout).toMatch(/\n\naway {2}failed, see above\ntest {2}ok\n$/);
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
