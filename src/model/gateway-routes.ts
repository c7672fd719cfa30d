import { buildRoutes } from './build-routes';
import { type DestinationRules, hashOf } from './destination-rules';
import type { GatewayProxy, Server } from './gateway-servers';
import { commonHosts, hostsForNamespace } from './host';
import type { MeshConfig } from './mesh-config';
import { isCatchAll, type Omission, type Route } from './route';
import type { RouteTable, VirtualHost } from './virtual-host';
import type { VirtualService } from './virtual-service';

/** The routes of servers that share a table. Source: networking/core/gateway.go, buildGatewayHTTPRouteConfig. */
export function gatewayTable(
  name: string,
  servers: readonly Server[],
  bound: (gateway: string) => readonly VirtualService[],
  proxy: GatewayProxy,
  rules: DestinationRules,
  mesh: MeshConfig,
  omitted: Omission[],
): RouteTable {
  const hosts = new Map<string, Making>();
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
          for (const r of made.routes) known.routes.push(r);
          for (const o of made.omitted) known.omitted.push(o);
          known.requireTls ||= requireTls;
        } else
          hosts.set(h, {
            name: `${h}:${s.port}`,
            domains: [h],
            routes: [...made.routes],
            requireTls,
            omitted: [...made.omitted],
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

/** A host to which VirtualServices add their routes. */
interface Making extends Omit<VirtualHost, 'routes' | 'omitted' | 'requireTls'> {
  routes: Route[];
  omitted: Omission[];
  requireTls: boolean;
}

function redirectHost(hosts: Map<string, Making>, h: string, s: Server): void {
  const known = hosts.get(h);
  if (known) known.requireTls = true;
  else hosts.set(h, { name: `${h}:${s.port}`, domains: [h], routes: [], requireTls: true, omitted: [], hidden: [] });
}

/** Routes that take everything go last. Source: route.go, SortVHostRoutes. */
const allLast = (routes: readonly Route[]): Route[] => [...routes.filter((r) => !isCatchAll(r)), ...routes.filter(isCatchAll)];
