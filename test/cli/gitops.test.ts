import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { editManifests } from '../../src/cli/edit-manifests';
import { listingNotes } from '../../src/cli/kustomization';
import type { Manifest } from '../../src/manifests/manifest';
import { SYNC_WAVE } from '../../src/manifests/wave';
import { removeLeftovers } from '../../src/synth/leftovers';
import { manifest, routes, service } from '../order/support';
import { commit, dir, git, gitops, objects, read, web, yaml } from './gitops-support';
import { ask, write } from './support';

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

  test.each(['kind: a\r\n', 'kind: a\r\nb: c'])('what comes back has the line ends of its file: %j', (text) => {
    const out = editManifests(text, 'a.yaml', { instead: new Map(), more: [service('old').object] });
    expect(out).toMatch(/^kind: a\r\n[\s\S]*---\r\n/);
    expect(out.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
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
    write(dir, { 'dist/web.yaml': state('1', '6', '5') });
    const misplaced = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect(misplaced.stdout).toContain('one commit cannot do this without a gap in the order of its sync waves');
    expect(misplaced.stdout).toContain('worth a look fewer commits would do with other sync waves: ');
    write(dir, { 'dist/web.yaml': state('1', '3', '5') });
    const { status, stdout } = await ask(['plan', '--base', 'HEAD', 'dist'], dir);
    expect([status, stdout]).toEqual([1, expect.not.stringContaining('worth a look')]);
    write(dir, { 'dist/web.yaml': state('1', '3', 'five') });
    const unread = await ask(['plan', '--base', 'HEAD', 'dist', '--json'], dir);
    expect(JSON.parse(unread.stdout).unread).toBe(
      `the annotation ${SYNC_WAVE} has to be a whole number, in quotes; Argo CD takes for wave 0: VirtualService/shop/web ("five")`,
    );
  });
});

describe('files that somebody wrote', () => {
  const [before, after] = [yaml(...web('v1')), yaml(...web('v2'))];
  const commitOf = (revision: string) =>
    spawnSync('git', ['rev-parse', '--short', revision], { cwd: dir, encoding: 'utf8' }).stdout.trim();
  beforeEach(() => commit({ 'deploy/web.yaml': before }));

  test('are not written over while no commit has them', async () => {
    write(dir, { 'deploy/web.yaml': after });
    const refused = await gitops('--base', 'HEAD', 'deploy');
    expect([refused.status, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('deploy/web.yaml would be written over, and is in no commit as it is now');
    expect(refused.stderr).toContain('nothing was written: commit what the files hold, on a branch that no cluster follows');
    expect(read('deploy/web.yaml')).toBe(after);
    git('add', '-A');
    expect((await gitops('--base', 'HEAD', 'deploy')).status).toBe(3);
  });

  test('come back from the commit that has them, by the command that is told', async () => {
    git('switch', '-q', '-c', 'release');
    commit({ 'deploy/web.yaml': after });
    const first = await gitops('--base', 'main', 'deploy');
    const way = `git checkout ${commitOf('release')} -- deploy/web.yaml`;
    expect([first.status, first.stdout]).toEqual([1, expect.stringContaining(`Then write the files again (${way}), and`)]);
    expect(read('deploy/web.yaml')).not.toBe(after);
    commit({});
    git(...way.split(' ').slice(1));
    expect(read('deploy/web.yaml')).toBe(after);
    expect((await gitops('--base', 'HEAD', 'deploy')).status).toBe(0);
    // the newest commit has another, one before it has this
    const again = await gitops('--base', 'main', 'deploy', '--json');
    expect(JSON.parse(again.stdout).again).toEqual([way]);
  });

  test('that come for a while go by git', async () => {
    commit({ 'deploy/old.yaml': yaml(service('old')), 'deploy/web.yaml': yaml(service('web'), routes('web', 'old')) });
    rmSync(join(dir, 'deploy/old.yaml'));
    commit({ 'deploy/web.yaml': yaml(service('web'), routes('web', 'web')) });
    const { stdout } = await gitops('--base', 'HEAD^', 'deploy');
    expect(stdout).toContain('wrote deploy/old.yaml');
    expect(stdout).toContain('Then write the files again (git rm deploy/old.yaml), and');
  });

  test('that come for a while, and are to be listed for kustomize, are told', async () => {
    const listing = (...resources: string[]) =>
      `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [${resources.join(', ')}]\n`;
    const routed = (to: string) => yaml(service('web'), routes('web', to));
    commit({
      'deploy/old.yaml': yaml(service('old')),
      'deploy/web.yaml': routed('old'),
      'deploy/kustomization.yaml': listing('web.yaml', './old.yaml'),
    });
    rmSync(join(dir, 'deploy/old.yaml'));
    commit({ 'deploy/web.yaml': routed('web'), 'deploy/kustomization.yaml': listing('web.yaml') });
    const note = 'deploy/kustomization.yaml does not list old.yaml, which this commit has: add it to its resources';
    const first = await gitops('--base', 'HEAD^', 'deploy');
    expect([first.status, first.stderr]).toEqual([1, expect.stringContaining(note)]);
    rmSync(join(dir, 'deploy/old.yaml'));
    write(dir, { 'deploy/kustomization.yaml': listing('web.yaml', './old.yaml') });
    const listed = await gitops('--base', 'HEAD^', 'deploy', '--json');
    expect([listed.status, JSON.parse(listed.stdout).listing]).toEqual([1, undefined]);
  });

  test('that go, and are listed for kustomize, too', () => {
    write(dir, { 'deploy/kustomization.yaml': 'resources: [web.yaml, x.yaml]\n' });
    expect(listingNotes([], [join(dir, 'deploy/x.yaml')])).toEqual([
      expect.stringMatching(/deploy\/kustomization\.yaml lists x\.yaml, which this commit has no more: take it out/),
    ]);
    expect(listingNotes([], [join(dir, 'deploy/y.yaml')])).toEqual([]);
    expect(listingNotes([join(dir, 'deploy/sub/x.yaml')], [])).toEqual([expect.stringContaining('does not list sub/x.yaml')]);
  });

  test('in the folder of an app are theirs, too, where its map does not know them', async () => {
    commit({ 'dist/sources.map': JSON.stringify({ version: 1, objects: {}, files: {} }), 'dist/web.yaml': before });
    rmSync(join(dir, 'deploy'), { recursive: true });
    write(dir, { 'dist/web.yaml': after });
    expect((await gitops('--base', 'HEAD', 'dist')).status).toBe(3);
    expect(read('dist/web.yaml')).toBe(after);
  });

  test('outside of a repository nobody asks for a commit', async () => {
    rmSync(join(dir, '.git'), { recursive: true });
    write(dir, { 'old/web.yaml': before, 'deploy/web.yaml': after });
    const { status, stdout } = await gitops('--base', 'old', 'deploy');
    expect([status, stdout]).toEqual([1, expect.stringContaining('Then write the files again, and')]);
  });
});
