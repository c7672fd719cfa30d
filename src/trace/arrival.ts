import { type Cluster, takesMutualTls } from '../model/cluster';
import type { Endpoint } from '../model/endpoints';
import type { MeshModel } from '../model/mesh-model';
import type { Client } from './client';
import { inbound } from './inbound';
import type { Outcome } from './outcome';
import { MTLS_ALPN, PLAIN_ALPN, type TraceRequest } from './request';
import type { World } from './token';

/** A request at a workload that it arrives at. */
export interface Arrival {
  readonly cluster: string;
  readonly endpoint: Endpoint;
  readonly mutualTls: boolean;
  /** What its own sidecar does; nothing where it has none. */
  readonly outcome: Outcome | undefined;
}

/** What comes of a request at one endpoint of a cluster. */
export function arrivalAt(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  cluster: Cluster,
  endpoint: Endpoint,
  world: World,
): Arrival {
  const mutualTls = takesMutualTls(cluster, endpoint);
  const { port, workload } = endpoint;
  if (!workload?.hasSidecar) return { cluster: cluster.name, endpoint, mutualTls, outcome: undefined };
  const { method, path, host, headers, sni, dialled } = request;
  const outcome = inbound(
    model,
    workload,
    {
      method,
      path,
      host,
      port,
      headers,
      tls: mutualTls,
      sni,
      alpn: mutualTls ? MTLS_ALPN : PLAIN_ALPN,
      dialled,
      principal: mutualTls ? client.principal : undefined,
      sourceIp: client.address,
    },
    world,
  );
  return { cluster: cluster.name, endpoint, mutualTls, outcome };
}

/** How the client sees what came of it. */
export interface Seen {
  /** HTTP status; nothing for a connection that is not looked into. */
  readonly status: number | undefined;
  readonly flags: string | undefined;
  /** In words, for what is no plain success. */
  readonly reason: string | undefined;
}

/** @param http whether the client's side looks into the request, or there is none */
export function seenBy(client: Client, { endpoint, mutualTls, outcome }: Arrival, http: boolean): Seen {
  const seen = (status: number | undefined, reason?: string, flags?: string): Seen => ({ status, flags, reason });
  if (!outcome)
    return mutualTls && endpoint.workload
      ? seen(503, 'mutual TLS is spoken to a pod that has no sidecar', 'UF')
      : seen(http ? 200 : undefined);
  const reason = outcome.steps.at(-1)?.text ?? '';
  if (outcome.action === 'noFilterChain') return client.proxy === 'none' ? seen(undefined, reason) : seen(503, reason, 'UC');
  if (outcome.action === 'l4') return seen(undefined);
  const status = typeof outcome.status === 'number' ? outcome.status : undefined;
  return seen(status, status === 200 ? undefined : reason);
}
