// npm run bench:synth [-- --runs 5 --sizes 100,1000,10000]
// Synthesizes services (two versions each, a canary, a call) through app.synth() and through mesh synth's emitter,
// against the same objects as plain ApiObjects in cdk8s, and against JSON.stringify of them. Each measurement is a process of
// its own, interleaved; the median counts. The aims are printed last.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';

interface Result {
  readonly ms: number;
  readonly construct: number;
  readonly rss: number;
  readonly objects: number;
}

const WAYS = ['plain', 'mesh app.synth', 'mesh synth', 'json'] as const;
type Way = (typeof WAYS)[number];
/** cdk8s walks the whole app for every chart: beyond this many it takes minutes. */
const MOST_CHARTS_FOR_CDK8S = 1000;

const args = yargs(process.argv.slice(2))
  .option('runs', { type: 'number', default: 5 })
  .option('sizes', { type: 'string', default: '100,1000,10000' })
  .option('child', { type: 'string', hidden: true })
  .option('size', { type: 'number', hidden: true })
  .option('charts', { type: 'boolean', hidden: true })
  .strict()
  .parseSync();

if (args.child) {
  // loaded here, so that the parent stays small
  (require('./synth-ways') as typeof import('./synth-ways')).measure(args.child, args.size!, args.charts === true);
} else main();

function main(): void {
  const sizes = args.sizes.split(',').map(Number);
  const table: { charts: boolean; size: number; way: Way; ms: number; rss: number; objects: number }[] = [];
  for (const charts of [false, true]) {
    for (const size of sizes) {
      const ways = WAYS.filter((w) => !(charts && size > MOST_CHARTS_FOR_CDK8S && (w === 'plain' || w === 'mesh app.synth')));
      const runs = size >= 10_000 ? Math.min(args.runs, 3) : args.runs;
      const results = new Map<Way, Result[]>(ways.map((w) => [w, []]));
      for (let i = 0; i < runs; i++) for (const way of ways) results.get(way)!.push(run(way, size, charts));
      for (const way of ways) {
        const r = results.get(way)!;
        table.push({
          charts,
          size,
          way,
          ms: median(r.map((x) => x.ms)),
          rss: median(r.map((x) => x.rss)),
          objects: r[0]!.objects,
        });
      }
      const of = (w: Way) => table.find((t) => t.charts === charts && t.size === size && t.way === w);
      for (const way of ways) {
        const mine = of(way)!;
        const plain = of('plain');
        process.stdout.write(
          `${charts ? 'a chart a service' : 'one chart       '}  ${String(size).padStart(6)} services ${String(mine.objects).padStart(6)} objects  ${way.padEnd(14)} ${mine.ms.toFixed(0).padStart(7)} ms ${mine.rss.toFixed(0).padStart(5)} MB${plain && way !== 'plain' ? `  ${(mine.ms / plain.ms).toFixed(2)} x plain` : ''}\n`,
        );
      }
    }
  }
  verdict(table, sizes);
}

function run(way: Way, size: number, charts: boolean): Result {
  const out = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  try {
    const child = spawnSync(
      process.execPath,
      ['--import', 'tsx', __filename, '--child', way, '--size', String(size), ...(charts ? ['--charts'] : [])],
      { encoding: 'utf8', env: { ...process.env, CDK8S_OUTDIR: out }, maxBuffer: 1 << 26 },
    );
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Result;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function median(xs: readonly number[]): number {
  const s = [...xs].sort((a, b) => a - b);
  return s[Math.floor(s.length / 2)]!;
}

function verdict(table: readonly { charts: boolean; size: number; way: Way; ms: number }[], sizes: readonly number[]): void {
  const of = (charts: boolean, size: number, way: Way) =>
    table.find((t) => t.charts === charts && t.size === size && t.way === way)?.ms;
  const line = (name: string, value: number | undefined, aim: number) =>
    value !== undefined &&
    process.stdout.write(`${value <= aim ? 'met   ' : 'missed'} ${name}: ${value.toFixed(2)} (aim: at most ${aim})\n`);
  process.stdout.write('\n');
  for (const size of sizes) {
    const plain = of(false, size, 'plain')!;
    line(`${size} services, app.synth() against plain cdk8s`, of(false, size, 'mesh app.synth')! / plain, 1.15);
    line(`${size} services, mesh synth against plain cdk8s`, of(false, size, 'mesh synth')! / plain, 0.6);
  }
  for (const charts of [false, true]) {
    for (const [i, size] of sizes.entries()) {
      const smaller = sizes[i - 1];
      if (smaller === undefined) continue;
      line(
        `growth of mesh synth from ${smaller} to ${size}${charts ? ', a chart a service' : ''}, for ${size / smaller} x`,
        of(charts, size, 'mesh synth')! / of(charts, smaller, 'mesh synth')!,
        (size / smaller) * 1.25,
      );
    }
  }
}
