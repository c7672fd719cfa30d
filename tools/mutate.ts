// Seeds faults into the routing kernel, one at a time, and requires the tests to notice: `npm run test:mutants`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS } from './mutations';

const root = join(__dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'mesh-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

for (const part of ['src', 'imports', 'test/routing', 'jest.config.js', 'package.json', 'tsconfig.json'])
  cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');

const runs = process.env.FC_RUNS ?? '200';
/** Whether the routing tests pass in the copy. */
const green = () =>
  spawnSync(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), 'test/routing', '--bail', '--silent'], {
    cwd: copy,
    env: { ...process.env, FC_RUNS: runs, CI: 'true' },
    encoding: 'utf8',
  }).status === 0;

if (!green()) {
  process.stderr.write('error the tests fail without any fault: nothing can be learned from them\n');
  process.exit(3);
}
let killed = 0;
const survived: string[] = [];
for (const [i, m] of MUTATIONS.entries()) {
  const path = join(copy, m.file);
  const original = readFileSync(path, 'utf8');
  if (original.split(m.find).length !== 2) {
    survived.push(`${m.file}: "${m.find}" does not occur exactly once: bring tools/mutations.ts up to date`);
    process.stdout.write(`${i + 1}/${MUTATIONS.length} stale    ${m.wrong}\n`);
    continue;
  }
  writeFileSync(
    path,
    original.replace(m.find, () => m.replace),
  );
  const alive = green();
  writeFileSync(path, original);
  if (alive) survived.push(`${m.file}: ${m.wrong}`);
  else killed++;
  process.stdout.write(`${i + 1}/${MUTATIONS.length} ${alive ? 'survived' : 'killed  '} ${m.wrong}\n`);
}
if (survived.length > 0) process.stdout.write(`\n${survived.join('\n')}\n`);
process.stdout.write(`\n${killed} killed, ${survived.length} survived\n`);
process.exitCode = survived.length === 0 ? 0 : 1;
