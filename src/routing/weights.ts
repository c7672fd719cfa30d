import type { Destination } from './table';

/** Shares of shares, exactly: whole numbers in lowest terms. */
export function multiplied(shares: readonly { readonly weight: number; readonly to: readonly Destination[] }[]): Destination[] {
  const totals = shares.map((s) => sum(s.to));
  const common = totals.reduce(lcm, 1);
  return simplified(
    shares.flatMap((s, i) => s.to.map((d) => ({ ...d, weight: s.weight * (d.weight ?? 1) * (common / totals[i]!) }))),
  );
}

/** Equal destinations joined, none without traffic, weights in lowest terms, no weight on a single one. */
export function simplified(to: readonly Destination[]): Destination[] {
  const byKey = new Map<string, Destination>();
  for (const { table: _table, ...d } of to) {
    if (to.length > 1 && d.weight === 0) continue;
    const key = JSON.stringify([d.host, d.subset, d.port, d.headers]);
    const weight = (byKey.get(key)?.weight ?? 0) + (d.weight ?? 1);
    byKey.set(key, { ...d, weight });
  }
  const all = [...byKey.values()];
  const divisor = all.reduce((g, d) => gcd(g, d.weight!), 0) || 1;
  return all.map(({ weight, ...d }) => (all.length === 1 ? d : { ...d, weight: weight! / divisor }));
}

const sum = (to: readonly Destination[]) => to.reduce((n, d) => n + (d.weight ?? 1), 0);
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;
