import type { MeshModel } from '../model/mesh-model';
import { admit, admitted } from './admission';
import type { Subject } from './authorize';
import { changedHeaders } from './change-request';
import { withGrpcStep } from './grpc';
import { limitSteps } from './limited';
import type { Outcome, Step } from './outcome';
import { asInspected, isSpoken, normalizedPath, unspoken, unusable } from './path';
import { headersOf, type TraceRequest } from './request';
import { type Server, type ServerPort, ServerView } from './server-view';
import { HERE, type World } from './token';

/** A request as it comes to a workload: with the client's identity, where mutual TLS proves one. */
export interface InboundRequest extends TraceRequest {
  readonly principal: string | undefined;
}

/** What a workload's own sidecar does with a request: TLS or not, tokens, who may. */
export function inbound(model: MeshModel, server: Server, request: InboundRequest, world: World = HERE): Outcome {
  return withGrpcStep(request, outcomeOf(model, server, request, world));
}

function outcomeOf(model: MeshModel, server: Server, request: InboundRequest, world: World): Outcome {
  const view = ServerView.of(model, server);
  const port = view.port(request.port);
  const chain = port.chain(request.tls, asInspected(request).alpn);
  const mode = port.step;
  if (!chain) {
    const own = request.tls && request.principal === undefined;
    const why = own ? 'takes no TLS but that of the mesh' : request.tls ? 'takes no mutual TLS' : 'takes mutual TLS alone';
    return { action: 'noFilterChain', steps: [mode, { text: `the port ${why}: the connection is closed` }] };
  }
  if (chain.tls && request.principal === undefined)
    return { action: 'noFilterChain', steps: [mode, { text: 'the client shows no certificate: the connection is closed' }] };
  const domains = view.trustDomains;
  if (chain.tls && !domains.some((d) => request.principal!.startsWith(`${d}/`))) {
    const text = `${request.principal} is of none of the trusted domains (${domains.join(', ')}): the connection is closed`;
    return { action: 'noFilterChain', steps: [mode, { text }] };
  }
  if (request.tls && !chain.tls && chain.speaks === 'HTTP')
    return { action: 'noFilterChain', steps: [mode, { text: 'the port takes no mutual TLS: the connection is closed' }] };
  const sourceIp = request.sourceIp ?? '127.0.0.1';
  const remote = request.headers['x-forwarded-for']?.at(-1)?.split(',').at(-1)?.trim();
  const subject: Subject = {
    principal: chain.tls ? request.principal : undefined,
    sourceIp,
    // only HTTP says for whom it comes
    remoteIp: (chain.speaks === 'HTTP' && remote) || sourceIp,
    port: request.port,
    destinationIp: server.address,
    sni: request.tls && port.readsHello ? request.sni : undefined,
    http: undefined,
    claims: undefined,
    trustDomains: domains,
  };
  return chain.speaks === 'TCP' ? connection(view, port, subject) : http(view, port, request, subject, world);
}

function connection(view: ServerView, { step, cluster }: ServerPort, subject: Subject): Outcome {
  const { steps: said, closed } = admitted(view, subject);
  const steps = [step, ...said];
  if (closed) return { action: 'noFilterChain', steps };
  return { action: 'l4', destinations: [{ cluster, weight: 100, response: [], by: undefined }], steps };
}

function http(
  view: ServerView,
  { step, route, cluster }: ServerPort,
  request: InboundRequest,
  subject: Subject,
  world: World,
): Outcome {
  const { method, host, inside } = request;
  if (inside?.tls)
    return {
      action: 'noFilterChain',
      steps: [step, { text: 'the port speaks HTTP, and the client TLS: the connection is closed' }],
    };
  if (!isSpoken(inside ? { ...request, ...inside } : request)) return unspoken([step]);
  const normal = normalizedPath(request.path);
  if (normal === undefined) return unusable(request.path, [step]);
  const scheme = subject.principal === undefined && !request.tls ? 'http' : 'https';
  const filtered = admit(view, request, normal, scheme, subject, world);
  if ('status' in filtered) {
    const { steps, ...answer } = filtered;
    const unasked = [{ cluster, weight: 100, response: [], by: undefined }];
    return { ...route, ...answer, local: true, destinations: unasked, steps: [step, ...steps] };
  }
  const { path, headers } = filtered;
  const steps: Step[] = [step, ...filtered.steps];
  if (view.limits.length > 0)
    steps.push(...limitSteps(view.limits, { method, path, host, headers, principal: subject.principal, port: request.port }));
  const arrived = { cluster, weight: 100, response: [], by: undefined, status: 200, method, path, host };
  if (view.tokenRules.length === 0) return { ...route, destinations: [arrived], steps };
  const changed = changedHeaders(headersOf(request), headers);
  return { ...route, destinations: [{ ...arrived, ...changed }], steps };
}
