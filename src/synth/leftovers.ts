import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { slashed } from '../values/slashed';
import { SOURCE_MAP, type SourceMap } from './sources';
import { writeFile } from './write-file';

const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** The map of an output folder, where there is one that can be read. */
function mapOf(outdir: string): SourceMap | undefined {
  try {
    return JSON.parse(readFileSync(join(outdir, SOURCE_MAP), 'utf8')) as SourceMap;
  } catch {
    return undefined;
  }
}

/** What the map says of the folder's files: those that are written now, and earlier ones that are still there. */
export function listing(outdir: string, now: readonly { file: string; text: string }[]): Readonly<Record<string, string>> {
  const before = Object.entries(mapOf(outdir)?.files ?? {}).filter(([file]) => existsSync(join(outdir, file)));
  const all = { ...Object.fromEntries(before), ...Object.fromEntries(now.map((f) => [slashed(f.file), hash(f.text)])) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Says in the map of the folder that a file is in, where there is one, that it is ours as it is now: {@link removeLeftovers}
 * takes it away once the app does not write it.
 */
export function noteWritten(file: string, text: string): void {
  const found = mapOver(file);
  if (!found) return;
  const files = { ...found.map.files, [found.name]: hash(text) };
  writeFile(join(found.dir, SOURCE_MAP), `${JSON.stringify({ ...found.map, files })}\n`);
}

/** Whether a file is as we wrote it, or is not there, by the map of the folder that it is in; nothing where there is no map. */
export function isAsWritten(file: string): boolean | undefined {
  const found = mapOver(file);
  return found && (!existsSync(file) || found.map.files[found.name] === hash(readFileSync(file)));
}

/** The map of the nearest folder that has one, and how it names a file. */
function mapOver(file: string): { readonly dir: string; readonly map: SourceMap; readonly name: string } | undefined {
  for (let dir = dirname(resolve(file)); ; dir = dirname(dir)) {
    const map = mapOf(dir);
    if (map?.files) return { dir, map, name: slashed(relative(dir, resolve(file))) };
    if (dirname(dir) === dir) return undefined;
  }
}

/** What {@link removeLeftovers} did. */
export interface Leftovers {
  readonly removed: readonly string[];
  /** Manifests that this run did not write, and that are not surely ours: nothing is done to them. */
  readonly left: readonly string[];
}

/**
 * Takes away what earlier runs wrote to an output folder and the one that has just succeeded did not: only files of
 * which the map says that we wrote them, and that nobody changed since. cdk8s' command removes the whole folder, and
 * does so before it knows whether the app works.
 */
export function removeLeftovers(outdir: string, written: readonly string[], extension = '.k8s.yaml'): Leftovers {
  const map = mapOf(outdir);
  const now = new Set(written.map((f) => slashed(relative(outdir, f))));
  const removed: string[] = [];
  for (const [file, was] of Object.entries(map?.files ?? {})) {
    const path = join(outdir, file);
    if (now.has(file) || !resolve(path).startsWith(resolve(outdir) + sep) || !existsSync(path)) continue;
    if (hash(readFileSync(path)) !== was) continue;
    rmSync(path);
    removed.push(file);
    removeEmpty(dirname(path), outdir);
  }
  if (map && removed.length > 0) {
    const files = Object.fromEntries(Object.entries(map.files).filter(([file]) => !removed.includes(file)));
    writeFile(join(outdir, SOURCE_MAP), `${JSON.stringify({ ...map, files })}\n`);
  }
  const left = manifestsIn(outdir, extension).filter((file) => !now.has(file));
  return { removed: removed.map((f) => slashed(join(outdir, f))), left: left.map((f) => slashed(join(outdir, f))) };
}

/** Folders that a file left empty, up to the output folder. */
function removeEmpty(folder: string, outdir: string): void {
  if (resolve(folder) === resolve(outdir) || readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  removeEmpty(dirname(folder), outdir);
}

/** The folder's own manifests; those in folders below may be another app's. */
function manifestsIn(outdir: string, extension: string): readonly string[] {
  if (!existsSync(outdir)) return [];
  return readdirSync(outdir).filter((f) => f.endsWith(extension));
}
