import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { service } from '../order/support';
import { commit, dir, git, gitops, web, yaml } from './gitops-support';
import { ask, write } from './support';

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
