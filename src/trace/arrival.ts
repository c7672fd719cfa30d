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

/** @param handed by a proxy that looks into requests (`route`), or into none (`l4`), or by no proxy */
export function seenBy({ endpoint, mutualTls, outcome }: Arrival, handed: 'route' | 'l4' | 'none'): Seen {
  const seen = (status: number | undefined, reason?: string, flags?: string): Seen => ({ status, flags, reason });
  /** A proxy that looks into requests answers them itself; what others handed on is closed. */
  const failed = (reason: string, flags: string) => (handed === 'route' ? seen(503, reason, flags) : seen(undefined, reason));
  if (!outcome)
    return mutualTls && endpoint.workload
      ? failed('mutual TLS is spoken to a pod that has no sidecar', 'UF')
      : seen(handed === 'l4' ? undefined : 200);
  const reason = outcome.steps.at(-1)?.text ?? '';
  if (outcome.action === 'noFilterChain') return failed(reason, 'UC');
  if (outcome.action === 'l4') return seen(undefined);
  const status = typeof outcome.status === 'number' ? outcome.status : undefined;
  return seen(status, status === 200 ? undefined : reason);
}
