import type { Config, Ref } from './config';
import type { Connecting } from './connection-chains';
import { isHttp, parseProtocol } from './protocol';
import type { Service } from './service';

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

/** A gateway proxy. */
export interface GatewayProxy extends Connecting {
  /** Service ports and where the pods listen for them. */
  readonly targetPorts: ReadonlyMap<number, number>;
  /** A service of a VirtualService's own namespace goes before others of its name. */
  serviceFor(host: string, namespace: string): Service | undefined;
}

/** Whether it speaks TLS, and connections alone are told apart. */
export const isTlsServer = (s: Server) => Boolean(s.tls) && !isHttp(parseProtocol(s.protocol));
/** Whether TLS is left to whom it is for, as where no mode is said. */
export const passesThrough = (s: Server) => Boolean(s.tls) && /^(AUTO_)?PASSTHROUGH$/.test(s.tls.mode ?? 'PASSTHROUGH');
/** Whether requests are looked into. Source: pkg/config/gateway/gateway.go, IsHTTPServer. */
export const isHttpServer = (s: Server) =>
  isHttp(parseProtocol(s.protocol)) || (s.protocol.toUpperCase() === 'HTTPS' && s.tls && !passesThrough(s));

/** The servers of a Gateway, with the ports that the proxy's pods listen on. */
export function serversOf(g: Config, proxy: Pick<GatewayProxy, 'targetPorts'>): Server[] {
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
export function duplicates(
  hosts: readonly string[],
  bind: string,
  known: Map<number, Map<string, string>>,
  port: number,
): string[] {
  const seen = known.get(port) ?? new Map<string, string>();
  known.set(port, seen);
  const twice = hosts.filter((h) => seen.has(h) && seen.get(h) === bind);
  if (twice.length === 0) for (const h of hosts) seen.set(h, bind);
  return twice;
}
