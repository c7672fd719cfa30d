import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where components are kept, outside the repository: `$CDK8S_MESH_CACHE`, else `cdk8s-mesh` in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CDK8S_MESH_CACHE) return path.resolve(env.CDK8S_MESH_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'cdk8s-mesh');
}

/** The sources below a folder, as paths from it and contents, sorted. */
async function sources(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => [path.relative(folder, file), await readFile(file)] as [string, Buffer]));
}

/** A short key of everything a component is made from: the same inputs, on the same kind of machine, give the same key. */
export async function inputKey(inputs: { folder?: string; facts: unknown }): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, inputs.facts]));
  if (inputs.folder) {
    for (const [name, content] of await sources(inputs.folder)) hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what runs that were cut off left half made. */
async function removeLeftovers(cache: string, name: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const pid = entry.startsWith(`${name}-`) ? /\.partial-(\d+)$/.exec(entry)?.[1] : undefined;
    if (pid && !isAlive(Number(pid))) await rm(path.join(cache, entry), { recursive: true, force: true });
  }
}

/**
 * The folder of a component: as it lies in the cache, or made now by `make` in a folder beside it that then takes its place,
 * so a component is either whole or not there.
 */
export async function cached(name: string, key: string, make: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const done = path.join(cache, `${name}-${key}`);
  if (existsSync(done)) return done;
  await mkdir(cache, { recursive: true });
  await removeLeftovers(cache, name);
  const partial = `${done}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  try {
    await make(partial);
    await rename(partial, done);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(done)) throw error; // another run was faster
  }
  return done;
}
