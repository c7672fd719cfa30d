import { spawnSync } from 'node:child_process';
import { stringify } from 'yaml';
import { routes, service, subsets } from '../order/support';
import { commit, dir, gitops, web, yaml } from './gitops-support';
import { ask, write } from './support';

describe('refused, and nothing is written', () => {
  test.each<
    [what: string, base: Record<string, string>, now: Record<string, string>, args: string[], status: number, says: RegExp]
  >([
    ['no base', {}, {}, ['dist'], 2, /say what the clusters have now: --base main/],
    ['no such revision', {}, {}, ['--base', 'nope', 'dist'], 2, /there is no revision "nope"/],
    ['standard input', {}, {}, ['--base', 'HEAD', '-'], 2, /standard input cannot be written to/],
    [
      'an object that is there twice',
      {},
      { 'dist/b.yaml': yaml(service('web')) },
      ['--base', 'HEAD', 'dist'],
      3,
      /Service\/shop\/web is twice in the files: at dist\/b\.yaml:1:1 and at dist\/web\.yaml:1:1/,
    ],
    [
      'an object that was there twice',
      { 'dist/b.yaml': yaml(service('web')) },
      { 'dist/b.yaml': yaml(service('b')) },
      ['--base', 'HEAD', 'dist'],
      3,
      /Service\/shop\/web is twice in "HEAD": at HEAD:dist\/b\.yaml:1:1 and at HEAD:dist\/web\.yaml:1:1/,
    ],
    ['a file that cannot be read', {}, { 'dist/b.yaml': 'a: [' }, ['--base', 'HEAD', 'dist'], 3, /dist\/b\.yaml:1:\d+/],
    [
      'a base that cannot be read',
      { 'dist/b.yaml': 'a: [' },
      { 'dist/b.yaml': '' },
      ['--base', 'HEAD', 'dist'],
      3,
      /HEAD:dist\/b\.yaml:1:\d+/,
    ],
    [
      'JSON without a place for a second object',
      {
        'dist/web.yaml': yaml(...web('v1').slice(0, 2), routes('web', 'old')),
        'dist/o.json': JSON.stringify(service('old').object),
      },
      { 'dist/web.yaml': yaml(...web('v1')), 'dist/o.json': JSON.stringify(service('new').object) },
      ['--base', 'HEAD', 'dist'],
      3,
      /"dist\/o\.json" holds one object as JSON, and has no place for Service "old".*nothing was written/,
    ],
    [
      'documents that nothing divides',
      {},
      { 'dist/web.yaml': `%YAML 1.1\n---\n${yaml(...web('v2'))}` },
      ['--base', 'HEAD', 'dist'],
      3,
      /"dist\/web\.yaml" has documents that no line "---" divides, or directives/,
    ],
    [
      'several paths and a folder as base',
      { 'old/web.yaml': yaml(...web('v1').slice(0, 2), routes('web', 'old')), 'old/o.yaml': yaml(service('old')) },
      { 'dist/c.yaml': yaml(service('c')) },
      ['--base', 'old', 'dist/web.yaml', 'dist/c.yaml'],
      2,
      /Service "old" of "old\/o\.yaml" has to stay for now.*name one folder/,
    ],
  ])('%s', async (what, base, now, args, status, says) => {
    commit({ 'dist/web.yaml': yaml(...web('v1')), ...base });
    write(dir, now);
    const before = spawnSync('git', ['diff'], { cwd: dir, encoding: 'utf8' }).stdout;
    const result = await gitops(...args);
    expect([result.stderr, result.status]).toEqual([expect.stringMatching(says), status]);
    if (what.startsWith('an object')) expect(await ask(['plan', ...args], dir)).toEqual({ ...result, stdout: '' });
    expect(spawnSync('git', ['diff'], { cwd: dir, encoding: 'utf8' }).stdout).toBe(before);
  });

  test('what has no order without a gap', async () => {
    const moved = (name: string) => ({
      object: {
        ...subsets('web', 'v1').object,
        spec: { host: `${name}.shop.svc.cluster.local`, subsets: [{ name: 'v1', labels: {} }] },
      },
    });
    commit({ 'dist/web.yaml': yaml(service('web'), service('api'), moved('web'), routes('web', 'web/v1')) });
    write(dir, { 'dist/web.yaml': yaml(service('web'), service('api'), moved('api'), routes('web', 'api/v1')) });
    const { status, stderr } = await gitops('--base', 'HEAD', 'dist');
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /DestinationRule\/shop\/web: .*VirtualService\/shop\/web needs subset v1 of web\.shop\S* at every moment, .*: make two changes of it, and give what is new a name of its own/,
    );
    expect(stderr).not.toContain('networking.istio.io/');
    expect(stderr).toContain('nothing was written');
    const plan = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([plan.status, plan.stdout]).toEqual([3, expect.stringContaining('make two changes of it')]);
  });

  test('delegates in a circle are named, with the way out, in words and as data', async () => {
    const delegating = (name: string, to: string, hosts: readonly string[] = []) =>
      stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name, namespace: 'shop' },
        spec: { ...(hosts.length > 0 ? { hosts } : {}), http: [{ delegate: { name: to } }] },
      });
    commit({ 'dist/web.yaml': yaml(service('web')) });
    write(dir, { 'dist/root.yaml': delegating('root', 'a', ['web']), 'dist/a.yaml': delegating('a', 'b') });
    write(dir, { 'dist/b.yaml': delegating('b', 'a') });
    const says =
      /VirtualService\/shop\/a: .* it needs delegate shop\/b, and these delegate in a circle: VirtualService\/shop\/a → VirtualService\/shop\/b → VirtualService\/shop\/a: a delegate cannot delegate itself[\s\S]* VirtualService\/shop\/root: waits for VirtualService\/shop\/a, VirtualService\/shop\/b, for which there is no order/;
    const made = await gitops('--base', 'HEAD', 'dist');
    expect([made.status, made.stderr]).toEqual([3, expect.stringMatching(says)]);
    const plan = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([plan.status, plan.stdout]).toEqual([3, expect.stringMatching(says)]);
    const { knots } = JSON.parse((await ask(['plan', '--base', 'HEAD', 'dist', '--json'], dir)).stdout);
    expect(knots.map((k: { what: string }) => k.what).sort()).toEqual(['a', 'b', 'root'].map((n) => `VirtualService/shop/${n}`));
    expect(knots.map((k: { message: string }) => k.message)).toContainEqual(expect.stringContaining('in a circle'));
  });
});

test('what cannot be changed is told without a cluster, with the ways out', async () => {
  const job = (image: string, annotations?: object) =>
    stringify({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'shop', annotations },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
    });
  commit({ 'dist/job.yaml': job('a:1') });
  write(dir, { 'dist/job.yaml': job('a:2') });
  const said = [
    'Job/shop/once: spec.template cannot change once it is there: another name is another run',
    'mesh apply --replace Job/shop/once',
    'argocd.argoproj.io/sync-options: Force=true,Replace=true',
    'kustomize.toolkit.fluxcd.io/force: enabled',
  ];
  const plan = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
  const written = await gitops('--base', 'HEAD', 'dist');
  expect([plan.status, written.status]).toEqual([3, 3]);
  for (const text of said) {
    expect(plan.stdout).toContain(text);
    expect(written.stderr).toContain(text);
  }
  const { stdout } = await ask(['plan', '--base', 'HEAD', '--json', 'dist'], dir);
  expect(JSON.parse(stdout)).toMatchObject({
    safeInOneCommit: true,
    fixed: [{ object: 'Job/shop/once', fields: ['spec.template'] }],
  });
  expect((await ask(['plan', '--base', 'HEAD', '--replace', 'Job/shop/once', 'dist'], dir)).status).toBe(1);
  write(dir, { 'dist/job.yaml': job('a:2', { 'argocd.argoproj.io/sync-options': 'Force=true,Replace=true' }) });
  expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(0);
  write(dir, { 'dist/job.yaml': job('a:2', { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' }) });
  expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(0);
});
