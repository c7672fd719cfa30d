/**
 * Tests of traffic: what happens to a request, without a cluster. Import it once in a test file, and `expect` knows the
 * matchers of {@link TraceMatchers}.
 * @module
 */

import type { Trace } from '../trace/flow';
import type { Flow } from '../trace/hops';
import { endingLine } from '../trace/steps-text';
import type { Time } from '../values/duration';
import { apart, type Each } from './each';
import { clientOf, traceMatchers } from './matchers';
import type { Place } from './request-of';

export type { Trace } from '../trace/flow';
export type { Flow, Hop } from '../trace/hops';
export type { Each } from './each';
export { traceMatchers } from './matchers';
export { meshOf, TestMesh } from './mesh';
export type { FlowOf, Host, NextOf, Party, Place, RequestOf, RequestsOptions, RoutesOf } from './request-of';

/**
 * What `expect(mesh.request(…))`, `expect(mesh.flow(…))` and `expect(mesh.requests(…))` can be asked. Each failure shows the whole
 * trace. After `.not` it has to hold of no request at all. Where the trace has a doubt (something is not understood, an age
 * decides), a matcher fails and says it, with `.not` too, unless the request has `acceptDoubts`.
 */
export interface TraceMatchers<R = void> {
  /** All requests arrive there and are answered. With `.not`: none does. Throws when there is nothing of that name. */
  toReach(where: Place): R;
  /** Requests are shared exactly so, in percent: `{ v1: 90, v2: 10 }`, by workload (`'shop/old-v1'`) or by host. */
  toSplit(shares: Readonly<Record<string, number>>): R;
  /** All requests are answered with this status, by whomever. */
  toAnswer(status: number): R;
  /** A fault answers this share itself, with this HTTP status. Percent: 100; with `.not` any share. */
  toAbort(status: number, percent?: number): R;
  /** A fault holds this share back. Percent: 100; with `.not` any share. */
  toBeDelayed(by: Time, percent?: number): R;
  /** The client is sent elsewhere. */
  toRedirectTo(location: string, code?: number): R;
  /** A copy of this share goes there. Percent: 100; with `.not` any share. */
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

/** How a request ends, a line each: for snapshots. Where several clients end differently, each under its name. */
export function endingsText(of: Each<Trace | Flow>): string {
  const all = apart(of);
  const ends = (t: Trace | Flow) => t.endings.map((e) => endingLine(e).trim()).join('\n');
  return all.length === 1 ? ends(of) : all.map((t) => `${clientOf(t)}\n${ends(t)}`).join('\n');
}

const globalExpect = (globalThis as { expect?: { extend?(matchers: object): void } }).expect;
globalExpect?.extend?.(traceMatchers);
