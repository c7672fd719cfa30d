import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { toolchain } from './toolchain';
import { must } from './tools';
import { COMPONENTS, versions } from './versions';

const WHAT = "Istio's samples and the analyzers' test data";
/** Folders of Istio's module whose YAML is taken. */
const FOLDERS = ['pkg/config/analysis/analyzers/testdata', 'samples'];

/** A folder with YAML of Istio's own, where it lies in its module (which our `go.sum` checks); none of it is in this repository. */
export async function fetchIstioManifests(): Promise<string> {
  const { module, revision } = versions.istio;
  return cached('istio-manifests', await inputKey({ facts: [module, revision, FOLDERS] }), async (partial) => {
    const { go, env } = await toolchain();
    const said = await must(WHAT, 'Go needs its module proxy; try again', go, ['mod', 'download', '-json', module], {
      cwd: path.join(COMPONENTS, 'istio'),
      env,
    });
    const { Dir, Version } = JSON.parse(said) as { Dir: string; Version: string };
    if (Version !== revision) throw new Error(`components/istio/go.mod has ${module} ${Version}, versions.json has ${revision}`);
    for (const folder of FOLDERS)
      for (const file of await readdir(path.join(Dir, folder), { recursive: true }))
        if (file.endsWith('.yaml')) {
          await mkdir(path.dirname(path.join(partial, folder, file)), { recursive: true });
          await copyFile(path.join(Dir, folder, file), path.join(partial, folder, file));
        }
  });
}
