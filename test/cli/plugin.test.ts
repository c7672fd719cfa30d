import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, mesh, root } from './support';

// an app is run once for all questions about it
jest.mock('../../lib/src/cli/run-app', () => require('./run-once').runOnce(jest.requireActual('../../lib/src/cli/run-app')));

// examples/checked as a project of its own, with this package in its node_modules: `cdk8s synth` asks the plugin.
const folder = mkdtempSync(join(tmpdir(), 'mesh-plugin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  cpSync(join(root, 'examples', 'checked'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'cdk8s-mesh'), 'dir');
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'tsx'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
});

const synth = () => {
  const cli = join(root, 'node_modules', 'cdk8s-cli', 'bin', 'cdk8s');
  return spawnSync(process.execPath, [cli, 'synth', '--check-upgrade=false'], { cwd: folder, encoding: 'utf8' });
};

const yaml = join(folder, 'cdk8s.yaml');
const withYaml = async (edit: (text: string) => string) => {
  const text = readFileSync(yaml, 'utf8');
  writeFileSync(yaml, edit(text));
  const ended = await ask(['synth', '--quiet'], folder);
  writeFileSync(yaml, text);
  return ended;
};

test('cdk8s synth reports what mesh check finds, and fails with it', () => {
  const good = synth();
  expect([good.status, good.stdout]).toEqual([0, expect.stringContaining('no findings in 11 objects; 2 suppressed')]);
  const main = join(folder, 'main.ts');
  writeFileSync(
    main,
    readFileSync(main, 'utf8').replace("ignoreFinding(edge, { rule: 'gateway-selects-no-pod', ...elsewhere });", ''),
  );
  const bad = synth();
  expect(bad.status).toBe(2);
  expect(bad.stdout).toContain('MESH025 gateway-selects-no-pod (1 occurrences)');
  expect(bad.stdout).toContain('Resource Name: edge');
});

test('mesh synth asks the same plugins, and fails with what fails them', async () => {
  const bad = mesh(['synth', '--quiet'], folder);
  expect([bad.status, bad.stderr]).toEqual([
    1,
    expect.stringMatching(/error MESH025 gateway-selects-no-pod: edge: dist\/.*\.yaml:\d+:\d+ spec\.selector; no pod/),
  ]);
  expect(bad.stderr).toContain('MeshCheck in cdk8s.yaml refuses what was written');
  const said = JSON.parse((await ask(['synth', '--json'], folder)).stdout);
  expect(said.validations).toEqual([
    { plugin: 'MeshCheck', status: 'failure', violations: [expect.stringContaining('MESH025')] },
  ]);
  const other = await withYaml((text) => text.replace('failOn: warning', 'rules: [subset-not-defined]'));
  expect([other.status, other.stderr]).toEqual([0, expect.not.stringContaining('MESH')]);
});

test.each([
  ['failOn: warning', 'failOn: warn', /error validation "MeshCheck" of .*: property "failOn" of MeshCheck is "warn"/],
  ['class: MeshCheck', 'class: MeshChek', /error validation "MeshChek" of .*: the package exports no such class/],
  ['package: ./node_modules/cdk8s-mesh', 'package: nobody-has-it', /the package is not there: install it/],
  ['class: MeshCheck', 'klass: MeshCheck', /error "class" of validation 1 in cdk8s.yaml has to be text/],
  ['validations:\n  - ', 'validations:\n    ', /error "validations" in cdk8s.yaml has to be a list/],
])('mesh synth passes over no validation: %j written as %j', async (right, wrong, message) => {
  const { status, stderr } = await withYaml((text) => text.replace(right, wrong));
  expect([status, stderr]).toEqual([expect.any(Number), expect.stringMatching(message)]);
  expect(status).toBeGreaterThan(1);
});
