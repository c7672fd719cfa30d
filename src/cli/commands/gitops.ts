import { existsSync } from 'node:fs';
import { nameText } from '../../apply/named';
import { type Held, heldBack, type Way } from '../../apply/plan/offline';
import { wayFrom } from '../base';
import type { FileChange } from '../between-files';
import { objectsToApply } from '../cluster';
import type { Installation } from '../installation';
import { color, columns, EXIT, Failure, print, printJson, reportFinding } from '../output';
import { fixedText, refusalText } from '../plan-base';
import { sameFiles } from '../same-files';
import { wavesJson } from '../waves-text';

/** Options of `mesh gitops`. */
export interface GitopsArgs extends Installation {
  readonly json: boolean;
  readonly path: readonly string[];
  readonly base?: string | undefined;
}

/** Writes the files of the commit that has to come before the one that they hold, where there is one. */
export async function gitops({ base, ...rest }: GitopsArgs): Promise<number> {
  if (base === undefined)
    throw new Failure('say what the clusters have now: --base main, a git revision, or --base old, a folder', EXIT.usage);
  const a = { ...rest, base };
  if (a.path.includes('-')) throw new Failure('standard input cannot be written to: name files or folders', EXIT.usage);
  const way = wayFrom(base, objectsToApply(a.path), a);
  const refused = [...[...way.knots, ...way.moved].map(refusalText), ...way.fixed.map(fixedText)];
  if (refused.length > 0) throw new Failure([...refused, 'nothing was written'].map((message) => ({ message })));
  const done = way.between ? written(way, a) : { changes: [], again: [], listing: [] };
  if (a.json) printJson(asJson(way, done, a));
  else print(way.between ? betweenText(way, done, a) : oneText(way, a.base));
  if (!a.json) for (const message of [...done.listing, ...Object.values(wavesJson(way))]) reportFinding({ message });
  return way.between ? EXIT.findings : EXIT.clean;
}

type Asked = GitopsArgs & { readonly base: string };

interface Done {
  readonly changes: readonly FileChange[];
  /** Commands that write the files again as they were. */
  readonly again: readonly string[];
  /** What kustomizations have to list otherwise. */
  readonly listing: readonly string[];
}

function written(way: Way, a: Asked): Done {
  const { changesFor, writeChanges } = require('../between-files') as typeof import('../between-files');
  const { waysBack } = require('../ways-back') as typeof import('../ways-back');
  const changes = changesFor(way, a);
  const again = waysBack(changes.map((c) => c.file));
  const { listingNotes } = require('../kustomization') as typeof import('../kustomization');
  const comes = changes.filter((c) => !existsSync(c.file)).map((c) => c.file);
  writeChanges(changes);
  const goes = changes.filter((c) => c.text === undefined).map((c) => c.file);
  return { changes, again, listing: listingNotes(comes, goes) };
}

const FORMS: Readonly<Record<Held['form'], string>> = {
  both: 'both as it is and as it is to be',
  otherwise: 'for now otherwise than it is to be',
  before: 'as it is, for now',
  later: 'not yet',
};

function betweenText(way: Way, { changes, again }: Done, a: Asked): string {
  const n = way.commits.length;
  const how = again.length > 0 ? ` (${again.join(', ')})` : '';
  return [
    `${n} commits are needed${way.isByWaves ? ' in the order of the sync waves' : ': what is taken away is in use until the rest is in effect'}`,
    '',
    color.dim('the first holds, otherwise than the files did'),
    heldText(way),
    '',
    ...changes.map((c) => (c.text === undefined ? `removed ${c.file}` : `wrote ${c.file}`)),
    '',
    `commit this, and let it be synchronized to every cluster. Then write the files again${how}, and`,
    `mesh gitops --base HEAD${sameFiles(a)} ${n > 2 ? 'writes the next of the commits' : 'says that one commit does the rest'}`,
  ].join('\n');
}

/** What the first commit holds otherwise than the last, an object a line. */
export const heldText = (way: Way): string =>
  columns(
    heldBack(way).map((h) => [nameText(h.manifest), FORMS[h.form]]),
    '  ',
  );

const oneText = (way: Way, base: string): string =>
  way.commits.length === 0
    ? `nothing to commit: the files are as they are at ${base}`
    : `one commit does it: nothing that is in use is taken away (${objects(way.phases.flatMap((p) => p.writes).length)} written)`;

const objects = (n: number): string => `${n} object${n === 1 ? ' is' : 's are'}`;

/** For programs. */
function asJson(way: Way, { changes, again, listing }: Done, a: Asked): object {
  return {
    base: a.base,
    commits: way.commits.map((c) => ({
      writes: c.phases.flatMap((p) => p.writes.map((w) => ({ object: nameText(w.object), action: w.action }))),
    })),
    first: heldBack(way).map((h) => ({ object: nameText(h.manifest), holds: h.form })),
    written: changes.filter((c) => c.text !== undefined).map((c) => c.file),
    removed: changes.filter((c) => c.text === undefined).map((c) => c.file),
    again,
    ...(listing.length > 0 ? { listing } : {}),
    ...wavesJson(way),
  };
}
