import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nameText } from '../apply/named';
import { type Way, wayBetween } from '../apply/plan/offline';
import { keyOf } from '../manifests/key-of';
import { type Manifest, type Manifests, placeText } from '../manifests/manifest';
import { type Installation, installationOptions } from './installation';
import { EXIT, Failure, printError } from './output';

/**
 * The way from a base to what is in the files. Objects without a name of their own are new ones at every synchronization, and on no way.
 * @throws Failure where an object is twice in one of them; see {@link baseOf}
 */
export function wayFrom(base: string, files: readonly Manifest[], a: Asked): Way {
  const { placed } = require('./manifests-of') as typeof import('./manifests-of');
  const after = withNames(placed({ manifests: files, unreadable: [] }, a).manifests, 'the files');
  return wayBetween(withNames(baseOf(base, a), `"${base}"`), after, installationOptions(a, after));
}

type Asked = Installation & { readonly path: readonly string[] };

function withNames(all: readonly Manifest[], where: string): readonly Manifest[] {
  const known = new Map<string, Manifest>();
  const named = all.filter((m) => m.name !== '');
  for (const m of named) {
    const other = known.get(keyOf(m));
    if (other)
      throw new Failure(
        `${nameText(m)} is twice in ${where}: at ${placeText(other.place())} and at ${placeText(m.place())}; take one out`,
      );
    known.set(keyOf(m), m);
  }
  return named;
}

/**
 * What the clusters have now: the manifests of a folder or a file, or of a git revision of what is planned. What is not known may
 * be in use, so a base without a manifest is none; a folder without any file says that nothing is there yet.
 * @throws Failure where there is no such base, it holds no manifest, may be either of two, or cannot be read
 */
function baseOf(base: string, a: Asked): readonly Manifest[] {
  const isThere = existsSync(base);
  if (isThere) mustBeOne(base);
  if (isEmptyFolder(base)) {
    printError(`"${base}" is an empty folder: nothing was there before, everything is new`);
    return [];
  }
  const { manifestsOf, placed } = require('./manifests-of') as typeof import('./manifests-of');
  const { manifests, unreadable } = placed<Manifests>(isThere ? manifestsOf([base]) : atRevision(base, a.path), a);
  const wrong = unreadable.filter((u) => !u.foreign);
  if (wrong.length > 0) throw new Failure(wrong.map((u) => ({ place: placeText(u.place), message: u.message })));
  if (manifests.length === 0) throw nothingAt(`no manifest was read in "${base}"`);
  return manifests;
}

/** Nobody knows which is meant of a folder and a branch of one name. */
function mustBeOne(base: string): void {
  const { fullNameOf } = require('./git') as typeof import('./git');
  const revision = fullNameOf(base);
  if (revision === undefined) return;
  const what = statSync(base).isDirectory() ? 'folder' : 'file';
  throw new Failure(
    `--base "${base}" is a ${what} and a git revision: say ./${base} for the ${what}, ${revision} for the revision`,
    EXIT.usage,
  );
}

function atRevision(revision: string, given: readonly string[]): Manifests {
  const { outputFolder } = require('./manifests-of') as typeof import('./manifests-of');
  const { NoneAtRevision, readRevision } = require('./git') as typeof import('./git');
  try {
    const read = readRevision(revision, given.length > 0 ? given : [outputFolder()]);
    // they may be new, and may have had another name
    if (read.without.length > 0)
      printError(`there are no manifests in ${read.without.join(', ')} at "${revision}": what is in there now counts as new`);
    return read;
  } catch (e) {
    throw e instanceof NoneAtRevision ? nothingAt(e.message) : e;
  }
}

const nothingAt = (what: string): Failure =>
  new Failure(what, EXIT.usage, {
    hint: 'what is there by now is not known: name a base that has it; for a first commit, --base an empty folder',
  });

function isEmptyFolder(path: string): boolean {
  const isEmpty = (folder: string): boolean =>
    readdirSync(folder, { withFileTypes: true }).every((e) => e.isDirectory() && isEmpty(join(folder, e.name)));
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true && isEmpty(path);
}
