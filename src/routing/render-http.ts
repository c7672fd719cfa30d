import type { HttpRoute } from './compile';
import type { Cors, HeaderChanges, HeaderOperations, Mirror, Retries } from './effects';
import { oneOf } from './header-match';
import type { Match } from './match';
import type { StringMatch, ValueMatch } from './string-match';
import type { Destination } from './table';

type Yaml = Record<string, unknown>;

/** The route as an entry of a VirtualService's `http`. No field equal to its default. */
export function renderRoute(r: HttpRoute): Yaml {
  const catchAll = r.matches.some((m) => Object.keys(m).length === 0);
  const e = r.effects;
  return clean({
    name: r.name,
    match: catchAll ? undefined : r.matches.map(renderMatch),
    ...renderAction(r),
    rewrite: r.rewrite,
    timeout: e.timeout === undefined ? undefined : milliseconds(e.timeout),
    retries: e.retries && renderRetries(e.retries),
    fault:
      e.delay || e.abort
        ? clean({
            delay: e.delay && { percentage: { value: e.delay.percent }, fixedDelay: milliseconds(e.delay.ms) },
            abort: e.abort && {
              percentage: { value: e.abort.percent },
              ...('http' in e.abort.status ? { httpStatus: e.abort.status.http } : { grpcStatus: e.abort.status.grpc }),
            },
          })
        : undefined,
    mirrors: e.mirrors?.map(renderMirror),
    corsPolicy: e.cors && renderCors(e.cors),
    headers: e.headers && renderHeaders(e.headers),
  });
}

function renderAction(r: HttpRoute): Yaml {
  const a = r.action;
  switch (a.kind) {
    case 'split':
      return { route: a.to.map(renderDestination) };
    case 'redirect':
      return {
        redirect: clean({
          uri: a.uri,
          prefixRewrite: a.prefix,
          authority: a.authority,
          scheme: a.scheme,
          port: a.port,
          redirectCode: a.code === 301 ? undefined : a.code,
        }),
      };
    case 'respond':
      return { directResponse: clean({ status: a.status, body: a.body === undefined ? undefined : { string: a.body } }) };
    case 'delegate':
      return { delegate: { name: a.name, namespace: a.namespace } };
  }
}

/** A destination, with its weight where it shares the traffic. */
export const renderDestination = (d: Destination): Yaml =>
  clean({
    destination: clean({ host: d.host, subset: d.subset, port: d.port === undefined ? undefined : { number: d.port } }),
    weight: d.weight,
    headers: d.headers && renderHeaders(d.headers),
  });

const renderMirror = (m: Mirror): Yaml =>
  clean({
    destination: clean({ host: m.host, subset: m.subset, port: m.port === undefined ? undefined : { number: m.port } }),
    percentage: m.percent === 100 ? undefined : { value: m.percent },
  });

const renderRetries = (r: Retries): Yaml =>
  clean({
    attempts: r.attempts,
    perTryTimeout: r.perTryTimeout === undefined ? undefined : milliseconds(r.perTryTimeout),
    retryOn: r.on,
    backoff: r.backoff === undefined ? undefined : milliseconds(r.backoff),
  });

const renderCors = (c: Cors): Yaml =>
  clean({
    allowOrigins: c.allowOrigins,
    allowMethods: c.allowMethods,
    allowHeaders: c.allowHeaders,
    exposeHeaders: c.exposeHeaders,
    maxAge: c.maxAge === undefined ? undefined : `${c.maxAge}s`,
    allowCredentials: c.allowCredentials,
  });

const renderHeaders = (h: HeaderChanges): Yaml =>
  clean({ request: h.request && renderOperations(h.request), response: h.response && renderOperations(h.response) });
const renderOperations = (o: HeaderOperations): Yaml => clean({ set: o.set, add: o.add, remove: o.remove });

/** The match as Istio's HTTPMatchRequest. A header holds one positive condition; several negative ones become one regex. */
export function renderMatch(m: Match): Yaml {
  const headers: Yaml = {};
  const without: Yaml = {};
  for (const [name, h] of Object.entries(m.headers ?? {})) {
    const [condition] = h.all;
    if (condition) headers[name] = renderValue(condition);
    if (h.none.length > 0) without[name] = renderValue(oneOf(h.none));
  }
  return clean({
    uri: m.path?.match,
    ignoreUriCase: m.path?.ignoreCase,
    scheme: m.scheme,
    method: m.method,
    authority: m.authority,
    headers: empty(headers) ? undefined : headers,
    withoutHeaders: empty(without) ? undefined : without,
    queryParams: m.query && Object.fromEntries(Object.entries(m.query).map(([k, v]) => [k, renderValue(v)])),
    port: m.port,
    sourceLabels: m.sourceLabels,
    sourceNamespace: m.sourceNamespace,
  });
}

const renderValue = (v: ValueMatch): StringMatch | Yaml => ('present' in v ? {} : v);
const empty = (o: Yaml) => Object.keys(o).length === 0;

/** `1500` -> `1.5s`: the shortest form that Istio's duration parser takes. */
export const milliseconds = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : ms > 1000 ? `${ms / 1000}s` : `${ms}ms`);

/** Without keys whose value is undefined. */
export function clean(o: Yaml): Yaml {
  const out: Yaml = {};
  for (const k of Object.keys(o)) if (o[k] !== undefined) out[k] = o[k];
  return out;
}
