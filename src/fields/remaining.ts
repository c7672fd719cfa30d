import { isMap } from '../values/equal';
import { type FieldTree, hasKeys, isLeaf, itemsOf } from './managed-fields';

type Tree = FieldTree | undefined;

/**
 * What is left of a value when its owner gives it up: the fields that others own, too, and what nobody owns beside them.
 * Source: sigs.k8s.io/structured-merge-diff, merge/update.go (prune) and typed/remove.go.
 * @param own what is given up of it
 * @param others what others own of it
 * @returns nothing where nothing is left
 */
export function remaining(value: unknown, own: FieldTree, others: readonly Tree[]): unknown {
  const theirs = others.filter((t) => t !== undefined);
  if (isLeaf(own) || (own['.'] && theirs.length === 0)) return theirs.length > 0 ? value : undefined;
  if (isMap(value)) {
    const out = fieldsLeft(value, own, theirs, (_, at, tree, below) => remaining(at, tree, below));
    return Object.keys(out).length > 0 ? out : undefined;
  }
  if (!Array.isArray(value)) return value;
  const out = itemsLeft(value, own, theirs, (item, _, tree, below) => remaining(item, tree, below));
  return out.length > 0 ? out : undefined;
}

/** What is live, without what its owner gives up as it is desired no more. */
export function without(live: any, desired: any, own: FieldTree, others: readonly Tree[]): any {
  const theirs = others.filter((t) => t !== undefined);
  const left = (at: unknown, wanted: unknown, tree: FieldTree, below: readonly Tree[]) =>
    wanted === undefined ? remaining(at, tree, below) : without(at, wanted, tree, below);
  if (isMap(live) && isMap(desired))
    return fieldsLeft(live, own, theirs, (field, at, tree, below) => left(at, desired[field], tree, below));
  if (!Array.isArray(live) || !Array.isArray(desired)) return live;
  return itemsLeft(live, own, theirs, (item, keys, tree, below) => {
    const wanted = keys ? desired.find((d) => hasKeys(d, keys)) : desired.includes(item) ? item : undefined;
    return left(item, wanted, tree, below);
  });
}

/** The fields of an object, each of those that are owned as it is left. */
function fieldsLeft(
  value: Readonly<Record<string, unknown>>,
  own: FieldTree,
  theirs: readonly FieldTree[],
  of: (field: string, at: unknown, tree: FieldTree, below: readonly Tree[]) => unknown,
): Record<string, unknown> {
  const out: Record<string, unknown> = { ...value };
  for (const part in own) {
    const field = part.slice(2);
    if (!part.startsWith('f:') || out[field] === undefined) continue;
    const left = of(
      field,
      out[field],
      own[part]!,
      theirs.map((t) => t[part]),
    );
    if (left === undefined) delete out[field];
    else out[field] = left;
  }
  return out;
}

/** The items of a list, each of those that are owned as it is left; by their keys, where they have some. */
function itemsLeft(
  list: readonly unknown[],
  own: FieldTree,
  theirs: readonly FieldTree[],
  of: (item: unknown, keys: Parameters<typeof hasKeys>[1] | undefined, tree: FieldTree, below: readonly Tree[]) => unknown,
): unknown[] {
  const items = itemsOf(own);
  return list.flatMap((item) => {
    const found = items.find(({ keys }) => hasKeys(item, keys));
    const part = found?.part ?? `v:${JSON.stringify(item)}`;
    const tree = own[part];
    if (!tree) return [item];
    const left = of(
      item,
      found?.keys,
      tree,
      theirs.map((t) => t[part]),
    );
    return left === undefined ? [] : [left];
  });
}

/**
 * What is live, with what is desired written over it.
 * @param all what anybody owns of it: how its lists are told apart
 */
export function overlaid(live: any, desired: any, all: FieldTree | undefined): any {
  const isWhole = all !== undefined && isLeaf(all);
  if (isMap(live) && isMap(desired) && !isWhole) {
    const out: Record<string, unknown> = { ...live };
    for (const field in desired) out[field] = overlaid(out[field], desired[field], all?.[`f:${field}`]);
    return out;
  }
  if (!Array.isArray(live) || !Array.isArray(desired)) return desired;
  const parts = Object.keys(all ?? {});
  if (parts.some((p) => p.startsWith('v:'))) return [...new Set([...live, ...desired])];
  const items = itemsOf(all);
  if (items.length === 0) return desired;
  const partOf = (item: unknown) => items.find(({ keys }) => hasKeys(item, keys))?.part;
  const others = live.filter((l) => !desired.some((d) => partOf(d) !== undefined && partOf(d) === partOf(l)));
  return [
    ...desired.map((d) => {
      const part = partOf(d);
      return part === undefined
        ? d
        : overlaid(
            live.find((l) => partOf(l) === part),
            d,
            all?.[part],
          );
    }),
    ...others,
  ];
}
