import { type Clause, compatible } from './solve';

/** Clauses that leave more values than these are looked at each time. */
const MANY = 64;

/** Clauses by the values that they leave, so that those that have a request in common with one are found among a few of thousands. */
export class Meeting {
  /** By dimension and value. */
  private readonly by = new Map<number, Map<number, number[]>>();
  private readonly wide: number[] = [];
  private readonly known = new Map<Clause, readonly number[]>();

  constructor(private readonly clauses: readonly Clause[]) {
    clauses.forEach((c, n) => {
      const home = narrowest(c);
      if (!home || home.values.length > MANY) {
        this.wide.push(n);
        return;
      }
      const values = this.by.get(home.dimension) ?? new Map<number, number[]>();
      this.by.set(home.dimension, values);
      for (const v of home.values) {
        const list = values.get(v);
        if (list) list.push(n);
        else values.set(v, [n]);
      }
    });
  }

  /** The numbers of all that a request can meet together with a clause, in their order. */
  with(c: Clause): readonly number[] {
    let found = this.known.get(c);
    if (!found) {
      const all = new Set(this.wide);
      for (const [d, values] of this.by) {
        const mask = c.masks.get(d);
        const lists = mask === undefined ? values.values() : valuesOf(mask).flatMap((v) => [values.get(v) ?? []]);
        for (const list of lists) for (const n of list) all.add(n);
      }
      found = [...all].filter((n) => compatible(this.clauses[n]!, c)).sort((a, b) => a - b);
      this.known.set(c, found);
    }
    return found;
  }
}

/** How many values a clause leaves of the dimension that it leaves fewest of. */
export const width = (c: Clause): number => narrowest(c)?.values.length ?? Number.POSITIVE_INFINITY;

const narrow = new WeakMap<Clause, { readonly dimension: number; readonly values: readonly number[] } | 'all'>();
function narrowest(c: Clause): { readonly dimension: number; readonly values: readonly number[] } | undefined {
  let out = narrow.get(c);
  if (!out) {
    out = 'all';
    for (const [dimension, mask] of c.masks) {
      const values = valuesOf(mask);
      if (out === 'all' || values.length < out.values.length) out = { dimension, values };
    }
    narrow.set(c, out);
  }
  return out === 'all' ? undefined : out;
}

/** The numbers of the bits that are set. */
function valuesOf(mask: bigint): number[] {
  const hex = mask.toString(16);
  const out: number[] = [];
  for (let i = hex.length - 1; i >= 0; i--) {
    const digit = Number.parseInt(hex[i]!, 16);
    for (let b = 0; b < 4; b++) if (digit & (1 << b)) out.push((hex.length - 1 - i) * 4 + b);
  }
  return out;
}
