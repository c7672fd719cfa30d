import type { ProxyView } from '../model/proxy';
import type { Entry, HeaderCondition, RateLimitFilter } from '../model/rate-limits';
import { accepts } from '../routing/string-match';
import type { Step } from './outcome';
import type { Headers } from './request';

/** What a rate limit filter sees of a request. */
export interface Counted {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly host: string;
  readonly headers: Headers;
  /** Of the connection's other end. */
  readonly principal: string | undefined;
  /** Of the pod. */
  readonly port: number;
}

const atGateways = new WeakMap<ProxyView, readonly RateLimitFilter[]>();

/** What limits requests at a proxy before its routes: a gateway's filters; a sidecar counts nothing on the way out. */
export function gatewayLimits(proxy: ProxyView): readonly RateLimitFilter[] {
  if (proxy.identity.kind !== 'gateway') return NONE;
  const filters = atGateways.get(proxy) ?? proxy.sources.rateLimits(proxy.identity, 'GATEWAY');
  atGateways.set(proxy, filters);
  return filters;
}

const NONE: readonly RateLimitFilter[] = [];

/**
 * The limits that count a request, a step each: it goes on while they are kept. Envoy looks at a descriptor where all of its
 * entries can be made. Source: Envoy's local_ratelimit and ratelimit filters; source/common/router/router_ratelimit.cc.
 */
export function limitSteps(filters: readonly RateLimitFilter[], request: Counted): Step[] {
  return filters.flatMap((f) => {
    if (f.port !== undefined && f.port !== request.port) return [];
    return f.descriptors
      .filter((entries) => entries.every((e) => e.when.every((c) => meets(c, request))))
      .flatMap((entries) => {
        const words = wordsOf(f, entries);
        return words === undefined ? [] : [{ text: words, by: f.by }];
      });
  });
}

/** Nothing where a local filter has no bucket for the descriptor: then it does not limit. */
function wordsOf({ buckets, counter }: RateLimitFilter, entries: readonly Entry[]): string | undefined {
  const name = entries.flatMap((e) => e.value ?? []).join(' ');
  const each = entries.filter((e) => e.value === undefined).map((e) => e.key);
  const who =
    each.length > 0 ? ` for each ${each.map((k) => (k === 'remote_address' ? 'client address' : k)).join(' and ')}` : '';
  const beyond = 'what comes beyond is answered 429';
  if (!buckets) return `limit "${name}" is counted by ${counter}${who}: ${beyond}`;
  const bucket = buckets.find(
    (b) =>
      b.entries.length === entries.length &&
      b.entries.every(({ key, value }, i) => key === entries[i]!.key && (value === '' || value === entries[i]!.value)),
  );
  if (!bucket) return undefined;
  const { fill, most, seconds } = bucket;
  const burst = most === fill ? '' : `, ${most} at once`;
  return `limit "${name}" lets ${fill} in ${seconds} s through${burst}${who}, at each replica: ${beyond}`;
}

/** Lines are looked at one by one, as Envoy 1.38 and later do; earlier ones join them with commas. */
function meets({ name, match, ignoresCase, inverted, missingIsEmpty }: HeaderCondition, request: Counted): boolean {
  const found = linesOf(name, request);
  if (match === 'present') return found.length > 0 !== inverted;
  const lines = found.length === 0 && missingIsEmpty ? [''] : found;
  // Envoy turns no answer around where there is nothing to compare
  if (lines.length === 0) return false;
  const lower = (s: string) => (ignoresCase ? s.toLowerCase() : s);
  const wanted = 'exact' in match ? { exact: lower(match.exact) } : 'prefix' in match ? { prefix: lower(match.prefix) } : match;
  return lines.some((l) => accepts(wanted, 'regex' in match ? l : lower(l))) !== inverted;
}

function linesOf(name: string, { method, path, host, headers, principal }: Counted): readonly string[] {
  if (name === ':method') return [method];
  if (name === ':path') return [path];
  if (name === ':authority') return [host];
  // what a sidecar makes of the other end's certificate
  if (name === 'x-forwarded-client-cert')
    return principal === undefined ? [] : [`By=;Hash=;Subject="";URI=spiffe://${principal}`];
  return headers.get(name.toLowerCase()) ?? [];
}
