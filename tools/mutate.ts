// Seeds faults into the routing kernel, one at a time, and requires the tests to notice: `npm run test:mutants`.
// Arguments are words that a fault's file or description has to contain: `npm run test:mutants -- l4`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS } from './mutations/index';

const root = join(__dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'mesh-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

for (const part of ['src/routing', 'src/values', 'test/routing', 'jest.config.js', 'package.json', 'tsconfig.json'])
  cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');

// the quickest tests first: most faults need no more
writeFileSync(
  join(copy, 'sequencer.js'),
  `module.exports = class {
    shard(tests) { return tests; }
    sort(tests) { const late = (t) => /compile|l4|match|findings/.test(t.path.slice(__dirname.length)); return [...tests].sort((a, b) => late(a) - late(b)); }
    allFailedTests(tests) { return tests; }
    cacheResults() {}
  };`,
);

// the same requests for every fault, so that what is killed today is killed tomorrow
const env = { ...process.env, FC_RUNS: process.env.FC_RUNS ?? '120', FC_SEED: process.env.FC_SEED ?? '1', CI: 'true' };
const jest = [
  join(root, 'node_modules/jest/bin/jest.js'),
  'test/routing',
  '--bail',
  '--runInBand',
  '--testSequencer=./sequencer.js',
  '--silent',
];
/** Whether the routing tests pass in the copy. */
function green(): boolean {
  const { status, signal, stderr } = spawnSync(process.execPath, jest, { cwd: copy, env, encoding: 'utf8', timeout: 120_000 });
  if (signal === 'SIGINT') process.exit(130);
  if (status !== 0 && process.env.VERBOSE) process.stdout.write(stderr.replace(/^/gm, '    ').slice(0, 2_000));
  return status === 0;
}

if (!green()) {
  process.stderr.write('error the tests fail without any fault: nothing can be learned from them\n');
  process.exit(3);
}
const words = process.argv.slice(2);
const chosen = MUTATIONS.filter((m) => words.every((w) => `${m.file} ${m.why}`.includes(w)));
let killed = 0;
const survived: string[] = [];
for (const [i, m] of chosen.entries()) {
  const path = join(copy, m.file);
  const original = readFileSync(path, 'utf8');
  let outcome = 'stale   ';
  if (original.split(m.find).length === 2) {
    writeFileSync(
      path,
      original.replace(m.find, () => m.replace),
    );
    outcome = green() ? 'survived' : 'killed  ';
    writeFileSync(path, original);
  }
  if (outcome === 'killed  ') killed++;
  else survived.push(outcome === 'survived' ? `${m.file}: ${m.why}` : `${m.file}: "${m.find}" is not there exactly once`);
  process.stdout.write(`${i + 1}/${chosen.length} ${outcome} ${m.why}\n`);
}
process.stdout.write(`${['', ...survived].join('\n')}\n${killed} killed, ${survived.length} survived\n`);
process.exitCode = survived.length === 0 ? 0 : 1;
