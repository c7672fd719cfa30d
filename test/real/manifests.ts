import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { OPTIONS } from '../../src/manifests/yaml-options';

/** A Kubernetes object as it stands in a manifest. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** `VirtualService shop/reviews`. */
export function nameOf(object: KubeObject): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** The objects of YAML text (as YAML 1.1, as Kubernetes reads it); those of a List one by one. */
export function parseManifests(text: string): KubeObject[] {
  const objects: KubeObject[] = [];
  const documents = parseAllDocuments(text, OPTIONS);
  for (const document of 'empty' in documents ? [] : documents) {
    if (document.errors[0]) throw document.errors[0];
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const { kind, items } = value as { kind?: string; items?: KubeObject[] };
    objects.push(...(kind === 'List' && items ? items : [value as KubeObject]));
  }
  return objects;
}

/** The YAML files below a folder, sorted by path. */
export function yamlFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name));
  return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
}

/** All YAML below a folder as one text. */
export function readYaml(folder: string): string {
  return yamlFiles(folder)
    .map((file) => readFileSync(file, 'utf8').trimEnd())
    .join('\n---\n')
    .concat('\n');
}
