import type { Ref } from '../model/config';
import type { Authorization } from '../model/policies';
import type { ProxyView } from '../model/proxy';
import { authorize, type Subject } from './authorize';
import { arrive } from './choose-chain';
import type { Step } from './outcome';
import { type Headers, headersOf, type TraceRequest } from './request';
import { checkTokens, type World } from './token';

/** What the filters before the routes leave of a request. */
export interface Passed {
  readonly path: string;
  readonly headers: Headers;
  /** Of a token that was found valid: the route is then chosen anew, by what the filter left. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

/** An answer before any route's: of the filter for tokens, or of the one for policies. */
export interface Refused {
  readonly status: number;
  readonly body: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly step: Step;
}

/**
 * What a gateway's own policies do with what comes to it: they are asked before its routes, so that who is refused gets 403 also
 * where there is no route. Source: pilot/pkg/networking/core/listener_builder.go, buildHTTPConnectionManager (the order of filters);
 * plugin/authn (`clear_route_cache` at gateways); tried with istiod and Envoy.
 */
export class GatewayAccess {
  private readonly policies: readonly Authorization[];
  private readonly tokenRules: readonly { readonly rule: any; readonly by: Ref }[];

  private static readonly known = new WeakMap<ProxyView, GatewayAccess>();

  /** Nothing for a sidecar, which asks no policies on the way out, and for a gateway without any. */
  static of(proxy: ProxyView): GatewayAccess | undefined {
    if (proxy.identity.kind !== 'gateway') return undefined;
    const access = GatewayAccess.known.get(proxy) ?? new GatewayAccess(proxy);
    GatewayAccess.known.set(proxy, access);
    return access.policies.length + access.tokenRules.length > 0 ? access : undefined;
  }

  private constructor(private readonly proxy: ProxyView) {
    const { namespace, labels } = proxy.identity;
    this.policies = proxy.sources.policies.authorizing(namespace, labels);
    this.tokenRules = proxy.sources.policies.tokenRules(namespace, labels);
  }

  /** A connection that is not looked into: that it is closed, where it is. */
  connection(request: TraceRequest): Step | undefined {
    const verdict = authorize(this.policies, this.subject(request));
    return verdict && !verdict.allowed
      ? { text: `${verdict.reason}: the connection is closed`, ...(verdict.by ? { by: verdict.by } : {}) }
      : undefined;
  }

  /** A request. Steps are added to those that are there. */
  request(request: TraceRequest, path: string, scheme: string, steps: Step[], world: World): Passed | Refused {
    const { method, host } = request;
    const headers = headersOf(request);
    const token = checkTokens(this.tokenRules, method, path, headers, world);
    if (token.refused) {
      const { status, reason, by } = token.refused;
      const realm = `${scheme}://${host}${path.slice(0, 256)}`;
      return {
        status,
        body: reason,
        responseHeaders: { 'www-authenticate': `Bearer realm="${realm}", error="invalid_token"` },
        step: { text: `the token is refused: ${reason}`, by },
      };
    }
    const { claims } = token;
    const subject = { ...this.subject(request), claims, http: { method, path: token.path, host, headers } };
    const verdict = authorize(this.policies, subject);
    const step = verdict && { text: verdict.reason, ...(verdict.by ? { by: verdict.by } : {}) };
    if (step && !verdict.allowed) return { status: 403, body: 'RBAC: access denied', step };
    if (step) steps.push(step);
    return { path: token.path, headers, claims };
  }

  private subject(request: TraceRequest): Subject {
    const { listener } = arrive(this.proxy, request);
    const { trustDomain, trustDomainAliases } = this.proxy.mesh;
    const address = request.sourceIp ?? '127.0.0.1';
    return {
      // clients of a gateway show no certificate of the mesh's
      principal: undefined,
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
