import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Way } from '../apply/plan/offline';
import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { noteWritten } from '../synth/leftovers';
import { writeFile } from '../synth/write-file';
import { canonical } from '../values/equal';
import { slashed } from '../values/slashed';
import { editManifests, isBlank, keyOfBody } from './edit-manifests';
import { outputFolder } from './manifests-of';
import { EXIT, Failure } from './output';

/** What becomes of a file. */
export interface FileChange {
  readonly file: string;
  /** Nothing where it is removed, for it holds nothing. */
  readonly text: string | undefined;
}

/** Where the files are, and what they are compared with. */
export interface Where {
  readonly base: string;
  readonly path: readonly string[];
}

/**
 * The files that hold the state between: each object in the file that has it, what goes later in the file in which the base
 * had it.
 * @throws Failure where a file has no place for an object; nothing is written before
 */
export function changesFor({ after, between = [] }: Way, where: Where): readonly FileChange[] {
  const now = new Map(between.map((m) => [keyOf(m), m]));
  const files = new Map<string, { instead: Map<string, object | undefined>; more: object[] }>();
  const editsOf = (given: string) => {
    const file = oneName(given);
    const known = files.get(file) ?? { instead: new Map<string, object | undefined>(), more: [] as object[] };
    files.set(file, known);
    return known;
  };
  for (const m of after) {
    const state = now.get(keyOf(m));
    now.delete(keyOf(m));
    if (state && canonical(state.object) === canonical(m.object)) continue;
    editsOf(m.place().file).instead.set(keyOfBody(m.object), state?.object);
  }
  for (const m of now.values()) editsOf(fileOf(m, where)).more.push(m.object);
  return [...files].map(([file, edits]) => {
    const there = existsSync(file);
    if (there && !statSync(file).isFile()) throw new Failure(`"${file}" is no file that can be written to`, EXIT.usage);
    const text = editManifests(there ? readFileSync(file, 'utf8') : '', file, edits);
    return { file, text: isBlank(text) ? undefined : text };
  });
}

/** A file may be named in several ways: absolute, or from here. */
const oneName = (file: string): string => slashed(relative('.', resolve(file)));

/** The file in which the base has an object, as one of those that are written. */
function fileOf(m: Manifest, { base, path }: Where): string {
  const { file } = m.place();
  if (!existsSync(base)) return file.slice(`${base}:`.length);
  const [to = outputFolder()] = path;
  if (path.length > 1 || !existsSync(to))
    throw new Failure(
      `${m.kind} "${m.name}" of "${file}" has to stay for now, and in which of ${path.join(', ')} is not known: name one folder, or a git revision as --base; nothing was written`,
      EXIT.usage,
    );
  return statSync(to).isDirectory() ? join(to, relative(base, file) || basename(file)) : to;
}

/** Writes files, each beside its place first. */
export function writeChanges(changes: readonly FileChange[]): void {
  for (const { file, text } of changes) {
    if (text === undefined) rmSync(file);
    else {
      // a link stays one
      writeFile(existsSync(file) ? realpathSync(file) : file, text);
      noteWritten(file, text);
    }
  }
}
