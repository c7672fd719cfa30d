/**
 * Tests of traffic: what happens to a request, without a cluster. Import it once in a test file, and `expect` knows the
 * matchers of {@link TraceMatchers}.
 * @module
 */

import type { Ending, Trace } from '../trace/flow';
import { fraction, percentShare, plus, sameShare } from '../trace/fraction';
import type { Flow } from '../trace/hops';
import { endingLine, hopsText, traceText } from '../trace/steps-text';
import { type Time, toMillis } from '../values/duration';
import { apart, type Each } from './each';
import { checkPlace, placeName } from './places';
import type { Place } from './request-of';

export type { Trace } from '../trace/flow';
export type { Flow, Hop } from '../trace/hops';
export type { Each } from './each';
export { meshOf, TestMesh } from './mesh';
export type { FlowOf, Host, NextOf, Party, Place, RequestOf } from './request-of';

/** What `expect(mesh.request(…))` and `expect(mesh.flow(…))` can be asked. Each failure shows the whole trace. */
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

/** What jest says: whether it is `.not`. */
interface Context {
  readonly isNot: boolean;
}

interface Result {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What was traced: how it ends, and the last hop of each way that it takes. */
interface Asked {
  readonly endings: readonly Ending[];
  readonly last: readonly Trace[];
  readonly all: readonly Trace[];
  readonly text: () => string;
}

function asked(value: Trace | Flow): Asked {
  if (!('hops' in value)) return { endings: value.endings, last: [value], all: [value], text: () => traceText(value) };
  return {
    endings: value.endings,
    last: value.last.map((h) => h.trace),
    all: value.hops.map((h) => h.trace),
    text: () => hopsText(value.hops),
  };
}

/** A failure shows what was expected, and the trace. */
function result(t: Trace | Flow, pass: boolean, expected: string): Result {
  return { pass, message: () => `expected that the request ${pass ? 'does not: ' : ''}${expected}\n\n${asked(t).text()}` };
}

/** What a proxy does, at the last hop of every way that the request takes. */
function atLast(t: Trace | Flow, holds: (o: Trace['outbound']) => boolean): boolean {
  const { last } = asked(t);
  return last.length > 0 && last.every((l) => holds(l.outbound));
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

function asTrace(value: unknown): Each<Trace | Flow> {
  if (typeof value === 'object' && value !== null && 'endings' in value) return value as Each<Trace | Flow>;
  throw new Error('this matcher is for traces: expect(mesh.request({ … })), or expect(mesh.flow({ … }))');
}

const whole = (percent: number) => (percent === 100 ? '' : ` for ${percent} %`);

/** For one answer. */
const MATCHERS = {
  toReach(this: Context, t: Trace | Flow, where: Place): Result {
    checkPlace(t, placeName(where));
    const there = t.endings.filter((e) => endsAt(e, where));
    const pass = this.isNot ? there.length > 0 : there.length === t.endings.length && there.every((e) => isGood(e) && !e.maybe);
    return result(t, pass, `reaches ${placeName(where)}`);
  },
  toSplit(t: Trace | Flow, shares: Readonly<Record<string, number>>): Result {
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
  toAnswer(t: Trace | Flow, status: number): Result {
    return result(
      t,
      t.endings.every((e) => e.status === status && !e.maybe),
      `is answered with ${status}`,
    );
  },
  toAbort(t: Trace | Flow, status: number, percent = 100): Result {
    const pass = atLast(t, (o) => o?.fault?.abort?.status === status && o.fault.abort.percent === percent);
    return result(t, pass, `is aborted with ${status}${whole(percent)}`);
  },
  toBeDelayed(t: Trace | Flow, by: Time, percent = 100): Result {
    const ms = toMillis(by, 'the delay');
    const pass = atLast(t, (o) => o?.fault?.delay?.ms === ms && o.fault.delay.percent === percent);
    return result(t, pass, `is delayed by ${by}${whole(percent)}`);
  },
  toRedirectTo(t: Trace | Flow, location: string, code?: number): Result {
    const pass = atLast(t, (o) => o?.redirect?.location === location && (code === undefined || o.redirect.code === code));
    return result(t, pass, `is redirected to ${location}${code ? ` with ${code}` : ''}`);
  },
  toMirrorTo(t: Trace | Flow, where: Place, percent = 100): Result {
    checkPlace(t, placeName(where));
    const [place, version] = placeName(where).split('@', 2) as [string, string | undefined];
    const isThere = ({ cluster }: { readonly cluster: string }) => {
      const [, , subset, host] = cluster.split('|');
      const [service, namespace] = (host ?? '').split('.');
      return (version === undefined || subset === version) && [`${namespace}/${service}`, service, host].includes(place);
    };
    const pass = atLast(t, (o) => (o?.mirrors ?? []).some((m) => m.percent === percent && isThere(m)));
    return result(t, pass, `is copied to ${placeName(where)}${whole(percent)}`);
  },
  toBeDenied(t: Trace | Flow): Result {
    const denied = (e: Ending) =>
      e.status === 403 || e.status === 401 || (/mutual TLS alone|the connection is closed/.test(e.reason ?? '') && !isGood(e));
    return result(
      t,
      t.endings.every((e) => denied(e) && !e.maybe),
      'is denied',
    );
  },
  toRetry(t: Trace | Flow, attempts: number): Result {
    const pass = atLast(t, (o) => (o?.retry?.attempts ?? 0) === attempts);
    return result(t, pass, `is tried again ${attempts} times at most`);
  },
  toTimeOutAfter(t: Trace | Flow, time: Time): Result {
    const ms = time === '0s' ? 0 : toMillis(time, 'the time');
    const pass = atLast(t, (o) => o?.timeoutMs === ms);
    return result(t, pass, `is given up after ${time}`);
  },
  toUseMutualTls(t: Trace | Flow): Result {
    const pass = asked(t).all.every((h) => h.arrivals.length > 0 && h.arrivals.every((a) => a.mutualTls));
    return result(t, pass, 'arrives by mutual TLS');
  },
};

/** What holds for each client that asks; with `.not`: for none of them. */
function forEach<A extends readonly unknown[]>(matcher: (this: Context, t: Trace | Flow, ...rest: A) => Result) {
  return function (this: unknown, value: unknown, ...rest: A): Result {
    const isNot = (this as Context | undefined)?.isNot === true;
    const results = apart(asTrace(value)).map((t) => matcher.call({ isNot }, t, ...rest));
    return results.find((r) => r.pass === isNot) ?? results[0]!;
  };
}

/** The matchers, for `expect.extend`; importing this module does it where `expect` is global. */
export const traceMatchers = {
  toReach: forEach(MATCHERS.toReach),
  toSplit: forEach(MATCHERS.toSplit),
  toAnswer: forEach(MATCHERS.toAnswer),
  toAbort: forEach(MATCHERS.toAbort),
  toBeDelayed: forEach(MATCHERS.toBeDelayed),
  toRedirectTo: forEach(MATCHERS.toRedirectTo),
  toMirrorTo: forEach(MATCHERS.toMirrorTo),
  toBeDenied: forEach(MATCHERS.toBeDenied),
  toRetry: forEach(MATCHERS.toRetry),
  toTimeOutAfter: forEach(MATCHERS.toTimeOutAfter),
  toUseMutualTls: forEach(MATCHERS.toUseMutualTls),
};

/** How a request ends, a line each: for snapshots. Where several clients end differently, each under its name. */
export function endingsText(of: Each<Trace | Flow>): string {
  const all = apart(of);
  const ends = (t: Trace | Flow) => t.endings.map((e) => endingLine(e).trim()).join('\n');
  return all.length === 1 ? ends(of) : all.map((t) => `${asked(t).all[0]!.client.name}\n${ends(t)}`).join('\n');
}

const globalExpect = (globalThis as { expect?: { extend?(matchers: object): void } }).expect;
globalExpect?.extend?.(traceMatchers);
