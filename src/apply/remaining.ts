import { type FieldTree, hasKeys, isLeaf, itemsOf } from './managed-fields';

const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);

/**
 * What is left of a value when its owner gives it up: the fields that others own, too, and what nobody owns beside them.
 * Source: sigs.k8s.io/structured-merge-diff, merge/update.go (prune) and typed/remove.go.
 * @param own what is given up of it
 * @param others what others own of it
 * @returns nothing where nothing is left
 */
export function remaining(value: unknown, own: FieldTree, others: readonly (FieldTree | undefined)[]): unknown {
  const theirs = others.filter((t) => t !== undefined);
  if (isLeaf(own) || (own['.'] && theirs.length === 0)) return theirs.length > 0 ? value : undefined;
  const below = (part: string) => theirs.map((t) => t[part]);
  if (isMap(value)) {
    const out: Record<string, unknown> = { ...value };
    for (const part in own) {
      const field = part.slice(2);
      if (!part.startsWith('f:') || out[field] === undefined) continue;
      const left = remaining(out[field], own[part]!, below(part));
      if (left === undefined) delete out[field];
      else out[field] = left;
    }
    return Object.keys(out).length > 0 ? out : undefined;
  }
  if (!Array.isArray(value)) return value;
  const items = itemsOf(own);
  const out = value.flatMap((item) => {
    const part = items.find(({ keys }) => hasKeys(item, keys))?.part ?? `v:${JSON.stringify(item)}`;
    const left = own[part] ? remaining(item, own[part], below(part)) : item;
    return left === undefined ? [] : [left];
  });
  return out.length > 0 ? out : undefined;
}

/** What is live, without what its owner gives up as it is desired no more. */
export function without(live: any, desired: any, own: FieldTree, others: readonly (FieldTree | undefined)[]): any {
  const theirs = others.filter((t) => t !== undefined);
  if (isMap(live) && isMap(desired)) {
    const out: Record<string, unknown> = { ...live };
    for (const part in own) {
      const field = part.slice(2);
      if (!part.startsWith('f:') || out[field] === undefined) continue;
      const below = theirs.map((t) => t[part]);
      const left =
        desired[field] === undefined
          ? remaining(out[field], own[part]!, below)
          : without(out[field], desired[field], own[part]!, below);
      if (left === undefined) delete out[field];
      else out[field] = left;
    }
    return out;
  }
  if (!Array.isArray(live) || !Array.isArray(desired)) return live;
  const items = itemsOf(own);
  return live.flatMap((item) => {
    const found = items.find(({ keys }) => hasKeys(item, keys));
    const part = found?.part ?? `v:${JSON.stringify(item)}`;
    const tree = own[part];
    if (!tree) return [item];
    const below = theirs.map((t) => t[part]);
    const wanted = found ? desired.find((d) => hasKeys(d, found.keys)) : desired.includes(item) ? item : undefined;
    const left = wanted === undefined ? remaining(item, tree, below) : without(item, wanted, tree, below);
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
