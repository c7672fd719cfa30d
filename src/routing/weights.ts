import type { Destination } from './table';

/** Shares of shares, exactly: whole numbers, see {@link simplified}. */
export function multiplied(shares: readonly { readonly weight: number; readonly to: readonly Destination[] }[]): Destination[] {
  const totals = shares.map((s) => sum(s.to));
  const common = totals.reduce(lcm, 1);
  return simplified(
    shares.flatMap((s, i) => s.to.map((d) => ({ ...d, weight: s.weight * (d.weight ?? 1) * (common / totals[i]!) }))),
  );
}

/**
 * Equal destinations joined, none without traffic but those whose weight is moved, no weight on a single one. Weights are exact, and read as percent where
 * they can (`90` and `10`), else as parts of the next power of ten, else they are in lowest terms. Above {@link MOST} they
 * are rounded to parts of that, none to nothing.
 */
export function simplified(to: readonly Destination[]): Destination[] {
  if (to.length === 1) {
    const [{ table: _table, weight: _all, ...only }] = to as readonly [Destination];
    return [only];
  }
  const byKey = new Map<string, Destination>();
  for (const { table: _table, ...d } of to) {
    if (d.weight === 0 && !d.moved) continue;
    const key = JSON.stringify([d.host, d.subset, d.port, d.headers]);
    const weight = (byKey.get(key)?.weight ?? 0) + (d.weight ?? 1);
    byKey.set(key, { ...d, weight });
  }
  const all = [...byKey.values()];
  const divisor = all.reduce((g, d) => gcd(g, d.weight!), 0) || 1;
  const total = sum(all) / divisor;
  const scale = (ROUND.find((round) => round % total === 0) ?? total) / total;
  const exact = (weight: number) => (weight / divisor) * scale;
  const rounded = (weight: number) => (weight === 0 ? 0 : Math.max(Math.round((weight / divisor / total) * MOST), 1));
  const whole = total > MOST ? rounded : exact;
  return all.map(({ weight, ...d }) => (all.length === 1 ? d : { ...d, weight: whole(weight!) }));
}

/** A weight is an int32 to the API server, and their sum a uint32 to Envoy. */
const MOST = 1_000_000_000;

/** Sums that readers expect: percent first, and down to Istio's smallest step of a percentage. */
const ROUND = [100, 1_000, 10_000, 100_000, 1_000_000];

const sum = (to: readonly Destination[]) => to.reduce((n, d) => n + (d.weight ?? 1), 0);
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;
