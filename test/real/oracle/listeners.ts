import type { OracleRequest } from './types';
import type { Listener, Xds } from './xds';

/** Where a connection goes, as a client dials it. */
export interface Dialled {
  readonly ip: string;
  readonly port: number;
}

/** An address that no service of a mesh has. */
const ELSEWHERE = '240.0.0.1';

/** `reviews:9080` -> `reviews`. */
export function withoutPort(host: string): string {
  return host.startsWith('[') ? host.replace(/\]:\d+$/, ']') : host.replace(/:\d+$/, '');
}

/** The address that a client dials for a Host header: what DNS says with the search path of Kubernetes. */
function address(xds: Xds, request: OracleRequest): string {
  if (request.dest) return request.dest;
  const host = withoutPort(request.host).toLowerCase().replace(/\.$/, '');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host;
  const { namespace } = xds.client;
  for (const name of [host, `${host}.${namespace}.svc.cluster.local`, `${host}.svc.cluster.local`, `${host}.cluster.local`]) {
    const hits = (xds.hosts ?? []).filter((candidate) => candidate.Host === name);
    const hit = hits.find((candidate) => candidate.Namespace === namespace) ?? hits[0];
    if (hit) return hit.Address;
  }
  return ELSEWHERE;
}

/** Where a request's connection goes: it comes to the proxy with that address, as iptables and PROXY protocol leave it. */
export function dialled(xds: Xds, request: OracleRequest): Dialled {
  if (request.inbound) return { ip: xds.client.ip, port: request.port };
  if (xds.client.kind === 'gateway') return { ip: xds.client.ip, port: gatewayPort(xds, request.port) };
  const ip = address(xds, request);
  return { ip: /^\d+(\.\d+){3}$/.test(ip) && ip !== '0.0.0.0' ? ip : ELSEWHERE, port: request.port }; // a service may have none
}

/** The gateway's own port behind a port of its Service, if the mesh has that Service. */
function gatewayPort(xds: Xds, port: number): number {
  const { namespace, labels } = xds.client;
  const service = xds.services?.find((candidate) => {
    const selector = Object.entries(candidate.Selector ?? {});
    const selects = selector.length > 0 && selector.every(([key, value]) => labels?.[key] === value);
    return selects && candidate.Namespace === namespace && candidate.Ports[String(port)];
  });
  const target = service?.Ports[String(port)] ?? '';
  return /^\d+$/.test(target) ? Number(target) : port;
}

/** The listener whose port the kernel gives the connection to: iptables send a sidecar's to its two own. */
export function bound(xds: Xds, request: OracleRequest, { port }: Dialled): Listener | undefined {
  const named = (name: string) => xds.listeners?.find((listener) => listener.name === name);
  if (request.inbound) return named('virtualInbound');
  if (xds.client.kind === 'sidecar') return named('virtualOutbound');
  return xds.listeners?.find((listener) => portOf(listener) === port);
}

/** The listeners that Envoy may hand a connection on to. */
export function unbound(xds: Xds, port: number): Listener[] {
  return (xds.listeners ?? []).filter((listener) => !listener.name.startsWith('virtual') && portOf(listener) === port);
}

export function portOf(listener: Listener): number | undefined {
  return listener.address?.socket_address?.port_value;
}

export function addressOf(listener: Listener): string | undefined {
  return listener.address?.socket_address?.address;
}
