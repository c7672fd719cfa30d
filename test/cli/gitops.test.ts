import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readManifests } from '../../src/manifests/files';
import type { Manifest } from '../../src/manifests/manifest';
import { SYNC_WAVE } from '../../src/manifests/wave';
import { removeLeftovers } from '../../src/synth/leftovers';
import { manifest, routes, service, subsets } from '../order/support';
import { ask, write } from './support';

// git without anyone's settings
Object.assign(process.env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mesh-gitops-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const git = (...args: string[]) => {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: dir,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
};
const commit = (files: Record<string, string>) => {
  write(dir, files);
  if (!existsSync(join(dir, '.git'))) git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'x');
};
const gitops = (...args: string[]) => ask(['gitops', ...args], dir);
const read = (file: string) => readFileSync(join(dir, file), 'utf8');
const objects = (folder = 'dist') =>
  readManifests([join(dir, folder)]).manifests.map((m) =>
    [
      m.kind,
      m.name,
      ...(m.kind === 'DestinationRule' ? m.object.spec.subsets.map((s: any) => s.name) : []),
      ...(m.kind === 'VirtualService' ? m.object.spec.http[0].route.map((r: any) => r.destination.subset) : []),
    ].join(' '),
  );

const yaml = (...all: { object: object }[]) => all.map((m) => stringify(m.object)).join('---\n');
const web = (...versions: string[]) => [
  service('web'),
  subsets('web', ...versions),
  routes('web', ...versions.map((v) => `web/${v}`)),
];

describe('two commits', () => {
  beforeEach(() => commit({ 'dist/web.yaml': yaml(...web('v1')) }));

  test('the first holds both, and the second is what the app says', async () => {
    const final = `# ours\n${yaml(...web('v2'))}---\n# beside\n${stringify(service('x').object)}`;
    write(dir, { 'dist/web.yaml': final });
    const first = await gitops('--base', 'HEAD', 'dist');
    expect(first.status).toBe(1);
    expect(first.stdout).toBe(
      `2 commits are needed: what is taken away is in use until the rest is in effect

the first holds, otherwise than the files did
  DestinationRule/shop/web  both as it is and as it is to be

wrote dist/web.yaml

commit this, and let it be synchronized to every cluster. Then write the files again (mesh synth), and
mesh gitops --base HEAD dist says that one commit does the rest
`,
    );
    expect(objects()).toEqual(['Service web', 'DestinationRule web v1 v2', 'VirtualService web v2', 'Service x']);
    // all but the one document is as it was
    const [head, tail] = [final.indexOf('---'), final.indexOf('---', final.indexOf('VirtualService') - 60)];
    expect(read('dist/web.yaml').startsWith(final.slice(0, head))).toBe(true);
    expect(read('dist/web.yaml').endsWith(final.slice(tail))).toBe(true);
    // the same again is the same
    const once = read('dist/web.yaml');
    expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(0);
    expect(read('dist/web.yaml')).toBe(once);

    commit({});
    write(dir, { 'dist/web.yaml': final });
    const second = await gitops('--base', 'HEAD', 'dist');
    expect([second.status, second.stdout]).toEqual([
      0,
      'one commit does it: nothing that is in use is taken away (1 object is written)\n',
    ]);
    expect(read('dist/web.yaml')).toBe(final);
  });

  test('what goes later is put back where the base had it', async () => {
    commit({ 'dist/old.yaml': yaml(service('old')), 'dist/web.yaml': yaml(...web('v1').slice(0, 2), routes('web', 'old')) });
    rmSync(join(dir, 'dist/old.yaml'));
    write(dir, { 'dist/web.yaml': yaml(...web('v1')) });
    const { status, stdout } = await gitops('--base', 'HEAD', 'dist');
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/Service\/shop\/old {2}as it is, for now\n\nwrote dist\/old\.yaml\n/),
    ]);
    expect(objects()).toEqual(['Service old', 'Service web', 'DestinationRule web v1', 'VirtualService web v1']);
    git('diff', '--exit-code', '--', 'dist/old.yaml');
    commit({});
    rmSync(join(dir, 'dist/old.yaml'));
    expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(0);
  });

  test('what is put back, mesh synth takes away again', async () => {
    commit({ 'dist/old.k8s.yaml': yaml(service('old')), 'dist/web.yaml': yaml(...web('v1').slice(0, 2), routes('web', 'old')) });
    rmSync(join(dir, 'dist/old.k8s.yaml'));
    write(dir, {
      'dist/web.yaml': yaml(...web('v1')),
      'dist/sources.map': JSON.stringify({ version: 1, objects: {}, files: {} }),
    });
    await gitops('--base', 'HEAD', 'dist');
    expect(existsSync(join(dir, 'dist/old.k8s.yaml'))).toBe(true);
    expect(removeLeftovers(join(dir, 'dist'), []).removed).toEqual([join(dir, 'dist/old.k8s.yaml')]);
    expect(existsSync(join(dir, 'dist/old.k8s.yaml'))).toBe(false);
  });

  test('into a file that holds other things now', async () => {
    commit({ 'dist/web.yaml': yaml(service('old'), ...web('v1').slice(0, 2), routes('web', 'old')) });
    write(dir, { 'dist/web.yaml': yaml(...web('v1')).trimEnd() });
    expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(1);
    expect(objects()).toEqual(['Service web', 'DestinationRule web v1', 'VirtualService web v1', 'Service old']);
  });

  test('what comes later is taken out', async () => {
    const policy = (rules: object[]) => ({
      object: {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { name: 'p', namespace: 'shop' },
        spec: { rules },
      },
    });
    const pods = { object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace: 'shop' }, spec: {} } };
    commit({ 'dist/pods.yaml': yaml(pods) });
    write(dir, { 'dist/web.yaml': yaml(...web('v1', 'v2')), 'dist/policy.yaml': yaml(policy([{ from: [{}] }])) });
    const { status, stdout } = await gitops('--base', 'HEAD', 'dist');
    expect([status, stdout]).toEqual([
      1,
      expect.stringContaining('AuthorizationPolicy/shop/p  not yet\n\nremoved dist/policy.yaml\n'),
    ]);
    expect(existsSync(join(dir, 'dist/policy.yaml'))).toBe(false);
  });

  test('a base that is a folder', async () => {
    write(dir, {
      'old/sub/old.yaml': yaml(service('old')),
      'old/web.yaml': yaml(...web('v1').slice(0, 2), routes('web', 'old')),
    });
    write(dir, { 'dist/web.yaml': yaml(...web('v1')) });
    expect((await gitops('--base', 'old', 'dist')).status).toBe(1);
    expect(read('dist/sub/old.yaml')).toContain('name: old');
  });

  test('what Flux would delete and make anew is told', async () => {
    const policy = (wave: string, spec: object) => {
      const { object } = manifest('security.istio.io/v1', 'AuthorizationPolicy', 'web', spec);
      return stringify({ ...object, metadata: { ...object.metadata, annotations: { [SYNC_WAVE]: wave } } });
    };
    commit({ 'dist/web.yaml': policy('1', { rules: [{}] }) });
    write(dir, { 'dist/web.yaml': policy('2', {}) });
    const { status, stderr } = await gitops('--base', 'HEAD', 'dist');
    expect(status).toBe(0);
    expect(stderr).toContain('one Kustomization of Flux a wave, AuthorizationPolicy/shop/web would not be there for a while');
    commit({ 'dist/web.yaml': policy('2', {}) });
    write(dir, { 'dist/web.yaml': policy('1', { rules: [{}] }) });
    expect((await gitops('--base', 'HEAD', 'dist')).stderr).toBe('');
  });

  test('without paths it is the output of cdk8s.yaml; as data', async () => {
    write(dir, { 'cdk8s.yaml': 'output: dist\n', 'dist/web.yaml': yaml(...web('v2')) });
    const { status, stdout } = await gitops('--base', 'main', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      base: 'main',
      commits: [
        { writes: [{ object: 'DestinationRule/shop/web', action: 'change' }, { object: 'VirtualService/shop/web' }] },
        { writes: [{ object: 'DestinationRule/shop/web' }] },
      ],
      first: [{ object: 'DestinationRule/shop/web', holds: 'both' }],
      written: ['dist/web.yaml'],
      removed: [],
      order: expect.stringContaining('DestinationRule, then VirtualService'),
    });
  });

  test('objects that say no namespace are where --namespace says', async () => {
    const bare = (...versions: string[]) =>
      web(...versions).map((m) => ({ object: { ...m.object, metadata: { name: m.name } } as any }));
    commit({ 'dist/web.yaml': yaml(...bare('v1')) });
    write(dir, { 'dist/web.yaml': yaml(...bare('v2')) });
    expect((await ask(['plan', '--base', 'HEAD', '-n', 'shop', 'dist'], dir)).status).toBe(3);
    const { status, stdout } = await gitops('--base', 'HEAD', '-n', 'shop', 'dist');
    expect([status, stdout]).toEqual([1, expect.stringContaining('DestinationRule/shop/web')]);
    expect(objects()).toEqual(['Service web', 'DestinationRule web v1 v2', 'VirtualService web v2']);
    expect(read('dist/web.yaml')).not.toContain('namespace');
  });

  test('of a list only the item changes, and JSON stays JSON', async () => {
    const list = (all: { object: object }[]) => ({ apiVersion: 'v1', kind: 'List', items: all.map((m) => m.object) });
    for (const [file, text] of [
      ['list.yaml', stringify],
      ['list.json', (o: object) => JSON.stringify(o, null, 2)],
    ] as const) {
      rmSync(join(dir, 'dist'), { recursive: true });
      commit({ [`dist/${file}`]: text(list([...web('v1'), service('old')])) });
      write(dir, { [`dist/${file}`]: text(list(web('v2'))) });
      expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(1);
      expect(objects()).toEqual(['Service web', 'DestinationRule web v1 v2', 'VirtualService web v2', 'Service old']);
      if (file.endsWith('json')) JSON.parse(read(`dist/${file}`));
    }
  });

  test('line ends, marks and links stay', async () => {
    const text = `\uFEFF---  # first\n${yaml(...web('v2'))}`.replace(/\n/g, '\r\n');
    write(dir, { 'real.yaml': text });
    rmSync(join(dir, 'dist/web.yaml'));
    symlinkSync('../real.yaml', join(dir, 'dist/web.yaml'));
    expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(1);
    const after = read('real.yaml');
    expect(after.startsWith('\uFEFF---  # first\r\n')).toBe(true);
    expect(after.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
    expect(objects()).toContain('DestinationRule web v1 v2');
  });
});

describe('one commit', () => {
  beforeEach(() => commit({ 'dist/web.yaml': yaml(...web('v1')) }));

  test('nothing to do', async () =>
    expect(await gitops('--base', 'HEAD', 'dist')).toEqual({
      status: 0,
      stdout: 'nothing to commit: the files are as they are at HEAD\n',
      stderr: '',
    }));

  test('an order that no object says is worth a look', async () => {
    write(dir, { 'dist/web.yaml': yaml(...web('v1', 'v2')) });
    const { status, stdout, stderr } = await gitops('--base', 'HEAD', 'dist');
    expect([status, stdout]).toEqual([0, expect.stringContaining('one commit does it')]);
    const says =
      'safe only where it is written in order (DestinationRule, then VirtualService), and no object says so: call syncWaves(app)';
    expect(stderr).toContain(says);
    const plan = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([plan.status, plan.stdout]).toEqual([1, expect.stringContaining(`\n\nworth a look this commit is ${says}`)]);
    const { order } = JSON.parse((await ask(['plan', '--base', 'HEAD', '--json', 'dist'], dir)).stdout);
    expect(order).toContain(says);
  });

  test('pods that routes come to lead to are waited for', async () => {
    const pods = (version: string) =>
      manifest('apps/v1', 'Deployment', `web-${version}`, {
        selector: { matchLabels: { app: 'web', version } },
        template: { metadata: { labels: { app: 'web', version } }, spec: { containers: [{ name: 'web', image: 'web' }] } },
      });
    const state = (...versions: string[]) => yaml(...versions.map(pods), ...web(...versions));
    commit({ 'dist/web.yaml': state('v1') });
    write(dir, { 'dist/web.yaml': state('v1', 'v2') });
    const { stdout } = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect(stdout).toMatch(/^ {2}\+ Deployment\/shop\/web-v2\n {2}then until the pods are ready\n {2}then until the proxies/m);
    const { phases } = JSON.parse((await ask(['plan', '--base', 'HEAD', '--json', 'dist'], dir)).stdout);
    expect(phases.map((p: any) => [p.pods, p.gone, p.settles])).toEqual([
      [['Deployment/shop/web-v2'], [], true],
      [[], [], false],
    ]);
    expect(phases[0].awaited).toContain('pods web.shop.svc.cluster.local v2');
  });

  test('an object without a wave beside those with one is not counted on', async () => {
    const waved = (m: Manifest, wave: string) => ({
      object: { ...m.object, metadata: { ...m.object.metadata, annotations: { [SYNC_WAVE]: wave } } },
    });
    const state = (...waves: (string | undefined)[]) =>
      yaml(...web('v1', 'v2').map((m, i) => (waves[i] === undefined ? m : waved(m, waves[i]))));
    const says = 'so Argo CD takes those without it for wave 0: VirtualService/shop/web; with waves';
    write(dir, { 'dist/web.yaml': state('1', '3') });
    const plan = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([plan.status, plan.stdout]).toEqual([3, expect.stringContaining(says)]);
    const first = await gitops('--base', 'HEAD', 'dist');
    expect([first.status, first.stderr]).toEqual([1, expect.stringContaining(says)]);
    write(dir, { 'dist/web.yaml': state('1', '3', '5') });
    const { status, stdout } = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([status, stdout]).toEqual([1, expect.not.stringContaining('worth a look')]);
  });
});

describe('what the base is', () => {
  const plan = (...args: string[]) => ask(['plan', '--base', ...args], dir);
  beforeEach(() => {
    commit({ 'dist/web.yaml': yaml(...web('v1')), 'dist/values/none.txt': '' });
    git('branch', 'prod');
    git('tag', 'base');
    commit({ 'dist/web.yaml': yaml(...web('v2')) });
  });

  test.each([
    ['a folder', 'dist'],
    ['a glob', 'dist/*.yaml'],
    ['a glob over folders', '**/{web,other}.yaml'],
    ['a glob from another folder', './dist/../dist/w*.yaml'],
  ])('%s is looked up in it, too', async (_, path) => {
    expect((await plan('base', path)).status).toBe(3);
    expect(await ask(['diff', 'base..HEAD', path], dir)).toMatchObject({ status: 0 });
  });

  test('of standard input there is no revision', async () => {
    const says = 'error standard input is in no revision: name the files or folders that are planned, or a folder that holds';
    expect(await plan('base', '-')).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
  });

  test('a folder that it does not have may have had another name', async () => {
    git('mv', 'dist', 'manifests');
    const says =
      /there are no manifests in manifests at "base"\nwhat is there by now is not known: .*; for a first commit, --base an empty folder/;
    expect(await plan('base', 'manifests')).toMatchObject({ status: 2, stderr: expect.stringMatching(says) });
    expect(await gitops('--base', 'base', 'manifests')).toMatchObject({ status: 2, stderr: expect.stringMatching(says) });
  });

  test('one of several that it does not have is told', async () => {
    write(dir, { 'more/x.yaml': yaml(service('x')) });
    const { status, stderr } = await plan('base', 'dist', 'more');
    expect([status, stderr]).toEqual([3, 'there are no manifests in more at "base": what is in there now counts as new\n']);
  });

  test('a submodule below one is told', async () => {
    git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},dist/shared`);
    git('commit', '-qm', 'x');
    expect(await plan('HEAD', 'dist')).toMatchObject({
      status: 0,
      stderr: 'there are no manifests in dist/shared at "HEAD": what is in there now counts as new\n',
    });
  });

  test('a link to a file is followed in the commit', async () => {
    commit({ 'shared/web.yaml': yaml(...web('v1')), 'dist/x.yaml': yaml(service('x')) });
    rmSync(join(dir, 'dist/web.yaml'));
    symlinkSync('../shared/web.yaml', join(dir, 'dist/web.yaml'));
    commit({});
    write(dir, { 'shared/web.yaml': yaml(...web('v1', 'v2')) });
    const { status, stdout } = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([status, stdout]).toEqual([1, expect.stringContaining('~ DestinationRule/shop/web')]);
    expect(stdout).not.toContain('+ Service');
    const inside = await ask(['plan', '--base', 'HEAD', '.'], join(dir, 'dist'));
    expect([inside.status, inside.stdout]).toEqual([status, stdout]);
  });

  test('a link that leads out of the commit is told with its place', async () => {
    commit({ 'dist/x.yaml': yaml(service('x')) });
    symlinkSync('../../out.yaml', join(dir, 'dist/z.yaml'));
    symlinkSync('gone.yaml', join(dir, 'dist/y.yaml'));
    commit({});
    rmSync(join(dir, 'dist/z.yaml'));
    rmSync(join(dir, 'dist/y.yaml'));
    const { status, stderr } = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('HEAD:dist/z.yaml:1:1: is a link to "../out.yaml", which is not in the repository'),
    ]);
    expect(stderr).toContain('HEAD:dist/y.yaml:1:1: is a link to what is not there');
  });

  test('files in UTF-16 are read in a commit, too, and what is no text is told with its place', async () => {
    commit({ 'dist/x.yaml': yaml(service('x')) });
    const text = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(yaml(service('wide')), 'utf16le')]);
    writeFileSync(join(dir, 'dist/y.yaml'), text);
    commit({});
    expect(await ask(['plan', '--base', 'HEAD', 'dist'], dir)).toMatchObject({ status: 0 });
    writeFileSync(join(dir, 'dist/z.yaml'), Buffer.from('# caf\xe9\n', 'latin1'));
    commit({});
    rmSync(join(dir, 'dist/z.yaml'));
    expect(await ask(['plan', '--base', 'HEAD', 'dist'], dir)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('HEAD:dist/z.yaml:1:6: is no UTF-8: the byte 0xe9 stands for no character'),
    });
  });

  test('what is of a cluster is wrong usage beside --base', async () => {
    commit({ 'dist/x.yaml': yaml(service('x')) });
    const said = (...args: string[]) => ask(['plan', '--base', 'HEAD', 'dist', ...args], dir);
    expect(await said('--context', 'prod', '--take', 'Service/a/x')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--context, --take are for a cluster, and --base asks none: leave them out, or --base'),
    });
    for (const arg of ['--prune=false', '--verify', '--set=x', '--rules=all', '--out=p.json', '--max-deletes=1'])
      expect((await said(arg)).status).toBe(2);
    expect((await said('--all', '-n', 'a', '--replace', 'Service/a/x')).status).toBe(0);
  });

  test('a kustomization beside manifests is told to be not built, where it says more than which files there are', async () => {
    commit({ 'dist/x.yaml': yaml(service('x')), 'dist/kustomization.yaml': 'resources: [x.yaml]\nnamePrefix: a-\n' });
    const said = async () => (await ask(['plan', '--base', 'HEAD', 'dist'], dir)).stderr;
    expect(await said()).toContain('note dist/kustomization.yaml is not built');
    expect(await said()).toContain('kustomize build dist | mesh');
    write(dir, { 'dist/kustomization.yaml': 'resources: [x.yaml]\n' });
    expect(await said()).not.toContain('not built');
    write(dir, { 'dist/kustomization.yaml': 'resources: [../base]\n' });
    expect(await said()).toContain('not built');
  });

  test('a link leads nowhere in git', async () => {
    symlinkSync('dist', join(dir, 'live'));
    expect(await plan('base', 'live')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"live" is a link, name what it leads to: "dist"'),
    });
  });

  test('a folder and a branch of one name are told apart', async () => {
    write(dir, { 'prod/web.yaml': yaml(...web('v2')) });
    expect(await plan('prod', 'dist')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        '--base "prod" is a folder and a git revision: say ./prod for the folder, refs/heads/prod for the revision',
      ),
    });
    expect((await plan('./prod', 'dist')).status).toBe(0);
    expect((await plan('refs/heads/prod', 'dist')).status).toBe(3);
    const hash = spawnSync('git', ['rev-parse', 'base'], { cwd: dir, encoding: 'utf8' }).stdout.trim();
    write(dir, { [`${hash.slice(0, 9)}/x`]: '' });
    expect((await plan(hash.slice(0, 9), 'dist')).stderr).toContain(`${hash} for the revision`);
  });

  test('an empty folder says that nothing is there yet, another without manifests says nothing', async () => {
    mkdirSync(join(dir, 'none/below'), { recursive: true });
    for (const command of ['plan', 'gitops'])
      expect(await ask([command, '--base', 'none', 'dist'], dir)).toMatchObject({
        status: command === 'plan' ? 1 : 0,
        stderr: expect.stringContaining('"none" is an empty folder: nothing was there before, everything is new\n'),
      });
    for (const [file, text] of [
      ['README.md', ''],
      ['values.yaml', 'replicas: 1\n'],
    ] as const) {
      write(dir, { [`some/${file}`]: text });
      expect(await plan('some', 'dist')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/no manifest was read in "some"\n.*--base an empty folder/),
      });
    }
  });

  test('a revision without a repository, and one that a shallow clone lacks', async () => {
    git('clone', '-q', '--depth', '1', `file://${dir}`, 'shallow');
    expect(await ask(['plan', '--base', 'base', 'dist'], join(dir, 'shallow'))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/there is no revision "base" .*: it is a shallow clone, .* --unshallow .*fetch-depth: 0/),
    });
    rmSync(join(dir, '.git'), { recursive: true });
    expect(await plan('HEAD', 'dist')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no git repository here that would have a revision "HEAD": not a git repository'),
    });
  });
});

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
      /VirtualService\/shop\/root: .* it needs delegate shop\/a, and these delegate in a circle: VirtualService\/shop\/a → VirtualService\/shop\/b → VirtualService\/shop\/a: a delegate cannot delegate itself/;
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

describe('mesh plan --base says what each write changes', () => {
  const plan = (...args: string[]) => ask(['plan', '--base', 'HEAD', ...args, 'dist'], dir);
  /** What is written, without what it changes for requests. */
  const writes = (said: string) => said.slice(said.search(/^(commit 1|phase 1|what is written)/m));

  test('and what the first of several commits holds', async () => {
    commit({ 'dist/web.yaml': yaml(...web('v1')) });
    write(dir, { 'dist/web.yaml': yaml(...web('v2')) });
    const { status, stdout } = await plan();
    expect(status).toBe(3);
    expect(writes(stdout)).toBe(`commit 1 of 2
phase 1 of 3
  ~ DestinationRule/shop/web (both as it is and as it is to be)
      .spec.subsets[v2]: {"name":"v2","labels":{"version":"v2"}}
  then until the proxies have heard of it

phase 2 of 3
  ~ VirtualService/shop/web
      .spec.http[0].route[0].destination.subset: "v1" -> "v2"
  then until the proxies have heard of it

commit 2 of 2
phase 3 of 3
  ~ DestinationRule/shop/web
      .spec.subsets[v1]: {"name":"v1","labels":{"version":"v1"}} -> nothing

refused one commit cannot do this without a gap: what it takes away is in use until the rest is in effect
2 commits are needed, and the first holds these otherwise than the files do:
  DestinationRule/shop/web  both as it is and as it is to be
mesh gitops --base HEAD writes that commit's files

worth a look the first commit is safe only where it is written in order (DestinationRule, then VirtualService), and no object says so: call syncWaves(app), see docs/gitops.md
`);
    const { phases } = JSON.parse((await plan('--json')).stdout);
    expect(phases[1].writes).toEqual([
      {
        object: 'VirtualService/shop/web',
        action: 'change',
        changes: [{ path: '.spec.http[0].route[0].destination.subset', live: 'v1', desired: 'v2' }],
      },
    ]);
  });

  test('what is made for now otherwise than it is to be: it lets everybody in', async () => {
    const labels = { app: 'web' };
    const pods = manifest('apps/v1', 'Deployment', 'web', {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    });
    const allow = (name: string) =>
      manifest('security.istio.io/v1', 'AuthorizationPolicy', name, {
        selector: { matchLabels: labels },
        rules: [{ from: [{ source: { namespaces: [name] } }] }],
      });
    const base = [service('web'), routes('web', 'web'), pods];
    commit({ 'dist/web.yaml': yaml(...base) });
    write(dir, { 'dist/web.yaml': yaml(...base, allow('a'), allow('b')) });
    const { stdout } = await plan();
    expect(writes(stdout)).toContain(`commit 1 of 2
phase 1 of 2
  + AuthorizationPolicy/shop/a (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
  + AuthorizationPolicy/shop/b (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
`);
    expect(stdout).toContain('  AuthorizationPolicy/shop/a  for now otherwise than it is to be\n');
  });

  test('but nothing of what a Secret holds, and of many fields the first', async () => {
    const objects = (value: string) =>
      [
        { kind: 'Secret', stringData: { password: `planted ${value}` }, data: { key: Buffer.from(value).toString('base64') } },
        { kind: 'ConfigMap', data: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, value])) },
      ]
        .map((o) => stringify({ apiVersion: 'v1', metadata: { name: 'web', namespace: 'shop' }, ...o }))
        .join('---\n');
    commit({ 'dist/web.yaml': objects('one') });
    write(dir, { 'dist/web.yaml': objects('two') });
    const said = [await plan(), await plan('--all'), await plan('--json')].map((p) => p.stdout);
    for (const text of said) expect(text).not.toMatch(/planted|b25l|dHdv/);
    expect(said[0]).toContain('      .stringData.password: "(hidden)" -> "(hidden), another"\n');
    expect(said[0]).toContain('      .data.k7: "one" -> "two"\n      and 1 more: --all shows them\n');
    expect(said[1]).toContain('      .data.k8: "one" -> "two"\n');
  });
});
