import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { toolchain } from './toolchain';
import { must } from './tools';
import { COMPONENTS, versions } from './versions';

const BUILDER = 'pilot/pkg/security/authz/builder';

/** What of Istio's own tests is driven, as folders of its module and the files in them. */
const TAKEN: readonly (readonly [folder: string, files: RegExp])[] = [
  [BUILDER, /^builder_test\.go$/],
  [`${BUILDER}/testdata/http`, /-in\.yaml$/],
  [`${BUILDER}/testdata/tcp`, /-in\.yaml$/],
];

/** A folder with files of Istio's own tests, where they lie in its module (which our `go.sum` checks); none of them is in this repository. */
export async function fetchIstioTests(): Promise<string> {
  const { module, revision } = versions.istio;
  const key = await inputKey({ facts: [module, revision, TAKEN.map(([folder, files]) => [folder, files.source])] });
  return cached('istio-tests', key, async (partial) => {
    const { go, env } = await toolchain();
    const said = await must(
      "Istio's own tests",
      'Go needs its module proxy; try again',
      go,
      ['mod', 'download', '-json', module],
      {
        cwd: path.join(COMPONENTS, 'istio'),
        env,
      },
    );
    const { Dir, Version } = JSON.parse(said) as { Dir: string; Version: string };
    if (Version !== revision) throw new Error(`components/istio/go.mod has ${module} ${Version}, versions.json has ${revision}`);
    for (const [folder, files] of TAKEN) {
      await mkdir(path.join(partial, folder), { recursive: true });
      for (const file of await readdir(path.join(Dir, folder)))
        if (files.test(file)) await copyFile(path.join(Dir, folder, file), path.join(partial, folder, file));
    }
  });
}
