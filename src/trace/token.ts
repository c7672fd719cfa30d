import { fromBase64, toBase64Url } from '../model/base64';
import type { Ref } from '../model/config';
import { parseQuery } from './asked';
import { type Headers, queryOf, withoutQuery } from './request';

/** What looking at a request's tokens comes to. */
export interface TokenOutcome {
  /** Claims of the token that was found valid. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly refused?: { readonly status: 401 | 403; readonly reason: string; readonly by: Ref };
  /** The path that the service gets: a token in the query is taken out. */
  readonly path: string;
}

/** What lies outside the mesh, and before the request. */
export interface World {
  /** Gateways that the request came through. @default 0 */
  readonly gateways?: number;
  /** Seconds since 1970. @default the clock */
  readonly now?: number;
  /** Whether a token is signed with a key of the set; without it signatures count as right (a browser has no such answer at once). */
  readonly isSigned?: (jwks: string, header: Readonly<Record<string, unknown>>, text: string, signature: string) => boolean;
}

export const HERE: World = {};

interface Rule {
  readonly rule: any;
  readonly by: Ref;
}

const MALFORMED = 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections';
const UNKNOWN_ISSUER = 'Jwt issuer is not configured';

/**
 * Looks at the tokens of a request as Envoy's jwt_authn filter does, and changes the headers as it would. A request without
 * a token passes. Keys are taken from `jwks`; where a rule has a `jwksUri` alone, the signature counts as right.
 */
export function checkTokens(rules: readonly Rule[], method: string, path: string, headers: Headers, world: World): TokenOutcome {
  const preflight = method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
  for (const { rule } of rules) for (const { header } of rule.outputClaimToHeaders ?? []) headers.delete(header.toLowerCase());
  if (preflight || rules.length === 0) return { path };
  const results = rules.map((r) => ({ ...r, result: checkRule(r.rule, path, headers, world) }));
  const valid = results.find((r) => r.result && 'claims' in r.result);
  if (valid && rules.length > 0) {
    const found = valid.result as Found;
    return { claims: found.claims, path: accept(valid.rule, found, path, headers) };
  }
  const failed = results.filter((r): r is typeof r & { result: Failed } => r.result !== undefined && 'reason' in r.result);
  const worst = failed.find((f) => f.result.reason !== UNKNOWN_ISSUER) ?? failed[0];
  if (!worst) return { path };
  return { path, refused: { status: worst.result.status, reason: worst.result.reason, by: worst.by } };
}

interface Found {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly payload: string;
  readonly at: Location;
}
interface Failed {
  readonly status: 401 | 403;
  readonly reason: string;
}
type Location = { readonly header: string; readonly prefix: string } | { readonly param: string } | { readonly cookie: string };

/** A token where the rule looks for one; nothing where there is none. */
function checkRule(rule: any, path: string, headers: Headers, world: World): Found | Failed | undefined {
  for (const at of locations(rule)) {
    const token = tokenAt(at, path, headers);
    if (token === undefined) continue;
    const read = readToken(token, rule, world);
    return 'reason' in read ? read : { ...read, at };
  }
  return undefined;
}

function locations(rule: any): Location[] {
  const own: Location[] = [
    ...((rule.fromHeaders ?? []) as any[]).map((h) => ({ header: h.name.toLowerCase(), prefix: h.prefix ?? '' })),
    ...((rule.fromParams ?? []) as string[]).map((param) => ({ param })),
    ...((rule.fromCookies ?? []) as string[]).map((cookie) => ({ cookie })),
  ];
  return own.length > 0 ? own : [{ header: 'authorization', prefix: 'Bearer ' }, { param: 'access_token' }];
}

function tokenAt(at: Location, path: string, headers: Headers): string | undefined {
  if ('param' in at) return parseQuery(path).get(at.param);
  if ('cookie' in at)
    return headers
      .get('cookie')
      ?.flatMap((line) => line.split(/;\s*/))
      .find((c) => c.startsWith(`${at.cookie}=`))
      ?.slice(at.cookie.length + 1);
  const value = headers.get(at.header)?.[0];
  if (value === undefined) return undefined;
  const start = value.indexOf(at.prefix);
  if (start < 0 || at.prefix === '') return start < 0 ? undefined : value;
  // from a token's first letter on; the whole value where there is none
  return /[\w\-.].*/.exec(value.slice(start + at.prefix.length))?.[0] ?? value;
}

function readToken(
  token: string,
  rule: any,
  { now = Date.now() / 1000, isSigned }: World,
): { claims: Record<string, unknown>; payload: string } | Failed {
  const no = (reason: string, status: 401 | 403 = 401): Failed => ({ status, reason });
  const parts = token.split('.');
  if (parts.length !== 3) return no(MALFORMED);
  const [head, payload, signature] = parts as [string, string, string];
  if (!isBase64Url(head)) return no('Jwt header is an invalid Base64url encoded');
  const header = json(head);
  if (!header) return no('Jwt header is an invalid JSON');
  if (!isBase64Url(payload)) return no('Jwt payload is an invalid Base64url encoded');
  const claims = json(payload);
  if (!claims) return no('Jwt payload is an invalid JSON');
  if (!isBase64Url(signature)) return no('Jwt signature is an invalid Base64url encoded');
  if (rule.issuer && claims.iss !== rule.issuer) return no(UNKNOWN_ISSUER);
  if (typeof claims.nbf === 'number' && claims.nbf > now + 60) return no('Jwt not yet valid');
  if (typeof claims.exp === 'number' && claims.exp + 60 < now) return no('Jwt is expired');
  const audiences: string[] = rule.audiences ?? [];
  const said = (Array.isArray(claims.aud) ? claims.aud : [claims.aud]).filter((a): a is string => typeof a === 'string');
  const bare = (a: string) => a.replace(/^https?:\/\//, '').replace(/\/$/, '');
  if (audiences.length > 0 && !said.some((a) => audiences.some((x) => bare(x) === bare(a))))
    return no('Audiences in Jwt are not allowed', 403);
  if (rule.jwks && isSigned && !isSigned(rule.jwks, header, `${head}.${payload}`, signature)) return no('Jwt verification fails');
  return { claims, payload };
}

/** Without padding, of a length that whole bytes have; spaces are passed over. */
const isBase64Url = (text: string): boolean => {
  const letters = text.replace(/\s/g, '');
  return /^[\w-]*$/.test(letters) && letters.length % 4 !== 1;
};

function json(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(fromBase64(base64url.replace(/\s/g, '')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** As protobuf writes JSON: `<` and `>` are escaped. */
const protobufJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');

/** In the letters of plain Base64, with padding. */
const padded = (base64url: string): string =>
  base64url.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (base64url.length % 4)) % 4);

/** What a valid token changes in the request. */
function accept(rule: any, { claims, payload, at }: Found, path: string, headers: Headers): string {
  if (rule.outputPayloadToHeader) headers.set(rule.outputPayloadToHeader.toLowerCase(), [payload]);
  for (const { header, claim } of rule.outputClaimToHeaders ?? []) {
    let value: unknown = claims;
    for (const key of String(claim).split('.'))
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    if (['string', 'number', 'boolean'].includes(typeof value)) headers.set(header.toLowerCase(), [String(value)]);
    else if (value !== undefined && value !== null) headers.set(header.toLowerCase(), [padded(toBase64Url(protobufJson(value)))]);
  }
  if (rule.forwardOriginalToken) return path;
  if ('header' in at) headers.delete(at.header);
  if (!('param' in at)) return path;
  const left = queryOf(path)
    .slice(1)
    .split('&')
    .filter((p) => p !== '' && p.split('=')[0] !== at.param);
  return withoutQuery(path) + (left.length > 0 ? `?${left.join('&')}` : '');
}
