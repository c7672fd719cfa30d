import type { Arrival } from '../trace/arrival';
import type { Ending } from '../trace/ending';
import type { Trace } from '../trace/flow';
import { fraction, percentShare, plus, sameShare } from '../trace/fraction';
import type { Flow } from '../trace/hops';
import { hopsText, traceText } from '../trace/steps-text';
import { type Time, toMillis } from '../values/duration';
import { doubtsOf, QUESTIONS } from './doubts';
import { apart, type Each } from './each';
import { type Places, placeName } from './places';
import type { Place } from './request-of';

interface Result {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What was traced: how it ends, and the last hop of each way that it takes. */
interface Asked {
  readonly endings: readonly Ending[];
  readonly last: readonly Trace[];
  readonly arrivals: readonly Arrival[];
  readonly places: Places;
}

/** What came of it: whether it holds for all requests, and whether for some of them, which `.not` is about. */
interface Verdict {
  readonly all: boolean;
  readonly some: boolean;
  readonly expected: string;
}

const hopsOf = (t: Trace | Flow): readonly Trace[] => ('hops' in t ? t.hops.map((h) => h.trace) : [t]);

/** The name of who asks, and the answer as text. */
export const clientOf = (t: Trace | Flow): string => hopsOf(t)[0]!.client.name;
const textOf = (t: Trace | Flow): string => ('hops' in t ? hopsText(t.hops) : traceText(t));

function of<T>(list: readonly T[], expected: string, holds: (x: T) => boolean, some = holds): Verdict {
  return { all: list.length > 0 && list.every(holds), some: list.some(some), expected };
}

const isGood = (e: Ending) => (e.status === undefined ? e.reason === undefined : e.status < 400);
const isDenied = (e: Ending) =>
  e.status === 403 || e.status === 401 || (/mutual TLS alone|the connection is closed/.test(e.reason ?? '') && !isGood(e));

/** Ends of which nobody can tell how many requests they are fail what is expected of all. */
const ends = ({ endings }: Asked, expected: string, holds: (e: Ending) => boolean): Verdict =>
  of(endings, expected, (e) => holds(e) && !e.maybe, holds);

/** What a proxy does, at the last hop of every way that the request takes. */
const atLast = ({ last }: Asked, expected: string, holds: (o: Trace['outbound']) => boolean, some = holds): Verdict =>
  of(
    last,
    expected,
    (t) => holds(t.outbound),
    (t) => some(t.outbound),
  );

/** Of how many requests: of all; after `.not`, of none at all, unless a percentage is said. */
function share(percent: unknown): {
  readonly words: string;
  readonly is: (p: number) => boolean;
  readonly some: (p: number) => boolean;
} {
  if (percent === undefined) return { words: '', is: (p) => p === 100, some: (p) => p > 0 };
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100))
    throw new Error(`the percentage is ${shown(percent)}: it has to be a number from 0 to 100`);
  return { words: ` for ${percent} %`, is: (p) => p === percent, some: (p) => p === percent };
}

const shown = (x: unknown) => (typeof x === 'object' ? JSON.stringify(x) : typeof x === 'string' ? JSON.stringify(x) : String(x));

function whole(n: unknown, what: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= least && n <= most) return n;
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `, at least ${least}`;
  throw new Error(`${what} is ${shown(n)}: it has to be a whole number ${range}`.replace(' ,', ','));
}
const status = (n: unknown) => whole(n, 'the status', 100, 599);

/** For one answer. */
const MATCHERS = {
  toReach(t: Asked, where: Place): Verdict {
    const spot = t.places.spot(where);
    return of(
      t.endings,
      `reaches ${placeName(where)}`,
      (e) => isGood(e) && !e.maybe && spot.all(e, t.arrivals),
      (e) => isGood(e) && spot.some(e, t.arrivals),
    );
  },
  toSplit(t: Asked, shares: Readonly<Record<string, number>>): Verdict {
    if (typeof shares !== 'object' || shares === null || Array.isArray(shares) || Object.keys(shares).length === 0)
      throw new Error(`the shares are ${shown(shares)}: they are an object of places and percent, such as { v1: 90, v2: 10 }`);
    const left = new Set(t.endings);
    let exact = true;
    for (const [name, percent] of Object.entries(shares)) {
      const spot = t.places.spot(name);
      share(percent ?? shown(percent));
      const there = [...left].filter((e) => isGood(e) && !e.maybe && spot.all(e, t.arrivals));
      for (const e of there) left.delete(e);
      const sum = there.reduce((n, e) => plus(n, e.share), fraction(0, 1));
      exact &&= sameShare(sum, percentShare(percent));
    }
    const holds = exact && left.size === 0;
    return { all: holds, some: holds, expected: `splits ${JSON.stringify(shares)}` };
  },
  toAnswer(t: Asked, code: number): Verdict {
    status(code);
    return ends(t, `is answered with ${code}`, (e) => e.status === code);
  },
  toAbort(t: Asked, code: number, percent?: number): Verdict {
    status(code);
    const { words, is, some } = share(percent);
    const by = (test: (p: number) => boolean) => (o: Trace['outbound']) =>
      o?.fault?.abort?.status === code && test(o.fault.abort.percent);
    return atLast(t, `is aborted with ${code}${words}`, by(is), by(some));
  },
  toBeDelayed(t: Asked, time: Time, percent?: number): Verdict {
    const ms = toMillis(time, 'the delay');
    const { words, is, some } = share(percent);
    const by = (test: (p: number) => boolean) => (o: Trace['outbound']) =>
      o?.fault?.delay?.ms === ms && test(o.fault.delay.percent);
    return atLast(t, `is delayed by ${time}${words}`, by(is), by(some));
  },
  toRedirectTo(t: Asked, location: string, code?: number): Verdict {
    if (typeof location !== 'string' || location === '')
      throw new Error(`the location is ${shown(location)}: it has to be text, such as "https://shop.example.com/"`);
    if (code !== undefined) status(code);
    return atLast(
      t,
      `is redirected to ${location}${code ? ` with ${code}` : ''}`,
      (o) => o?.redirect?.location === location && (code === undefined || o.redirect.code === code),
    );
  },
  toMirrorTo(t: Asked, where: Place, percent?: number): Verdict {
    const spot = t.places.spot(where);
    const { words, is, some } = share(percent);
    const by = (test: (p: number) => boolean) => (hop: Trace) =>
      (hop.outbound?.mirrors ?? []).some((m) => {
        const pods = hop.clusters.find((c) => c.name === m.cluster)?.endpoints.map((e) => e.workload) ?? [];
        return test(m.percent) && spot.leads(m.cluster, pods);
      });
    return of(t.last, `is copied to ${placeName(where)}${words}`, by(is), by(some));
  },
  toBeDenied(t: Asked): Verdict {
    return ends(t, 'is denied', isDenied);
  },
  toRetry(t: Asked, attempts: number): Verdict {
    whole(attempts, 'the number of retries', 0);
    return atLast(t, `is tried again ${attempts} times at most`, (o) => (o?.retry?.attempts ?? 0) === attempts);
  },
  toTimeOutAfter(t: Asked, time: Time): Verdict {
    const ms = time === '0s' ? 0 : toMillis(time, 'the time');
    return atLast(t, `is given up after ${time}`, (o) => o?.timeoutMs === ms);
  },
  toUseMutualTls(t: Asked): Verdict {
    return of(t.arrivals, 'arrives by mutual TLS', (a) => a.mutualTls);
  },
};

type Answer = Each<Trace | Flow>;

/** One answer, or a list of them, as `mesh.requests` gives it. */
function answersIn(value: unknown): readonly (Trace | Flow)[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const isAnswer = (x: unknown): x is Answer => typeof x === 'object' && x !== null && QUESTIONS.has(x as Trace);
  if (list.length > 0 && list.every(isAnswer)) return list.flatMap((x) => apart(x));
  throw new Error('this matcher is for traces: expect(mesh.request({ … })), or expect(mesh.flow({ … }))');
}

function judged(t: Trace | Flow, isNot: boolean, matcher: (t: Asked) => Verdict): Result {
  const question = QUESTIONS.get(t)!;
  const hops = hopsOf(t);
  const { all, some, expected } = matcher({
    endings: t.endings,
    last: 'hops' in t ? t.last.map((h) => h.trace) : [t],
    arrivals: hops.flatMap((h) => h.arrivals),
    places: question.places,
  });
  const pass = isNot ? some : all;
  const doubts = doubtsOf(t, question);
  const head = `expected that the request ${isNot ? 'does not: ' : ''}${expected}`;
  // what fails is told first: a doubt that is accepted would not make it right
  if (doubts.length === 0 || pass === isNot) return { pass, message: () => `${head}\n\n${textOf(t)}` };
  const why = doubts.map((d) => `  ${d}`).join('\n');
  const remedy = 'where that does not matter, the request says it: acceptDoubts: true';
  return { pass: isNot, message: () => `${head}, which cannot be told:\n${why}\n${remedy}\n\n${textOf(t)}` };
}

/** What holds for each client that asks; with `.not`: for none of them. */
function forEach<A extends readonly unknown[]>(matcher: (t: Asked, ...rest: A) => Verdict) {
  return function (this: unknown, value: unknown, ...rest: A): Result {
    const isNot = (this as { readonly isNot?: boolean } | undefined)?.isNot === true;
    let last: Result | undefined;
    for (const t of answersIn(value)) {
      last = judged(t, isNot, (a) => matcher(a, ...rest));
      if (last.pass === isNot) return last;
    }
    return last!;
  };
}

/** The matchers, for `expect.extend`; importing `cdk8s-mesh/jest` does it where `expect` is global. */
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
