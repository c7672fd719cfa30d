// What the search for the order of a release costs as more changes: `npm run bench:order [-- --only wildcards --sizes 80,800]`.
import { join } from 'node:path';
import yargs from 'yargs';
import type { FileObject } from './order/objects';
import { RELEASES } from './order/releases';

const lib = (path: string) => require(join(__dirname, '..', 'lib', 'src', path));
const { manifestOf } = lib('manifests/manifest') as typeof import('../src/manifests/manifest');
const { wayBetween } = lib('apply/plan/offline') as typeof import('../src/apply/plan/offline');

const args = yargs(process.argv.slice(2))
  .option('sizes', { type: 'string', default: '80,800' })
  .option('only', { type: 'string', default: '' })
  .strict()
  .parseSync();

/** So many times as much changes may cost a fifth more than so many times the time. */
const AIM = 1.2;
/** How many of a release that is looked at first, so that the programs are compiled. */
const FIRST = 30;
const RUNS = 2;

const manifests = (all: readonly FileObject[]) => all.map((o) => manifestOf(o, () => ({ file: 'bench', line: 1, column: 1 })));

/** Processor time of the fastest of some runs: other programs of the machine count least in it. */
function cost(name: string, size: number): readonly [ms: number, writes: number] {
  const { live, desired } = RELEASES[name]!(size);
  let best = Number.POSITIVE_INFINITY;
  let writes = 0;
  for (let i = 0; i < RUNS; i++) {
    const [before, after] = [manifests(live), manifests(desired)];
    const since = process.cpuUsage();
    const { phases, knots } = wayBetween(before, after);
    const { user, system } = process.cpuUsage(since);
    best = Math.min(best, (user + system) / 1000);
    writes = phases.flatMap((p) => p.writes).length + knots.length;
  }
  return [best, writes];
}

for (const name of Object.keys(RELEASES)) {
  if (!name.includes(args.only)) continue;
  console.log(name);
  cost(name, FIRST);
  let before: { readonly size: number; readonly ms: number } | undefined;
  for (const size of args.sizes.split(',').map(Number)) {
    const [ms, writes] = cost(name, size);
    if (writes === 0) throw new Error('nothing changes');
    const [growth, most] = before ? [ms / before.ms, (size / before.size) * AIM] : [];
    const told =
      growth === undefined
        ? ''
        : `, ${growth.toFixed(1)} x for ${size / before!.size} x (aim ${most!.toFixed(1)}): ${growth <= most! ? 'met' : 'missed'}`;
    console.log(`  ${String(size).padStart(5)}: ${Math.round(ms)} ms${told}`);
    before = { size, ms };
  }
}
