import type { Cors, Effect, HeaderChanges, HeaderOperations, PathRewrite } from '../routing/effects';
import { checkAuthority } from '../values/authority';
import { METHODS } from '../values/condition';
import { type Time, toMillis, toSeconds } from '../values/duration';
import { headerFormat } from '../values/header-format';
import { text } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { checkRegex } from '../values/regex';
import { token } from '../values/wire-text';
import { type RetryPolicy, toRetries } from './call-policy';
import type { RuleOptions } from './rule-options';

/** What happens to requests of one route at the gateway. */
export interface GatewayRouteOptions extends RuleOptions {
  /** Shows in Envoy's logs; routes of one name and outcome share an entry. @default - the service's name, with its namespace where two services have one name */
  readonly name?: string;
  /** The service's port. @default - its only HTTP port */
  readonly port?: number;
  /** What the service gets instead of the path and the host that clients asked for (a name or an IP, and a port where wanted). @default - what they asked for */
  readonly rewrite?: PathRewrite & { readonly authority?: string };
  /** For the whole of an answer, retries included. @default - what the service says for its callers */
  readonly timeout?: Time;
  /** Of requests that fail. @default - what the service says, or Istio's two */
  readonly retries?: RetryPolicy;
  /** Names are case-insensitive; values may hold Envoy's `%COMMANDS%`, and a percent sign is `%%`. */
  readonly headers?: HeaderChanges;
  /** Which pages of other origins may read the answers, decided at the gateway. @default - none is sent */
  readonly cors?: CorsOptions;
}

/** Cross-origin rules for browsers, as Istio's CorsPolicy. */
export interface CorsOptions extends Omit<Cors, 'maxAge'> {
  /** How long a browser remembers what it was told, in whole seconds. @default - as browsers do */
  readonly maxAge?: Time;
}

const ROUTE: Properties<GatewayRouteOptions> = {
  name: 'text?',
  port: 'number?',
  rewrite: 'map?',
  timeout: 'any?',
  retries: 'map?',
  headers: 'map?',
  cors: 'map?',
  order: 'number?',
};
const CORS: Properties<CorsOptions> = {
  allowOrigins: 'list',
  allowMethods: 'list?',
  allowHeaders: 'list?',
  exposeHeaders: 'list?',
  maxAge: 'any?',
  allowCredentials: 'boolean?',
};
/** The options of a route as effects. Throws where one is misspelt, or says what Istio has no way to do. */
export function effectsOf(o: GatewayRouteOptions, what: string): Effect[] {
  checkProperties(o, ROUTE, what);
  const timeout = o.timeout === undefined ? undefined : toMillis(o.timeout, `timeout of ${what}`);
  if (o.headers) checkHeaders(o.headers, what);
  const cors = o.cors && corsOf(o.cors, `cors of ${what}`);
  return [
    ...(timeout === undefined ? [] : [{ kind: 'timeout', ms: timeout } as const]),
    ...(o.retries ? [{ kind: 'retries', retries: toRetries(o.retries, timeout, what) } as const] : []),
    ...(o.headers ? [{ kind: 'headers', changes: o.headers } as const] : []),
    ...(cors ? [{ kind: 'cors', cors } as const] : []),
    ...(o.rewrite ? [rewriteOf(o.rewrite, `rewrite of ${what}`)] : []),
  ];
}

/** The forms of a rewrite of the path, by the property that tells them apart. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  replacePrefix: ['with'],
  replaceFull: [],
  regex: ['with'],
};

function rewriteOf(rewrite: NonNullable<GatewayRouteOptions['rewrite']>, what: string): Effect {
  type Any = { replacePrefix?: string; with?: string; replaceFull?: string; regex?: string; authority?: string };
  const all: Properties<Any> = {
    replacePrefix: 'text?',
    with: 'text?',
    replaceFull: 'text?',
    regex: 'text?',
    authority: 'text?',
  };
  checkProperties<Any>(rewrite, all, what);
  const { authority, ...path } = rewrite as Any;
  const forms = Object.keys(FORMS).filter((f) => f in path);
  const [form] = forms;
  const needs = form === undefined ? [] : [form, ...FORMS[form]!];
  if (forms.length > 1 || Object.keys(path).sort().join() !== [...needs].sort().join())
    throw new Error(
      `${what} has ${Object.keys(path).join(' and ')}: it is { replacePrefix, with }, { replaceFull } or { regex, with }, and authority beside it`,
    );
  if (form === undefined && authority === undefined) throw new Error(`${what} says nothing: leave it out`);
  for (const key of ['replacePrefix', 'replaceFull'] as const)
    if (path[key] !== undefined && !path[key].startsWith('/'))
      throw new Error(`${key} in the ${what} is "${path[key]}", which does not begin with "/"`);
  if (path.regex !== undefined) {
    checkRegex(text(path.regex, `regex in the ${what}`), what);
    text(path.with, `with in the ${what}`);
  } else if (path.with !== undefined && !path.with.startsWith('/'))
    throw new Error(`with in the ${what} is "${path.with}", which does not begin with "/"`);
  return {
    kind: 'rewrite',
    ...(form === undefined ? {} : { path: path as PathRewrite }),
    ...(authority === undefined ? {} : { authority: checkAuthority(authority, `authority in the ${what}`) }),
  };
}

/** Source: `validateCORSPolicy` in pkg/config/validation/validation.go. */
function corsOf(given: CorsOptions, what: string): Cors {
  checkProperties(given, CORS, what);
  const { maxAge, ...cors } = given;
  for (const origin of cors.allowOrigins) {
    const kinds = ['exact', 'prefix', 'regex'].filter((k) => typeof origin === 'object' && origin !== null && k in origin);
    if (kinds.length !== 1 || Object.keys(origin).length !== 1)
      throw new Error(`an origin in ${what} is ${JSON.stringify(origin)}: write it like { exact: 'https://shop.example.com' }`);
    text(Object.values(origin)[0], `an origin in ${what}`);
    if ('regex' in origin) checkRegex(origin.regex, `an origin in ${what}`);
  }
  for (const method of cors.allowMethods ?? []) oneOf(method, [...METHODS, '*'], `a method in ${what}`);
  for (const name of [...(cors.allowHeaders ?? []), ...(cors.exposeHeaders ?? [])])
    if (name !== '*') token(name, `a header name in ${what}`);
  return { ...cors, ...(maxAge === undefined ? {} : { maxAge: toSeconds(maxAge, `maxAge in ${what}`) }) };
}

function checkHeaders(changes: HeaderChanges, what: string): void {
  checkProperties<HeaderChanges>(changes, { request: 'map?', response: 'map?' }, `headers of ${what}`);
  for (const side of ['request', 'response'] as const) {
    const operations = changes[side];
    if (operations === undefined) continue;
    const where = `headers.${side} of ${what}`;
    checkProperties<HeaderOperations>(operations, { set: 'map?', add: 'map?', remove: 'list?' }, where);
    for (const [name, value] of [...Object.entries(operations.set ?? {}), ...Object.entries(operations.add ?? {})]) {
      changeable(name, where);
      headerFormat(value, `header "${name}" in ${where}`);
    }
    for (const name of operations.remove ?? []) changeable(name, where);
    for (const names of [Object.keys(operations.set ?? {}), Object.keys(operations.add ?? {}), operations.remove ?? []])
      twice(names, where);
  }
}

/** Istio keeps `:…` headers and the Host to itself, except through the rewrite. */
function changeable(name: string, where: string): void {
  const lower = token(String(name).replace(/^:/, ''), `a header name in ${where}`).toLowerCase();
  if (String(name).startsWith(':') || lower === 'host')
    throw new Error(
      `header "${name}" in ${where} is not changed so: the authority is set with rewrite: { authority: '…' }, the others are not to be had`,
    );
}

function twice(names: readonly string[], where: string): void {
  const lower = names.map((n) => n.toLowerCase());
  const again = names.find((_, i) => lower.indexOf(lower[i]!) < i);
  if (again !== undefined) throw new Error(`${where} has header "${again}" twice: the case of a header's name means nothing`);
}
