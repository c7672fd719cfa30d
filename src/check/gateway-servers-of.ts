import { selects } from '../model/config';
import type { Server } from '../model/gateway-servers';
import type { Service } from '../model/service';
import type { Workload } from '../model/workload';
import { backendsOf, targetPortOf } from './backends';
import type { CheckedMesh } from './checked-mesh';
import { gatewaysOf } from './gateway-bindings';

/** The servers of Gateways that pods have at a port of a service: none where they are no gateway's pods. */
export function gatewayServersAt(mesh: CheckedMesh, s: Service, port: number, w: Workload): readonly Server[] {
  const target = targetPortOf(s, port, w);
  return [...gatewaysOf(mesh).values()].flatMap(({ config, servers }) => {
    const selector: Readonly<Record<string, string>> = config.spec.selector ?? {};
    if (Object.keys(selector).length === 0 || !selects(selector, w.labels)) return [];
    return servers.filter((server) => server.port === port || server.port === target);
  });
}

/** Whether a gateway takes the mesh's mutual TLS at a port, and looks into it itself: a server of mode ISTIO_MUTUAL. */
export const takesMeshTls = (mesh: CheckedMesh, s: Service, port: number, w: Workload): boolean =>
  gatewayServersAt(mesh, s, port, w).some((server) => server.tls?.mode === 'ISTIO_MUTUAL');

/** The same of all pods behind a service. */
export function isMeshTlsGateway(mesh: CheckedMesh, s: Service, port: number): boolean {
  const pods = backendsOf(mesh, s, {});
  return pods.length > 0 && pods.every((w) => takesMeshTls(mesh, s, port, w));
}
