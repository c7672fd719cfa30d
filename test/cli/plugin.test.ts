import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './support';

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
