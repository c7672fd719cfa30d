import { existsSync, readFileSync, statSync } from 'node:fs';
import { type ReadManifests, readManifests } from '../manifests/files';
import { inNamespace } from '../manifests/in-namespace';
import { type Manifest, type Manifests, placeText, type Unreadable } from '../manifests/manifest';
import { meshConfigFields, meshConfigIn } from '../manifests/mesh-config-map';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { refused } from '../validation/validate';
import { dnsLabel } from '../values/names';
import { cdk8sYaml } from './cdk8s-yaml';
import { EXIT, Failure, reportFinding } from './output';

/** What is true of the installation, and in no manifest. */
export interface Installation {
  /** A file with MeshConfig, or the ConfigMap `istio`. @default - the ConfigMap `istio` of the manifests, or Istio's defaults */
  readonly meshConfig?: string | undefined;
  /** Suffix of services' names. @default 'cluster.local' */
  readonly clusterDomain?: string | undefined;
  /** Where objects are that say no namespace. @default - not known: they count as of `default` */
  readonly namespace?: string | undefined;
}

/** The mesh in files, folders and globs; without any, in the output folder of cdk8s.yaml. */
export const modelOf = (paths: readonly string[], installation: Installation): MeshModel =>
  meshOf(manifestsOf(paths), where(paths), installation);

const where = (paths: readonly string[]) => paths.map((p) => (p === '-' ? 'standard input' : p)).join(', ') || outputFolder();

/** Nothing to look at is no success: a path or a pipe is not what was meant. */
export const nothingRead = (paths: readonly string[]): Failure => new Failure(`no manifest was read in ${where(paths)}`);

/** What is in files, folders and globs; without any, in the output folder of cdk8s.yaml. */
export function manifestsOf(paths: readonly string[]): ReadManifests {
  // a variable of a script that is not set would mean this folder
  if (paths.includes('')) throw new Failure('a file or folder is empty text: name it, or leave it out', EXIT.usage);
  try {
    return readManifests(paths.length > 0 ? paths : [outputFolder()]);
  } catch (e) {
    throw e instanceof Failure ? e : new Failure((e as Error).message, EXIT.usage);
  }
}

/** The mesh of what was read; what cannot be read, and what the API server would refuse, is warned about and left out. */
export function meshOf(given: Manifests, where: string, installation: Installation): MeshModel {
  const read = placed(given, installation);
  for (const u of read.unreadable) warn(unreadableText(u));
  if (read.manifests.length === 0) throw new Failure(`no manifest was read in ${where}`);
  const kept = read.manifests.filter((m) => {
    const reason = refused(m);
    if (reason !== undefined)
      warn(`${placeText(m.place())} ${m.kind} "${m.name}" would be refused, and counts for nothing: ${reason}`);
    return reason === undefined;
  });
  return new MeshModel(kept, installationOptions(installation, kept));
}

/**
 * What was read, in the namespace that the command line says, where it says one.
 * @throws when that is no name of a namespace
 */
export function placed<T extends Manifests>(read: T, { namespace }: Installation): T {
  if (namespace === undefined) return read;
  try {
    return inNamespace(read, dnsLabel(namespace, '--namespace'));
  } catch (e) {
    throw new Failure((e as Error).message, EXIT.usage);
  }
}

/** As the model takes them; what no file says is read off the manifests. */
export function installationOptions({ meshConfig, clusterDomain }: Installation, manifests: readonly Manifest[]): ModelOptions {
  const settings = meshConfig === undefined ? failing(() => meshConfigIn(manifests)) : readMeshConfig(meshConfig);
  return {
    ...(settings === undefined ? {} : { meshConfig: settings }),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
  };
}

const warn = (message: string) => reportFinding({ message });
const unreadableText = (u: Unreadable) => `${placeText(u.place)} ${u.message}`;

/** The folder that cdk8s.yaml says, where it is there. */
export function outputFolder(): string {
  const file = cdk8sYaml();
  if (!file) throw new Failure('name files or folders of manifests; there is no cdk8s.yaml here that would', EXIT.usage);
  const folder = file.output ?? 'dist';
  if (existsSync(folder)) return folder;
  throw new Failure(
    `the folder "${folder}" of cdk8s.yaml is not there: run mesh synth first, or name files and folders`,
    EXIT.usage,
  );
}

/** A file that the command line names: the name, when there is such a file. */
export function fileNamed(file: string): string {
  if (!existsSync(file)) throw new Failure(`there is no file "${file}"`, EXIT.usage);
  if (statSync(file).isDirectory()) throw new Failure(`"${file}" is a folder, not a file`, EXIT.usage);
  return file;
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

function failing<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    throw new Failure((e as Error).message);
  }
}
