import type { Cluster } from '../model/cluster';
import { type Endpoint, endpointsByNumber } from '../model/endpoints';
import type { MeshModel } from '../model/mesh-model';
import { NO_ADDRESS, type Service } from '../model/service';
import type { Client } from './client';
import type { TraceRequest } from './request';
import { serviceNamed } from './resolve-name';

/** The service whose address a client dials. */
export function serviceDialled(model: MeshModel, client: Client, { dialled, host }: TraceRequest): Service | undefined {
  const at = dialled === undefined ? undefined : model.services.find((s) => s.address === dialled && dialled !== NO_ADDRESS);
  return at ?? serviceNamed(model, client.namespace, host) ?? headless(model, client, host);
}

/** `db-0.db.shop`: a pod of a headless service. */
function headless(model: MeshModel, client: Client, host: string): Service | undefined {
  const at = host.indexOf('.');
  const service = at < 0 ? undefined : serviceNamed(model, client.namespace, host.slice(at + 1));
  return service?.resolution === 'Passthrough' && service.registry === 'Kubernetes' ? service : undefined;
}

/**
 * A cluster as a connection meets it. One that hands connections on to where the client dialled (of a headless service, or
 * with load balancing PASSTHROUGH) leads to the pods of that service, whoever's cluster it is; a pod of a headless one is
 * dialled at the service's own port.
 */
export function reached(model: MeshModel, client: Client, request: TraceRequest, cluster: Cluster): Cluster {
  if (cluster.type !== 'ORIGINAL_DST' || !cluster.service || client.proxy === 'gateway') return cluster;
  const service = serviceDialled(model, client, request);
  if (service?.registry !== 'Kubernetes') return cluster;
  const { port } = request;
  const pods = endpointsByNumber(service, port, model);
  const endpoints: Endpoint[] = service.resolution === 'Passthrough' ? pods.map((e) => ({ ...e, port })) : pods;
  return { ...cluster, endpoints };
}
