/**
 * The items of a list that hold fields, with their places in it; none where there is no list. Lists of manifests may hold
 * nothing at some place, and kinds that have no schema here anything.
 */
export function items(list: unknown): [number, any][] {
  if (!Array.isArray(list)) return [];
  const out: [number, any][] = [];
  for (const [i, item] of list.entries()) if (typeof item === 'object' && item !== null) out.push([i, item]);
  return out;
}

/** The texts of a list, with their places in it. */
export function texts(list: unknown): [number, string][] {
  if (!Array.isArray(list)) return [];
  const out: [number, string][] = [];
  for (const [i, item] of list.entries()) if (typeof item === 'string') out.push([i, item]);
  return out;
}

/** A text that is not empty, or nothing. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
