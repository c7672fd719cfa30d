import { type Manifests, placeText, type Unreadable } from '../manifests/manifest';
import { MeshModel } from '../model/mesh-model';
import { unknownKind } from '../model/unknown-kind';
import { refused } from '../validation/validate';
import { type Installation, installationOptions } from './installation';
import { manifestsOf, placed, where } from './manifests-of';
import { Failure, reportFinding } from './output';

/** The mesh in files, folders and globs; without any, in the output folder of cdk8s.yaml. */
export const modelOf = (paths: readonly string[], installation: Installation): MeshModel =>
  meshOf(manifestsOf(paths), where(paths), installation);

/** The mesh of what was read; what cannot be read, and what the API server would refuse, is warned about and left out. */
export function meshOf(given: Manifests, where: string, installation: Installation): MeshModel {
  const read = placed(given, installation);
  for (const u of read.unreadable) warn(unreadableText(u));
  if (read.manifests.length === 0) throw new Failure(`no manifest was read in ${where}`);
  const kept = read.manifests.filter((m) => {
    const reason = unknownKind(m) ?? refused(m);
    if (reason !== undefined)
      warn(`${placeText(m.place())} ${m.kind} "${m.name}" would be refused, and counts for nothing: ${reason}`);
    return reason === undefined;
  });
  return new MeshModel(kept, installationOptions(installation, kept));
}

const warn = (message: string) => reportFinding({ message });
const unreadableText = (u: Unreadable) => `${placeText(u.place)} ${u.message}`;
