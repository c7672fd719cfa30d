import { spawnSync } from 'node:child_process';
import type { Manifest, Manifests, Unreadable } from '../manifests/manifest';
import { parseManifests } from '../manifests/parse';
import { EXIT, Failure } from './output';

/** Files of manifests; others are passed by. */
const EXTENSION = /\.(ya?ml|json)$/i;

/** Runs git, without a shell between. */
function git(args: readonly string[], input?: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { input, maxBuffer: 1024 * 1024 * 1024 });
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

/**
 * The manifests of files and folders as they were at a revision. Places are `revision:file`.
 * @param paths files and folders, from the working folder; no globs
 * @param mayBeNone whether nothing at the paths is an answer: they are new
 * @throws when there is no such revision, or nothing at the paths
 */
export function readRevision(revision: string, paths: readonly string[], mayBeNone = false): Manifests {
  let commit: string;
  try {
    commit = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
      .toString('utf8')
      .trim();
  } catch (e) {
    if ((e as Failure).exit !== EXIT.usage) throw e;
    throw new Failure(`there is no revision "${revision}" in this folder's git repository`, EXIT.usage);
  }
  const listed = git(['ls-tree', '-r', '-z', commit, '--', ...paths])
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, blob, file] = /^\d+ blob (\w+)\t([\s\S]+)$/.exec(line) ?? [];
      return blob && file && EXTENSION.test(file) ? [{ blob, file }] : [];
    });
  if (listed.length === 0 && mayBeNone) return { manifests: [], unreadable: [] };
  if (listed.length === 0) throw new Failure(`there are no manifests in ${paths.join(', ')} at "${revision}"`, EXIT.usage);
  const all = git(['cat-file', '--batch'], listed.map((f) => `${f.blob}\n`).join(''));
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  let at = 0;
  for (const { file } of listed) {
    const end = all.indexOf(10, at);
    const size = Number(all.toString('latin1', at, end).split(' ')[2]);
    const read = parseManifests(all.toString('utf8', end + 1, end + 1 + size), `${revision}:${file}`);
    at = end + 2 + size;
    manifests.push(...read.manifests);
    unreadable.push(...read.unreadable);
  }
  return { manifests, unreadable };
}
