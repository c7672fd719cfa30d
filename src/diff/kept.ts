/**
 * Which members two lists have in common in one order: the numbers of each in its list. Equal members are told apart by how many
 * of them come before.
 */
export function keptOf(
  old: readonly string[],
  now: readonly string[],
): { readonly old: ReadonlySet<number>; readonly now: ReadonlySet<number> } {
  const at = new Map(numbered(now).map((k, j) => [k, j]));
  const pairs = numbered(old).flatMap((k, i) => {
    const j = at.get(k);
    return j === undefined ? [] : [{ i, j }];
  });
  const run = longestRise(pairs.map((p) => p.j)).map((n) => pairs[n]!);
  return { old: new Set(run.map((p) => p.i)), now: new Set(run.map((p) => p.j)) };
}

function numbered(list: readonly string[]): string[] {
  const count = new Map<string, number>();
  return list.map((k) => {
    const n = count.get(k) ?? 0;
    count.set(k, n + 1);
    return `${n} ${k}`;
  });
}

/** The places of a longest subsequence that rises, by patience sorting. */
function longestRise(list: readonly number[]): number[] {
  const tops: number[] = [];
  const before: number[] = [];
  list.forEach((value, at) => {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[tops[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    before[at] = low > 0 ? tops[low - 1]! : -1;
    tops[low] = at;
  });
  const out: number[] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = before[at]!) out.push(at);
  return out.reverse();
}
