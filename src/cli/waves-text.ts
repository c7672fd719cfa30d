import { nameText } from '../apply/named';
import { climbing, type Way } from '../apply/plan/offline';
import { isWaved, SYNC_WAVE, unreadWave } from '../manifests/wave';
import { listed } from '../values/listed';

/** What is said where the commit is safe only in an order that no object says. */
function orderWithin({ commits: [first], after, between }: Way): string | undefined {
  if (!first?.phases.slice(0, -1).some((p) => p.settles) || after.some(isWaved)) return undefined;
  const kinds = first.phases.map((p) => [...new Set(p.writes.map((w) => w.object.kind))].sort().join(' and '));
  return `${between ? 'the first' : 'this'} commit is safe only where it is written in order (${kinds.join(', then ')}), and no object says so: call syncWaves(app), or annotate the objects (${SYNC_WAVE}: "0", "1" and so on), see docs/gitops.md`;
}

/** What is said of objects that Flux would delete and make anew. */
function later({ before, commits }: Way): string | undefined {
  const all = climbing({ before, commits: commits.slice(0, 1) }).filter(isWaved);
  if (all.length === 0) return undefined;
  const names = all.map(nameText).join(', ');
  return `with one Kustomization of Flux a wave, ${names} would not be there for a while: the Kustomization that has it now deletes it before a later one makes it anew; give it another name, or see docs/gitops.md#flux (Argo CD changes it in place)`;
}

/** What is said where several commits are needed because of waves, or of objects without the annotation beside others with it. */
function unsaid({ between, commits, after, isByWaves }: Way): string | undefined {
  if (between === undefined || !after.some(isWaved)) return undefined;
  const writes = commits.flatMap((c) => c.phases.flatMap((p) => p.writes));
  const all = [...new Set(writes.filter((w) => w.action !== 'delete' && !isWaved(w.object)).map((w) => nameText(w.object)))];
  if (all.length === 0)
    return isByWaves
      ? `fewer commits would do with other sync waves: those of the objects (annotation ${SYNC_WAVE}) are not in the order that the change needs; call syncWaves(app), or annotate them as docs/gitops.md has it`
      : undefined;
  return `some objects have the annotation ${SYNC_WAVE}, so Argo CD takes those without it for wave 0: ${listed(all, MOST)}; with waves of theirs fewer commits may do: call syncWaves(app), or annotate them as docs/gitops.md has it`;
}

/** What is said of waves that are no numbers. */
function unread({ after }: Way): string | undefined {
  const all = after.filter((m) => unreadWave(m) !== undefined);
  if (all.length === 0) return undefined;
  const names = listed(
    all.map((m) => `${nameText(m)} ("${unreadWave(m)}")`),
    MOST,
  );
  return `the annotation ${SYNC_WAVE} has to be a whole number, in quotes; Argo CD takes for wave 0: ${names}`;
}

const MOST = 5;

/** What is worth a look about the waves of the first commit, by what it is about. */
export function wavesJson(way: Way): Readonly<Partial<Record<'order' | 'flux' | 'waves' | 'unread', string>>> {
  const said = { order: orderWithin(way), flux: later(way), waves: unsaid(way), unread: unread(way) };
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text !== undefined));
}
