// Seeds faults into the routing kernel, the mesh model and the trace, one at a time, and requires the tests to notice:
// `npm run test:mutants`.
// Arguments are words that a fault's file or description has to contain: `npm run test:mutants -- l4`.
// With `--lane FILE` not the tests have to notice but the real lane: its test `trace`, on what istiod and Envoy answered once. They
// are asked, and their answers written to the file, where it is not there yet.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GROUPS, type Group, IN_LANE } from './mutations/index';

/** What the real things are asked: enough for the rarest of the faults. */
const RECORDED = ['--only', 'trace', '--seed', '1', '--count', '10000'];

const { values, positionals: words } = parseArgs({ options: { lane: { type: 'string' } }, allowPositionals: true });
const answers = values.lane === undefined ? undefined : resolve(values.lane);
const groups = answers === undefined ? GROUPS : [IN_LANE];

const root = join(__dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'mesh-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const OURS = ['jest.config.js', 'test/jest-runtime.js', 'package.json', 'tsconfig.json'];
const PARTS = [...new Set([...groups.flatMap((g) => g.parts), ...OURS])];
for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');

// the quickest tests first: most faults need no more
writeFileSync(
  join(copy, 'sequencer.js'),
  `module.exports = class {
    shard(tests) { return tests; }
    sort(tests) { const late = (t) => new RegExp(process.env.LATE).test(t.path.slice(__dirname.length)); return [...tests].sort((a, b) => late(a) - late(b)); }
    allFailedTests(tests) { return tests; }
    cacheResults() {}
  };`,
);

// the same requests for every fault, so that what is killed today is killed tomorrow
const env = { ...process.env, FC_RUNS: process.env.FC_RUNS ?? '120', FC_SEED: process.env.FC_SEED ?? '1', CI: 'true' };
const lane = ['--import', 'tsx', 'test/real/replay.ts'];
const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--bail', '--runInBand', '--testSequencer=./sequencer.js', '--silent'];

/** Whether a group's tests, or the lane, pass in the copy, before the time is up: a fault may make them run for ever. */
function green({ tests, late }: Group, timeout: number): boolean {
  const options = { cwd: copy, env: { ...env, LATE: late.source }, encoding: 'utf8', timeout } as const;
  const run = answers === undefined ? [...jest, tests] : [...lane, answers];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, run, options);
  if (signal === 'SIGINT') process.exit(130);
  if (status !== 0 && process.env.VERBOSE) process.stdout.write(`${stdout}${stderr}`.replace(/^/gm, '    ').slice(0, 2_000));
  return status === 0;
}

if (answers !== undefined && !existsSync(answers)) {
  const run = ['--import', 'tsx', 'test/real/run.ts', ...RECORDED, '--record', answers];
  if (spawnSync(process.execPath, run, { cwd: root, stdio: 'inherit' }).status !== 0) {
    rmSync(answers, { force: true });
    process.stderr.write('error the real lane fails without any fault: nothing can be learned from it\n');
    process.exit(3);
  }
}

let killed = 0;
const survived: string[] = [];
for (const group of groups) {
  const chosen = group.mutations.filter((m) => words.every((w) => `${m.file} ${m.why}`.includes(w)));
  if (chosen.length === 0) continue;
  const started = Date.now();
  if (!green(group, 600_000)) {
    process.stderr.write(`error ${answers ?? group.tests} fails without any fault: nothing can be learned from it\n`);
    process.exit(3);
  }
  const timeout = Math.max(120_000, 5 * (Date.now() - started)); // machines are busy with other things, too
  for (const [i, m] of chosen.entries()) {
    const path = join(copy, m.file);
    const original = existsSync(path) ? readFileSync(path, 'utf8') : '';
    let outcome = 'stale   ';
    if (original.split(m.find).length === 2) {
      writeFileSync(
        path,
        original.replace(m.find, () => m.replace),
      );
      outcome = green(group, timeout) ? 'survived' : 'killed  ';
      writeFileSync(path, original);
    }
    if (outcome === 'killed  ') killed++;
    else survived.push(outcome === 'survived' ? `${m.file}: ${m.why}` : `${m.file}: "${m.find}" is not there exactly once`);
    process.stdout.write(`${i + 1}/${chosen.length} ${outcome} ${m.why}\n`);
  }
}
process.stdout.write(`${['', ...survived].join('\n')}\n${killed} killed, ${survived.length} survived\n`);
process.exitCode = survived.length === 0 ? 0 : 1;
