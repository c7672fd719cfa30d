import type { Construct } from 'constructs';
import { disjoint, type Match } from '../routing/match';
import { quote } from '../routing/string-match';
import { always, type Condition } from '../values/condition';
import { isCount, MOST } from '../values/count';
import { dnsLabel } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { token } from '../values/wire-text';
import { type Caller, isCaller, sameApp } from './caller';
import { type HeaderMatcher, headerAbsent, headerMatcher, headerMatchers } from './envoy-headers';
import { identities } from './identities';
import { seenFrom } from './service-reference';

/** So many requests in so much time. */
export interface Limit {
  /** How many; what comes beyond is answered 429. */
  readonly requests: number;
  /** In how much time. */
  readonly per: Unit;
  /** Which requests count, by path, method, authority and headers. @default - all */
  readonly when?: Condition;
  /** Only calls of this service count, as mutual TLS proves it. Not at a gateway, whose clients have no identity. @default - everyone's */
  readonly from?: Caller;
  /** Who has a count of its own. @default - all are counted together */
  readonly each?: Each;
}

/** A limit that each replica counts itself. */
export interface LocalLimit extends Limit {
  /** How many may come at once; afterwards `requests` are given back over the time of `per`. @default - as many as `requests` */
  readonly burst?: number;
}

const UNITS = ['second', 'minute', 'hour', 'day'] as const;
const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
/** The time of a limit. */
export type Unit = (typeof UNITS)[number];

/**
 * Who has a count of its own: each `client` by address (what the proxy takes for it, see the docs), each `caller` by the
 * identity that mutual TLS proves, or each value of a header; those without it share one.
 */
export type Each = 'client' | 'caller' | { readonly header: string };

const LIMIT: Properties<Limit> = { requests: 'number', per: 'text', when: 'condition?', from: 'caller?', each: 'any?' };
const LOCAL_LIMIT: Properties<LocalLimit> = { ...LIMIT, burst: 'number?' };
const EACH: Properties<{ header: string }> = { header: 'text' };

/** Where limits hold. */
export interface Place {
  /** The construct that says them. */
  readonly by: Construct;
  /** Whether callers have identities there: not at a gateway. */
  readonly knowsCallers: boolean;
  /** What is about every limit there: a gateway's hosts, where others share its pods. */
  readonly always: readonly HeaderMatcher[];
}

/** One request's descriptor: what Envoy's `RateLimit.Action` make of it. */
interface Actions {
  readonly actions: readonly object[];
}

/** A limit that was looked at. */
export interface CheckedLimit {
  readonly name: string;
  readonly limit: LocalLimit;
  /** What makes descriptors of a request. */
  readonly rateLimits: readonly Actions[];
  /** The second entry of these descriptors, whose every value counts by itself. */
  readonly eachKey: string | undefined;
}

/**
 * Checks the limits of one place, and makes of each what Envoy takes.
 * @param kind whether `burst` is known
 */
export function checkLimits(
  limits: Readonly<Record<string, LocalLimit>>,
  kind: 'local' | 'global',
  place: Place,
  where: string,
): readonly CheckedLimit[] {
  return Object.entries(limits).map(([name, limit]) => {
    const what = `limit "${name}" of ${where}`;
    dnsLabel(name, `name of ${what}`);
    checkProperties<LocalLimit>(limit, (kind === 'local' ? LOCAL_LIMIT : LIMIT) as Properties<LocalLimit>, what);
    if (!isCount(limit.requests, 1))
      throw new Error(
        `requests of ${what} is ${limit.requests}: it has to be a whole number from 1 to ${MOST}; to refuse all, use an AccessPolicy`,
      );
    oneOf(limit.per, UNITS, `per of ${what}`);
    if (limit.burst !== undefined && !isCount(limit.burst, limit.requests))
      throw new Error(`burst of ${what} is ${limit.burst}: it has to be a whole number, not below requests (${limit.requests})`);
    if (limit.from) isCaller(limit.from, `from of ${what}`);
    if (!place.knowsCallers && (limit.from || limit.each === 'caller'))
      throw new Error(`${what} tells callers apart, and clients of a gateway have no identity: say each: 'client', or a header`);
    return { name, limit, ...descriptors(name, limit, place, what) };
  });
}

function descriptors(name: string, limit: Limit, place: Place, what: string) {
  const { matches } = limit.when ?? always;
  apart(matches, what);
  const each = eachOf(limit.each, what);
  const rateLimits = matches.flatMap((m) => {
    const headers = [
      ...headerMatchers(m, `when of ${what}`),
      ...(limit.from ? [headerMatcher(XFCC, { regex: identified(limit.from, place.by, what) })] : []),
      ...place.always,
    ];
    return each.ways.map(({ more, action }) => ({
      actions: [named(name, [...headers, ...more]), ...(action ? [action] : [])],
    }));
  });
  return { rateLimits, eachKey: each.key };
}

/** A request that two parts of an `or` mean would be counted twice. */
function apart(matches: readonly Match[], what: string): void {
  const both = matches.some((a, i) => matches.some((b, j) => i < j && !disjoint(a, b)));
  if (both)
    throw new Error(
      `when of ${what} has parts that one request can meet at once, which would count it twice: make them exclude each other, such as a.or(b.and(not a)), or make two limits`,
    );
}

const named = (name: string, headers: readonly HeaderMatcher[]) => {
  const entry = { descriptor_key: 'limit', descriptor_value: name };
  return headers.length > 0 ? { header_value_match: { ...entry, headers } } : { generic_key: entry };
};

interface Way {
  readonly more: readonly HeaderMatcher[];
  readonly action: object | undefined;
}

function eachOf(each: Each | undefined, what: string): { readonly key: string | undefined; readonly ways: readonly Way[] } {
  if (each === undefined) return { key: undefined, ways: [{ more: [], action: undefined }] };
  if (each === 'client') return { key: 'remote_address', ways: [{ more: [], action: { remote_address: {} } }] };
  if (each === 'caller') return { key: 'caller', ways: [{ more: [], action: CALLER }] };
  if (typeof each !== 'object')
    throw new Error(`each of ${what} is ${shown(each)}: it has to be 'client', 'caller' or { header: '…' }`);
  checkProperties(each, EACH, `each of ${what}`);
  const key = token(each.header, `header of each of ${what}`).toLowerCase();
  return {
    key,
    ways: [
      { more: [headerMatcher(key, { present: true })], action: { request_headers: { header_name: key, descriptor_key: key } } },
      { more: [headerAbsent(key)], action: { generic_key: { descriptor_key: key, descriptor_value: 'absent' } } },
    ],
  };
}

/** The identity of the connection's other end; plain text has none, and all of it is counted together. */
const CALLER = {
  extension: {
    name: 'envoy.rate_limit_descriptors.expr',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor',
      descriptor_key: 'caller',
      text: "connection.mtls ? connection.uri_san_peer_certificate : 'plain-text'",
    },
  },
};

const XFCC = 'x-forwarded-client-cert';

/** Who the last hop was: a sidecar appends the identity that it was shown, and takes the header away where there is none. */
function identified(from: Caller, by: Construct, what: string): string {
  sameApp(by, from, `from of ${what}`);
  const principals = identities(seenFrom(by, from), `told apart by ${what}`);
  return `.*;URI=spiffe://(?:${principals.map(quote).join('|')})(?:;DNS=[^;,]*)*`;
}

/** The seconds of a unit. */
export const secondsOf = (unit: Unit): number => SECONDS[unit];
