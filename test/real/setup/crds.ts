import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { toolchain } from './toolchain';
import { must } from './tools';
import { COMPONENTS, versions } from './versions';

const { istioApi } = versions;
const WHAT = `CRDs of Istio ${istioApi.version}`;

/** The file of Istio's CRDs, from the Go module that publishes them (checked against our `go.sum`). */
export async function fetchCrds(): Promise<string> {
  const key = await inputKey({ facts: istioApi });
  const folder = await cached('crds', key, async (partial) => {
    const { go, env } = await toolchain();
    const module = await must(WHAT, 'Go needs its module proxy; try again', go, ['mod', 'download', '-json', istioApi.module], {
      cwd: path.join(COMPONENTS, 'istio'),
      env,
    });
    const { Dir, Version } = JSON.parse(module) as { Dir: string; Version: string };
    if (Version !== `v${istioApi.version}`)
      throw new Error(`components/istio/go.mod has ${istioApi.module} ${Version}, versions.json has v${istioApi.version}`);
    await copyFile(path.join(Dir, istioApi.crds), path.join(partial, 'istio.yaml'));
  });
  return path.join(folder, 'istio.yaml');
}
