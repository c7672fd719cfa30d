import type { Ref } from '../model/config';
import type { ProxyView } from '../model/proxy';
import { type ForwardAction, type HeaderChanges, NO_CHANGES, type RedirectAction, type Route } from '../model/route';
import { joinChanges } from '../model/route-action';
import type { AskedRequest } from './asked';
import { settingFirst } from './change-request';
import { corsOutcome } from './cors';
import { deliveryTo, undelivered } from './deliver';
import type { Outcome, Step } from './outcome';
import { location } from './redirect';

const cite = (by: Ref | undefined) => (by ? { by } : {});

/** Which route it is. */
export type Named = Pick<Outcome, 'vhost' | 'routeIndex' | 'routeName' | 'config'>;

/** What comes of a request that a route takes. Steps are added to those that are there. */
export type Act = (asked: AskedRequest, steps: Step[]) => Outcome;

/** What a route does with the requests that it takes; all that is the same for each of them is worked out here. */
export function actOf(proxy: ProxyView, route: Route, named: Named): Act {
  const { action } = route;
  if (action.kind === 'forward') return forwarding(proxy, route, action, named);
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  const kind = action.kind === 'redirect' ? ('redirect' as const) : ('directResponse' as const);
  // a delegate's answer may stand beside its root's fault
  const common = {
    ...named,
    ...(delays(route) ? { flags: 'DI' } : {}),
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
  };
  if (aborts(route)) return (asked, steps) => ({ action: kind, ...common, steps, ...aborted(route, asked, steps) });
  if (action.kind === 'redirect')
    return (asked, steps) => ({ action: kind, ...redirected(route, action, asked), ...common, steps });
  return (asked, steps) => ({
    action: kind,
    status: action.status,
    directResponse: { status: action.status, ...(action.body ? { body: action.body } : {}) },
    ...common,
    steps,
    ...answerHeaders(route.response, action.status === 201 ? { location: `${asked.scheme}://${asked.host}${asked.path}` } : {}),
  });
}

function redirected(
  route: Route,
  action: RedirectAction,
  asked: AskedRequest,
): Pick<Outcome, 'status' | 'redirect' | 'responseHeaders'> {
  const { responseHeaders = {} } = answerHeaders(route.response, { location: location(route, action, asked) });
  const { location: to, ...headers } = responseHeaders;
  return {
    status: action.code,
    redirect: { code: action.code, ...(to === undefined ? {} : { location: to }) },
    ...(Object.keys(headers).length > 0 ? { responseHeaders: headers } : {}),
  };
}

const aborts = ({ fault }: Route) => fault?.abort !== undefined && fault.abort.percent >= 100;
const delays = ({ fault }: Route) => fault?.delay !== undefined && fault.delay.percent >= 100;

/** The answer of a fault. */
function aborted(
  route: Route,
  asked: AskedRequest,
  steps: Step[],
): Pick<Outcome, 'status' | 'flags' | 'local' | 'body' | 'responseHeaders'> {
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
  const asGrpc = grpc !== undefined && isGrpc(asked);
  const answer = asGrpc ? { responseHeaders } : { body: 'fault filter abort' };
  return { status, flags: delays(route) ? 'DI,FI' : 'FI', local: true, ...answer };
}

const isGrpc = (asked: AskedRequest) => /^application\/grpc(\+|$)/.test(asked.header('content-type')?.[0] ?? '');

function forwarding(proxy: ProxyView, route: Route, action: ForwardAction, named: Named): Act {
  const delayed = delays(route) ? 'DI' : '';
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
  if (aborts(route)) {
    const headers = joinChanges(action.clusters[0]!.response ?? NO_CHANGES, route.response);
    return (asked, steps) => {
      const answer = aborted(route, asked, steps);
      const changed = answer.body ? answerHeaders(headers) : {};
      return { ...base, steps, ...answer, destinations: undelivered(action), ...changed };
    };
  }
  const deliveries = action.clusters.map((to) => deliveryTo(proxy, route, action, to, delayed));
  const [first] = deliveries as [(typeof deliveries)[0]];
  const mixed = deliveries.some((d) => d.status !== first.status);
  const flags = first.flags && !mixed ? { flags: first.flags } : {};
  const status = mixed ? ('mixed' as const) : first.status;
  // assigned field by field, and all fields: engines copy such an object at once, and others many times slower
  const done: Outcome = Object.assign({ action: 'route' as const }, base, { status, ...flags, destinations: [], steps: [] });
  const { cors } = route;
  if (!cors) return (asked, steps) => ({ ...done, destinations: deliveries.map((d) => d.deliver(asked)), steps });
  return (asked, steps) => {
    const { answer, headers } = corsOutcome(cors, asked);
    if (!answer) return { ...done, destinations: deliveries.map((d) => d.deliver(asked, headers)), steps };
    steps.push({ text: 'the proxy answers the CORS preflight itself', ...cite(route.by) });
    return {
      ...base,
      steps,
      status: 200,
      local: true,
      destinations: undelivered(action),
      ...(Object.keys(answer).length > 0 ? { responseHeaders: answer } : {}),
      ...(delayed ? { flags: delayed } : {}),
    };
  };
}

/** Headers of an answer that the proxy gives itself. */
function answerHeaders(changes: HeaderChanges, own: Record<string, string> = {}): { responseHeaders?: Record<string, string> } {
  const out = { ...own };
  for (const name of changes.remove) delete out[name];
  for (const { name, value, append } of settingFirst(changes))
    out[name] = append && out[name] !== undefined ? `${out[name]}, ${value}` : value;
  return Object.keys(out).length > 0 ? { responseHeaders: out } : {};
}
