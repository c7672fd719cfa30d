import { once } from './canonical';

/**
 * A condition on several independent dimensions of a request, as the sets of sampled values that meet it: bit i of
 * `masks[d]` says that value i of dimension d does. A dimension without a mask does not matter.
 */
export interface Clause {
  readonly masks: ReadonlyMap<number, bigint>;
}

/** Steps after which a search is given up: it never is for tables that people write. */
const BUDGET = 3000;

/** Sizes of the dimensions; value 0 of each is the plain request's. */
export type Sizes = readonly number[];

/**
 * One value of each dimension that meets all of `met` and none of `unmet`; nothing where there is none. Values of the plain
 * request are taken where they can be, so that the answer says only what matters.
 *
 * The search is complete over the sampled values: a condition is not met exactly when one of its dimensions is not, so it
 * goes through the dimensions of the first condition that still could be met, after all that leave no choice.
 */
export function solve(sizes: Sizes, met: readonly Clause[], unmet: readonly Clause[]): number[] | undefined {
  const masks = [...all(sizes)];
  for (const c of met)
    for (const [d, m] of c.masks) {
      masks[d]! &= m;
      if (masks[d] === 0n) return undefined;
    }
  const budget = { left: BUDGET };
  const found = search(masks, unmet, budget);
  return found?.map(lowest);
}

/** All values of each dimension. */
const all = once((sizes: Sizes): readonly bigint[] => sizes.map((n) => (1n << BigInt(n)) - 1n));

/** @param masks which are changed */
function search(masks: bigint[], unmet: readonly Clause[], budget: { left: number }): bigint[] | undefined {
  if (budget.left-- <= 0) return undefined;
  const open = forced(masks, unmet);
  if (!open) return undefined;
  const first = open.reduce<Clause | undefined>((a, b) => (a && a.masks.size <= b.masks.size ? a : b), undefined);
  if (!first) return masks;
  const ways = waysOut(masks, first).sort((a, b) => Number((b.left & 1n) - (a.left & 1n)));
  for (const { d, left } of ways) {
    const next = [...masks];
    next[d] = left;
    const found = search(next, open, budget);
    if (found) return found;
  }
  return undefined;
}

/**
 * Where one dimension alone is left in which a condition can fail, it has to: that narrows the values, until all conditions that
 * are left could fail in several.
 * @returns these; nothing where one cannot fail
 */
function forced(masks: bigint[], unmet: readonly Clause[]): readonly Clause[] | undefined {
  let open = unmet;
  for (;;) {
    let narrowed = false;
    const left: Clause[] = [];
    for (const c of open) {
      if (impossible(masks, c)) continue;
      const ways = waysOut(masks, c);
      if (ways.length === 0) return undefined;
      if (ways.length > 1) left.push(c);
      else {
        masks[ways[0]!.d] = ways[0]!.left;
        narrowed = true;
      }
    }
    if (!narrowed) return left;
    open = left;
  }
}

/** The dimensions in which a condition can fail, with the values that are left then. */
const waysOut = (masks: readonly bigint[], c: Clause): { readonly d: number; readonly left: bigint }[] =>
  [...c.masks].map(([d, m]) => ({ d, left: masks[d]! & ~m })).filter((w) => w.left !== 0n);

/** Whether no values that are left meet the condition. */
function impossible(masks: readonly bigint[], c: Clause): boolean {
  for (const [d, m] of c.masks) if ((masks[d]! & m) === 0n) return true;
  return false;
}

/** Whether the two have values in common. */
export function compatible(a: Clause, b: Clause): boolean {
  for (const [d, m] of a.masks) {
    if (m === 0n) return false;
    const other = b.masks.get(d);
    if (other !== undefined && (m & other) === 0n) return false;
  }
  for (const m of b.masks.values()) if (m === 0n) return false;
  return true;
}

/** Whether all that meets the second meets the first. */
export function covers(a: Clause, b: Clause): boolean {
  for (const [d, m] of a.masks) {
    const mask = b.masks.get(d);
    if (mask === undefined || (mask & ~m) !== 0n) return false;
  }
  return true;
}

const lowest = (mask: bigint): number => (mask & -mask).toString(2).length - 1;
