import type { Ref } from '../model/config';
import { endpointsByNumber } from '../model/endpoints';
import type { MeshModel } from '../model/mesh-model';
import type { Service } from '../model/service';
import type { Arrival } from './arrival';
import type { Client } from './client';
import { serviceDialled } from './dialled';
import { type Ending, nobodyBehind } from './ending';
import { ONE } from './fraction';
import type { TraceRequest } from './request';

/** A port that takes datagrams alone, and what says so. */
export interface DatagramPort {
  readonly service: Service;
  readonly by: Ref;
}

/** The port that a client's datagrams are for; nothing where the port takes connections, too. */
export function datagramPort(model: MeshModel, client: Client, request: TraceRequest): DatagramPort | undefined {
  if (client.proxy === 'gateway') return undefined;
  const service = serviceDialled(model, client, request);
  const here = (service?.ports ?? []).flatMap((p, i) => (p.port === request.port ? [{ ...p, i }] : []));
  const [first] = here;
  if (!service || !first || here.some((p) => p.protocol !== 'UDP')) return undefined;
  return { service, by: { manifest: service.config.manifest, path: ['spec', 'ports', first.i] } };
}

/**
 * Where datagrams end: proxies are given TCP alone, so Kubernetes takes them to a pod, or DNS to where the host is, as if
 * there were no mesh. Source: tools/istio-iptables/pkg/capture/run.go; listeners leave out UDP (networking.go).
 */
export function datagramEndings(model: MeshModel, request: TraceRequest, { service, by }: DatagramPort) {
  const { port } = request;
  const arrivals = endpointsByNumber(service, port, model).map(
    (endpoint): Arrival => ({
      cluster: `outbound|${port}||${service.host}`,
      endpoint,
      mutualTls: false,
      outcome: undefined,
      past: by,
      unread: false,
    }),
  );
  const outside = service.registry !== 'Kubernetes';
  const where = [
    ...new Set(
      arrivals.map(({ endpoint: { workload: w, address } }) =>
        w ? `${w.namespace}/${w.config.name}` : outside ? `${request.host}, outside the mesh` : `${address}:${port}`,
      ),
    ),
  ].join(', ');
  const ending: Ending = {
    share: ONE,
    status: undefined,
    flags: undefined,
    where: where || (outside ? `${request.host}, outside the mesh` : request.host),
    subset: undefined,
    reason: where || outside ? undefined : nobodyBehind(`outbound|${port}||${service.host}`, request),
    maybe: false,
  };
  return { arrivals, endings: [ending] };
}
