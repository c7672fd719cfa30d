import { shown } from './shown';

/** A share of requests in percent, 0 to 100. */
export type Percent = number;

/**
 * Checks a percentage. Istio's smallest step is 0.0001.
 * @param what named in the error: `percent of CanaryRelease`
 */
export function checkPercent(value: Percent, what: string): Percent {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 100)
    throw new Error(`${what} is ${shown(value)}: it has to be a number from 0 to 100`);
  if (value > 0 && value < 0.0001) throw new Error(`${what} is ${value}: Istio's smallest share is 0.0001 %`);
  if (Math.abs(value * 10_000 - Math.round(value * 10_000)) > 1e-6)
    throw new Error(`${what} is ${value}: shares go in steps of 0.0001 %`);
  return value;
}

/** Shares in percent as whole weights in lowest terms: `[99.5, 0.5]` is `[199, 1]`. */
export function weights(percents: readonly Percent[], what: string): number[] {
  const total = percents.reduce((a, b) => a + b, 0);
  if (Math.abs(total - 100) > 1e-6) throw new Error(`${what} add up to ${total} %: they have to make 100 %`);
  const whole = percents.map((p) => Math.round(p * 10_000));
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const divisor = whole.reduce(gcd, 0) || 1;
  return whole.map((w) => w / divisor);
}
