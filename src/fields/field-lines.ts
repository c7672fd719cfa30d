import type { Manifest } from '../manifests/manifest';
import { isEqual, isMap } from '../values/equal';
import { type Comparison, type FieldChange, valueAt } from './compare';
import { LAST_APPLIED } from './managed-fields';

/** One value that changes, however deep it is: a route's weight within `.spec.http`. */
export interface LeafChange {
  /** `.spec.http[0].route[1].weight` */
  readonly path: string;
  /** What it says now; nothing where it is not there yet. */
  readonly live?: unknown;
  /** What it is to say; nothing where it goes. */
  readonly desired?: unknown;
}

/** The values that differ between two, down to those that are no lists and have no fields. */
export function leafChanges(path: string, live: unknown, desired: unknown): LeafChange[] {
  if (isEqual(live, desired)) return [];
  if (isMap(live) && isMap(desired))
    return [...new Set([...Object.keys(live), ...Object.keys(desired)])].flatMap((k) =>
      leafChanges(/^[\w-]+$/.test(k) ? `${path}.${k}` : `${path}["${k}"]`, live[k], desired[k]),
    );
  if (Array.isArray(live) && Array.isArray(desired)) return listChanges(path, live, desired);
  return [{ path, ...(live === undefined ? {} : { live }), ...(desired === undefined ? {} : { desired }) }];
}

/** Items that have names are compared by them, others by their place, from the end where that is the same. */
function listChanges(path: string, live: readonly unknown[], desired: readonly unknown[]): LeafChange[] {
  const names = (list: readonly unknown[]) => list.map((v) => (isMap(v) && typeof v.name === 'string' ? v.name : undefined));
  const [a, b] = [names(live), names(desired)];
  const byName = [a, b].every((n) => n.every((x) => x !== undefined) && new Set(n).size === n.length);
  if (byName)
    return [...new Set([...a, ...b])].flatMap((n) => leafChanges(`${path}[${n}]`, live[a.indexOf(n)], desired[b.indexOf(n)]));
  // what is the same at the end only moves where items come or go before it
  let same = 0;
  const least = Math.min(live.length, desired.length);
  if (live.length !== desired.length) while (same < least && isEqual(live.at(-1 - same), desired.at(-1 - same))) same++;
  const [old, now] = [live, desired].map((list) => list.slice(0, list.length - same)) as [unknown[], unknown[]];
  const out: LeafChange[] = [];
  for (let i = 0; i < Math.max(old.length, now.length); i++) out.push(...leafChanges(`${path}[${i}]`, old[i], now[i]));
  return out;
}

/** Stands for what nobody may read. */
const HIDDEN = '(hidden)';
const ANOTHER = `${HIDDEN}, another`;

/** Changes as they may be shown: nothing of what a Secret holds. */
export function shownChanges(m: Manifest, changes: readonly LeafChange[]): LeafChange[] {
  return changes
    .flatMap((c) => (isSecret(m, c.path) ? [hidden(c)] : leafChanges(c.path, withoutCopy(c.live), withoutCopy(c.desired))))
    .filter((c) => !c.path.includes(LAST_APPLIED));
}

/** Annotations without kubectl's copy of the object, which holds what a Secret does; nothing where they are that alone. */
function withoutCopy(value: unknown): unknown {
  if (!isMap(value) || !(LAST_APPLIED in value)) return value;
  const { [LAST_APPLIED]: _, ...others } = value;
  return Object.keys(others).length > 0 ? others : undefined;
}

/**
 * The same, as the server answers: what we give up it may fill in, or keep as it is; and of what we write it may fill in the rest.
 * @param live the object as it is
 * @param result what the server would make of it
 */
export function answered(m: Manifest, c: Comparison, live: any, result: any): Comparison {
  const changes = c.changes.flatMap((change): FieldChange[] => {
    const { path, parts } = change;
    if (!parts) return [change];
    const [before, after] = [valueAt(live, parts), valueAt(result, parts)];
    if (isEqual(before, after)) return [];
    if (isSecret(m, path) && 'desired' in change) return [change];
    if (!isSecret(m, path)) return [{ path, live: withoutCopy(before), ...(after === undefined ? {} : { desired: after }) }];
    // what comes instead is told where it is written
    return leafChanges(path, before, after).flatMap((l) => (l.desired === undefined ? [hidden(l)] : []));
  });
  return { ...c, changes };
}

/** A comparison as it may be kept and shown. */
export const veiled = (m: Manifest, { changes, unowned, conflicts, kept }: Comparison): Comparison => ({
  kept,
  changes: changes.map((c) =>
    isSecret(m, c.path) ? hidden(c) : { ...c, ...('live' in c ? { live: withoutCopy(c.live) } : {}) },
  ),
  unowned,
  conflicts: conflicts.map((c) =>
    isSecret(m, c.path) ? { ...c, live: HIDDEN, desired: isEqual(c.live, c.desired) ? HIDDEN : ANOTHER } : c,
  ),
});

const isSecret = (m: Manifest, path: string): boolean =>
  m.kind === 'Secret' && m.group === '' && /^\.(data|stringData)\b/.test(path);

/** That there is a value, and no more. */
const hidden = ({ path, live, desired, ...more }: FieldChange): FieldChange => ({
  ...more,
  path,
  ...(live === undefined ? {} : { live: HIDDEN }),
  ...(desired === undefined ? {} : { desired: live === undefined ? HIDDEN : ANOTHER }),
});

const MOST = 100;

/** A value in a line. */
export function valueText(v: unknown): string {
  const text = typeof v === 'string' ? JSON.stringify(v) : (JSON.stringify(v) ?? 'nothing');
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
