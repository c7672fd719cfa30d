// What `mesh diff` costs as meshes grow: `npm run bench:diff`. Reading and the models are not measured: bench:trace does that.
import { join } from 'node:path';
import { flat, teams } from './diff/meshes';

const lib = (path: string) => require(join(__dirname, '..', 'lib', 'src', path));
const { manifestOf } = lib('manifests/manifest') as typeof import('../src/manifests/manifest');
const { parseManifests } = lib('manifests/parse') as typeof import('../src/manifests/parse');
const { MeshModel } = lib('model/mesh-model') as typeof import('../src/model/mesh-model');
const { diff } = lib('diff/diff') as typeof import('../src/diff/diff');

/** Ten times the services may cost so many times as much. */
const AIM = 12;
const RUNS = 3;

const KINDS = {
  'an app of our constructs, whose clients see what they call': (services: number, changed: boolean) =>
    teams(services, changed).map((o) => manifestOf(o, () => ({ file: 'bench', line: 1, column: 1 }))),
  'written by hand in ten namespaces, each client sees all': (services: number, changed: boolean) =>
    parseManifests(flat(services, changed), 'bench').manifests,
};

/** Processor time of the fastest of some runs: other programs of the machine count least in it. */
function cost(made: (changed: boolean) => ReturnType<typeof parseManifests>['manifests']): readonly [ms: number, found: number] {
  const [old, now] = [made(false), made(true)];
  let best = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let i = 0; i < RUNS; i++) {
    const models = [new MeshModel(old), new MeshModel(now)] as const; // they keep what was worked out
    const since = process.cpuUsage();
    found = diff(...models).length;
    const { user, system } = process.cpuUsage(since);
    best = Math.min(best, (user + system) / 1000);
  }
  return [best, found];
}

for (const [kind, made] of Object.entries(KINDS)) {
  console.log(`${kind}; a few routes differ`);
  let before: number | undefined;
  for (const services of [20, 200, 2_000]) {
    const [ms, found] = cost((changed) => made(services, changed));
    if (found === 0) throw new Error('nothing was found');
    const growth =
      before === undefined
        ? ''
        : `, ${(ms / before).toFixed(1)} x for 10 x (aim ${AIM}): ${ms / before <= AIM ? 'met' : 'missed'}`;
    console.log(`  ${String(services).padStart(5)} services: ${Math.round(ms)} ms${growth}`);
    before = ms;
  }
}
