import type { Ref } from '../model/config';
import type { ProxyView } from '../model/proxy';
import { type ForwardAction, type HeaderChanges, NO_CHANGES, type Route, type WeightedCluster } from '../model/route';
import { joinChanges } from '../model/route-action';
import { settingFirst, upstream } from './change-request';
import { corsOutcome } from './cors';
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

/** All but the steps, which are added to. */
export type Result = Omit<Outcome, 'steps'>;

/** What a route does with a request that it takes. */
export function act(proxy: ProxyView, route: Route, asked: Asked, steps: Step[]): Result {
  const { action } = route;
  const common = { ...(route.fault ? { fault: route.fault } : {}), ...(route.cors ? { cors: route.cors } : {}) };
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  if (action.kind !== 'forward') {
    // a delegate's answer may stand beside its root's fault
    const kind = action.kind === 'redirect' ? ('redirect' as const) : ('directResponse' as const);
    if (aborts(route)) return { action: kind, ...aborted(route, asked, steps), ...common };
    if (delays(route)) Object.assign(common, { flags: 'DI' });
  }
  if (action.kind === 'redirect') {
    const { responseHeaders = {} } = answerHeaders(route.response, { location: location(route, action, asked) });
    const { location: to, ...headers } = responseHeaders;
    return {
      action: 'redirect',
      status: action.code,
      redirect: { code: action.code, ...(to === undefined ? {} : { location: to }) },
      ...common,
      ...(Object.keys(headers).length > 0 ? { responseHeaders: headers } : {}),
    };
  }
  if (action.kind === 'respond')
    return {
      action: 'directResponse',
      status: action.status,
      directResponse: { status: action.status, ...(action.body ? { body: action.body } : {}) },
      ...common,
      ...answerHeaders(route.response, action.status === 201 ? { location: `${asked.scheme}://${asked.host}${asked.path}` } : {}),
    };
  return { ...forwarded(proxy, route, action, asked, steps), ...common };
}

const aborts = ({ fault }: Route) => fault?.abort !== undefined && fault.abort.percent >= 100;
const delays = ({ fault }: Route) => fault?.delay !== undefined && fault.delay.percent >= 100;

/** The answer of a fault. */
function aborted(route: Route, asked: Asked, steps: Step[]): Omit<Result, 'action'> {
  const { status = 200, grpc } = route.fault!.abort!;
  steps.push({
    text: grpc === undefined ? `a fault answers it with ${status}` : `a fault answers it with gRPC status ${grpc}`,
    ...cite(route.by),
  });
  const responseHeaders = {
    'content-type': 'application/grpc',
    'grpc-status': String(grpc),
    'grpc-message': 'fault filter abort',
  };
  const asGrpc = grpc !== undefined && isGrpc(asked.headers);
  const answer = asGrpc ? { responseHeaders } : { body: 'fault filter abort' };
  return { status, flags: delays(route) ? 'DI,FI' : 'FI', local: true, ...answer };
}

function forwarded(proxy: ProxyView, route: Route, action: ForwardAction, asked: Asked, steps: Step[]): Result {
  const base = {
    action: 'route' as const,
    timeoutMs: action.timeoutMs,
    ...(action.retry ? { retry: action.retry } : {}),
    ...(action.mirrors.length > 0 ? { mirrors: action.mirrors } : {}),
    ...(action.hashPolicy.length > 0 ? { hashPolicy: action.hashPolicy } : {}),
  };
  const delayed = delays(route) ? 'DI' : '';
  const bare = action.clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: [], by: c.by }));
  if (aborts(route)) {
    const answer = aborted(route, asked, steps);
    const headers = joinChanges(action.clusters[0]!.response ?? NO_CHANGES, route.response);
    return { ...base, ...answer, destinations: bare, ...(answer.body ? answerHeaders(headers) : {}) };
  }
  const cors = route.cors ? corsOutcome(route.cors, asked.method, asked.headers) : {};
  if (cors.answer) {
    steps.push({ text: 'the proxy answers the CORS preflight itself', ...cite(route.by) });
    return {
      ...base,
      status: 200,
      local: true,
      destinations: bare,
      ...(Object.keys(cors.answer).length > 0 ? { responseHeaders: cors.answer } : {}),
      ...(delayed ? { flags: delayed } : {}),
    };
  }
  const destinations = action.clusters.map((c) => destination(proxy, route, action, c, asked, cors.headers, delayed));
  const statuses = new Set(destinations.map((d) => d.status));
  const [first] = destinations as [Destination];
  return {
    ...base,
    status: statuses.size > 1 ? 'mixed' : first.status!,
    ...(statuses.size === 1 && first.flags ? { flags: first.flags } : {}),
    destinations,
  };
}

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
  const flags = [failure, delayed].filter(Boolean).sort().join(',');
  const response = [
    ...changesOf(to.response),
    ...changesOf(route.response),
    ...Object.entries(corsHeaders ?? {}).map(([name, value]) => ({ name, value, how: 'set' as const })),
  ];
  const end = { cluster: to.cluster, weight: to.weight, response, by: to.by, ...(flags ? { flags } : {}) };
  if (failure) return { ...end, status: 503, ...(failure === 'UH' ? { body: 'no healthy upstream' } : {}) };
  const sent = upstream(route, action, to, asked.path, asked.host, asked.headers);
  const set: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, values] of sent.headers) {
    if (name.startsWith(':')) continue;
    if (asked.headers.get(name)?.join('\n') !== values.join('\n')) set[name] = values.join(', ');
  }
  for (const name of asked.headers.keys()) if (!sent.headers.has(name)) removed.push(name);
  return {
    ...end,
    status: 200,
    method: asked.method,
    path: sent.path,
    host: sent.host,
    ...(Object.keys(set).length > 0 ? { requestHeaders: set } : {}),
    ...(removed.length > 0 ? { requestHeadersRemoved: removed.sort() } : {}),
  };
}

const isGrpc = (headers: Headers) => /^application\/grpc(\+|$)/.test(headers.get('content-type')?.[0] ?? '');

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
