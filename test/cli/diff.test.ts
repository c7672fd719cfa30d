import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployment, routes, service, subsets, to } from '../diff/support';
import { ask, mesh, root } from './support';

const folder = mkdtempSync(join(tmpdir(), 'mesh-diff-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// git without anyone's settings
Object.assign(process.env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
const diff = (args: readonly string[], cwd = folder) => ask(['diff', ...args], cwd);

const yaml = (canary: number) =>
  [
    service('web'),
    deployment('web', 'v1'),
    deployment('web', 'v2'),
    subsets('web'),
    routes('web', [{ route: [to('web', 'v1', 100 - canary), to('web', 'v2', canary)] }]),
  ]
    .map((o) => JSON.stringify(o))
    .join('\n---\n');
const CHANGE = 'shop/web-v1, shop/web-v2 -> web.shop: v1 90 % -> 75 %, v2 10 % -> 25 %';

beforeAll(() => {
  for (const [dir, canary] of [
    ['old', 10],
    ['new', 25],
    ['same', 10],
    ['empty', undefined],
  ] as const) {
    mkdirSync(join(folder, dir));
    if (canary !== undefined) writeFileSync(join(folder, dir, 'web.yaml'), yaml(canary));
  }
  writeFileSync(join(folder, 'bad.yaml'), 'a: [');
});

describe('two folders', () => {
  test('the exit code says whether something differs', async () => {
    expect(mesh(['diff', 'old', 'new'], folder)).toMatchObject({ status: 1, stdout: expect.stringContaining(CHANGE) });
    expect(await diff(['old', 'same'])).toEqual({ status: 0, stdout: 'no difference for any request\n', stderr: '' });
    expect((await diff(['old/web.yaml', 'new/*.yaml'])).stdout).toContain(CHANGE);
  });

  test('the request that is shown can be tried as it is written', async () => {
    const { stdout } = await diff(['old', 'new']);
    const [command] = /mesh trace .*/.exec(stdout)!;
    expect(command).toMatch(/^mesh trace new --from shop\/web-v\d --to web\.shop/);
    expect(await ask(command.split(' ').slice(1), folder)).toMatchObject({ status: 0, stdout: expect.stringContaining('200') });
  });

  test('also when whoever reads has gone', () => {
    const command = `"${process.execPath}" "${join(root, 'bin', 'mesh.js')}" diff old new | true; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, '']);
  });

  test('places are in the files of each side', async () => {
    const { stdout } = await diff(['old', 'new']);
    expect(stdout).toContain('old VirtualService shop/web spec.http[0]  old/web.yaml:9:');
    expect(stdout).toContain('new VirtualService shop/web spec.http[0]  new/web.yaml:9:');
  });

  test('objects that say no namespace are where --namespace says, on both sides', async () => {
    for (const side of ['old', 'new'])
      writeFileSync(
        join(folder, `${side}-bare.yaml`),
        yaml(side === 'old' ? 10 : 25).replaceAll('"namespace":"shop"', '"labels":{}'),
      );
    expect((await diff(['old-bare.yaml', 'new-bare.yaml', '-n', 'store'])).stdout).toContain(CHANGE.replaceAll('shop', 'store'));
  });

  test('as a table, and as data', async () => {
    const table =
      /^\| who -> whom \| what changes \| try \|\n\| --- \| --- \| --- \|\n\| shop\/web-v1, shop\/web-v2 -> web\.shop \|/;
    expect(await diff(['old', 'new', '--markdown'])).toMatchObject({ status: 1, stdout: expect.stringMatching(table) });
    const { status, stdout } = await diff(['old', 'new', '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout).differences).toMatchObject([
      { line: CHANGE, clients: ['shop/web-v1', 'shop/web-v2'], hosts: ['web.shop'] },
    ]);
  });

  test.each<[readonly string[], number, RegExp]>([
    [[], 2, /diff needs two sets of manifests, or two revisions/],
    [['old'], 2, /say two sets of manifests/],
    [['old', 'new', 'same'], 2, /say two sets of manifests/],
    [['', 'new'], 2, /a file or folder is empty text/],
    [['old', ''], 2, /a file or folder is empty text/],
    [['old', 'nowhere'], 2, /there is no file or folder "nowhere"/],
    [['old', 'empty'], 3, /no manifest was read in empty/],
    [['bad.yaml', 'new'], 3, /bad\.yaml:1:\d+ cannot be read/],
    [['main..HEAD', 'old'], 2, /there is no git repository here that would have a revision "main"/],
    [['old', 'new', '--markdwon'], 2, /--markdown/],
  ])('%j ends with %i', async (args, status, says) => {
    const result = await diff(args);
    expect([result.status, result.stderr]).toEqual([status, expect.stringMatching(says)]);
  });
});

test('two formats at once are wrong usage', async () => {
  const { status, stdout } = await diff(['old', 'new', '--json', '--markdown']);
  expect([status, JSON.parse(stdout)]).toEqual([2, { errors: [{ message: 'say one of --json and --markdown' }] }]);
});

describe('settings of the mesh', () => {
  const config = (mode: string, more = '') => `outboundTrafficPolicy: {mode: ${mode}}\n${more}`;
  const map = (mode: string, namespace = 'istio-system') =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace },
      data: { mesh: config(mode) },
    });
  const revision = (name: string, mode: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `istio-${name}`, namespace: 'istio-system', labels: { 'istio.io/rev': name } },
      data: { mesh: config(mode, `defaultConfig: {discoveryAddress: 'istiod-${name}.istio-system.svc:15012'}`) },
    });
  const closed = 'hosts that nobody knows: unknown.invalid, outside the mesh -> 502';
  beforeAll(() => {
    for (const [name, text] of [
      ['any.yaml', config('ALLOW_ANY')],
      ['only.yaml', config('REGISTRY_ONLY')],
      ['odd.yaml', config('ALLOW_ANY', 'h2UpgradePolicy: UPGRADE')],
      ['with-any.yaml', `${yaml(10)}\n---\n${map('ALLOW_ANY')}`],
      ['with-only.yaml', `${yaml(10)}\n---\n${map('REGISTRY_ONLY')}`],
      ['with-two.yaml', `${yaml(10)}\n---\n${map('REGISTRY_ONLY', 'a')}\n---\n${map('ALLOW_ANY', 'b')}`],
      ['with-revision.yaml', `${yaml(10)}\n---\n${revision('1-31', 'REGISTRY_ONLY')}`],
      ['with-revisions.yaml', [yaml(10), ...['1-30', '1-31'].map((r) => revision(r, 'REGISTRY_ONLY'))].join('\n---\n')],
      ['with-others.yaml', [yaml(10), revision('1-30', 'ALLOW_ANY'), revision('1-31', 'REGISTRY_ONLY')].join('\n---\n')],
      ['with-bad.yaml', `${yaml(10)}\n---\n${map('A: [').replace('mode: ', '')}`],
    ] as const)
      writeFileSync(join(folder, name), text);
  });

  test.each<[string, readonly string[], number, string]>([
    ['of files', ['old', 'same', '--old-mesh-config', 'any.yaml', '--mesh-config', 'only.yaml'], 1, closed],
    ['of the old side alone', ['old', 'same', '--old-mesh-config', 'any.yaml'], 0, 'no difference'],
    ['of both', ['old', 'same', '--mesh-config', 'only.yaml'], 0, 'no difference'],
    ['of the manifests', ['with-any.yaml', 'with-only.yaml'], 1, closed],
    ['of one side', ['with-only.yaml', 'with-only.yaml', '--old-mesh-config', 'any.yaml'], 1, closed],
    ['said for both, of the manifests', ['with-any.yaml', 'with-only.yaml', '--mesh-config', 'only.yaml'], 0, 'no difference'],
    [
      'that are not followed',
      ['old', 'same', '--mesh-config', 'odd.yaml', '--old-mesh-config', 'any.yaml'],
      1,
      "MeshConfig's h2UpgradePolicy differs, and may change requests",
    ],
    ['that are there twice', ['old', 'with-two.yaml'], 3, 'ConfigMap "istio" is in the namespaces a (with-two.yaml:'],
    ['of a revision', ['with-any.yaml', 'with-revision.yaml'], 1, closed],
    ['of revisions that say the same', ['with-any.yaml', 'with-revisions.yaml'], 1, closed],
    [
      'of revisions that differ',
      ['old', 'with-others.yaml'],
      3,
      'MeshConfig differs between revisions: ConfigMap "istio-1-30" (with-others.yaml:',
    ],
    ['that cannot be read', ['old', 'with-bad.yaml'], 3, 'ConfigMap "istio" cannot be read: '],
  ])('%s', async (_what, args, status, says) => {
    const result = await diff(args);
    expect([result.status, result.stdout + result.stderr]).toEqual([status, expect.stringContaining(says)]);
  });
});

describe('two revisions', () => {
  const repo = join(folder, 'repo');
  const git = (...args: string[]) => {
    const as = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
    const { status, stderr } = spawnSync('git', [...as, ...args], { cwd: repo, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const write = (canary: number) => writeFileSync(join(repo, 'dist', 'web one.yaml'), yaml(canary));
  beforeAll(() => {
    mkdirSync(join(repo, 'dist'), { recursive: true });
    mkdirSync(join(repo, 'sub'));
    writeFileSync(join(repo, 'cdk8s.yaml'), 'output: dist\n');
    writeFileSync(join(repo, 'dist', 'notes.txt'), 'not a manifest');
    git('init', '-q', '-b', 'main');
    write(10);
    git('add', '.');
    git('commit', '-qm', 'one');
    git('tag', 'v1.0');
    write(25);
    git('commit', '-qam', 'two');
    write(50);
  });

  test.each<[string, readonly string[], string, string]>([
    ['two commits', ['HEAD~1..HEAD', 'dist'], repo, CHANGE],
    ['a tag with dots, and the output folder of cdk8s.yaml', ['v1.0..main'], repo, CHANGE],
    ['up to the files as they are', ['v1.0..', 'dist'], repo, CHANGE.replace('75', '50').replace('25', '50')],
    ['a file, from a folder below', ['HEAD~1..HEAD', '../dist/web one.yaml'], join(repo, 'sub'), CHANGE],
  ])('%s', async (_, args, cwd, says) =>
    expect(await diff(args, cwd)).toMatchObject({ status: 1, stdout: expect.stringContaining(says), stderr: '' }),
  );

  test('places say the revision', async () =>
    expect((await diff(['v1.0..HEAD', 'dist'], repo)).stdout).toContain(
      'old VirtualService shop/web spec.http[0]  v1.0:dist/web one.yaml:9:',
    ));

  test.each<[readonly string[], RegExp]>([
    [['nope..HEAD', 'dist'], /there is no revision "nope"/],
    [['HEAD..--output=x', 'dist'], /there is no revision "--output=x"/],
    [['HEAD~1..HEAD', 'nowhere'], /there are no manifests in nowhere at "HEAD~1"/],
    [['HEAD~1...HEAD', 'dist'], /there is no file or folder "HEAD~1\.\.\.HEAD"/],
  ])('%j is wrong usage', async (args, says) => {
    const result = await diff(args, repo);
    expect([result.status, result.stderr]).toEqual([2, expect.stringMatching(says)]);
  });
});
