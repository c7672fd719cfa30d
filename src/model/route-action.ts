import { isRetryStatus } from '../routing/retry-on';
import { millis } from './mesh-config';
import type { Cors, Fault, HeaderChanges, Mirror, RedirectAction, RetryPolicy } from './route';
import { textMatch } from './route-match';

const RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
/** Source: pilot/pkg/networking/core/route/retry/retry.go, ConvertPolicy. */
export function retryPolicy(given: any, hashed: boolean): RetryPolicy | undefined {
  const other = hashed ? {} : { ignorePreviousHosts: true };
  if (!given) return { attempts: 2, retryOn: RETRY_ON, ...other };
  if (!(given.attempts > 0)) return undefined;
  const perTryTimeoutMs = millis(given.perTryTimeout);
  const backoffMs = millis(given.backoff);
  const chosen =
    given.retryIgnorePreviousHosts === undefined ? other : given.retryIgnorePreviousHosts ? { ignorePreviousHosts: true } : {};
  return {
    attempts: given.attempts,
    ...(perTryTimeoutMs === undefined ? {} : { perTryTimeoutMs }),
    ...retryOn(given.retryOn),
    ...(backoffMs === undefined ? {} : { backoffMs }),
    ...chosen,
  };
}

function retryOn(text: string | undefined): { retryOn: string; codes?: number[] } {
  if (!text) return { retryOn: RETRY_ON };
  const parts = text
    .split(',')
    .map((p) => p.trim())
    .filter((p) => p !== '');
  const codes = parts.filter(isRetryStatus).map(Number);
  const words = parts.filter((p) => !isRetryStatus(p)).join(',');
  if (codes.length === 0) return { retryOn: words };
  return { retryOn: words.includes('retriable-status-codes') ? words : `${words},retriable-status-codes`, codes };
}

const isAuthority = (name: string) => /^(:authority|host)$/i.test(name);
const isInternal = (name: string) => name.startsWith(':') || name.toLowerCase() === 'host';

/** Source: route.go, TranslateHeadersOperations. */
export function headerChanges(given: any): { readonly changes: HeaderChanges; readonly authority: string } {
  const list = (map: any, append: boolean) =>
    Object.entries(map ?? {})
      .filter(([name]) => !isInternal(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name: name.toLowerCase(), value: String(value), append }));
  const authority = (map: any) => Object.entries(map ?? {}).findLast(([name]) => isAuthority(name))?.[1] as string | undefined;
  return {
    changes: {
      add: [...list(given?.set, false), ...list(given?.add, true)],
      remove: ((given?.remove ?? []) as string[]).filter((n) => !isInternal(n)).map((n) => n.toLowerCase()),
    },
    authority: authority(given?.set) || authority(given?.add) || '',
  };
}

export const joinChanges = (a: HeaderChanges, b: HeaderChanges): HeaderChanges => ({
  add: [...a.add, ...b.add],
  remove: [...a.remove, ...b.remove],
});

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Whether Envoy refuses a rule, and with it the whole table in which its route is. */
export const isRefused = (rule: any): boolean =>
  rule?.redirect !== undefined && !REDIRECTS.has(rule.redirect?.redirectCode || 301);

/** Source: route.go, ApplyRedirect. Nothing for a code that Envoy does not take. */
export function redirect(given: any, port: number, tls: boolean): RedirectAction | undefined {
  if (isRefused({ redirect: given })) return undefined;
  const code = given.redirectCode || 301;
  let to = 0;
  if (given.port !== undefined) to = given.port;
  else if (given.derivePort === 'FROM_REQUEST_PORT') to = port;
  const scheme = given.scheme || (tls ? 'https' : 'http');
  if ((to === 80 && scheme === 'http') || (to === 443 && scheme === 'https')) to = 0;
  return {
    kind: 'redirect',
    code,
    path: given.uri || undefined,
    prefixRewrite: given.prefixRewrite || undefined,
    authority: given.authority || undefined,
    scheme: given.scheme || undefined,
    port: to,
  };
}

const GRPC: Record<string, number> = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
};

/** Source: route.go, TranslateFault. */
export function fault(given: any): Fault | undefined {
  if (!given) return undefined;
  const out: { -readonly [K in keyof Fault]: Fault[K] } = {};
  const ms = millis(given.delay?.fixedDelay);
  if (ms !== undefined)
    out.delay = { ms, percent: given.delay.percentage ? percentOf(given.delay.percentage) : (given.delay.percent ?? 0) };
  const { abort } = given;
  if (abort && (abort.httpStatus !== undefined || abort.grpcStatus !== undefined))
    out.abort = {
      ...(abort.httpStatus !== undefined ? { status: abort.httpStatus } : { grpc: GRPC[abort.grpcStatus] ?? 2 }),
      percent: abort.percentage ? percentOf(abort.percentage) : 0,
    };
  return out.delay || out.abort ? out : undefined;
}

/** In steps of a millionth, as Envoy is told. */
const percentOf = (p: any): number => Math.trunc((p.value ?? 0) * 10_000) / 10_000;

/** Source: route.go, MirrorPercent and MirrorPercentByPolicy. */
export function mirrors(rule: any, cluster: (destination: any) => string): Mirror[] {
  const out: Mirror[] = [];
  const add = (destination: any, percent: number) => {
    if (percent > 0) out.push({ cluster: cluster(destination), percent });
  };
  if (rule.mirror)
    add(
      rule.mirror,
      rule.mirrorPercentage ? percentOf(rule.mirrorPercentage) : (rule.mirrorPercent ?? rule.mirror_percent ?? 100),
    );
  for (const m of rule.mirrors ?? []) if (m.destination) add(m.destination, m.percentage ? percentOf(m.percentage) : 100);
  return out;
}

/** Source: route.go, TranslateCORSPolicy. */
export function cors(given: any): Cors | undefined {
  if (!given) return undefined;
  const origins = given.allowOrigins
    ? given.allowOrigins.map(textMatch)
    : ((given.allowOrigin ?? []) as string[]).map((o) => ({ exact: o }));
  const maxAge = millis(given.maxAge);
  return {
    origins,
    methods: (given.allowMethods ?? []).join(','),
    headers: (given.allowHeaders ?? []).join(','),
    expose: (given.exposeHeaders ?? []).join(','),
    maxAge: maxAge === undefined ? '' : String(Math.trunc(maxAge / 1000)),
    credentials: given.allowCredentials === true,
    forwardUnmatched: given.unmatchedPreflights !== 'IGNORE',
  };
}

/** Source: route.go, ConsistentHashToHashPolicy. As Envoy's JSON says it. */
export function hashPolicy(hash: any): Readonly<Record<string, unknown>> | undefined {
  if (hash?.httpHeaderName) return { header: { header_name: hash.httpHeaderName } };
  if (hash?.httpCookie) {
    const { name, ttl, path, attributes } = hash.httpCookie;
    const t = millis(ttl);
    return {
      cookie: {
        name,
        ...(t === undefined ? {} : { ttl: `${t / 1000}s` }),
        ...(path ? { path } : {}),
        ...(attributes?.length > 0 ? { attributes } : {}),
      },
    };
  }
  if (hash?.useSourceIp !== undefined) return { connection_properties: hash.useSourceIp ? { source_ip: true } : {} };
  if (hash?.httpQueryParameterName) return { query_parameter: { name: hash.httpQueryParameterName } };
  return undefined;
}
