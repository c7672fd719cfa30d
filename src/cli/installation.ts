import { readFileSync } from 'node:fs';
import type { TextFile } from '../check/checked-mesh';
import type { Manifest, Place } from '../manifests/manifest';
import { meshConfigFields, meshConfigIn } from '../manifests/mesh-config-map';
import { parseManifests } from '../manifests/parse';
import type { ModelOptions } from '../model/mesh-model';
import { fileNamed } from './manifests-of';
import { Failure } from './output';

/** What is true of the installation, and in no manifest. */
export interface Installation {
  /** A file with MeshConfig, or the ConfigMap `istio`. @default - the ConfigMap `istio` of the manifests, or Istio's defaults */
  readonly meshConfig?: string | undefined;
  /** Suffix of services' names. @default 'cluster.local' */
  readonly clusterDomain?: string | undefined;
  /** Where objects are that say no namespace. @default - not known: they count as of `default` */
  readonly namespace?: string | undefined;
}

/** As the model takes them; what no file says is read off the manifests. */
export function installationOptions({ meshConfig, clusterDomain }: Installation, manifests: readonly Manifest[]): ModelOptions {
  const settings = meshConfig === undefined ? failing(() => meshConfigIn(manifests)) : readMeshConfig(meshConfig);
  return {
    ...(settings === undefined ? {} : { meshConfig: settings }),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
  };
}

/** MeshConfig itself, or the ConfigMap `istio` that holds it. */
function readMeshConfig(file: string): Readonly<Record<string, unknown>> {
  const text = readFileSync(fileNamed(file), 'utf8');
  return failing(() => {
    const given = meshConfigFields(text, `"${file}"`);
    const inside = given.data as { mesh?: string } | undefined;
    return given.kind === 'ConfigMap' ? meshConfigFields(inside?.mesh ?? '', `"${file}"`) : given;
  });
}

/** The text of MeshConfig in its file, for findings about its fields, and the lines of that file. */
export function meshConfigText(given: string): { readonly meshConfigFile: TextFile; lineOf(place: Place): string | undefined } {
  const file = fileNamed(given);
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  return {
    meshConfigFile: textIn(file, text),
    lineOf: (place) => (place.file === file ? lines[place.line - 1] : undefined),
  };
}

function textIn(file: string, text: string): TextFile {
  const [first] = /^kind: *["']?ConfigMap\b/m.test(text) ? parseManifests(text, file).manifests : [];
  if (!first) return { text, place: (line, column) => ({ file, line, column }) };
  const at = (line: number) => first.place(['data', 'mesh', line - 1]);
  return { text: String(first.object.data?.mesh ?? ''), place: (line) => at(line) };
}

function failing<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    throw new Failure((e as Error).message);
  }
}
