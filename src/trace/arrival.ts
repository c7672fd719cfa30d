import { type Cluster, sniOf, takesMutualTls } from '../model/cluster';
import type { Ref } from '../model/config';
import type { Endpoint } from '../model/endpoints';
import { passesProxy } from '../model/interception';
import type { MeshModel } from '../model/mesh-model';
import type { Client } from './client';
import { inbound } from './inbound';
import type { Outcome } from './outcome';
import { MTLS_ALPN, PLAIN_ALPN, type TraceRequest } from './request';
import { ServerView } from './server-view';
import type { World } from './token';

/** A request at a workload that it arrives at. */
export interface Arrival {
  readonly cluster: string;
  readonly endpoint: Endpoint;
  readonly mutualTls: boolean;
  /** What its own sidecar does; nothing where it has none. */
  readonly outcome: Outcome | undefined;
  /** What sends connections to the port past its sidecar. */
  readonly past: Ref | undefined;
  /** Its sidecar hands mutual TLS on as it is, to an application that knows nothing of it. */
  readonly unread: boolean;
}

/** By whom a request is handed on: a proxy that looks into it, one that does not, or none at all. */
export type Handed = 'route' | 'l4' | 'none';

/** How the connection begins that comes to an endpoint. */
export interface Hello {
  readonly mutualTls: boolean;
  readonly tls: boolean;
  readonly sni: string | undefined;
  readonly alpn: readonly string[];
  /** How it begins inside of mutual TLS, where the proxy that speaks that does not look into it. @default there is nothing inside */
  readonly inside?: Pick<TraceRequest, 'tls' | 'sni' | 'alpn'>;
}

/** What a proxy says in mutual TLS of a connection that it does not look into. Source: pilot/pkg/networking/util, ALPNInMeshWithMxc. */
const MTLS_UNSEEN_ALPN = ['istio-peer-exchange', 'istio'];

/** How a request comes to an endpoint of a cluster: what the client says itself is seen where no proxy ends it, or wraps it up. */
export function helloAt(
  cluster: Cluster,
  endpoint: Endpoint,
  request: Pick<TraceRequest, 'tls' | 'sni' | 'alpn'>,
  handed: Handed,
): Hello {
  const mutualTls = takesMutualTls(cluster, endpoint);
  if (mutualTls) {
    const hello = { mutualTls, tls: true, sni: sniOf(cluster) };
    if (handed === 'route') return { ...hello, alpn: MTLS_ALPN };
    const { tls, sni, alpn } = request;
    return { ...hello, alpn: MTLS_UNSEEN_ALPN, inside: { tls, sni, alpn } };
  }
  const { tls } = cluster;
  if (tls && 'mode' in tls && (tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL'))
    return { mutualTls, tls: true, sni: tls.sni, alpn: [] };
  if (handed === 'route') return { mutualTls, tls: false, sni: undefined, alpn: PLAIN_ALPN };
  return { mutualTls, tls: request.tls, sni: request.sni, alpn: request.alpn };
}

/** What comes of a request at one endpoint of a cluster. */
export function arrivalAt(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  cluster: Cluster,
  endpoint: Endpoint,
  handed: Handed,
  world: World,
): Arrival {
  const { mutualTls, ...hello } = helloAt(cluster, endpoint, request, handed);
  const { port, workload } = endpoint;
  const past = workload?.hasSidecar ? passesProxy(workload, 'inbound', port) : undefined;
  if (!workload?.hasSidecar || past)
    return { cluster: cluster.name, endpoint, mutualTls, outcome: undefined, past, unread: false };
  const { method, path, host, headers, dialled } = request;
  const principal = mutualTls ? client.principal : undefined;
  const asked = { method, path, host, port, headers, ...hello, dialled, principal, sourceIp: client.address };
  const outcome = inbound(model, workload, asked, world);
  const unread =
    outcome.action === 'l4' && mutualTls && ServerView.of(model, workload).port(port).chain(true, hello.alpn)?.tls === false;
  return { cluster: cluster.name, endpoint, mutualTls, outcome, past, unread };
}

/** How the client sees what came of it. */
export interface Seen {
  /** HTTP status; nothing for a connection that is not looked into. */
  readonly status: number | undefined;
  readonly flags: string | undefined;
  /** In words, for what is no plain success. */
  readonly reason: string | undefined;
}

export function seenBy({ endpoint, mutualTls, outcome, past, unread }: Arrival, handed: Handed): Seen {
  const seen = (status: number | undefined, reason?: string, flags?: string): Seen => ({ status, flags, reason });
  /** A proxy that looks into requests answers them itself; what others handed on is closed. */
  const failed = (reason: string, flags: string) => (handed === 'route' ? seen(503, reason, flags) : seen(undefined, reason));
  if (!outcome)
    return mutualTls && endpoint.workload
      ? failed(`mutual TLS is spoken to a ${past ? 'port past the sidecar' : 'pod that has no sidecar'}`, 'UF')
      : seen(handed === 'l4' ? undefined : 200);
  const reason = outcome.steps.at(-1)?.text ?? '';
  if (outcome.action === 'noFilterChain') return failed(reason, 'UC');
  if (unread) return failed('the port takes no mutual TLS, and hands it on to the application', 'UF');
  if (outcome.action === 'l4') return seen(handed === 'route' ? 200 : undefined);
  const status = typeof outcome.status === 'number' ? outcome.status : undefined;
  return seen(status, status === 200 ? undefined : reason, refusedBy(outcome));
}

/** Which filter turned a request away: Envoy has details for that, and no flag. */
function refusedBy({ status, body, responseHeaders }: Outcome): string | undefined {
  if (responseHeaders?.['www-authenticate']) return 'JWT';
  return status === 403 && body === 'RBAC: access denied' ? 'RBAC' : undefined;
}
