/**
 * Tests of traffic: what happens to a request, without a cluster. Import it once in a test file, and `expect` knows the
 * matchers of {@link TraceMatchers}.
 * @module
 */

import type { Ending, Trace } from '../trace/flow';
import { fraction, percentShare, plus, sameShare } from '../trace/fraction';
import { endingLine, traceText } from '../trace/steps-text';
import { type Time, toMillis } from '../values/duration';
import { checkPlace, type Place, placeName } from './mesh';

export type { Trace } from '../trace/flow';
export { meshOf, type Party, type Place, type RequestOf, TestMesh } from './mesh';

/** What `expect(mesh.request(…))` can be asked. Each failure shows the whole trace. */
export interface TraceMatchers<R = void> {
  /** All requests arrive there and are answered. With `.not`: none does. Throws when there is nothing of that name. */
  toReach(where: Place): R;
  /** Requests are shared exactly so, in percent: `{ v1: 90, v2: 10 }`, by workload (`'shop/old-v1'`) or by host. */
  toSplit(shares: Readonly<Record<string, number>>): R;
  /** All requests are answered with this status, by whomever. */
  toAnswer(status: number): R;
  /** A fault answers this share itself, with this HTTP status. Percent: 100. */
  toAbort(status: number, percent?: number): R;
  /** A fault holds this share back. Percent: 100. */
  toBeDelayed(by: Time, percent?: number): R;
  /** The client is sent elsewhere. */
  toRedirectTo(location: string, code?: number): R;
  /** A copy of this share goes there. Percent: 100. */
  toMirrorTo(where: Place, percent?: number): R;
  /** Nobody lets it in: 401, 403, or a connection that is closed for want of mutual TLS. */
  toBeDenied(): R;
  /** It is tried again so often, at most. `0`: never. */
  toRetry(attempts: number): R;
  /** The client's proxy gives up after this time. `0s`: never. */
  toTimeOutAfter(time: Time): R;
  /** Wherever it arrives, it comes by mutual TLS. */
  toUseMutualTls(): R;
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: the parameters have to be those of @types/jest
    interface Matchers<R, T = {}> extends TraceMatchers<R> {}
  }
}

interface Result {
  readonly pass: boolean;
  readonly message: () => string;
}

/** A failure shows what was expected, and the trace. */
function result(t: Trace, pass: boolean, expected: string): Result {
  return { pass, message: () => `expected that the request ${pass ? 'does not: ' : ''}${expected}\n\n${traceText(t)}` };
}

const isGood = (e: Ending) => (e.status === undefined ? e.reason === undefined : e.status < 400);

/** Whether a share ends there: a version by its name, a workload, a service, or a version as a construct. */
function endsAt(e: Ending, where: Place): boolean {
  const name = placeName(where);
  const [place, version] = name.split('@', 2) as [string, string | undefined];
  return e.where.split(', ').some((w) => {
    if (version !== undefined) return isOf(w, place) && (e.subset === version || w.endsWith(`-${version}`));
    return e.subset === name || w === name || w.replace(/:\d+$/, '') === name || isOf(w, place);
  });
}

/** `shop/reviews-v2` is of `shop/reviews`, and of `reviews`. */
const isOf = (workload: string, service: string) => {
  const bare = service.includes('/') ? workload : workload.slice(workload.indexOf('/') + 1);
  return bare === service || bare.replace(/-[^-]+$/, '') === service;
};

function asTrace(value: unknown): Trace {
  if (typeof value === 'object' && value !== null && 'endings' in value) return value as Trace;
  throw new Error('this matcher is for traces: expect(mesh.request({ … }))');
}

const whole = (percent: number) => (percent === 100 ? '' : ` for ${percent} %`);

/** The matchers, for `expect.extend`; importing this module does it where `expect` is global. */
export const traceMatchers = {
  toReach(this: { readonly isNot?: boolean }, value: unknown, where: Place): Result {
    const t = asTrace(value);
    checkPlace(t, placeName(where));
    const there = t.endings.filter((e) => endsAt(e, where));
    const pass = this.isNot ? there.length > 0 : there.length === t.endings.length && there.every((e) => isGood(e) && !e.maybe);
    return result(t, pass, `reaches ${placeName(where)}`);
  },
  toSplit(value: unknown, shares: Readonly<Record<string, number>>): Result {
    const t = asTrace(value);
    const left = new Set(t.endings);
    let exact = true;
    for (const [name, percent] of Object.entries(shares)) {
      const there = [...left].filter((e) => isGood(e) && endsAt(e, name));
      for (const e of there) left.delete(e);
      const sum = there.reduce((n, e) => plus(n, e.share), fraction(0, 1));
      exact &&= sameShare(sum, percentShare(percent));
    }
    return result(t, exact && left.size === 0, `splits ${JSON.stringify(shares)}`);
  },
  toAnswer(value: unknown, status: number): Result {
    const t = asTrace(value);
    return result(
      t,
      t.endings.every((e) => e.status === status && !e.maybe),
      `is answered with ${status}`,
    );
  },
  toAbort(value: unknown, status: number, percent = 100): Result {
    const t = asTrace(value);
    const abort = t.outbound?.fault?.abort;
    return result(t, abort?.status === status && abort.percent === percent, `is aborted with ${status}${whole(percent)}`);
  },
  toBeDelayed(value: unknown, by: Time, percent = 100): Result {
    const t = asTrace(value);
    const delay = t.outbound?.fault?.delay;
    return result(
      t,
      delay?.ms === toMillis(by, 'the delay') && delay.percent === percent,
      `is delayed by ${by}${whole(percent)}`,
    );
  },
  toRedirectTo(value: unknown, location: string, code?: number): Result {
    const t = asTrace(value);
    const r = t.outbound?.redirect;
    return result(
      t,
      r?.location === location && (code === undefined || r.code === code),
      `is redirected to ${location}${code ? ` with ${code}` : ''}`,
    );
  },
  toMirrorTo(value: unknown, where: Place, percent = 100): Result {
    const t = asTrace(value);
    checkPlace(t, placeName(where));
    const [place, version] = placeName(where).split('@', 2) as [string, string | undefined];
    const pass = (t.outbound?.mirrors ?? []).some((m) => {
      const [, , subset, host] = m.cluster.split('|');
      const [service, namespace] = (host ?? '').split('.');
      return (
        m.percent === percent &&
        (version === undefined || subset === version) &&
        [`${namespace}/${service}`, service, host].includes(place)
      );
    });
    return result(t, pass, `is copied to ${placeName(where)}${whole(percent)}`);
  },
  toBeDenied(value: unknown): Result {
    const t = asTrace(value);
    const denied = (e: Ending) =>
      e.status === 403 || e.status === 401 || (/mutual TLS alone|the connection is closed/.test(e.reason ?? '') && !isGood(e));
    return result(
      t,
      t.endings.every((e) => denied(e) && !e.maybe),
      'is denied',
    );
  },
  toRetry(value: unknown, attempts: number): Result {
    const t = asTrace(value);
    return result(t, (t.outbound?.retry?.attempts ?? 0) === attempts, `is tried again ${attempts} times at most`);
  },
  toTimeOutAfter(value: unknown, time: Time): Result {
    const t = asTrace(value);
    const ms = time === '0s' ? 0 : toMillis(time, 'the time');
    return result(t, t.outbound?.timeoutMs === ms, `is given up after ${time}`);
  },
  toUseMutualTls(value: unknown): Result {
    const t = asTrace(value);
    return result(t, t.arrivals.length > 0 && t.arrivals.every((a) => a.mutualTls), 'arrives by mutual TLS');
  },
};

/** How a request ends, a line each: for snapshots. */
export const endingsText = (t: Trace): string => t.endings.map((e) => endingLine(e).trim()).join('\n');

const globalExpect = (globalThis as { expect?: { extend?(matchers: object): void } }).expect;
globalExpect?.extend?.(traceMatchers);
