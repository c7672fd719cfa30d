import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readManifests } from '../manifests/files';
import { type Manifests, placeText, type Unreadable } from '../manifests/manifest';
import { MeshModel } from '../model/mesh-model';
import { refused } from '../model/refused';
import { EXIT, Failure, reportFinding } from './output';

/** The mesh in files, folders and globs; without any, in the output folder of cdk8s.yaml. */
export function modelOf(paths: readonly string[], meshConfigFile: string | undefined): MeshModel {
  let read: ReturnType<typeof readManifests>;
  try {
    read = readManifests(paths.length > 0 ? paths : [outputFolder()]);
  } catch (e) {
    throw e instanceof Failure ? e : new Failure((e as Error).message, EXIT.usage);
  }
  return meshOf(read, paths.join(', ') || outputFolder(), meshConfigFile);
}

/** The mesh of what was read; what cannot be read, and what the API server would refuse, is warned about and left out. */
export function meshOf(read: Manifests, where: string, meshConfigFile: string | undefined): MeshModel {
  for (const u of read.unreadable) warn(unreadableText(u));
  if (read.manifests.length === 0) throw new Failure(`no manifest was read in ${where}`);
  const kept = read.manifests.filter((m) => {
    const reason = refused(m);
    if (reason !== undefined)
      warn(`${placeText(m.place())} ${m.kind} "${m.name}" would be refused, and counts for nothing: ${reason}`);
    return reason === undefined;
  });
  return new MeshModel(kept, meshConfigFile === undefined ? {} : { meshConfig: readMeshConfig(meshConfigFile) });
}

const warn = (message: string) => reportFinding({ message });
const unreadableText = (u: Unreadable) => `${placeText(u.place)} ${u.message}`;

/** The folder that cdk8s.yaml says, where it is there. */
export function outputFolder(): string {
  if (existsSync('cdk8s.yaml')) {
    const { output } = (parse(readFileSync('cdk8s.yaml', 'utf8')) ?? {}) as { output?: unknown };
    const folder = typeof output === 'string' ? output : 'dist';
    if (existsSync(folder)) return folder;
    throw new Failure(
      `the folder "${folder}" of cdk8s.yaml is not there: run mesh synth first, or name files and folders`,
      EXIT.usage,
    );
  }
  throw new Failure('name files or folders of manifests; there is no cdk8s.yaml here that would', EXIT.usage);
}

/** MeshConfig itself, or the ConfigMap `istio` that holds it. */
function readMeshConfig(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Failure(`there is no file "${file}"`, EXIT.usage);
  }
  const given = parse(text) as { kind?: string; data?: { mesh?: string } } | null;
  if (given?.kind === 'ConfigMap') return (parse(given.data?.mesh ?? '') as Record<string, unknown>) ?? {};
  return (given as Record<string, unknown>) ?? {};
}
