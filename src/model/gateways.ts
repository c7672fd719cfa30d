import { byAge, type Config, selects } from './config';
import type { DestinationRules } from './destination-rules';
import type { Listener } from './filter-chain';
import { gatewayListeners } from './gateway-listeners';
import { gatewayTable } from './gateway-routes';
import { duplicates, type GatewayProxy, isHttpServer, isTlsServer, type Server, serversOf } from './gateway-servers';
import type { MeshConfig } from './mesh-config';
import { isHttp, parseProtocol } from './protocol';
import type { Omission } from './route';
import type { RouteTable } from './virtual-host';
import { exported, type VirtualService } from './virtual-service';

/** What a gateway proxy serves. */
export interface MergedGateways {
  readonly listeners: readonly Listener[];
  readonly tables: ReadonlyMap<string, RouteTable>;
  /** Servers that count for nothing, and why. */
  readonly omitted: readonly Omission[];
}

/** The servers of a proxy's Gateways, by what they share. */
export interface MergedServers {
  readonly byPort: ReadonlyMap<string, readonly Server[]>;
  readonly byRoute: ReadonlyMap<string, readonly Server[]>;
  /** Servers that count for nothing, and why. */
  readonly omitted: readonly Omission[];
}

/** Source: pilot/pkg/model/gateway.go, mergeGateways. */
export function mergeServers(gateways: readonly Config[], proxy: Pick<GatewayProxy, 'labels' | 'targetPorts'>): MergedServers {
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
  return { byPort, byRoute, omitted };
}

/** Source: pilot/pkg/networking/core/gateway.go. */
export function mergeGateways(
  gateways: readonly Config[],
  virtualServices: readonly VirtualService[],
  proxy: GatewayProxy,
  rules: DestinationRules,
  mesh: MeshConfig,
): MergedGateways {
  const { byPort, byRoute, omitted: left } = mergeServers(gateways, proxy);
  const omitted = [...left];
  const bound = (gateway: string) =>
    exported(
      virtualServices.filter((v) => v.gateways.includes(gateway)),
      proxy.namespace,
    );
  const tables = new Map<string, RouteTable>();
  for (const [name, list] of byRoute) tables.set(name, gatewayTable(name, list, bound, proxy, rules, mesh, omitted));
  return { listeners: gatewayListeners(byPort, bound, proxy, omitted), tables, omitted };
}

function push<K>(map: Map<K, Server[]>, key: K, s: Server): void {
  const list = map.get(key);
  if (list) list.push(s);
  else map.set(key, [s]);
}
