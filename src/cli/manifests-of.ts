import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Reading, type ReadManifests, textsOf } from '../manifests/files';
import { inNamespace } from '../manifests/in-namespace';
import { type Manifests, placeText, type Unreadable } from '../manifests/manifest';
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

/**
 * Nothing to look at is no success: a path or a pipe is not what was meant.
 * @param foreign what is there instead
 */
export function nothingRead(paths: readonly string[], foreign: readonly Unreadable[] = []): Failure {
  const [first] = foreign;
  const instead = first ? `: ${placeText(first.place)} ${first.message}` : '';
  const app = paths.find((p) => APP.some((file) => existsSync(join(p, file))));
  return new Failure(
    `no manifest was read in ${where(paths)}${instead}`,
    EXIT.failure,
    app === undefined ? {} : { hint: `${app} holds an app: mesh synth writes its manifests, to the output of its cdk8s.yaml` },
  );
}
/** By one of these an app is known. */
const APP = ['cdk8s.yaml', 'main.ts', 'main.js'];

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
