import { existsSync } from 'node:fs';
import type { MeshModel } from '../../model/mesh-model';
import type { Installation } from '../installation';
import { color, EXIT, Failure, print, printJson } from '../output';
import { sameFiles } from '../same-files';

/** Options of `mesh diff`. */
export interface DiffArgs extends Installation {
  readonly json: boolean;
  readonly markdown: boolean;
  readonly old: string;
  readonly new: readonly string[];
  /** Of the old side. @default - that of both */
  readonly oldMeshConfig?: string | undefined;
}

/** Says what changes for requests: between two sets of files, or two git revisions of them. */
export async function diffCommand(a: DiffArgs): Promise<number> {
  if (a.json && a.markdown) throw new Failure('say one of --json and --markdown', EXIT.usage);
  const { diff } = require('../../diff/diff') as typeof import('../../diff/diff');
  const [old, now] = modelsOf(a);
  const differences = diff(old, now);
  const files = sameFiles({ path: a.new, namespace: a.namespace });
  if (a.json) {
    const { diffJson } = require('../../diff/diff-json') as typeof import('../../diff/diff-json');
    printJson(diffJson(differences));
  } else if (a.markdown) {
    const { diffMarkdown } = require('../../diff/markdown') as typeof import('../../diff/markdown');
    print(diffMarkdown(differences, files));
  } else {
    const { diffText } = require('../../diff/text') as typeof import('../../diff/text');
    print(diffText(differences, color, files));
  }
  return differences.length > 0 ? EXIT.findings : EXIT.clean;
}

function modelsOf(a: DiffArgs): readonly [MeshModel, MeshModel] {
  const { meshOf, modelOf } = require('../model-of') as typeof import('../model-of');
  const { outputFolder } = require('../manifests-of') as typeof import('../manifests-of');
  const before: Installation = { ...a, meshConfig: a.oldMeshConfig ?? a.meshConfig };
  const [, from, to] = /^(.*[^/.])\.\.([^/.].*)?$/.exec(a.old) ?? [];
  if (from === undefined || existsSync(a.old)) {
    if (a.new.length !== 1)
      throw new Failure(
        `say two sets of manifests: mesh diff old/ new/ (a glob in quotes), or two revisions: mesh diff main..HEAD dist`,
        EXIT.usage,
      );
    return [modelOf([a.old], before), modelOf(a.new, a)];
  }
  const { readRevision } = require('../git') as typeof import('../git');
  const paths = a.new.length > 0 ? a.new : [outputFolder()];
  const at = (revision: string, installation: Installation) =>
    meshOf(readRevision(revision, paths), `${paths.join(', ')} at ${revision}`, installation);
  return [at(from, before), to === undefined ? modelOf(paths, a) : at(to, a)];
}
