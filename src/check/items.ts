const NONE: readonly [number, any][] = [];

/**
 * The items of a list that hold fields, with their places in it; none where there is no list. Lists of manifests may hold
 * nothing at some place, and kinds that have no schema here anything.
 */
export function items(list: unknown): readonly [number, any][] {
  if (!Array.isArray(list) || list.length === 0) return NONE;
  const out: [number, any][] = [];
  for (let i = 0; i < list.length; i++) if (typeof list[i] === 'object' && list[i] !== null) out.push([i, list[i]]);
  return out;
}

/** The texts of a list, with their places in it. */
export function texts(list: unknown): readonly [number, string][] {
  if (!Array.isArray(list) || list.length === 0) return NONE;
  const out: [number, string][] = [];
  for (let i = 0; i < list.length; i++) if (typeof list[i] === 'string') out.push([i, list[i]]);
  return out;
}

/** A text that is not empty, or nothing. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
