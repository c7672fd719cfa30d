import { chooseInbound, inboundChains, inboundPort } from '../model/inbound';
import type { MeshModel } from '../model/mesh-model';
import { isHttp2 } from '../model/protocol';
import { sidecarFor } from '../model/sidecar-scope';
import { authorize, type Subject } from './authorize';
import { withGrpcStep } from './grpc';
import type { Outcome, Step } from './outcome';
import { asInspected, isSpoken, normalizedPath, unspoken, unusable } from './path';
import { headersOf, type TraceRequest } from './request';
import { checkTokens, HERE, type World } from './token';

/** The workload that is called. */
export interface Server {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly ports?: ReadonlyMap<string, number>;
}

/** A request as it comes to a workload: with the client's identity, where mutual TLS proves one. */
export interface InboundRequest extends TraceRequest {
  readonly principal: string | undefined;
  /** Address of the client. @default '127.0.0.1' */
  readonly sourceIp?: string;
}

/** What a workload's own sidecar does with a request: TLS or not, tokens, who may. */
export function inbound(model: MeshModel, server: Server, request: InboundRequest, world: World = HERE): Outcome {
  return withGrpcStep(request.headers, outcomeOf(model, server, request, world));
}

function outcomeOf(model: MeshModel, server: Server, request: InboundRequest, world: World): Outcome {
  const { namespace, labels } = server;
  const sidecar = sidecarFor(model.sidecars, namespace, labels, model.mesh.rootNamespace);
  const port = inboundPort({ ...server, ports: server.ports ?? new Map() }, request.port, model.services, sidecar, model.peers);
  const chain = chooseInbound(inboundChains(port), request.tls, asInspected(request).alpn);
  const mode = { text: `port ${request.port} is ${port.mode}`, ...(port.by ? { by: port.by } : {}) };
  if (!chain) {
    const why = request.tls ? 'takes no mutual TLS' : 'takes mutual TLS alone';
    return { action: 'noFilterChain', steps: [mode, { text: `the port ${why}: the connection is closed` }] };
  }
  if (chain.tls && request.principal === undefined)
    return { action: 'noFilterChain', steps: [mode, { text: 'the client shows no certificate: the connection is closed' }] };
  const domains = [model.mesh.trustDomain, ...model.mesh.trustDomainAliases];
  if (chain.tls && !domains.some((d) => request.principal!.startsWith(`${d}/`))) {
    const text = `${request.principal} is of none of the trusted domains (${domains.join(', ')}): the connection is closed`;
    return { action: 'noFilterChain', steps: [mode, { text }] };
  }
  if (request.tls && !chain.tls && chain.speaks === 'HTTP')
    return { action: 'noFilterChain', steps: [mode, { text: 'the port takes no mutual TLS: the connection is closed' }] };
  const steps: Step[] = [mode];
  const remote = request.headers['x-forwarded-for']?.at(-1)?.split(',').at(-1)?.trim();
  const subject: Subject = {
    principal: chain.tls ? request.principal : undefined,
    sourceIp: request.sourceIp ?? '127.0.0.1',
    remoteIp: remote || (request.sourceIp ?? '127.0.0.1'),
    port: request.port,
    destinationIp: server.address,
    sni: request.tls ? request.sni : undefined,
    http: undefined,
    claims: undefined,
    trustDomains: domains,
  };
  const policies = model.policies.authorizing(namespace, labels);
  if (chain.speaks === 'TCP') {
    // only HTTP says for whom it comes
    const verdict = authorize(policies, { ...subject, remoteIp: subject.sourceIp });
    if (verdict && !verdict.allowed)
      return {
        action: 'noFilterChain',
        steps: [...steps, { text: `${verdict.reason}: the connection is closed`, ...(verdict.by ? { by: verdict.by } : {}) }],
      };
    return { action: 'l4', destinations: [{ cluster: port.cluster, weight: 100, response: [], by: undefined }], steps };
  }
  return http(model, server, request, subject, policies, port, steps, world);
}

function http(
  model: MeshModel,
  { namespace, labels }: Server,
  request: InboundRequest,
  connection: Subject,
  policies: ReturnType<MeshModel['policies']['authorizing']>,
  port: ReturnType<typeof inboundPort>,
  steps: Step[],
  world: World,
): Outcome {
  if (!isSpoken(request)) return unspoken(steps);
  const normal = normalizedPath(request.path);
  if (normal === undefined) return unusable(request.path, steps);
  const headers = headersOf(request);
  const base = {
    action: 'route' as const,
    vhost: `inbound|http|${port.servicePort}`,
    routeIndex: 0,
    routeName: 'default',
    timeoutMs: 0,
    ...(isHttp2(port.protocol) && port.protocol !== 'HTTP2' ? {} : { retry: { attempts: 2, retryOn: 'reset-before-request' } }),
  };
  const bare = [{ cluster: port.cluster, weight: 100, response: [], by: undefined }];
  const token = checkTokens(model.policies.tokenRules(namespace, labels), request.method, normal, headers, world);
  if (token.refused) {
    const { status, reason, by } = token.refused;
    const scheme = connection.principal === undefined && !request.tls ? 'http' : 'https';
    return {
      ...base,
      status,
      local: true,
      destinations: bare,
      body: reason,
      responseHeaders: {
        'www-authenticate': `Bearer realm="${scheme}://${request.host}${normal.slice(0, 256)}", error="invalid_token"`,
      },
      steps: [...steps, { text: `the token is refused: ${reason}`, by }],
    };
  }
  const verdict = authorize(policies, {
    ...connection,
    claims: token.claims,
    http: { method: request.method, path: token.path, host: request.host, headers },
  });
  if (verdict) steps.push({ text: verdict.reason, ...(verdict.by ? { by: verdict.by } : {}) });
  if (verdict && !verdict.allowed)
    return { ...base, status: 403, local: true, destinations: bare, body: 'RBAC: access denied', steps };
  const sent = headersOf(request);
  const set: Record<string, string> = {};
  for (const [name, values] of headers) if (sent.get(name)?.join('\n') !== values.join('\n')) set[name] = values.join(', ');
  const removed = [...sent.keys()].filter((k) => !headers.has(k)).sort();
  return {
    ...base,
    status: 200,
    destinations: [
      {
        ...bare[0]!,
        status: 200,
        method: request.method,
        path: token.path,
        host: request.host,
        ...(Object.keys(set).length > 0 ? { requestHeaders: set } : {}),
        ...(removed.length > 0 ? { requestHeadersRemoved: removed } : {}),
      },
    ],
    steps,
  };
}
