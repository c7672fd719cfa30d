import { connection } from './connection-chains';
import { chainOf, type FilterChain, type Listener } from './filter-chain';
import { duplicates, type GatewayProxy, isHttpServer, passesThrough, type Server } from './gateway-servers';
import { hostsMeet } from './host';

import { isHttp, parseProtocol } from './protocol';
import type { Omission } from './route';
import type { VirtualService } from './virtual-service';

/** What the proxy listens on. Source: networking/core/gateway.go. */
export function gatewayListeners(
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
  const ofMesh = s.tls?.mode === 'ISTIO_MUTUAL';
  if (isHttpServer(s)) return [chainOf({ serverNames: sniOf(s), http: s.routeName, terminatesTls: true, ofMesh })];
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
      return [chainOf({ serverNames: s.tls ? sniOf(s) : [], connection: to, terminatesTls: Boolean(s.tls), ofMesh })];
    }
  return [];
}

/** Source: networking/core/gateway.go, pickMatchingGatewayHosts. */
function fits(serverHost: string, host: string, namespace: string): boolean {
  const [ns, name] = serverHost.split('/') as [string, string | undefined];
  return name === undefined ? hostsMeet(serverHost, host) : ns === namespace && hostsMeet(name, host);
}
