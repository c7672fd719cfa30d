import { existsSync, statSync } from 'node:fs';
import { Reading, type ReadManifests, textsOf } from '../manifests/files';
import { inNamespace } from '../manifests/in-namespace';
import type { Manifests } from '../manifests/manifest';
import { dnsLabel } from '../values/names';
import { cdk8sYaml } from './cdk8s-yaml';
import type { Installation } from './installation';
import { EXIT, Failure } from './output';

/** What is in files, folders and globs; without any, in the output folder of cdk8s.yaml. */
export const manifestsOf = (paths: readonly string[]): ReadManifests => readingOf(paths).rest();

/** The same, of which the text alone is read by now. */
export function readingOf(paths: readonly string[]): Reading {
  // a variable of a script that is not set would mean this folder
  if (paths.includes('')) throw new Failure('a file or folder is empty text: name it, or leave it out', EXIT.usage);
  try {
    return new Reading(textsOf(paths.length > 0 ? paths : [outputFolder()]));
  } catch (e) {
    throw e instanceof Failure ? e : new Failure((e as Error).message, EXIT.usage);
  }
}

/** Nothing to look at is no success: a path or a pipe is not what was meant. */
export const nothingRead = (paths: readonly string[]): Failure => new Failure(`no manifest was read in ${where(paths)}`);

/** The paths, for people. */
export const where = (paths: readonly string[]) =>
  paths.map((p) => (p === '-' ? 'standard input' : p)).join(', ') || outputFolder();

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
