// How fast the checker is: `npm run bench:check`. `istioctl analyze` reads the same files in turn with it, where the real
// lane's components are in the cache; it follows fewer rules, since it skips 21 of its analyzers without a cluster.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './cached';
import { writeServices } from './check/meshes';
import { measured, type Usage } from './check/run';

const arg = (name: string, otherwise: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const RUNS = Number(arg('runs', '5'));
const SIZES = arg('sizes', '100,1000,5000').split(',').map(Number);
/** The number of services at which it is to be five times as fast as istioctl. */
const AIMED = 1000;
const MESH = join(__dirname, '..', 'bin', 'mesh.js');

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
const verdict = (ok: boolean, text: string) => console.log(`${ok ? 'met   ' : 'missed'} ${text}`);

async function main(): Promise<void> {
  const istioctl = cached('istio', 'istioctl');
  if (!istioctl) console.log('no istioctl in the cache (npm run test:real makes one): ours alone');
  let before: { readonly size: number; readonly seconds: number } | undefined;
  for (const size of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-check-'));
    try {
      writeServices(folder, size);
      const ours: Usage[] = [];
      const theirs: Usage[] = [];
      for (let i = 0; i < RUNS; i++) {
        ours.push(await measured(process.execPath, [MESH, 'check', folder]));
        if (istioctl) theirs.push(await measured(istioctl, ['analyze', '-A', '--use-kube=false', folder]));
      }
      const bad = [...ours, ...theirs].find((u) => u.exit !== 0 || !/no findings|No validation issues found/i.test(u.output));
      if (bad) throw new Error(`a run ended with ${bad.exit}: ${bad.output.slice(0, 500)}`);
      const [o, m] = [median(ours.map((u) => u.seconds)), median(ours.map((u) => u.megabytes))];
      const services = `${size} services`;
      console.log(`${services}: ${o.toFixed(2)} s, ${Math.round(m)} MB`);
      if (theirs.length > 0) {
        const [t, tm] = [median(theirs.map((u) => u.seconds)), median(theirs.map((u) => u.megabytes))];
        console.log(`${services}: istioctl ${t.toFixed(2)} s, ${Math.round(tm)} MB`);
        const ratio = `${services}: ${(t / o).toFixed(1)} x as fast as istioctl`;
        // the aim is for one size; the others are shown beside it
        if (size === AIMED) verdict(t / o >= 5, `${ratio} (aim: 5)`);
        else console.log(`       ${ratio} (no aim)`);
        verdict(m <= tm, `${services}: ${(m / tm).toFixed(2)} x its memory (aim: at most 1)`);
      }
      if (before) {
        const growth = o / before.seconds;
        verdict(
          growth <= (size / before.size) * 1.2,
          `${services}: ${growth.toFixed(1)} x the time for ${size / before.size} x the services (aim: at most ${((size / before.size) * 1.2).toFixed(1)})`,
        );
      }
      before = { size, seconds: o };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

void main();
