import type { Cluster } from '../model/cluster';
import { endpointsByNumber } from '../model/endpoints';
import type { MeshModel } from '../model/mesh-model';
import { clusterAmong } from '../model/proxy';
import { isVisible, NO_ADDRESS, type Service } from '../model/service';
import type { Client } from './client';
import { kept } from './kept';
import type { TraceRequest } from './request';
import { headlessNamed, podsNamed, serviceNamed } from './resolve-name';

/** The service whose address a client dials. */
export function serviceDialled(model: MeshModel, client: Client, { dialled, host }: TraceRequest): Service | undefined {
  const at = dialled === undefined ? undefined : model.services.find((s) => s.address === dialled && dialled !== NO_ADDRESS);
  return at ?? serviceNamed(model, client.namespace, host) ?? headlessNamed(model, client.namespace, host);
}

/**
 * What a client dials whose calls no proxy takes: whatever Sidecars, `exportTo` and DestinationRules tell proxies, the name of a Service
 * leads to all of its pods, in plain text. What a ServiceEntry says is a word for those to whom it is shown; elsewhere DNS alone knows the host.
 */
export function clusterDialled(model: MeshModel, client: Client, request: TraceRequest): Cluster | undefined {
  const service = serviceDialled(model, client, request);
  if (!service || (service.registry !== 'Kubernetes' && !isVisible(service, client.namespace || 'default'))) return undefined;
  const cluster = plainClusters(model, service)(request.port);
  return cluster && { ...reached(model, client, request, cluster), tls: undefined };
}

const plainClusters = kept((model: MeshModel, service: Service) => {
  const own = { kind: 'sidecar', service: () => service, ruleFor: () => undefined } as const;
  const known = new Map<number, Cluster | undefined>();
  return (port: number) => {
    if (!known.has(port)) known.set(port, clusterAmong(model, `outbound|${port}||${service.host}`, own));
    return known.get(port);
  };
});

/**
 * A cluster as a connection meets it. One that hands connections on to where the client dialled (of a headless service, or
 * with load balancing PASSTHROUGH) leads to the pods of that service, whoever's cluster it is; a pod of a headless one is
 * dialled at the service's own port.
 */
export function reached(model: MeshModel, client: Client, request: TraceRequest, cluster: Cluster): Cluster {
  if (cluster.type !== 'ORIGINAL_DST' || !cluster.service || client.proxy === 'gateway') return cluster;
  const service = serviceDialled(model, client, request);
  if (service?.registry !== 'Kubernetes') return cluster;
  const { port, host } = request;
  const endpoints =
    service.resolution === 'Passthrough'
      ? podsNamed(model, service, host, port).map((e) => ({ ...e, port }))
      : endpointsByNumber(service, port, model);
  return { ...cluster, endpoints };
}
