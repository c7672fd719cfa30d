import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { withProgress } from './progress';
import { toolchain } from './toolchain';
import { must } from './tools';
import { COMPONENTS, versions } from './versions';

const REMEDY = 'Go needs its module proxy; try again';
const BUILDER = 'pilot/pkg/security/authz/builder';

/** What of Istio's own tests is driven, as folders of its module and the files in them. */
const TAKEN: readonly (readonly [folder: string, files: RegExp])[] = [
  [BUILDER, /^builder_test\.go$/],
  [`${BUILDER}/testdata/http`, /-in\.yaml$/],
  [`${BUILDER}/testdata/tcp`, /-in\.yaml$/],
  ['pkg/config/validation/testdata/crds', /-(in)?valid\.yaml$/],
];
const CORE = 'pilot/pkg/networking/core';
const SIMULATION = path.join(COMPONENTS, 'simulation');
/** Where the simulated meshes stand, in the folder of `fetchIstioTests`. */
export const SIMULATED = 'simulated.jsonl';

/** A folder with files of Istio's own tests, where they lie in its module (which our `go.sum` checks); none of them is in this repository. */
export async function fetchIstioTests(): Promise<string> {
  const { module, revision } = versions.istio;
  const key = await inputKey({
    folder: SIMULATION,
    facts: [module, revision, TAKEN.map(([folder, files]) => [folder, files.source])],
  });
  return cached('istio-tests', key, async (partial) => {
    const { go, env } = await toolchain();
    const options = { cwd: path.join(COMPONENTS, 'istio'), env };
    const said = await withProgress(
      "downloading Istio's sources",
      () => '',
      () => must("Istio's own tests", REMEDY, go, ['mod', 'download', '-json', module], options),
    );
    const { Dir, Version } = JSON.parse(said) as { Dir: string; Version: string };
    if (Version !== revision) throw new Error(`components/istio/go.mod has ${module} ${Version}, versions.json has ${revision}`);
    for (const [folder, files] of TAKEN) {
      await mkdir(path.join(partial, folder), { recursive: true });
      for (const file of await readdir(path.join(Dir, folder)))
        if (files.test(file)) await copyFile(path.join(Dir, folder, file), path.join(partial, folder, file));
    }
    await simulate(path.join(Dir, CORE), partial);
  });
}

/**
 * Runs Istio's own tests of simulated traffic with our recorder in the place of its simulation, so that their meshes, calls and
 * expectations are had as data.
 */
async function simulate(core: string, folder: string): Promise<void> {
  const { go, env } = await toolchain();
  const module = await mkdtemp(path.join(tmpdir(), 'cdk8s-mesh-simulation-'));
  try {
    for (const each of ['suite', 'simulation']) await mkdir(path.join(module, each));
    for (const file of ['go.mod', 'go.sum']) await copyFile(path.join(COMPONENTS, 'istio', file), path.join(module, file));
    await copyFile(path.join(SIMULATION, 'recorder.go'), path.join(module, 'simulation', 'recorder.go'));
    for (const file of (await readdir(core)).filter((name) => name.endsWith('simulation_test.go'))) {
      const text = await readFile(path.join(core, file), 'utf8');
      const ours = text
        .replace('"istio.io/istio/pilot/pkg/simulation"', '"mesh-istio/simulation"')
        .replace(/^package core_test$/m, 'package suite_test');
      await writeFile(path.join(module, 'suite', file), ours);
    }
    const record = path.join(folder, SIMULATED);
    const what = "Istio's own tests of simulated traffic";
    const options = { cwd: module, env: { ...env, RECORD: record } };
    await withProgress(
      `compiling and recording ${what}`,
      () => '',
      () => must(what, REMEDY, go, ['test', './suite', '-vet=off', '-count=1'], options),
    );
  } finally {
    await rm(module, { recursive: true, force: true });
  }
}
