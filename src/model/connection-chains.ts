import { clusterName } from './build-routes';
import { type Ref, selects } from './config';
import { type Connection, chainOf, type FilterChain } from './filter-chain';
import { hostsMeet, isWild } from './host';
import type { MeshConfig } from './mesh-config';
import { alternativesOf, type Client } from './outbound-hosts';
import { isTls } from './protocol';
import { NO_ADDRESS, type Service, type ServicePort } from './service';
import type { VirtualService } from './virtual-service';

/** A client whose connections are routed. */
export interface Connecting extends Client {
  readonly mesh: MeshConfig;
  /** A service that it knows. */
  service(host: string): Service | undefined;
}

/** The ways for connections to a service that are not looked into. Source: pilot/pkg/networking/core/tls.go. */
export function connectionChains(
  s: Service,
  port: ServicePort,
  address: string,
  cidrs: readonly string[],
  client: Connecting,
  all: readonly VirtualService[],
): FilterChain[] {
  const about = all.filter((v) => v.hosts.some((h) => hostsMeet(h, s.host)));
  const own = (serverNames: readonly string[]): FilterChain =>
    chainOf({
      serverNames,
      cidrs,
      connection: { clusters: [{ cluster: `outbound|${port.port}||${s.host}`, weight: 100, by: undefined }], by: undefined },
    });
  return isTls(port.protocol)
    ? tlsChains(s, port, address, cidrs, client, about, own)
    : tcpChains(port, cidrs, client, about, own);
}

function tlsChains(
  s: Service,
  port: ServicePort,
  address: string,
  cidrs: readonly string[],
  client: Connecting,
  about: readonly VirtualService[],
  own: (serverNames: readonly string[]) => FilterChain,
): FilterChain[] {
  const out: FilterChain[] = [];
  const handled = new Set<string>();
  let ranges = cidrs;
  for (const v of about)
    v.tls.forEach((rule, i) => {
      if (!(rule.route?.length > 0)) return;
      ((rule.match ?? []) as any[]).forEach((m, j) => {
        if (!isFor(m, client, 'mesh', port.port)) return;
        const subnets: string[] = m.destinationSubnets ?? [];
        if (subnets.length > 0) ranges = subnets; // from here on, also for matches that say none
        const key = `${m.sniHosts.join()}|${subnets.join()}`;
        if (!handled.has(key))
          out.push(
            chainOf({
              serverNames: m.sniHosts,
              cidrs: ranges,
              connection: connection(v, ['spec', 'tls', i], rule, ['match', j], port.port, client),
            }),
          );
        handled.add(key);
      });
    });
  if (out.length > 0) return out;
  const named =
    cidrs.length > 0 ||
    s.address === '' ||
    s.address.includes('/') ||
    (s.address === NO_ADDRESS && address === NO_ADDRESS) ||
    (isWild(s.host) && s.resolution === 'DynamicDNS');
  return [own(named ? [s.host, ...s.aliases.flatMap((a) => [a.host, ...alternativesOf(a.host, client, client.mesh)])] : [])];
}

function tcpChains(
  port: ServicePort,
  cidrs: readonly string[],
  client: Connecting,
  about: readonly VirtualService[],
  own: (serverNames: readonly string[]) => FilterChain,
): FilterChain[] {
  const out: FilterChain[] = [];
  for (const v of about)
    for (const [i, rule] of v.tcp.entries()) {
      if (!(rule.route?.length > 0)) continue;
      const to = (match: (string | number)[]) => connection(v, ['spec', 'tcp', i], rule, match, port.port, client);
      const matches: any[] = rule.match ?? [];
      if (matches.length === 0) return [...out, chainOf({ cidrs, connection: to([]) })];
      const subnets: string[] = [];
      for (const [j, m] of matches.entries()) {
        if (!isFor(m, client, 'mesh', port.port)) continue;
        if (!(m.destinationSubnets?.length > 0)) return [...out, chainOf({ cidrs, connection: to(['match', j]) })];
        subnets.push(...m.destinationSubnets);
      }
      if (subnets.length > 0) {
        out.push(chainOf({ cidrs: subnets, connection: to([]) }));
        if ([...subnets].sort().join() === [...cidrs].sort().join()) return out;
      }
    }
  return [...out, own([])];
}

/** All of gateways, labels, port and namespace have to be right. Source: tls.go, matchTLS and matchTCP. */
export function isFor(m: any, client: Connecting, gateway: string, port: number): boolean {
  return (
    (!(m.gateways?.length > 0) || m.gateways.includes(gateway)) &&
    selects(m.sourceLabels, client.labels) &&
    (!m.port || m.port === port) &&
    (!m.sourceNamespace || m.sourceNamespace === client.namespace)
  );
}

/** Where a rule about connections leads. Source: pilot/pkg/networking/core/networkfilter.go, buildOutboundNetworkFilters. */
export function connection(
  v: VirtualService,
  path: readonly (string | number)[],
  rule: any,
  match: readonly (string | number)[],
  port: number,
  client: Connecting,
): Connection {
  const { manifest } = v.config;
  const routes = rule.route as any[];
  const at = (i: number): Ref => ({ manifest, path: [...path, 'route', i] });
  const single = routes.length === 1;
  return {
    by: { manifest, path: [...path, ...match] },
    clusters: routes.flatMap((r, i) =>
      single || r.weight
        ? [
            {
              cluster: clusterName(r.destination, client.service(r.destination.host), port),
              weight: single ? 100 : r.weight,
              by: at(i),
            },
          ]
        : [],
    ),
  };
}
