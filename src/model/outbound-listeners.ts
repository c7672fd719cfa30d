import { clusterName } from './build-routes';
import type { Ref } from './config';
import { selects } from './config';
import { endpointsOf } from './endpoints';
import { hostsMeet, isWild } from './host';
import type { MeshConfig } from './mesh-config';
import { alternativesOf, type Client } from './outbound-hosts';
import { isTls, listenerProtocol, type Protocol } from './protocol';
import { NO_ADDRESS, type Service, type ServicePort } from './service';
import type { EgressListener, SidecarScope } from './sidecar-scope';
import type { VirtualService } from './virtual-service';
import type { Workload } from './workload';

/** Where connections go that are not looked into. */
export interface Connection {
  readonly clusters: readonly { readonly cluster: string; readonly weight: number; readonly by: Ref | undefined }[];
  readonly by: Ref | undefined;
}

/** One of a listener's ways for a connection, by what is seen of it first. */
export interface FilterChain {
  /** Names in the client's TLS hello; empty for any. */
  readonly serverNames: readonly string[];
  /** Addresses that the client dialled; empty for any. */
  readonly cidrs: readonly string[];
  readonly transport: 'tls' | 'raw_buffer' | undefined;
  readonly alpn: readonly string[];
  /** Name of the route table, or where the connection goes. */
  readonly http: string | undefined;
  readonly connection: Connection | undefined;
  /** Whether TLS ends here. */
  readonly terminatesTls: boolean;
}

/** What a proxy listens on. */
export interface Listener {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly chains: readonly FilterChain[];
  /** For connections that fit no chain; none closes them. */
  readonly fallback: FilterChain | undefined;
}

/** A client whose connections are routed. */
export interface Connecting extends Client {
  readonly mesh: MeshConfig;
  /** A service that it knows. */
  service(host: string): Service | undefined;
}

interface Entry {
  readonly address: string;
  readonly port: number;
  protocol: Protocol;
  locked: boolean;
  chains: FilterChain[];
}

const HTTP_ALPN = ['http/1.0', 'http/1.1', 'h2c'];

/** All outbound listeners of a sidecar. Source: pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners. */
export function outboundListeners(
  scope: SidecarScope,
  client: Connecting & { readonly address: string },
  workloads: readonly Workload[],
  registry: readonly Service[],
): Listener[] {
  const entries = new Map<string, Entry>();
  for (const listener of scope.listeners) {
    if (listener.port) {
      const port = { name: listener.port.name, port: listener.port.number, protocol: protocolOf(listener.port.protocol) };
      for (const s of listener.services) add(entries, listener, s, port, client, listener.bind);
      continue;
    }
    for (const e of entries.values()) e.locked = true;
    for (const s of listener.services)
      for (const port of s.ports) {
        const raw = listenerProtocol(port.protocol);
        if (!listener.bind && s.resolution === 'Passthrough' && s.address === NO_ADDRESS && raw !== 'HTTP') {
          const endpoints = endpointsOf(s, port.port, workloads, registry);
          if (s.registry !== 'Kubernetes' && endpoints.length === 0 && !s.selector)
            add(entries, listener, s, port, client, listener.bind);
          for (const e of endpoints)
            if (/^[\d.]+$/.test(e.address) && e.address !== client.address) add(entries, listener, s, port, client, e.address);
        } else add(entries, listener, s, port, client, listener.bind);
      }
  }
  return [...entries.values()].map((e) => finished(e, scope));
}

const protocolOf = (text: string): Protocol => (text.toUpperCase() === 'HTTP' ? 'HTTP' : (text.toUpperCase() as Protocol));

function finished(e: Entry, scope: SidecarScope): Listener {
  const all = e.chains.filter(takesAll);
  const rest = e.chains.filter((c) => !takesAll(c));
  const last = all.at(-1);
  return {
    name: `${e.address}_${e.port}`,
    address: e.address,
    port: e.port,
    chains: last && rest.length === 0 ? [last] : rest,
    fallback: last && rest.length === 0 ? undefined : (last ?? catchAllChain(scope.registryOnly)),
  };
}

const takesAll = (c: FilterChain) =>
  (c.serverNames.length === 0 || c.serverNames.includes('*')) && c.alpn.length === 0 && !c.transport && c.cidrs.length === 0;

/** Where connections go that nobody knows. */
export const catchAllChain = (registryOnly: boolean): FilterChain =>
  chain({
    connection: {
      clusters: [{ cluster: registryOnly ? 'BlackHoleCluster' : 'PassthroughCluster', weight: 100, by: undefined }],
      by: undefined,
    },
  });

const chain = (o: Partial<FilterChain>): FilterChain => ({
  serverNames: [],
  cidrs: [],
  transport: undefined,
  alpn: [],
  http: undefined,
  connection: undefined,
  terminatesTls: false,
  ...o,
});

/** Source: listener.go, buildSidecarOutboundListener. */
function add(
  entries: Map<string, Entry>,
  listener: EgressListener,
  s: Service,
  port: ServicePort,
  client: Connecting,
  bind: string | undefined,
): void {
  if (s.resolution === 'Alias') return;
  const kind = listenerProtocol(port.protocol);
  if (kind === 'None') return;
  let address = bind ?? '';
  let cidrs: readonly string[] = [];
  if (kind !== 'HTTP' && address === '') {
    if (s.address.includes('/')) {
      address = NO_ADDRESS;
      cidrs = [s.address];
    } else address = s.address;
  }
  address ||= NO_ADDRESS;
  const key = `${address}_${port.port}`;
  const known = entries.get(key);
  if (known?.locked) return;
  const http = (auto: boolean) =>
    chain({
      http: auto && address !== NO_ADDRESS ? `${s.host}:${port.port}` : String(port.port),
      ...(address === NO_ADDRESS || auto ? { transport: 'raw_buffer' as const, alpn: HTTP_ALPN } : {}),
    });
  const l4 = () => connectionChains(s, port, address, cidrs, client, listener.virtualServices);
  const known4 = known && listenerProtocol(known.protocol) === 'TCP';
  const knownHttp = known && listenerProtocol(known.protocol) === 'HTTP';
  let chains: FilterChain[];
  let protocol = port.protocol;
  let merges = known !== undefined;
  if (kind === 'HTTP') {
    if (known && !known4) return;
    chains = [http(false)];
    if (address === NO_ADDRESS) protocol = 'Unsupported';
  } else if (kind === 'TCP') chains = l4();
  else {
    if (known && !known4 && !knownHttp) return;
    chains = [...l4(), http(true)];
    merges = Boolean(known4);
  }
  if (!known || !merges) entries.set(key, { address, port: port.port, protocol, locked: false, chains });
  else {
    if (conflictsOnWellKnownPort(port.protocol, known.protocol)) return;
    mergeConnections(known, chains);
    if ((kind === 'HTTP' && known4) || (kind === 'TCP' && knownHttp) || (kind === 'Auto' && known4))
      known.protocol = 'Unsupported';
  }
}

/** MySQL and Mongo share a port with nobody. Source: listener.go, isConflictWithWellKnownPort. */
function conflictsOnWellKnownPort(incoming: Protocol, existing: Protocol): boolean {
  const serverFirst = (p: Protocol) => p === 'MySQL' || p === 'Mongo';
  return incoming !== existing && (serverFirst(incoming) || serverFirst(existing));
}

/** Chains for what is there already are left out: first come, first served. Source: listener.go, mergeTCPFilterChains. */
function mergeConnections(known: Entry, incoming: readonly FilterChain[]): void {
  const same = (a: FilterChain, b: FilterChain) =>
    a.transport === b.transport &&
    a.alpn.join() === b.alpn.join() &&
    [...a.serverNames]
      .filter((n) => n !== '*')
      .sort()
      .join() ===
      [...b.serverNames]
        .filter((n) => n !== '*')
        .sort()
        .join() &&
    [...a.cidrs].sort().join() === [...b.cidrs].sort().join();
  for (const c of incoming) if (!known.chains.some((k) => same(k, c))) known.chains.push(c);
}

/** A range from 0.0.0.0 on is not written. Source: listener.go, buildOutboundListener's filter chain matches. */
const written = (ranges: readonly string[]): readonly string[] => ranges.filter((r) => !r.startsWith('0.0.0.0'));

/** Source: pilot/pkg/networking/core/tls.go. */
function connectionChains(
  s: Service,
  port: ServicePort,
  address: string,
  cidrs: readonly string[],
  client: Connecting,
  all: readonly VirtualService[],
): FilterChain[] {
  const about = all.filter((v) => v.hosts.some((h) => hostsMeet(h, s.host)));
  const own = (serverNames: readonly string[]): FilterChain =>
    chain({
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
            chain({
              serverNames: m.sniHosts,
              cidrs: written(ranges),
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
      if (matches.length === 0) return [...out, chain({ cidrs, connection: to([]) })];
      const subnets: string[] = [];
      for (const [j, m] of matches.entries()) {
        if (!isFor(m, client, 'mesh', port.port)) continue;
        if (!(m.destinationSubnets?.length > 0)) return [...out, chain({ cidrs, connection: to(['match', j]) })];
        subnets.push(...m.destinationSubnets);
      }
      if (subnets.length > 0) {
        out.push(chain({ cidrs: written(subnets), connection: to([]) }));
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
