import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, manifestOf } from '../../../src/manifests/manifest';
import { parseManifests } from '../../../src/manifests/parse';

const FILE = join(__dirname, '..', '..', 'real', 'validation', 'objects.yaml');
/** Objects of every kind that Istio takes, as the real lane shows. */
export const right: readonly Manifest[] = parseManifests(readFileSync(FILE, 'utf8'), FILE).manifests;

/** An edit that makes an object wrong, and what is said of it. */
export type Row = readonly [
  object: string,
  edit: Readonly<Record<string, unknown>>,
  severity: 'error' | 'warning' | 'info' | 'nothing',
  field: string,
  message: RegExp,
];

/** The right object with fields put to other values, or taken out by `undefined`; a field is written as `spec.http.0.name`. */
export function edited(name: string, edit: Readonly<Record<string, unknown>>): Manifest {
  const found = right.find((m) => `${m.kind} ${m.name}` === name);
  if (!found) throw new Error(`no object ${name}`);
  const object = structuredClone(found.object) as any;
  for (const [path, value] of Object.entries(edit)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((v, k) => (v[k] ??= {}), object);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = value;
  }
  return manifestOf(object, () => ({ file: 'a.yaml', line: 1, column: 1 }));
}
