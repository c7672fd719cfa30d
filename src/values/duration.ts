import type { Duration } from 'cdk8s';

/** A length of time: cdk8s' `Duration`, or text as Istio writes it (`10s`, `250ms`, `1m30s`). */
export type Time = Duration | string;

const WRITE_IT = 'write it like "10s", "250ms" or "1m30s"';
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * The time in whole milliseconds; Istio takes nothing below one.
 * @param what named in the error: `timeout of service "reviews"`
 */
export function toMillis(time: Time, what: string): number {
  if (typeof time !== 'string' && typeof time?.toMilliseconds !== 'function')
    throw new Error(`${what} is ${JSON.stringify(time)}, which is not a duration: ${WRITE_IT}`);
  const ms = typeof time === 'string' ? parse(time, what) : time.toMilliseconds();
  if (!Number.isSafeInteger(ms) || ms < 1)
    throw new Error(`${what} is ${ms}ms: Istio needs a whole number of milliseconds, at least 1`);
  return ms;
}

/**
 * The time in whole seconds, at least one.
 * @param what named in the error: `sticky.maxAge of "ReviewsCanary"`
 */
export function toSeconds(time: Time, what: string): number {
  const ms = toMillis(time, what);
  if (ms % 1000 !== 0) throw new Error(`${what} is ${ms}ms: it has to be whole seconds`);
  return ms / 1000;
}

function parse(text: string, what: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error(`${what} is "${text}", which is not a duration: ${WRITE_IT}`);
  let whole = 0;
  let rest = 0; // apart from the whole, so that nothing is lost to rounding
  for (const [, n, fraction, unit] of text.matchAll(/(\d+)(\.\d+)?(ms|s|m|h)/g)) {
    whole += Number(n) * UNITS[unit!]!;
    rest += Number(fraction ?? 0) * UNITS[unit!]!;
  }
  return whole + Math.round(rest * 1e6) / 1e6;
}
