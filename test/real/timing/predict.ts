import type { Outcome } from '../../../src/trace/outcome';
import type { UpstreamBehaviour } from '../oracle/echo';

/** What a client sees of timeouts, retries, delays and copies. */
export interface Seen {
  readonly status: number;
  /** How often the proxy tried. */
  readonly attempts: number;
  /** How often the request came to an upstream, copies too. */
  readonly came: number;
  /** It takes at least this long, and less than `beforeMs`. */
  readonly afterMs: number;
  readonly beforeMs: number;
  /** Response flags that are said, of those about time. */
  readonly flags: readonly string[];
}

/** Longer than any answer that comes at once, on a machine that has other things to do. */
const SOON_MS = 10_000;

/** What happens to a request that the trace says this of, if the upstream behaves so. */
export function predicted(outcome: Outcome, upstream: UpstreamBehaviour, isUnreachable: boolean): Seen {
  const { retry, timeoutMs = 0, fault } = outcome;
  const delay = fault?.delay?.percent === 100 ? fault.delay.ms : 0;
  const delayed = delay > 0 ? ['DI'] : [];
  const copies = (outcome.mirrors ?? []).filter(({ percent }) => percent === 100).length;
  const most = 1 + (retry?.attempts ?? 0);
  const failures = isUnreachable ? Number.POSITIVE_INFINITY : upstream.failures;
  const how = isUnreachable ? 'refused' : upstream.how;
  if (typeof how === 'object') {
    // nothing but a limit of time makes such an attempt fail
    const perTry = retry?.perTryTimeoutMs ?? 0;
    if (timeoutMs > 0 && failures > 0 && (perTry === 0 || timeoutMs < perTry))
      return { ...late(timeoutMs + delay, how.lateMs + delay), attempts: 1, came: 1 + copies, flags: [...delayed, 'UT'] };
    if (perTry > 0 && perTry < how.lateMs) {
      const attempts = Math.min(isRetried(retry, 504, 'late') ? most : 1, failures + 1);
      const ok = attempts > failures;
      const tries = ok ? attempts - 1 : attempts;
      return {
        status: ok ? 200 : 504,
        attempts,
        came: attempts + copies,
        afterMs: delay + tries * perTry,
        beforeMs: SOON_MS,
        flags: [...delayed, ...(ok ? [] : ['UT'])],
      };
    }
    return {
      status: 200,
      attempts: 1,
      came: 1 + copies,
      afterMs: delay + (failures > 0 ? how.lateMs : 0),
      beforeMs: SOON_MS,
      flags: delayed,
    };
  }
  const status = typeof how === 'number' ? how : 503;
  const attempts = Math.min(isRetried(retry, status, typeof how === 'number' ? 'answered' : how) ? most : 1, failures + 1);
  return {
    status: attempts > failures ? 200 : status,
    attempts,
    came: (isUnreachable ? 0 : attempts) + copies,
    afterMs: delay,
    beforeMs: SOON_MS,
    flags: delayed,
  };
}

const late = (afterMs: number, beforeMs: number) => ({ status: 504, afterMs, beforeMs });

/** Whether an attempt that ended so is followed by another. Source: Envoy's x-envoy-retry-on. */
function isRetried(retry: Outcome['retry'], status: number, how: 'answered' | 'reset' | 'refused' | 'late'): boolean {
  const on = new Set(retry?.retryOn.split(',') ?? []);
  const server = on.has('5xx') && status >= 500;
  const gateway = on.has('gateway-error') && [502, 503, 504].includes(status);
  if (server || gateway) return true;
  if (how === 'answered') {
    const listed = on.has('retriable-status-codes') && retry?.codes?.includes(status);
    return listed === true || (on.has('retriable-4xx') && status === 409);
  }
  if (how === 'refused') return on.has('connect-failure') || on.has('reset') || on.has('reset-before-request');
  return on.has('reset');
}
