import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import type { Unreadable } from '../manifests/manifest';
import { slashed } from '../values/slashed';

/** How kustomize names its files. Source: kustomize, api/konfig, RecognizedKustomizationFileNames. */
const NAMES = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);
/** What says which files there are, and nothing else of them. */
const PLAIN = new Set(['apiVersion', 'kind', 'metadata', 'resources']);

/**
 * That files of kustomize lie beside manifests, which are taken as they are written: what kustomize would make of them is not what is
 * applied. One that lists files of its folder alone changes nothing, and is not told.
 * @param foreign what was read and is no manifest
 */
export const kustomizationNotes = (foreign: readonly Unreadable[]): readonly string[] => [
  ...new Set(
    foreign
      .map((u) => u.place.file)
      .filter((file) => NAMES.has(basename(file)) && isBuilding(file))
      .map(
        (file) =>
          `${file} is not built, and the manifests beside it are taken as they are: to have what it says, give them as kustomize makes them: kustomize build ${dirname(file)} | mesh … -`,
      ),
  ),
];

/**
 * What the kustomization of some files has to say and does not: one that it does not list is in no build, one that is not there fails it.
 * @param comes files that are written, and were not there
 * @param goes files that are removed
 */
export function listingNotes(comes: readonly string[], goes: readonly string[]): readonly string[] {
  const note = (file: string, isThere: boolean): string[] => {
    const found = kustomizationOf(file);
    const { resources } = (found === undefined ? undefined : saidIn(found)) ?? {};
    if (found === undefined || !Array.isArray(resources)) return [];
    const name = slashed(relative(dirname(found), file));
    if (resources.some((r) => typeof r === 'string' && posix.normalize(r) === name) === isThere) return [];
    return [
      isThere
        ? `${slashed(found)} does not list ${name}, which this commit has: add it to its resources, or nobody synchronizes it`
        : `${slashed(found)} lists ${name}, which this commit has no more: take it out of its resources`,
    ];
  };
  return [...comes.flatMap((f) => note(f, true)), ...goes.flatMap((f) => note(f, false))];
}

/** The nearest to a file, in its folder or above. */
function kustomizationOf(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = [...NAMES].map((name) => join(folder, name)).find((f) => existsSync(f));
    if (found !== undefined || dirname(folder) === folder) return found;
  }
}

function saidIn(file: string): Readonly<Record<string, unknown>> | undefined {
  const { parse } = require('yaml') as typeof import('yaml');
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return undefined;
  }
}

function isBuilding(file: string): boolean {
  const said = saidIn(file);
  if (said === undefined) return true;
  const { resources = [] } = said as { resources?: unknown };
  const isOwn = (r: unknown) => typeof r === 'string' && !r.includes('://') && !r.startsWith('..') && /\.(ya?ml|json)$/i.test(r);
  return Object.keys(said).some((key) => !PLAIN.has(key)) || !Array.isArray(resources) || !resources.every(isOwn);
}
