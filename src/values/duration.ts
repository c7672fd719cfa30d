import type { Duration } from 'cdk8s';

/** A length of time: cdk8s' `Duration`, or text as Istio writes it (`10s`, `250ms`, `1m30s`). */
export type Time = Duration | string;

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * The time in whole milliseconds; Istio takes nothing below one.
 * @param what named in the error: `timeout of service "reviews"`
 */
export function toMillis(time: Time, what: string): number {
  const ms = typeof time === 'string' ? parse(time, what) : time.toMilliseconds();
  if (!Number.isSafeInteger(ms) || ms < 1)
    throw new Error(`${what} is ${ms}ms: Istio needs a whole number of milliseconds, at least 1`);
  return ms;
}

function parse(text: string, what: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new Error(`${what} is "${text}", which is not a duration: write it like "10s", "250ms" or "1m30s"`);
  let ms = 0;
  for (const [, n, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) ms += Number(n) * UNITS[unit!]!;
  return Math.round(ms * 1e6) / 1e6;
}
