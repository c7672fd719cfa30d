import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, posix } from 'node:path';
import { decoded, NotText } from '../manifests/decode';
import { globOf, isGlob } from '../manifests/files';
import type { Manifest, Manifests, Unreadable } from '../manifests/manifest';
import { parseManifests } from '../manifests/parse';
import { EXIT, Failure } from './output';

/** Files of manifests; others are passed by. */
const EXTENSION = /\.(ya?ml|json)$/i;

/** Runs git, without a shell between. */
function git(args: readonly string[], { input, cwd }: { readonly input?: string; readonly cwd?: string } = {}): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { input, cwd, maxBuffer: 1024 * 1024 * 1024 });
  if (error) throw new Failure(`git cannot be run: ${error.message}`);
  if (status !== 0)
    throw new Failure(
      stderr
        .toString('utf8')
        .trim()
        .replace(/^fatal: /, '') || `git ended with ${status}`,
      EXIT.usage,
    );
  return stdout;
}

/** A revision by its full name, such as `refs/heads/main`, or by its hash; nothing where there is none, or no repository. */
export function fullNameOf(revision: string): string | undefined {
  try {
    const commit = commitOf(revision);
    const name = tried(['rev-parse', '--verify', '--quiet', '--symbolic-full-name', '--end-of-options', revision]);
    return typeof name === 'string' && name.startsWith('refs/') ? name : commit;
  } catch {
    return undefined;
  }
}

/** @throws where it is none: with the reason, as far as git knows one */
function commitOf(revision: string): string {
  const repository = tried(['rev-parse', '--is-shallow-repository']);
  if (repository instanceof Failure)
    throw new Failure(
      `there is no git repository here that would have a revision "${revision}": ${repository.message}`,
      EXIT.usage,
    );
  const commit = tried(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  if (!(commit instanceof Failure)) return commit;
  const shallow =
    repository === 'true' ? ': it is a shallow clone, and git fetch --unshallow gets the rest (fetch-depth: 0)' : '';
  throw new Failure(`there is no revision "${revision}" in this folder's git repository${shallow}`, EXIT.usage);
}

/** What git says, or why it does not; where it cannot be run at all, that is thrown. */
function tried(args: readonly string[], cwd?: string): string | Failure {
  try {
    return git(args, cwd === undefined ? {} : { cwd })
      .toString('utf8')
      .trim();
  } catch (e) {
    if (e instanceof Failure && e.exit === EXIT.usage) return e;
    throw e;
  }
}

/**
 * The newest commit that has a file as it is now, abbreviated; none where it is in no commit.
 * @returns nothing where the file is in no repository
 */
export function commitWith(file: string): { readonly commit?: string } | undefined {
  // a link is written through
  const path = realpathSync(file);
  const [cwd, name] = [dirname(path), basename(path)];
  const said = (...args: string[]) => tried(args, cwd);
  if (!isRepository(cwd)) return undefined;
  const blob = git(['hash-object', '--', name], { cwd }).toString('utf8').trim();
  if (said('cat-file', '-e', blob) instanceof Failure) return {};
  const has = (commit: string) => said('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}:./${name}`) === blob;
  const head = said('rev-parse', '--short', 'HEAD');
  if (typeof head === 'string' && has(head)) return { commit: head };
  const changes = said('log', '--all', '--format=%h', `--find-object=${blob}`, '--', name);
  // without a commit it would be asked of what is staged
  const commit = changes instanceof Failure || changes === '' ? undefined : changes.split('\n').find(has);
  return commit === undefined ? {} : { commit };
}

function isRepository(folder: string): boolean {
  try {
    return tried(['rev-parse', '--is-inside-work-tree'], folder) === 'true';
  } catch {
    return false; // there is no git
  }
}

/** There is a revision, and at none of the paths a file of manifests. */
export class NoneAtRevision extends Failure {}

/** Manifests as they were at a revision. */
export interface RevisionManifests extends Manifests {
  /** Those of the paths at which there was no file of manifests, and submodules below them. */
  readonly without: readonly string[];
}

/**
 * The manifests of files, folders and globs as they were at a revision. Places are `revision:file`.
 * @param paths from the working folder
 * @throws when there is no such revision; {@link NoneAtRevision}
 */
export function readRevision(revision: string, paths: readonly string[]): RevisionManifests {
  const commit = commitOf(revision);
  const found = paths.map((path) => listed(commit, path));
  const files = [...new Map(found.flatMap((f) => f.files).map((f) => [f.file, f])).values()];
  if (files.length === 0)
    throw new NoneAtRevision(`there are no manifests in ${paths.join(', ')} at "${revision}"${linked(paths)}`, EXIT.usage);
  const known = files.filter((f) => f.blob !== undefined);
  const all = git(['cat-file', '--batch'], { input: known.map((f) => `${f.blob}\n`).join('') });
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  let at = 0;
  for (const { file } of known) {
    const end = all.indexOf(10, at);
    const size = Number(all.toString('latin1', at, end).split(' ')[2]);
    const bytes = all.subarray(end + 1, end + 1 + size);
    at = end + 2 + size;
    try {
      const read = parseManifests(decoded(bytes), `${revision}:${file}`);
      manifests.push(...read.manifests);
      unreadable.push(...read.unreadable);
    } catch (e) {
      if (!(e instanceof NotText)) throw e;
      const { line, column, message } = e;
      unreadable.push({ place: { file: `${revision}:${file}`, line, column }, message });
    }
  }
  for (const { file, lost } of files)
    if (lost !== undefined) unreadable.push({ place: { file: `${revision}:${file}`, line: 1, column: 1 }, message: lost });
  const without = paths.filter((_, i) => found[i]!.files.length === 0);
  return { manifests, unreadable, without: [...without, ...found.flatMap((f) => f.submodules)] };
}

/** Files of manifests of a commit, with what they hold; and the submodules beside them, whose files another repository has. */
function listed(commit: string, path: string) {
  // a file may have such a name, too
  const { folder, is } = isGlob(path) && !existsSync(path) ? globOf(path) : { folder: path, is: () => true };
  const files: ({ readonly file: string } & Led)[] = [];
  const submodules: string[] = [];
  for (const line of git(['ls-tree', '-r', '-z', commit, '--', folder]).toString('utf8').split('\0')) {
    const [, mode, type, blob, file] = /^(\d+) (blob|commit) (\w+)\t([\s\S]+)$/.exec(line) ?? [];
    if (type === 'commit') submodules.push(file!);
    else if (blob && file && EXTENSION.test(file) && is(file))
      files.push({ file, ...(mode === LINK ? ledTo(commit, file) : { blob }) });
  }
  return { files, submodules };
}

/** The mode of a link. Source: git, Documentation/git-fast-import. */
const LINK = '120000';
/** What a file holds, or why nobody knows; neither for a folder. */
interface Led {
  readonly blob?: string;
  readonly lost?: string;
}

/** What a link leads to, as far as that is of the same commit: a link to a folder is passed by, as in the working folder. */
function ledTo(commit: string, file: string): Led {
  const prefix = git(['rev-parse', '--show-prefix']).toString('utf8').trim();
  const path = posix.normalize(posix.join(prefix, file));
  const said = git(['cat-file', '--batch-check', '--follow-symlinks'], { input: `${commit}:${path}\n` }).toString('utf8');
  const [, found, type] = /^([0-9a-f]{40,}) (\w+) \d+\n$/.exec(said) ?? [];
  if (found !== undefined) return type === 'blob' ? { blob: found } : {};
  const out = /^symlink \d+\n([\s\S]*)\n$/.exec(said)?.[1];
  return { lost: out === undefined ? 'is a link to what is not there' : `is a link to "${out}", which is not in the repository` };
}

/** git has links, not what they lead to. */
function linked(paths: readonly string[]): string {
  const link = paths.find((p) => lstatSync(p, { throwIfNoEntry: false })?.isSymbolicLink());
  return link === undefined ? '' : `: "${link}" is a link, name what it leads to: "${readlinkSync(link)}"`;
}
