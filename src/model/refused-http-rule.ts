import { isRetryStatus, RETRY_CONDITIONS } from '../routing/retry-on';
import { re2 } from '../routing/string-match';
import { no, time } from './refusal';
import { destination, shares } from './refused-destination';

/** Source: pkg/config/validation/virtualservice.go, validateHTTPRoute. */
export function httpRule(rule: any, delegate: boolean): void {
  const { redirect, directResponse, route = [], rewrite, headers } = rule;
  conflicts(rule, delegate);
  if (route.length > 0) shares(route, 'http');
  for (const given of [headers, ...route.map((r: any) => r.headers)]) changes(given);
  if (rewrite) rewritten(rewrite);
  const authorities = [rewrite?.authority, ...authoritiesOf(headers?.request?.set), ...authoritiesOf(headers?.request?.add)];
  if (authorities.filter((a) => a).length > 1) no('the authority is set more than once');
  if (redirect) redirected(redirect, rule.match ?? []);
  if (directResponse) status(directResponse.status, 'directResponse');
  time(rule.timeout, 'timeout');
  if (rule.retries) retries(rule.retries);
  if (rule.fault) fault(rule.fault);
  destination(rule.mirror);
  for (const m of rule.mirrors ?? []) destination(m?.destination ?? no('a mirror has no destination'));
  for (const p of [rule.mirrorPercentage?.value, ...((rule.mirrors ?? []) as any[]).map((x) => x.percentage?.value)])
    if (p !== undefined && (p < 0 || p > 100)) no(`mirror percentage ${p} is not 0 to 100`);
  if (rule.corsPolicy) cors(rule.corsPolicy);
  for (const match of rule.match ?? []) if (match) httpMatch(match);
}

function conflicts(
  { redirect, directResponse, route, fault, rewrite, mirror, mirrors, delegate: to }: any,
  delegate: boolean,
): void {
  const routes = route?.length > 0;
  if (to && !delegate) {
    if (redirect || routes) no('a rule that delegates has a route');
    return;
  }
  if (to) no('a delegate delegates');
  if (redirect && (routes || fault || rewrite || directResponse))
    no('redirect stands beside route, fault, rewrite or directResponse');
  if (directResponse && (routes || fault || rewrite)) no('directResponse stands beside route, fault or rewrite');
  if (!redirect && !directResponse && !routes) no('a rule has no route');
  if (mirror && mirrors?.length > 0) no('mirror and mirrors are both there');
}

const isAuthority = (name: string) => /^(:authority|host)$/i.test(name);
const authoritiesOf = (map: any): string[] =>
  Object.entries(map ?? {}).flatMap(([name, value]) => (isAuthority(name) ? [String(value)] : []));

function changes(headers: any): void {
  for (const side of ['request', 'response'] as const) {
    const { set = {}, add = {}, remove = [] } = headers?.[side] ?? {};
    for (const [name, value] of [...Object.entries(set), ...Object.entries(add)]) {
      if (name === '') no('a header has no name');
      if ((name.startsWith(':') || isAuthority(name)) && !(side === 'request' && isAuthority(name)))
        no(`header ${name} cannot be changed`);
      format(String(value));
    }
    for (const name of remove)
      if (name === '' || name.startsWith(':') || isAuthority(name)) no(`header "${name}" cannot be removed`);
  }
}

/** `%NAME%`, `%NAME(…)%` and `%%`; after the arguments only spaces may stand. Source: header_value_validator.go. */
function format(value: string): void {
  if ([...value].some((c) => (c < ' ' && c !== '\t') || c === '\x7f'))
    no(`value ${JSON.stringify(value)} of a header has control characters`);
  const rest = value.replace(
    /%%|%[^%(]+%|%[^%(]*\( *(?:\[ *"(?:\\.|[^"\\])*"(?: *, *"(?:\\.|[^"\\])*")* *\] *|(?:\\.|[^)"\\])*)\) *%/g,
    '',
  );
  if (rest.includes('%')) no(`value "${value}" of a header has a % that begins nothing that Envoy knows; a percent sign is %%`);
}

function rewritten(rewrite: any): void {
  if (rewrite.uri && rewrite.uriRegexRewrite) no('rewrite has uri and uriRegexRewrite');
  if (!rewrite.uri && !rewrite.authority && !rewrite.uriRegexRewrite) no('rewrite says nothing');
  if (!rewrite.uriRegexRewrite) return;
  const { match, rewrite: to } = rewrite.uriRegexRewrite;
  if (!match || !to) no('uriRegexRewrite has no match or no rewrite');
  text({ regex: match }, 'uriRegexRewrite', false);
}

function redirected(redirect: any, matches: readonly any[]): void {
  const { uri, prefixRewrite, authority, port, derivePort, scheme, redirectCode: code } = redirect;
  if (uri && prefixRewrite) no('redirect has uri and prefixRewrite');
  if (prefixRewrite && matches.some((m) => m?.uri && m.uri.prefix === undefined))
    no('redirect has prefixRewrite, and a match that is no prefix');
  if (!uri && !prefixRewrite && !authority && port === undefined && !derivePort && !scheme) no('redirect says nothing');
  if (code && (code < 300 || code > 399)) no('redirectCode is not one of 3xx');
  if (scheme && scheme !== 'http' && scheme !== 'https') no(`scheme "${scheme}" is neither http nor https`);
}

function status(value: number, what: string): void {
  if (!(value >= 200 && value <= 600)) no(`status of ${what} is not 200 to 600`);
}

function retries({ attempts = 0, perTryTimeout, retryOn, retryRemoteLocalities, backoff }: any): void {
  if (attempts < 0) no('retries has attempts below 0');
  if (attempts === 0 && (perTryTimeout || retryOn || retryRemoteLocalities !== undefined))
    no('retries has 0 attempts and more fields');
  time(perTryTimeout, 'perTryTimeout');
  time(backoff, 'backoff');
  for (const policy of retryOn ? String(retryOn).split(',') : [])
    if (!RETRY_CONDITIONS.includes(policy) && !isRetryStatus(policy))
      no(`retryOn has "${policy}", which is neither a policy nor a status`);
}

function fault({ abort, delay }: any): void {
  if (!abort && !delay) no('fault has neither abort nor delay');
  for (const p of [abort?.percentage?.value, delay?.percentage?.value])
    if (p !== undefined && p !== 0 && (p < 0.0001 || p > 100)) no(`percentage ${p} is not 0.0001 to 100`);
  if (abort?.httpStatus !== undefined) status(abort.httpStatus, 'abort');
  if (abort?.http2Error !== undefined) no('an abort has http2Error');
  if (delay?.exponentialDelay !== undefined) no('a delay has exponentialDelay');
  time(delay?.fixedDelay, 'fixedDelay');
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']);

function cors({ allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge }: any): void {
  for (const o of allowOrigins) {
    if (!(o?.exact || o?.prefix || o?.regex)) no('an origin of corsPolicy is empty');
    if (o.regex) text(o, 'allowOrigins', false);
  }
  for (const m of allowMethods) if (!METHODS.has(m)) no(`"${m}" is no method for CORS`);
  for (const h of [...allowHeaders, ...exposeHeaders])
    if (h !== '*' && !/^[-_A-Za-z0-9]+$/.test(h)) no(`"${h}" is no name of a header`);
  time(maxAge, 'maxAge');
}

function httpMatch(match: any): void {
  for (const field of ['headers', 'withoutHeaders', 'queryParams'])
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      if (field === 'headers' && value === null) no(`header ${name} is null`);
      text(value, `${field} ${name}`, field === 'withoutHeaders');
    }
  for (const field of ['scheme', 'method', 'authority']) text(match[field], field, false);
  if (match.uri?.regex !== undefined) text(match.uri, 'uri', false);
}

/** A value to compare with; `star`: a regex may be `*`, which is that the header is there. */
function text(value: any, what: string, star: boolean): void {
  if (value?.prefix === '') no(`${what} has an empty prefix`);
  if (value?.regex === undefined) return;
  if (value.regex === '' || value.regex.length > 1024) no(`${what} has a regex that is empty or too long`);
  if (!(star && value.regex === '*')) re2(value.regex);
}
