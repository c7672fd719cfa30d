import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { cached, inputKey } from './cache';
import { toolchain } from './toolchain';
import { must, SetupError } from './tools';
import { versions } from './versions';

const { controllers } = versions;
const REMEDY = 'Go needs its module proxy; try again';

/** The CRDs of the controllers that releases are left to, as one file, from the Go modules that publish them (checked by their sums). */
export async function fetchControllerCrds(): Promise<string> {
  const key = await inputKey({ facts: controllers });
  const folder = await cached('controller-crds', key, async (partial) => {
    const { go, env } = await toolchain();
    const texts: string[] = [];
    for (const { module, sum, crds } of controllers) {
      const what = `CRDs of ${module}`;
      // outside a module of ours, so that Go asks its checksum database
      const options = { cwd: partial, env: { ...env, GOFLAGS: '' } };
      const { Dir, Sum } = JSON.parse(await must(what, REMEDY, go, ['mod', 'download', '-json', module], options)) as {
        Dir: string;
        Sum: string;
      };
      if (Sum !== sum) throw new SetupError(what, `"${module}" has the sum "${Sum}", not "${sum}"`, REMEDY);
      // Flagger's has texts in quotes that are not indented, which Kubernetes takes and a strict parser does not
      for (const crd of loadAll(await readFile(path.join(Dir, crds), 'utf8'))) if (crd) texts.push(JSON.stringify(crd));
    }
    await writeFile(path.join(partial, 'controllers.yaml'), texts.join('\n---\n'));
  });
  return path.join(folder, 'controllers.yaml');
}
