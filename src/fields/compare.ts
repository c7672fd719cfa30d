import { isEqual, isMap } from '../values/equal';
import {
  appliedBy,
  type FieldTree,
  fieldOf,
  fieldPart,
  hasKeys,
  isLeaf,
  itemsOf,
  keysOf,
  listKind,
  type ManagedFields,
  managersOf,
  owns,
  pathText,
  treeAt,
  union,
} from './managed-fields';
import { remaining } from './remaining';

/** One field that is to change. */
export interface FieldChange {
  /** As the API server writes fields: `.spec.http`. */
  readonly path: string;
  /** Nothing where the field is not there yet. */
  readonly live?: unknown;
  /** Nothing where it goes. */
  readonly desired?: unknown;
  /** The way to it: what becomes of it the server knows. Nothing for an item that comes. */
  readonly parts?: readonly string[];
}

/** A field that somebody else owns, and that says something else than it is to say. */
export interface Conflict {
  /** As the API server writes fields: `.spec.http`. */
  readonly path: string;
  /** The field manager that owns it. */
  readonly manager: string;
  /** How that manager wrote it: by server-side apply, or otherwise. */
  readonly operation: 'Apply' | 'Update';
  /** When that manager wrote last. */
  readonly time?: string;
  /** What the field says in the cluster. */
  readonly live: unknown;
  /** What the files have it say. */
  readonly desired: unknown;
}

/** How a desired object differs from the live one. */
export interface Comparison {
  /** Fields that the next write changes. */
  readonly changes: readonly FieldChange[];
  /** Fields that are as desired, and that we do not own (yet, or no more): the next write makes them ours. */
  readonly unowned: readonly string[];
  /** Fields that others own, and that say something else. */
  readonly conflicts: readonly Conflict[];
  /** Fields that we own and that are desired no more, and that stay: others own them, too. */
  readonly kept: readonly Kept[];
}

/** A field that is ours no more, and stays. */
export interface Kept {
  /** As the API server writes fields: `.spec.http`. */
  readonly path: string;
  /** Who owns it, too. */
  readonly managers: readonly string[];
}

/** Whether nothing need be written: all fields are as desired, we own them, and no others. */
export const isSame = (c: Comparison): boolean => c.changes.length === 0 && c.unowned.length === 0 && c.kept.length === 0;

/**
 * Compares what is desired with what is live, with nobody asked: every field that is written has to be live with that value
 * and be ours, and nothing else may be ours, for that would be taken away. What the server writes in another way than we
 * (quantities, defaults within a list that is one value) counts as different here; a dry run knows better.
 * Source of the rule: kubernetes.io, Server-Side Apply; sigs.k8s.io/structured-merge-diff.
 * @param manager the field manager under which it is applied
 * @param yielding what other managers own of it and is made ours before it is applied
 */
export function compare(desired: any, live: any, manager: string, yielding: readonly ManagedFields[] = []): Comparison {
  const all = managersOf(live);
  const own = appliedBy(live, manager);
  // what was applied in another version of the kind is written anew in this one
  const applied = own?.apiVersion === desired.apiVersion ? own?.fieldsV1 : undefined;
  const owned = yielding.length > 0 ? union([applied, ...yielding.map((m) => m.fieldsV1)]) : applied;
  const others = all.filter((m) => m !== own);
  const walk = new Walk(others, afterYielding(others, yielding), owned !== undefined);
  const { apiVersion, kind, metadata, ...rest } = desired;
  const { name, namespace, ...meta } = metadata;
  const structure = union(all.map((m) => m.fieldsV1));
  walk.fields(rest, live, structure, owned, undefined);
  walk.fields(meta, live.metadata ?? {}, structure['f:metadata'], owned?.['f:metadata'], METADATA);
  walk.gone({ ...rest, metadata: meta }, live, owned ?? {}, undefined);
  return walk;
}

/** A field, or an item of a list, by the way to it: most are walked by, and named by nobody. */
interface Way {
  readonly up: Way | undefined;
  readonly part: string;
}
const METADATA: Way = { up: undefined, part: 'f:metadata' };

/** As `managedFields` write it: a part for each step. */
function partsOf(way: Way): string[] {
  const out: string[] = [];
  for (let at: Way | undefined = way; at; at = at.up) out.push(at.part);
  return out.reverse();
}
const textOf = (way: Way): string => pathText(partsOf(way));

class Walk implements Comparison {
  readonly changes: FieldChange[] = [];
  readonly unowned: string[] = [];
  readonly conflicts: Conflict[] = [];
  readonly kept: Kept[] = [];

  /** @param staying the others, without what they yield */
  constructor(
    private readonly others: readonly ManagedFields[],
    private readonly staying: readonly ManagedFields[],
    private readonly known: boolean,
  ) {}

  /** The fields of an object. */
  fields(d: any, l: any, all: FieldTree | undefined, own: FieldTree | undefined, way: Way | undefined): void {
    for (const key of Object.keys(d)) {
      const part = fieldPart(key);
      this.value(d[key], l?.[key], all?.[part], own?.[part], { up: way, part });
    }
  }

  private value(d: any, l: any, all: FieldTree | undefined, own: FieldTree | undefined, way: Way): void {
    const isWhole = all !== undefined && isLeaf(all);
    const list = Array.isArray(d) && d.length > 0 ? listKind(all) : 'atomic';
    if (isMap(d) && Object.keys(d).length > 0 && !(isMap(l) && isWhole)) this.fields(d, isMap(l) ? l : undefined, all, own, way);
    else if (list === 'map') this.items(d, Array.isArray(l) ? l : [], all, own, way);
    else if (list === 'set') this.members(d, Array.isArray(l) ? l : [], own, way);
    else this.leaf(isMap(d) && isMap(l) && !isWhole ? true : isEqual(d, l), d, l, own, way);
  }

  /** Items that are told apart by keys. */
  private items(d: readonly any[], l: readonly any[], all: FieldTree | undefined, own: FieldTree | undefined, way: Way): void {
    const known = itemsOf(all);
    for (const item of d) {
      const found = known.find(({ keys }) => hasKeys(item, keys));
      if (!found) {
        this.changes.push({ path: `${textOf(way)}[+]`, desired: item });
        continue;
      }
      const live = l.find((x) => hasKeys(x, found.keys));
      this.fields(item, live, all?.[found.part], own?.[found.part], { up: way, part: found.part });
    }
  }

  /** Values of a list that are told apart as they are. */
  private members(d: readonly any[], l: readonly any[], own: FieldTree | undefined, way: Way): void {
    for (const v of d) {
      const part = `v:${JSON.stringify(v)}`;
      this.leaf(l.includes(v), v, l.includes(v) ? v : undefined, own?.[part], { up: way, part });
    }
  }

  private leaf(same: boolean, d: any, l: any, own: FieldTree | undefined, way: Way): void {
    if (same) {
      if (own === undefined) this.unowned.push(textOf(way));
      return;
    }
    const parts = partsOf(way);
    const path = pathText(parts);
    this.changes.push({ path, ...(l === undefined ? {} : { live: l }), desired: d, parts });
    if (l === undefined) return;
    for (const { manager, operation, time, fieldsV1 } of this.others)
      if (owns(fieldsV1, parts))
        this.conflicts.push({ path, manager, operation, ...(time === undefined ? {} : { time }), live: l, desired: d });
  }

  /** Fields that we own and that are desired no more. */
  gone(d: any, l: any, own: FieldTree, way: Way | undefined): void {
    if (!this.known) return;
    for (const part in own) {
      if (part === '.') continue;
      const below = own[part]!;
      const dv = childOf(d, part);
      if (dv === undefined) {
        const lv = childOf(l, part);
        if (lv !== undefined) this.leaves(lv, below, { up: way, part });
      } else if (!isLeaf(below)) this.gone(dv, childOf(l, part), below, { up: way, part });
    }
  }

  /** A field that is given up: it goes, but for what others own of it, too. */
  private leaves(live: any, own: FieldTree, way: Way): void {
    const parts = partsOf(way);
    const owners = this.staying.filter((m) => owns(m.fieldsV1, parts));
    const left = remaining(
      live,
      own,
      owners.map((m) => treeAt(m.fieldsV1, parts)),
    );
    const path = textOf(way);
    if (!isEqual(left, live)) this.changes.push({ path, live, ...(left === undefined ? {} : { desired: left }), parts });
    if (owners.length > 0) this.kept.push({ path, managers: [...new Set(owners.map((m) => m.manager))] });
  }
}

/** The writers of an object, without what is taken from them. */
export const afterYielding = (writers: readonly ManagedFields[], yielding: readonly ManagedFields[]): readonly ManagedFields[] =>
  writers.flatMap((m) => {
    const given = yielding.find((y) => y.manager === m.manager && y.operation === m.operation && y.apiVersion === m.apiVersion);
    if (!given) return [m];
    const left = Object.fromEntries(Object.entries(m.fieldsV1 ?? {}).filter(([part]) => given.fieldsV1?.[part] === undefined));
    return Object.keys(left).length > 0 ? [{ ...m, fieldsV1: left }] : [];
  });

/** The field that some parts lead to; nothing where there is none. */
export const valueAt = (object: any, parts: readonly string[]): any => parts.reduce((at, part) => childOf(at, part), object);

/** What a part leads to. */
function childOf(value: any, part: string): any {
  const field = fieldOf(part);
  if (field !== undefined) return isMap(value) ? value[field] : undefined;
  if (!Array.isArray(value)) return undefined;
  if (part.startsWith('k:')) {
    const keys = keysOf(part);
    return value.find((item) => hasKeys(item, keys));
  }
  if (part.startsWith('v:')) {
    const wanted = part.slice(2);
    return value.find((v) => JSON.stringify(v) === wanted);
  }
  return undefined;
}
