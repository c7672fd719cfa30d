import type { ProxyView } from '../model/proxy';
import { type Admitting, admit, admitted, type Passed, type Refused } from './admission';
import type { Subject } from './authorize';
import { arrive } from './choose-chain';
import type { Outcome } from './outcome';
import type { TraceRequest } from './request';
import type { World } from './token';

/**
 * What a gateway's own policies do with what comes to it: they are asked before its routes, so that who is refused gets 403 also
 * where there is no route. Source: pilot/pkg/networking/core/listener_builder.go, buildHTTPConnectionManager (the order of filters);
 * plugin/authn (`clear_route_cache` at gateways); tried with istiod and Envoy.
 */
export class GatewayAccess implements Admitting {
  readonly policies: Admitting['policies'];
  readonly authorizers: Admitting['authorizers'];
  readonly dryRuns: Admitting['dryRuns'];
  readonly tokenRules: Admitting['tokenRules'];

  private static readonly known = new WeakMap<ProxyView, GatewayAccess>();

  /** Nothing for a sidecar, which asks no policies on the way out, and for a gateway without any. */
  static of(proxy: ProxyView): GatewayAccess | undefined {
    if (proxy.identity.kind !== 'gateway') return undefined;
    const access = GatewayAccess.known.get(proxy) ?? new GatewayAccess(proxy);
    GatewayAccess.known.set(proxy, access);
    return access.policies.length + access.dryRuns.length + access.tokenRules.length > 0 ? access : undefined;
  }

  private constructor(private readonly proxy: ProxyView) {
    const { namespace, labels } = proxy.identity;
    this.policies = proxy.sources.policies.authorizing(namespace, labels);
    this.authorizers = proxy.mesh.authorizers;
    this.dryRuns = proxy.sources.policies.dryRuns(namespace, labels);
    this.tokenRules = proxy.sources.policies.tokenRules(namespace, labels);
  }

  /** A connection that is not looked into, and that has somewhere to go: it is closed, or goes on. */
  connection(request: TraceRequest, onward: Outcome): Outcome {
    const subject = this.subject(request);
    const { steps, closed } = admitted(this, subject);
    if (closed) return { action: 'noFilterChain', steps };
    return steps.length > 0 ? { ...onward, steps: [...onward.steps, ...steps] } : onward;
  }

  /** A request, before its route is chosen. */
  request(request: TraceRequest, path: string, scheme: string, world: World): Passed | Refused {
    return admit(this, request, path, scheme, this.subject(request), world);
  }

  private subject(request: TraceRequest): Subject {
    const { listener, chain } = arrive(this.proxy, request);
    const { trustDomain, trustDomainAliases } = this.proxy.mesh;
    const address = request.sourceIp ?? '127.0.0.1';
    return {
      // other servers know nothing of the mesh's certificates
      principal: chain?.ofMesh ? request.principal : undefined,
      sourceIp: address,
      // a gateway that trusts no proxy before it believes no X-Forwarded-For
      remoteIp: address,
      port: listener?.port ?? request.port,
      destinationIp: this.proxy.identity.address ?? '',
      sni: request.tls ? request.sni : undefined,
      http: undefined,
      claims: undefined,
      trustDomains: [trustDomain, ...trustDomainAliases],
    };
  }
}
