// npm run bench:synth [-- --runs 5 --sizes 100,1000,10000]
// Synthesizes services (two versions each, a canary, a call) through synth() of cdk8s' App, through that of ours (which
// `mesh synth` gives to any App), and with the command itself, against the same objects made as plain ApiObjects, as cdk8s-plus makes
// them, and as JSON.stringify writes them. Each measurement is a process of its own, interleaved; the median counts. The
// aims are printed last.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import yargs from 'yargs';

interface Result {
  readonly ms: number;
  readonly rss: number;
  readonly objects: number;
}

const WAYS = ['plain', 'cdk8s-plus', "cdk8s' App", 'our App', 'command', 'json'] as const;
type Way = (typeof WAYS)[number];
/** cdk8s walks the whole app for every chart: beyond this many it takes minutes. */
const MOST_CHARTS_FOR_CDK8S = 1000;
const BY_CDK8S: readonly Way[] = ['plain', 'cdk8s-plus', "cdk8s' App"];

/** Tells the memory of a process. */
const TIME = '/usr/bin/time';

/** The child that makes what the ways without our constructs begin with. */
const PREPARE = 'prepare';

const args = yargs(process.argv.slice(2))
  .option('runs', { type: 'number', default: 5 })
  .option('sizes', { type: 'string', default: '100,1000,10000' })
  .option('child', { type: 'string', hidden: true })
  .option('size', { type: 'number', hidden: true })
  .option('charts', { type: 'boolean', hidden: true })
  .option('objects', { type: 'string', hidden: true })
  .strict()
  .parseSync();

if (args.child) {
  // loaded here, so that the parent stays small
  const { measure, prepare } = require('./synth-ways') as typeof import('./synth-ways');
  const [size, charts, file] = [args.size!, args.charts === true, args.objects!];
  if (args.child === PREPARE) prepare(size, charts, file);
  else measure(args.child, size, charts, file);
} else main();

function main(): void {
  const sizes = args.sizes.split(',').map(Number);
  const table: { charts: boolean; size: number; way: Way; ms: number; rss: number; objects: number }[] = [];
  for (const charts of [false, true]) {
    for (const size of sizes) {
      const ways = WAYS.filter((w) => !(charts && size > MOST_CHARTS_FOR_CDK8S && BY_CDK8S.includes(w)));
      const results = new Map<Way, Result[]>(ways.map((w) => [w, []]));
      const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
      try {
        const objects = join(folder, 'objects.json');
        child(PREPARE, size, charts, objects);
        for (let i = 0; i < args.runs; i++)
          for (const way of ways)
            results
              .get(way)!
              .push(way === 'command' ? command(size, charts, folder) : JSON.parse(child(way, size, charts, objects)));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
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
          `${charts ? 'a chart a service' : 'one chart       '}  ${String(size).padStart(6)} services ${String(mine.objects).padStart(6)} objects  ${way.padEnd(14)} ${mine.ms.toFixed(0).padStart(7)} ms ${mine.rss > 0 ? `${mine.rss.toFixed(0).padStart(5)} MB` : '        '}${plain && way !== 'plain' ? `  ${(mine.ms / plain.ms).toFixed(2)} x plain` : ''}\n`,
        );
      }
    }
  }
  verdict(table, sizes);
}

/** The last line that a process for one way prints. */
function child(way: string, size: number, charts: boolean, objects: string): string {
  const what = ['--child', way, '--size', String(size), '--objects', objects, ...(charts ? ['--charts'] : [])];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', __filename, ...what], {
    encoding: 'utf8',
    env: { ...process.env, CDK8S_OUTDIR: mkdtempSync(join(dirname(objects), 'dist-')) },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split('\n').at(-1)!;
}

/** `mesh synth` as it is typed, from its start to its end, with all that it tells about the app. */
function command(size: number, charts: boolean, folder: string): Result {
  const root = join(__dirname, '..');
  const app = `node --import tsx bench/synth-app.ts ${size} ${charts ? 'charts' : 'chart'}`;
  const out = mkdtempSync(join(folder, 'dist-'));
  const start = performance.now();
  const given = [process.execPath, join(root, 'bin', 'mesh.js'), 'synth', '--json', '--app', app, '--output', out];
  // the app's process and the command's own: the larger one counts
  const [program, ...args] = existsSync(TIME) ? [TIME, '-f', '%M', ...given] : given;
  const { status, stdout, stderr } = spawnSync(program!, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  const rss = program === TIME ? Number(stderr.trim().split('\n').at(-1)) / 1024 : 0;
  const [{ kinds }] = JSON.parse(stdout).apps;
  const made = Object.values<number>(kinds).reduce((n, k) => n + k, 0);
  return { ms, rss, objects: made };
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
    line(
      `${size} services, synth() of cdk8s' App with our constructs, against plain cdk8s`,
      of(false, size, "cdk8s' App")! / plain,
      1.15,
    );
    line(
      `${size} services, synth() of our App, which is mesh synth's, against plain cdk8s`,
      of(false, size, 'our App')! / plain,
      0.6,
    );
  }
  for (const charts of [false, true]) {
    for (const [i, size] of sizes.entries()) {
      const smaller = sizes[i - 1];
      if (smaller === undefined) continue;
      for (const way of ['our App', 'command'] as const)
        line(
          `growth of ${way} from ${smaller} to ${size}${charts ? ', a chart a service' : ''}, for ${size / smaller} x`,
          of(charts, size, way)! / of(charts, smaller, way)!,
          (size / smaller) * 1.25,
        );
    }
  }
}
