import type { OracleRequest } from './types';
import type { FilterChain, FilterChainMatch, Listener, Xds } from './xds';

/** A connection as a proxy sees it. */
export interface Connection {
  readonly ip: string;
  readonly port: number;
  readonly tls: boolean;
  readonly sni: string | undefined;
  readonly alpn: readonly string[];
}

/** `reviews:9080` -> `reviews`. */
export function withoutPort(host: string): string {
  return host.startsWith('[') ? host.replace(/\]:\d+$/, ']') : host.replace(/:\d+$/, '');
}

/** True if a prefix of addresses holds an address. */
export function contains(prefix: { address_prefix: string; prefix_len?: number }, ip: string): boolean {
  if (prefix.address_prefix.includes(':') || ip.includes(':')) return ip === prefix.address_prefix;
  const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - (prefix.prefix_len ?? 0));
  return Math.floor(number(ip) / size) === Math.floor(number(prefix.address_prefix) / size);
}

/** The address that a client dials for a Host header: what DNS says with the search path of Kubernetes. */
function dialled(xds: Xds, request: OracleRequest): string {
  if (request.dest) return request.dest;
  const host = withoutPort(request.host).toLowerCase().replace(/\.$/, '');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host;
  const { namespace } = xds.client;
  for (const name of [host, `${host}.${namespace}.svc.cluster.local`, `${host}.svc.cluster.local`, `${host}.cluster.local`]) {
    const hits = (xds.hosts ?? []).filter((candidate) => candidate.Host === name);
    const hit = hits.find((candidate) => candidate.Namespace === namespace) ?? hits[0];
    if (hit) return hit.Address || '0.0.0.0';
  }
  return '240.0.0.1'; // an address outside the mesh
}

/** The listener that a request reaches, as the kernel and Envoy find it, with the address and port it came to. */
export function listenerFor(xds: Xds, request: OracleRequest): { listener: Listener | undefined; ip: string; port: number } {
  const listeners = (xds.listeners ?? []).filter((listener) => listener.address?.socket_address);
  const named = (name: string) => listeners.find((listener) => listener.name === name);
  if (request.inbound) return { listener: named('virtualInbound'), ip: xds.client.ip, port: request.port };
  if (xds.client.kind === 'gateway') {
    const port = gatewayPort(xds, request.port);
    return {
      listener: listeners.find((listener) => listener.address?.socket_address?.port_value === port),
      ip: xds.client.ip,
      port,
    };
  }
  const ip = dialled(xds, request);
  const outbound = listeners.filter(
    (listener) => listener.traffic_direction === 'OUTBOUND' && listener.name !== 'virtualOutbound',
  );
  const at = (address: string) =>
    outbound.find(
      (listener) =>
        listener.address?.socket_address?.port_value === request.port &&
        [listener, ...(listener.additional_addresses ?? [])].some((each) => each.address?.socket_address?.address === address),
    );
  return { listener: at(ip) ?? at('0.0.0.0') ?? named('virtualOutbound'), ip, port: request.port };
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

/** How well a filter chain fits in one respect: undefined if it does not ask, negative if it does not fit. */
type Rating = (match: FilterChainMatch, connection: Connection) => number | undefined;

const yes = (fits: boolean) => (fits ? 1 : -1);

/** The respects that Envoy narrows filter chains by, in its order. */
const RATINGS: readonly Rating[] = [
  ({ destination_port }, { port }) => (destination_port ? yes(destination_port === port) : undefined),
  ({ prefix_ranges }, { ip }) =>
    prefix_ranges?.length
      ? Math.max(...prefix_ranges.map((range) => (contains(range, ip) ? 1 + (range.prefix_len ?? 0) : -1)))
      : undefined,
  ({ server_names }, { sni }) => (server_names?.length ? Math.max(...server_names.map((name) => rateSni(name, sni))) : undefined),
  ({ transport_protocol }, { tls }) =>
    transport_protocol ? yes(transport_protocol === (tls ? 'tls' : 'raw_buffer')) : undefined,
  ({ application_protocols }, { alpn }) =>
    application_protocols?.length ? yes(application_protocols.some((protocol) => alpn.includes(protocol))) : undefined,
];

function rateSni(name: string, sni: string | undefined): number {
  if (!sni) return -1;
  if (name === sni) return 1000;
  return name.startsWith('*.') && sni.endsWith(name.slice(1)) ? name.length : -1;
}

/** The filter chain that Envoy chooses for a connection. */
export function pickChain(listener: Listener, connection: Connection): FilterChain | undefined {
  let chains = listener.filter_chains ?? [];
  for (const rate of RATINGS) {
    const scored = chains.map((chain) => ({ chain, score: rate(chain.filter_chain_match ?? {}, connection) ?? 0 }));
    const best = Math.max(0, ...scored.map(({ score }) => score));
    chains = scored.filter(({ score }) => score === best).map(({ chain }) => chain);
  }
  return chains[0] ?? listener.default_filter_chain;
}
