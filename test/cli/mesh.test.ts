import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

// Runs the built command, as a user does: `npm test` builds first.
const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'mesh-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mesh(args: readonly string[], cwd = root, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}
const objects = (dir: string) =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.yaml'))
    .sort()
    .map((f) => [f, parseAllDocuments(readFileSync(join(dir, f), 'utf8'), { version: '1.1' }).map((d) => d.toJS())]);

test('help names the commands and the exit codes, without colours when it is no terminal', () => {
  const { status, stdout } = mesh(['--help']);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /mesh synth[\s\S]*mesh precedence[\s\S]*mesh init[\s\S]*Exit codes: 0 clean, 1 differences or findings, 2 wrong usage, 3 failure/,
  );
  expect(stdout).not.toContain('\u001b[');
  expect(mesh(['synth', '--help']).stdout).toMatch(/Examples:[\s\S]*mesh synth/);
});

test.each([
  [['syth'], /Did you mean synth/],
  [['synth', '--outptu', 'x'], /Unknown argument/],
  [[], /say what to do/],
  [['precedence'], /Not enough non-option arguments/],
])('wrong usage %j ends with 2', (args, says) => {
  const { status, stderr } = mesh(args);
  expect([status, says.test(stderr)]).toEqual([2, true]);
});

test('a folder without an app is said to be one, for people and for programs', () => {
  expect(mesh(['synth'], folder)).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no cdk8s.yaml here') });
  const { status, stdout } = mesh(['synth', '--json'], folder);
  expect(status).toBe(2);
  expect(JSON.parse(stdout).error).toContain('no app to run');
});

test('an app that fails, and one that synthesizes nothing, end with 3', () => {
  writeFileSync(join(folder, 'fails.js'), 'throw new Error("on purpose")');
  writeFileSync(join(folder, 'nothing.js'), '');
  expect(mesh(['synth', '--app', 'node fails.js'], folder)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('the app failed (exit 1)'),
  });
  expect(mesh(['synth', '--app', 'node nothing.js'], folder)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('does it call app.synth()?'),
  });
});

test('the examples: the same objects in the same files as cdk8s writes, and as dist/ holds', () => {
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  const { status, stdout } = mesh(['synth', '--json', '-o', ours]);
  expect(status).toBe(0);
  const { apps } = JSON.parse(stdout);
  expect(apps.map((a: any) => a.outdir.split(/[\\/]/).at(-1))).toEqual([
    'bookinfo',
    'dev-environments',
    'legacy-rules',
    'weather-forecast',
  ]);
  expect(apps[0].hosts.find((h: any) => h.host.startsWith('reviews.')).rules.map((r: any) => r.name)).toEqual([
    'jason',
    'reviews-canary',
    'default',
  ]);
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'examples/all.ts'], {
    cwd: root,
    env: { ...process.env, CDK8S_OUTDIR: theirs },
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(objects(ours)).toEqual(objects(theirs));
  expect(objects(ours)).toEqual(objects(join(root, 'dist')));
});

test('precedence prints the ladder with the lines that made it', () => {
  const { status, stdout } = mesh(['precedence', 'reviews.bookinfo']);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /audience +jason +header end-user is "jason" +-> +reviews\.bookinfo v2 +examples\/bookinfo\/main\.ts:\d+/,
  );
  expect(mesh(['precedence', 'nobody'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('nothing is said about host "nobody"'),
  });
});

test('init makes a project that synthesizes, and overwrites nothing', () => {
  const dir = join(folder, 'shop');
  expect(mesh(['init', dir, '--json']).status).toBe(0);
  expect(readdirSync(dir).sort()).toEqual([
    '.gitignore',
    'cdk8s.yaml',
    'jest.config.js',
    'main.ts',
    'mesh.test.ts',
    'package.json',
    'tsconfig.json',
  ]);
  writeFileSync(join(dir, 'main.ts'), '// mine\n');
  expect(mesh(['init', dir]).stdout).toContain('made mesh.ts; kept');
  expect(readFileSync(join(dir, 'main.ts'), 'utf8')).toBe('// mine\n');
  expect(existsSync(join(dir, 'mesh.ts'))).toBe(true);
});

test('completion is a script for the shell', () => {
  expect(mesh(['completion']).stdout).toContain('mesh');
});
