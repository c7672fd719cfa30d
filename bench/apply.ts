// npm run bench:apply [-- --runs 3 --services 1000]
// `mesh apply` and `mesh plan` against kubectl and against raw requests, on a kube-apiserver and an etcd of its own: the first
// apply, one without a change, one of five changes, and what is said before it. Each measurement is a process of its own, interleaved;
// the median counts. Needs the components of the real lane: npm run test:real -- --only components fetches them.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { toYaml } from '../src/synth/yaml';
import { Controllers } from '../test/real/apply/controllers';
import { TestServer } from '../test/real/apply/server';
import { meshObjects } from './apply/mesh';
import { rawApply, rawLists } from './apply/raw';
import { cached } from './cached';

const args = yargs(process.argv.slice(2))
  .option('runs', { type: 'number', default: 3 })
  .option('services', { type: 'number', default: 1000 })
  .strict()
  .parseSync();

interface Timed {
  readonly seconds: number;
  readonly megabytes?: number;
}

const ROOT = join(__dirname, '..');
const CHANGED = [3, 300, 500, 700, 900];
/** Of a command of ours, at the most: what a small runner of a pipeline has to spare. */
const MEMORY = 512;

async function main(): Promise<void> {
  const programs = {
    etcd: cached('etcd', 'etcd'),
    kubeApiserver: cached('kube', 'kube-apiserver'),
    kubectl: cached('kubectl', 'kubectl'),
    crds: cached('crds', 'istio.yaml'),
  };
  const { etcd, kubeApiserver, kubectl, crds } = programs;
  if (!etcd || !kubeApiserver || !kubectl || !crds)
    throw new Error('the components of the real lane are not in the cache: npm run test:real -- --only components');
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  const results = new Map<string, Timed[]>();
  const put = (name: string, t: Timed) => results.set(name, [...(results.get(name) ?? []), t]);
  try {
    const objects = meshObjects(args.services);
    const [as, changed] = [join(folder, 'as.yaml'), join(folder, 'changed.yaml')];
    writeFileSync(as, toYaml(objects));
    writeFileSync(changed, toYaml(meshObjects(args.services, { timeoutOf: CHANGED })));
    for (let run = 0; run < args.runs; run++) {
      // a fresh server for each way: what is there already is not what is measured
      for (const way of ['raw', 'kubectl', 'mesh'] as const) {
        const server = await TestServer.start({ etcd, kubeApiserver, kubectl, crds });
        const controllers = await Controllers.start(server);
        try {
          const kubeconfig = server.kubeconfig();
          if (way === 'raw') {
            put('raw, first', { seconds: await rawApply(kubeconfig, objects) });
            put('raw, lists', { seconds: await rawLists(kubeconfig, objects) });
          } else if (way === 'kubectl') {
            const of = (what: string[], file: string) =>
              timed(kubectl, [...what, '--server-side', '-f', file, '--kubeconfig', kubeconfig]);
            put('kubectl, first', await of(['apply'], as));
            put('kubectl, no change', await of(['apply'], as));
            put('kubectl diff, 5 changes', await of(['diff'], changed));
            put('kubectl, 5 changes', await of(['apply'], changed));
          } else {
            const of = (what: string[], file: string) =>
              timed(process.execPath, [
                join(ROOT, 'bin', 'mesh.js'),
                ...what,
                file,
                '--set',
                'bench',
                '--kubeconfig',
                kubeconfig,
                '--json',
              ]);
            put('mesh, first', await of(['apply', '--yes'], as));
            put('mesh, no change', await of(['apply', '--yes'], as));
            put('mesh plan, 5 changes', await of(['plan'], changed));
            put('mesh, 5 changes', await of(['apply', '--yes'], changed));
          }
        } finally {
          await controllers.stop();
          await server.stop();
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const median = (name: string) => {
    const all = (results.get(name) ?? []).map((t) => t.seconds).sort((a, b) => a - b);
    return all[Math.floor(all.length / 2)] ?? Number.NaN;
  };
  for (const [name, all] of results) {
    const memory = Math.max(...all.map((t) => t.megabytes ?? 0));
    print(
      `${name.padEnd(26)} ${median(name).toFixed(2).padStart(8)} s${memory > 0 ? ` ${memory.toFixed(0).padStart(6)} MB` : ''}`,
    );
  }
  print('');
  const aim = (what: string, value: number, least: number) =>
    print(`${value >= least ? 'met   ' : 'missed'} ${what}: ${value.toFixed(1)} times as fast (aim: at least ${least})`);
  const first = median('mesh, first') / median('raw, first');
  print(
    `${first <= 1.15 ? 'met   ' : 'missed'} first apply, against raw parallel requests: ${first.toFixed(2)} (aim: at most 1.15)`,
  );
  const lists = median('mesh, no change') / median('raw, lists');
  print(`       nothing to change, against the lists alone: ${lists.toFixed(2)}`);
  aim('nothing to change, against kubectl apply', median('kubectl, no change') / median('mesh, no change'), 50);
  aim('5 changes, against kubectl apply', median('kubectl, 5 changes') / median('mesh, 5 changes'), 40);
  aim('plan of 5 changes, against kubectl diff', median('kubectl diff, 5 changes') / median('mesh plan, 5 changes'), 50);
  const most = Math.max(
    ...[...results].flatMap(([name, all]) => (name.startsWith('mesh') ? all.map((t) => t.megabytes ?? 0) : [])),
  );
  if (most > 0) print(`${most <= MEMORY ? 'met   ' : 'missed'} memory: ${most.toFixed(0)} MB (aim: at most ${MEMORY} MB)`);
}

/** Runs a program to its end, while the controllers go on; its memory at the most, where the system tells. */
async function timed(program: string, given: readonly string[]): Promise<Timed> {
  const measured = existsSync(TIME);
  const start = performance.now();
  const child = spawn(measured ? TIME : program, measured ? ['-f', '%M', program, ...given] : given, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (d) => {
    errors = (errors + d).slice(-4000);
  });
  const status = await new Promise<number>((done) => child.on('close', (code) => done(code ?? 1)));
  // 1 is changes, of diff and of plan
  if (status > 1) throw new Error(errors);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, ...(measured ? { megabytes: Number(errors.trim().split('\n').at(-1)) / 1024 } : {}) };
}

const TIME = '/usr/bin/time';
const print = (text: string) => process.stdout.write(`${text}\n`);

main().catch((e: Error) => {
  process.stderr.write(`${e.message}\n`);
  process.exitCode = 1;
});
