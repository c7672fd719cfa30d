import type { Ref } from '../model/config';
import type { ProxyView } from '../model/proxy';
import {
  type ForwardAction,
  type HeaderChanges,
  NO_CHANGES,
  type RedirectAction,
  type RespondAction,
  type Route,
} from '../model/route';
import { joinChanges } from '../model/route-action';
import type { Refused } from './admission';
import type { AskedRequest } from './asked';
import { isNone, settingFirst } from './change-request';
import { corsOutcome } from './cors';
import { deliveryTo, undelivered } from './deliver';
import { isGrpc } from './grpc';
import { type Outcome, outcomeToCopy, type Step } from './outcome';
import { location } from './redirect';

const cite = (by: Ref | undefined) => (by ? { by } : {});

/** Which route it is. */
export type Named = Pick<Outcome, 'vhost' | 'routeIndex' | 'routeName' | 'config'>;

/** What comes of a request that a route takes. Steps are added to those that are there. */
export type Act = (asked: AskedRequest, steps: Step[]) => Outcome;

/** What a route does with the requests that it takes; all that is the same for each of them is worked out here. */
export function actOf(proxy: ProxyView, route: Route, named: Named): Act {
  const act = takenBy(proxy, route, named);
  return (asked, steps) => (asked.refused ? refusedAt(route, named, asked.refused, steps) : act(asked, steps));
}

/** The answer of a filter before the routes, at a route that would have taken the request. */
function refusedAt(route: Route, named: Named, { status, body, responseHeaders = {} }: Refused, steps: Step[]): Outcome {
  const { action } = route;
  const base = {
    ...named,
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
    status,
    steps,
  };
  const answered = (changes: HeaderChanges) => asResponseHeaders(answerHeaders(changes, responseHeaders));
  if (action.kind === 'redirect')
    return { ...base, action: 'redirect', redirect: { code: status }, message: body, ...answered(NO_CHANGES) };
  if (action.kind === 'respond')
    return { ...base, action: 'directResponse', directResponse: { status: action.status, body }, ...answered(NO_CHANGES) };
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  const changes = joinChanges(action.clusters[0]!.response ?? NO_CHANGES, route.response);
  return {
    ...base,
    ...configOf(action),
    action: 'route',
    local: true,
    body,
    destinations: undelivered(action),
    ...answered(changes),
  };
}

function takenBy(proxy: ProxyView, route: Route, named: Named): Act {
  const { action } = route;
  if (action.kind === 'forward') return forwarding(proxy, route, action, named);
  if (action.kind === 'refused') throw new Error('a refused route was asked');
  const kind = action.kind === 'redirect' ? ('redirect' as const) : ('directResponse' as const);
  // a delegate's answer may stand beside its root's fault
  const base = {
    action: kind,
    ...named,
    ...(delays(route) ? { flags: 'DI' } : {}),
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
  };
  if (aborts(route)) return (asked, steps) => ({ ...base, steps, ...aborted(route, asked, steps) });
  return action.kind === 'redirect' ? redirecting(route, action, base) : responding(route, action, base);
}

function redirecting(route: Route, action: RedirectAction, base: Omit<Outcome, 'steps'>): Act {
  const { code } = action;
  const done = outcomeToCopy({ ...base, status: code, redirect: { code } });
  return (asked, steps) => {
    const to = location(route, action, asked);
    if (isNone(route.response)) return { ...done, redirect: { code, location: to }, steps };
    const { location: left, ...responseHeaders } = answerHeaders(route.response, { location: to });
    return {
      ...done,
      redirect: { code, ...(left === undefined ? {} : { location: left }) },
      ...asResponseHeaders(responseHeaders),
      steps,
    };
  };
}

function responding(route: Route, { status, body }: RespondAction, base: Omit<Outcome, 'steps'>): Act {
  const done = outcomeToCopy({
    ...base,
    status,
    directResponse: { status, ...(body ? { body } : {}) },
    ...asResponseHeaders(answerHeaders(route.response, {})),
  });
  if (status !== 201) return (_, steps) => ({ ...done, steps });
  return ({ scheme, host, path }, steps) => {
    const headers = answerHeaders(route.response, { location: `${scheme}://${host}${path}` });
    return { ...done, ...asResponseHeaders(headers), steps };
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
  const asGrpc = grpc !== undefined && isGrpc(asked.header('content-type')?.[0]);
  const answer = asGrpc
    ? { responseHeaders: { 'grpc-status': String(grpc), 'grpc-message': 'fault filter abort' } }
    : { body: 'fault filter abort' };
  return { status, flags: delays(route) ? 'DI,FI' : 'FI', local: true, ...answer };
}

/** What the route says about calls. */
const configOf = (action: ForwardAction) => ({
  timeoutMs: action.timeoutMs,
  ...(action.retry ? { retry: action.retry } : {}),
  ...(action.mirrors.length > 0 ? { mirrors: action.mirrors } : {}),
  ...(action.hashPolicy.length > 0 ? { hashPolicy: action.hashPolicy } : {}),
});

function forwarding(proxy: ProxyView, route: Route, action: ForwardAction, named: Named): Act {
  const delayed = delays(route) ? 'DI' : '';
  const base = {
    action: 'route' as const,
    ...named,
    ...configOf(action),
    ...(route.fault ? { fault: route.fault } : {}),
    ...(route.cors ? { cors: route.cors } : {}),
  };
  if (aborts(route)) {
    const headers = joinChanges(action.clusters[0]!.response ?? NO_CHANGES, route.response);
    return (asked, steps) => {
      const answer = aborted(route, asked, steps);
      const changed = asResponseHeaders(answerHeaders(headers, answer.responseHeaders ?? {}));
      return { ...base, steps, ...answer, destinations: undelivered(action), ...changed };
    };
  }
  const deliveries = action.clusters.map((to) => deliveryTo(proxy, route, action, to, delayed));
  const [first] = deliveries as [(typeof deliveries)[0]];
  const mixed = deliveries.some((d) => d.status !== first.status);
  const flags = first.flags && !mixed ? { flags: first.flags } : {};
  const done = outcomeToCopy({ ...base, status: mixed ? 'mixed' : first.status, ...flags, destinations: [] });
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
      ...asResponseHeaders(answer),
      ...(delayed ? { flags: delayed } : {}),
    };
  };
}

/** Headers of an answer that the proxy gives itself. */
function answerHeaders(changes: HeaderChanges, own: Readonly<Record<string, string>>): Record<string, string> {
  const out = { ...own };
  for (const name of changes.remove) delete out[name];
  for (const { name, value, append } of settingFirst(changes))
    out[name] = append && out[name] !== undefined ? `${out[name]}, ${value}` : value;
  return out;
}

const asResponseHeaders = (responseHeaders: Record<string, string>): Pick<Outcome, 'responseHeaders'> =>
  Object.keys(responseHeaders).length > 0 ? { responseHeaders } : {};
