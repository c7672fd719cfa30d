import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Unreadable } from '../manifests/manifest';

/** How kustomize names its files. Source: kustomize, api/konfig, RecognizedKustomizationFileNames; the third has no extension, and is passed by. */
const NAMES = new Set(['kustomization.yaml', 'kustomization.yml']);
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

function isBuilding(file: string): boolean {
  const { parse } = require('yaml') as typeof import('yaml');
  let said: Readonly<Record<string, unknown>>;
  try {
    said = parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return true;
  }
  const { resources = [] } = said as { resources?: unknown };
  const isOwn = (r: unknown) => typeof r === 'string' && !r.includes('://') && !r.startsWith('..') && /\.(ya?ml|json)$/i.test(r);
  return Object.keys(said).some((key) => !PLAIN.has(key)) || !Array.isArray(resources) || !resources.every(isOwn);
}
