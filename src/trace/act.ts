import type { Ref } from '../model/config';
import type { ProxyView } from '../model/proxy';
import { type ForwardAction, type HeaderChanges, NO_CHANGES, type Route, type WeightedCluster } from '../model/route';
import { joinChanges } from '../model/route-action';
import { rewrittenPath, settingFirst, upstreamHeaders } from './change-request';
import { corsOutcome } from './cors';
import { grpcTimeout, isGrpc } from './grpc';
import type { Destination, Outcome, Step } from './outcome';
import { location } from './redirect';
import type { Headers } from './request';

const cite = (by: Ref | undefined) => (by ? { by } : {});

/** A request as a route sees it. */
export interface Asked {
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  readonly method: string;
  readonly headers: Headers;
}

/** Which route it is. */
export type Named = Pick<Outcome, 'vhost' | 'routeIndex' | 'routeName' | 'config'>;

/** What a route does with a request that it takes. Steps are added to those that are there. */
export function act(proxy: ProxyView, route: Route, asked: Asked, steps: Step[], named: Named): Outcome {
  const { action } = route;
  if (action.kind === 'forward') return forwarded(proxy, route, action, asked, steps, named);
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  const kind = action.kind === 'redirect' ? ('redirect' as const) : ('directResponse' as const);
  // a delegate's answer may stand beside its root's fault
  const common = {
    ...named,
    steps,
    ...(delays(route) ? { flags: 'DI' } : {}),
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
  };
  if (aborts(route)) return { action: kind, ...common, ...aborted(route, asked, steps) };
  if (action.kind === 'redirect') {
    const { responseHeaders = {} } = answerHeaders(route.response, { location: location(route, action, asked) });
    const { location: to, ...headers } = responseHeaders;
    return {
      action: kind,
      status: action.code,
      redirect: { code: action.code, ...(to === undefined ? {} : { location: to }) },
      ...common,
      ...(Object.keys(headers).length > 0 ? { responseHeaders: headers } : {}),
    };
  }
  return {
    action: kind,
    status: action.status,
    directResponse: { status: action.status, ...(action.body ? { body: action.body } : {}) },
    ...common,
    ...answerHeaders(route.response, action.status === 201 ? { location: `${asked.scheme}://${asked.host}${asked.path}` } : {}),
  };
}

const aborts = ({ fault }: Route) => fault?.abort !== undefined && fault.abort.percent >= 100;
const delays = ({ fault }: Route) => fault?.delay !== undefined && fault.delay.percent >= 100;

/** The answer of a fault. */
function aborted(
  route: Route,
  asked: Asked,
  steps: Step[],
): Pick<Outcome, 'status' | 'flags' | 'local' | 'body' | 'responseHeaders'> {
  const { status = 200, grpc } = route.fault!.abort!;
  steps.push({
    text: grpc === undefined ? `a fault answers it with ${status}` : `a fault answers it with gRPC status ${grpc}`,
    ...cite(route.by),
  });
  const asGrpc = grpc !== undefined && isGrpc(asked.headers.get('content-type')?.[0]);
  const answer = asGrpc
    ? { responseHeaders: { 'grpc-status': String(grpc), 'grpc-message': 'fault filter abort' } }
    : { body: 'fault filter abort' };
  return { status, flags: delays(route) ? 'DI,FI' : 'FI', local: true, ...answer };
}

/** What is the same for every request that a route takes: made once. */
const bases = new WeakMap<Named, Omit<Outcome, 'steps'>>();

function baseOf(route: Route, action: ForwardAction, named: Named): Omit<Outcome, 'steps'> {
  const base = {
    action: 'route' as const,
    ...named,
    timeoutMs: action.timeoutMs,
    ...(action.retry ? { retry: action.retry } : {}),
    ...(action.mirrors.length > 0 ? { mirrors: action.mirrors } : {}),
    ...(action.hashPolicy.length > 0 ? { hashPolicy: action.hashPolicy } : {}),
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
  };
  bases.set(named, base);
  return base;
}

function forwarded(proxy: ProxyView, route: Route, action: ForwardAction, asked: Asked, steps: Step[], named: Named): Outcome {
  const base = bases.get(named) ?? baseOf(route, action, named);
  const delayed = delays(route) ? 'DI' : '';
  if (aborts(route)) {
    const answer = aborted(route, asked, steps);
    const headers = joinChanges(action.clusters[0]!.response ?? NO_CHANGES, route.response);
    return { ...base, steps, ...answer, destinations: unasked(action), ...answerHeaders(headers, answer.responseHeaders) };
  }
  const cors = route.cors ? corsOutcome(route.cors, asked.method, asked.headers) : undefined;
  if (cors?.answer) {
    steps.push({ text: 'the proxy answers the CORS preflight itself', ...cite(route.by) });
    return {
      ...base,
      steps,
      status: 200,
      local: true,
      destinations: unasked(action),
      ...(Object.keys(cors.answer).length > 0 ? { responseHeaders: cors.answer } : {}),
      ...(delayed ? { flags: delayed } : {}),
    };
  }
  const destinations = action.clusters.map((c) => destination(proxy, route, action, c, asked, cors?.headers, delayed));
  const [first] = destinations as [Destination];
  if (destinations.some((d) => d.status !== first.status)) return { ...base, status: 'mixed', destinations, steps };
  if (first.flags) return { ...base, status: first.status!, flags: first.flags, destinations, steps };
  return { ...base, status: first.status!, destinations, steps };
}

/** The destinations of a request that is answered before it gets to one. */
const unasked = (action: ForwardAction): Destination[] =>
  action.clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: NONE, by: c.by }));

const NONE: Destination['response'] = [];

function destination(
  proxy: ProxyView,
  route: Route,
  action: ForwardAction,
  to: WeightedCluster,
  asked: Asked,
  corsHeaders: Readonly<Record<string, string>> | undefined,
  delayed: string,
): Destination {
  const cluster = proxy.cluster(to.cluster);
  const failure = !cluster
    ? 'NC'
    : cluster.name === 'BlackHoleCluster' || (cluster.type === 'EDS' && cluster.endpoints.length === 0)
      ? 'UH'
      : '';
  const response = responseChanges(to.response, route.response, corsHeaders);
  const { cluster: name, weight, by } = to;
  if (failure)
    return {
      cluster: name,
      weight,
      response,
      by,
      flags: delayed ? [failure, delayed].sort().join(',') : failure,
      status: 503,
      ...(failure === 'UH' ? { body: 'no healthy upstream' } : {}),
    };
  const { method, host, headers } = asked;
  const path = rewrittenPath(route, action, asked.path);
  const authority = action.authority ?? to.authority ?? host;
  const plain: Destination = { cluster: name, weight, response, by, status: 200, method, path, host: authority };
  const limit = isGrpc(headers.get('content-type')?.[0]) ? grpcTimeout(action) : undefined;
  if (!delayed && !limit && isNone(route.request) && (!to.request || isNone(to.request))) return plain;
  const sent = upstreamHeaders(route, to, headers);
  if (limit) sent.set('grpc-timeout', [limit]);
  return { ...plain, ...(delayed ? { flags: delayed } : {}), ...changed(headers, sent) };
}

/** Headers that the upstream gets otherwise than the client sent them. */
function changed(given: Headers, sent: Headers): Pick<Destination, 'requestHeaders' | 'requestHeadersRemoved'> {
  const set: Record<string, string> = {};
  for (const [name, values] of sent)
    if (!name.startsWith(':') && given.get(name)?.join('\n') !== values.join('\n')) set[name] = values.join(', ');
  const removed = [...given.keys()].filter((name) => !sent.has(name)).sort();
  return {
    ...(Object.keys(set).length > 0 ? { requestHeaders: set } : {}),
    ...(removed.length > 0 ? { requestHeadersRemoved: removed } : {}),
  };
}

const isNone = (c: HeaderChanges) => c.add.length === 0 && c.remove.length === 0;

function responseChanges(
  destination: HeaderChanges | undefined,
  route: HeaderChanges,
  cors: Readonly<Record<string, string>> | undefined,
): Destination['response'] {
  if (!destination && !cors && isNone(route)) return NONE;
  return [
    ...changesOf(destination),
    ...changesOf(route),
    ...Object.entries(cors ?? {}).map(([name, value]) => ({ name, value, how: 'set' as const })),
  ];
}

const changesOf = (c: HeaderChanges | undefined): Destination['response'] =>
  c
    ? [
        ...c.remove.map((name) => ({ name, how: 'remove' as const })),
        ...settingFirst(c).map(({ name, value, append }) => ({ name, value, how: append ? ('add' as const) : ('set' as const) })),
      ]
    : [];

/** Headers of an answer that the proxy gives itself. */
function answerHeaders(changes: HeaderChanges, own: Record<string, string> = {}): { responseHeaders?: Record<string, string> } {
  const out = { ...own };
  for (const name of changes.remove) delete out[name];
  for (const { name, value, append } of settingFirst(changes))
    out[name] = append && out[name] !== undefined ? `${out[name]}, ${value}` : value;
  return Object.keys(out).length > 0 ? { responseHeaders: out } : {};
}
