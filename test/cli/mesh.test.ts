import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, mesh, root } from './support';

const dir = folder();

const manifests = (from: string) =>
  Object.fromEntries(
    readdirSync(from, { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.yaml'))
      .sort()
      .map((f) => [f, readFileSync(join(from, f), 'utf8')]),
  );

test('the examples: the same bytes in the same files as the command of cdk8s writes, and as dist/ holds', () => {
  const ours = join(dir, 'ours');
  const theirs = join(dir, 'theirs');
  const { status, stdout } = mesh(['synth', '--json', '-o', ours]);
  expect(status).toBe(0);
  const { apps } = JSON.parse(stdout);
  expect(apps.map((a: any) => a.outdir.split(/[\\/]/).at(-1))).toEqual([
    'bookinfo',
    'checked',
    'dev-environments',
    'gitops',
    'legacy-rules',
    'limits-and-metrics',
    'polyglot',
    'release-controllers',
    'weather-forecast',
    'zero-trust',
  ]);
  expect(apps[0].hosts.find((h: any) => h.host.startsWith('reviews.')).rules.map((r: any) => r.name)).toEqual([
    'jason',
    'reviews-canary',
    'default',
  ]);
  const run = spawnSync(process.execPath, [join(root, 'node_modules', 'cdk8s-cli', 'bin', 'cdk8s'), 'synth', '-o', theirs], {
    cwd: root,
    env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(manifests(ours)).toEqual(manifests(theirs));
  expect(manifests(ours)).toEqual(manifests(join(root, 'dist')));
});

test('precedence prints the ladder with the lines that made it', () => {
  const { status, stdout } = mesh(['precedence', 'reviews.bookinfo', '--app', 'node --import tsx examples/bookinfo/main.ts']);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /audience +jason +header end-user is "jason" +-> +reviews\.bookinfo v2 +examples\/bookinfo\/main\.ts:\d+/,
  );
});
