import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A program of the real lane's cache, to be measured beside; none where the lane never ran. */
export function cached(component: string, program: string): string | undefined {
  const cache = process.env.CDK8S_MESH_CACHE ?? join(homedir(), '.cache', 'cdk8s-mesh');
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache)
    .filter((d) => d.startsWith(`${component}-`))
    .map((d) => join(cache, d, program))
    .find((f) => existsSync(f));
}
