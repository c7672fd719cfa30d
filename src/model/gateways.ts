import { buildRoutes } from './build-routes';
import { byAge, type Config, type Ref, selects } from './config';
import { type DestinationRules, hashOf } from './destination-rules';
import { commonHosts, hostsForNamespace, hostsMeet } from './host';
import type { MeshConfig } from './mesh-config';
import { type Connecting, connection, type FilterChain, type Listener } from './outbound-listeners';
import { isHttp, parseProtocol } from './protocol';
import { isCatchAll, type Omission, type Route } from './route';
import type { Service } from './service';
import type { RouteTable, VirtualHost } from './virtual-host';
import { exported, type VirtualService } from './virtual-service';

/** A server of a Gateway, as a proxy takes it. */
export interface Server {
  readonly gateway: string;
  readonly by: Ref;
  /** Without `.` and `*` for namespaces. */
  readonly hosts: readonly string[];
  /** As the Gateway says it. */
  readonly port: number;
  /** What the proxy listens on: the Service's target port. */
  readonly listenPort: number;
  readonly protocol: string;
  readonly bind: string;
  readonly tls: any;
  readonly routeName: string;
}

/** What a gateway proxy serves. */
export interface MergedGateways {
  readonly listeners: readonly Listener[];
  readonly tables: ReadonlyMap<string, RouteTable>;
  /** Servers that count for nothing, and why. */
  readonly omitted: readonly Omission[];
}

/** A gateway proxy. */
export interface GatewayProxy extends Connecting {
  /** Service ports and where the pods listen for them. */
  readonly targetPorts: ReadonlyMap<number, number>;
  /** A service of a VirtualService's own namespace goes before others of its name. */
  serviceFor(host: string, namespace: string): Service | undefined;
}

const isTlsServer = (s: Server) => Boolean(s.tls) && !isHttp(parseProtocol(s.protocol));
const passesThrough = (s: Server) => s.tls?.mode === 'PASSTHROUGH' || s.tls?.mode === 'AUTO_PASSTHROUGH';
/** Whether requests are looked into. Source: pkg/config/gateway/gateway.go, IsHTTPServer. */
const isHttpServer = (s: Server) =>
  isHttp(parseProtocol(s.protocol)) || (s.protocol.toUpperCase() === 'HTTPS' && s.tls && !passesThrough(s));

/** Source: pilot/pkg/model/gateway.go, mergeGateways, and pilot/pkg/networking/core/gateway.go. */
export function mergeGateways(
  gateways: readonly Config[],
  virtualServices: readonly VirtualService[],
  proxy: GatewayProxy,
  rules: DestinationRules,
  mesh: MeshConfig,
): MergedGateways {
  const omitted: Omission[] = [];
  const servers = [...gateways]
    .sort(byAge)
    .filter((g) => !g.spec.selector || selects(g.spec.selector, proxy.labels))
    .flatMap((g) => serversOf(g, proxy));
  const byPort = new Map<string, Server[]>();
  const byRoute = new Map<string, Server[]>();
  const plain = new Map<number, Server>();
  const used = new Set<number>();
  const tlsHosts = new Map<number, Map<string, string>>();
  const leave = (s: Server, reason: string) => omitted.push({ by: s.by, reason });
  const portKey = (s: Server) => `${s.listenPort} ${s.protocol} ${s.bind}`;
  for (const s of servers) {
    if (s.tls) {
      const twice = duplicates(s.hosts, s.bind, tlsHosts, s.listenPort);
      if (twice.length > 0) {
        leave(
          s,
          `an older server on port ${s.listenPort} has host ${twice.join(', ')} already: all hosts of this server are left out`,
        );
        continue;
      }
    }
    const current = plain.get(s.listenPort);
    if (!used.has(s.listenPort) || !current) {
      const first = !used.has(s.listenPort);
      used.add(s.listenPort);
      if (!isTlsServer(s)) plain.set(s.listenPort, s);
      else if (!first && isHttpServer(s) && byRoute.has(s.routeName)) {
        leave(s, `its port name "${s.routeName.split('.')[2]}" is not unique among the HTTPS servers of its Gateway`);
        continue;
      }
      push(byPort, portKey(s), s);
      if (isHttpServer(s)) push(byRoute, s.routeName, s);
      continue;
    }
    if (current.bind !== s.bind) {
      push(byPort, portKey(s), s);
      push(byRoute, s.routeName, s);
      continue;
    }
    const [mine, theirs] = [parseProtocol(s.protocol), parseProtocol(current.protocol)];
    if (!((isHttp(mine) || mine === theirs) && isHttp(theirs))) {
      leave(s, `port ${s.listenPort} speaks ${current.protocol} for an older server`);
      continue;
    }
    push(byPort, portKey(current), s);
    push(byRoute, s.routeName, s);
  }
  const bound = (gateway: string) =>
    exported(
      virtualServices.filter((v) => v.gateways.includes(gateway)),
      proxy.namespace,
    );
  const tables = new Map<string, RouteTable>();
  for (const [name, list] of byRoute) tables.set(name, table(name, list, bound, proxy, rules, mesh, omitted));
  return { listeners: listeners(byPort, bound, proxy, omitted), tables, omitted };
}

function push<K>(map: Map<K, Server[]>, key: K, s: Server): void {
  const list = map.get(key);
  if (list) list.push(s);
  else map.set(key, [s]);
}

function serversOf(g: Config, proxy: GatewayProxy): Server[] {
  const gateway = `${g.namespace}/${g.name}`;
  return ((g.spec.servers ?? []) as any[]).flatMap((s, i) => {
    if (!s.port) return [];
    const port = Number(s.port.number);
    const listenPort = proxy.targetPorts.get(port) ?? port;
    const protocol: string = s.port.protocol ?? '';
    const server = {
      gateway,
      by: { manifest: g.manifest, path: ['spec', 'servers', i] },
      hosts: ((s.hosts ?? []) as string[]).map((h) => serverHost(h, g.namespace)),
      port,
      listenPort,
      protocol,
      bind: s.bind ?? '',
      tls: s.tls,
      routeName: '',
    };
    const bind = server.bind ? `.${server.bind}` : '';
    const routeName = isHttp(parseProtocol(protocol))
      ? `http.${listenPort}${bind}`
      : protocol.toUpperCase() === 'HTTPS' && !passesThrough(server)
        ? `https.${port}.${s.port.name}.${g.name}.${g.namespace}${bind}`
        : '';
    return [{ ...server, routeName }];
  });
}

/** Source: gateway.go, sanitizeServerHostNamespace. */
function serverHost(h: string, namespace: string): string {
  if (!h.includes('/')) return h;
  const [ns, name] = h.split('/') as [string, string];
  return ns === '.' ? `${namespace}/${name}` : ns === '*' ? name : h;
}

/** Hosts that the port has already for this address, which are then remembered. Source: gateway.go, CheckDuplicates. */
function duplicates(hosts: readonly string[], bind: string, known: Map<number, Map<string, string>>, port: number): string[] {
  const seen = known.get(port) ?? new Map<string, string>();
  known.set(port, seen);
  const twice = hosts.filter((h) => seen.has(h) && seen.get(h) === bind);
  if (twice.length === 0) for (const h of hosts) seen.set(h, bind);
  return twice;
}

/** Source: networking/core/gateway.go, buildGatewayHTTPRouteConfig. */
function table(
  name: string,
  servers: readonly Server[],
  bound: (gateway: string) => readonly VirtualService[],
  proxy: GatewayProxy,
  rules: DestinationRules,
  mesh: MeshConfig,
  omitted: Omission[],
): RouteTable {
  const hosts = new Map<string, { -readonly [K in keyof VirtualHost]: VirtualHost[K] }>();
  const built = new Map<string, ReturnType<typeof buildRoutes>>();
  for (const s of servers)
    for (const v of bound(s.gateway)) {
      const common = commonHosts(hostsForNamespace(s.hosts, v.namespace), v.hosts);
      if (common.length === 0) continue;
      const key = `${s.gateway} ${v.name}/${v.namespace}`;
      const made =
        built.get(key) ??
        buildRoutes(v, {
          labels: proxy.labels,
          namespace: proxy.namespace,
          gateway: s.gateway,
          port: s.port,
          tls: s.tls !== undefined,
          mesh,
          service: (h) => proxy.serviceFor(h, v.namespace),
          hash: (d) => {
            const service = proxy.service(d.host);
            return service && hashOf(rules.of(proxy.namespace, proxy.labels, service), d);
          },
        });
      if (made.routes.length === 0) {
        omitted.push(...made.omitted);
        continue;
      }
      built.set(key, made);
      for (const h of common.map((c) => c.toLowerCase())) {
        const known = hosts.get(h);
        const requireTls = s.tls?.httpsRedirect === true;
        if (known) {
          known.routes = [...known.routes, ...made.routes];
          known.omitted = [...known.omitted, ...made.omitted];
          known.requireTls ||= requireTls;
        } else
          hosts.set(h, {
            name: `${h}:${s.port}`,
            domains: [h],
            routes: made.routes,
            requireTls,
            omitted: made.omitted,
            hidden: [],
          });
      }
    }
  for (const s of servers) if (s.tls?.httpsRedirect) for (const h of s.hosts) redirectHost(hosts, h.toLowerCase(), s);
  for (const vh of hosts.values()) vh.routes = allLast(vh.routes);
  const list = [...hosts.values()];
  return {
    name,
    hosts:
      list.length > 0
        ? list
        : [{ name: `blackhole:${servers[0]!.port}`, domains: ['*'], routes: [], requireTls: false, omitted: [], hidden: [] }],
    unknown: 'notFound',
  };
}

function redirectHost(hosts: Map<string, { -readonly [K in keyof VirtualHost]: VirtualHost[K] }>, h: string, s: Server): void {
  const known = hosts.get(h);
  if (known) known.requireTls = true;
  else hosts.set(h, { name: `${h}:${s.port}`, domains: [h], routes: [], requireTls: true, omitted: [], hidden: [] });
}

/** Routes that take everything go last. Source: route.go, SortVHostRoutes. */
const allLast = (routes: readonly Route[]): Route[] => [...routes.filter((r) => !isCatchAll(r)), ...routes.filter(isCatchAll)];

function listeners(
  byPort: ReadonlyMap<string, readonly Server[]>,
  bound: (gateway: string) => readonly VirtualService[],
  proxy: GatewayProxy,
  omitted: Omission[],
): Listener[] {
  const out = new Map<string, { name: string; address: string; port: number; chains: FilterChain[]; fallback: undefined }>();
  const sniTaken = new Map<number, Map<string, string>>();
  for (const servers of byPort.values()) {
    const [first] = servers as [Server];
    const address = first.bind || '0.0.0.0';
    const name = `${address}_${first.listenPort}`;
    const l = out.get(name) ?? { name, address, port: first.listenPort, chains: [], fallback: undefined };
    out.set(name, l);
    if (isHttp(parseProtocol(first.protocol))) l.chains.push(chainOf({ http: first.routeName }));
    else for (const s of servers) l.chains.push(...serverChains(s, bound, proxy, sniTaken, omitted));
  }
  return [...out.values()].filter((l) => l.chains.length > 0);
}

const chainOf = (o: Partial<FilterChain>): FilterChain => ({
  serverNames: [],
  cidrs: [],
  transport: undefined,
  alpn: [],
  http: undefined,
  connection: undefined,
  terminatesTls: false,
  ...o,
});

/** Names of a server in a TLS hello; none for `*`. Source: gateway.go, GetSNIHostsForServer. */
const sniOf = (s: Server): string[] => {
  const names = [...new Set(s.hosts.map((h) => h.slice(h.indexOf('/') + 1)))];
  return names.includes('*') ? [] : names;
};

function serverChains(
  s: Server,
  bound: (gateway: string) => readonly VirtualService[],
  proxy: GatewayProxy,
  sniTaken: Map<number, Map<string, string>>,
  omitted: Omission[],
): FilterChain[] {
  if (isHttpServer(s)) return [chainOf({ serverNames: sniOf(s), http: s.routeName, terminatesTls: true })];
  const fitting = bound(s.gateway).filter((v) => v.hosts.some((h) => s.hosts.some((sh) => fits(sh, h, v.namespace))));
  if (passesThrough(s)) {
    const out: FilterChain[] = [];
    for (const v of fitting)
      v.tls.forEach((rule, i) => {
        if (!(rule.route?.length > 0)) return;
        ((rule.match ?? []) as any[]).forEach((m, j) => {
          if ((m.port && m.port !== s.port) || (m.gateways?.length > 0 && !m.gateways.includes(s.gateway))) return;
          const twice = duplicates(m.sniHosts, s.bind, sniTaken, s.listenPort);
          if (twice.length > 0)
            omitted.push({
              by: { manifest: v.config.manifest, path: ['spec', 'tls', i, 'match', j] },
              reason: `${twice.join(', ')} goes somewhere already`,
            });
          else
            out.push(
              chainOf({
                serverNames: m.sniHosts.includes('*') ? [] : m.sniHosts,
                connection: connection(v, ['spec', 'tls', i], rule, ['match', j], s.port, proxy),
              }),
            );
        });
      });
    return out;
  }
  for (const v of fitting)
    for (const [i, rule] of v.tcp.entries()) {
      const matches: any[] = rule.match ?? [];
      const met =
        matches.length === 0 ||
        matches.some((m) => (!m.port || m.port === s.port) && (!(m.gateways?.length > 0) || m.gateways.includes(s.gateway)));
      if (!met || !(rule.route?.length > 0)) continue;
      const to = connection(v, ['spec', 'tcp', i], rule, [], s.port, proxy);
      return [chainOf({ serverNames: s.tls ? sniOf(s) : [], connection: to, terminatesTls: Boolean(s.tls) })];
    }
  return [];
}

/** Source: networking/core/gateway.go, pickMatchingGatewayHosts. */
function fits(serverHost: string, host: string, namespace: string): boolean {
  const [ns, name] = serverHost.split('/') as [string, string | undefined];
  return name === undefined ? hostsMeet(serverHost, host) : ns === namespace && hostsMeet(name, host);
}
