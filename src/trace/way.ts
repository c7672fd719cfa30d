import { objectText } from '../model/config';
import type { FilterChain } from '../model/filter-chain';
import type { ProxyView } from '../model/proxy';
import { chooseHost, type RouteTable } from '../model/virtual-host';
import { arrive } from './choose-chain';
import { HostRoutes } from './host-routes';
import type { Outcome, Step } from './outcome';
import { listenerRefusal, refusal } from './refusal';
import type { TraceRequest } from './request';

/** How far a request comes at a proxy before its path and headers are looked at. */
export type Way =
  | { readonly outcome: Outcome }
  | { readonly outcome: undefined; readonly table: RouteTable; readonly tls: boolean; readonly host: AskedHost | undefined };

/** A host of a table that a request is for. */
export interface AskedHost {
  readonly routes: HostRoutes;
  /** That the host is this one. */
  readonly step: Step;
}

/** What decides the way of a request. */
type Connection = Pick<TraceRequest, 'port' | 'host' | 'tls' | 'sni' | 'alpn' | 'dialled'>;

const same = (a: Connection, b: Connection): boolean =>
  a.port === b.port &&
  a.tls === b.tls &&
  a.sni === b.sni &&
  a.dialled === b.dialled &&
  a.alpn.length === b.alpn.length &&
  a.alpn.every((p, i) => p === b.alpn[i]);

/** The ways of a proxy that were found, by host. */
class Ways {
  private readonly byHost = new Map<string, { readonly connection: Connection; readonly way: Way }[]>();
  private count = 0;

  find(r: Connection): Way | undefined {
    for (const { connection, way } of this.byHost.get(r.host) ?? []) if (same(connection, r)) return way;
    return undefined;
  }

  keep({ port, host, tls, sni, alpn, dialled }: Connection, way: Way): void {
    if (++this.count % MOST === 0) this.byHost.clear();
    const found = { connection: { port, host, tls, sni, alpn, dialled }, way };
    const list = this.byHost.get(host);
    if (!list || list.length >= MOST_OF_HOST) this.byHost.set(host, [found]);
    else list.push(found);
  }
}
const MOST = 10_000;
const MOST_OF_HOST = 50;

const known = new WeakMap<ProxyView, Ways>();

/** The way of a request; that of the ones like it is found once. */
export function wayOf(proxy: ProxyView, request: TraceRequest): Way {
  let ways = known.get(proxy);
  if (!ways) {
    ways = new Ways();
    known.set(proxy, ways);
  }
  let way = ways.find(request);
  if (!way) {
    way = newWay(proxy, request);
    ways.keep(request, way);
  }
  return way;
}

function newWay(proxy: ProxyView, request: TraceRequest): Way {
  const { listener, chain } = arrive(proxy, request);
  const ends = (action: Outcome['action'], text: string): Way => ({ outcome: { action, steps: [{ text }] } });
  if (!listener && proxy.identity.kind === 'gateway') return ends('noListener', noListener(proxy, request.port));
  const unclear = listener && listenerRefusal(listener);
  if (unclear) return { outcome: unclear };
  if (!chain) return ends('noFilterChain', `nothing at port ${request.port} takes this connection: it is closed`);
  if (chain.connection && (request.tls || !chain.terminatesTls)) return { outcome: connectionOutcome(chain.connection) };
  if (chain.terminatesTls !== request.tls)
    return ends(
      'tlsMismatch',
      chain.terminatesTls ? 'the port speaks TLS and the client does not' : 'the client speaks TLS and the port does not',
    );
  const table = proxy.table(chain.http!);
  const nack = refusal(proxy, table);
  if (nack) return { outcome: nack };
  return { outcome: undefined, table, tls: chain.terminatesTls, host: hostOf(proxy, table, request.host) };
}

function noListener(proxy: ProxyView, port: number): string {
  const ports = [...new Set([...proxy.servers.byPort.values()].flat().map((s) => s.port))].sort((a, b) => a - b);
  return `the gateway listens on no port ${port}${ports.length > 0 ? `: its ports are ${ports.join(', ')}` : ''}`;
}

function connectionOutcome({ clusters, by }: NonNullable<FilterChain['connection']>): Outcome {
  const closed = clusters.every((c) => c.cluster === 'BlackHoleCluster');
  return {
    action: 'l4',
    destinations: clusters.map((c) => ({ cluster: c.cluster, weight: c.weight, response: [], by: c.by })),
    steps: [
      {
        text: closed
          ? 'the proxy knows nothing of the address: it closes the connection'
          : 'the connection is handed on as it is',
        ...(by ? { by } : {}),
      },
    ],
  };
}

function hostOf(proxy: ProxyView, table: RouteTable, authority: string): AskedHost | undefined {
  const host = chooseHost(table, authority);
  if (!host) return undefined;
  const { name, hidden } = host;
  const passedOver = hidden.map((h) => ({ ...h, name: objectText(h.by.manifest) }));
  return {
    routes: HostRoutes.of(proxy, host),
    step: { text: `host ${authority} is ${name}`, ...(hidden.length > 0 ? { passedOver } : {}) },
  };
}
