import { selects } from '../model/config';
import type { FilterChain, Listener } from '../model/filter-chain';
import type { ProxyView } from '../model/proxy';
import { NO_ADDRESS } from '../model/service';
import type { TraceRequest } from './request';
import { addressNamed } from './resolve-name';

/** Where a connection arrives at a proxy. */
export interface Arrival {
  readonly listener: Listener | undefined;
  /** None: the proxy closes the connection. */
  readonly chain: FilterChain | undefined;
  readonly address: string;
}

/** The listener that a client's connection comes to, and the chain that takes it. */
export function arrive(proxy: ProxyView, request: TraceRequest): Arrival {
  if (proxy.identity.kind === 'gateway') {
    const listenPort = gatewayPort(proxy, request.port);
    const listener = proxy.listeners.find((l) => l.port === listenPort);
    return { listener, chain: listener && chooseChain(listener, NO_ADDRESS, request), address: NO_ADDRESS };
  }
  const address = request.dialled || addressNamed(proxy.sources, proxy.identity, request.host, request.port);
  const at = (a: string) => proxy.listeners.find((l) => l.port === request.port && l.address === a);
  const listener = at(address) ?? at(NO_ADDRESS);
  return { listener, chain: listener ? chooseChain(listener, address, request) : proxy.catchAll, address };
}

/** A gateway's Service maps the port that clients see to the one that its pods listen on. */
function gatewayPort(proxy: ProxyView, port: number): number {
  const { namespace, labels } = proxy.identity;
  for (const s of proxy.sources.services) {
    if (s.registry !== 'Kubernetes' || s.namespace !== namespace || !s.selector || Object.keys(s.selector).length === 0) continue;
    if (!selects(s.selector, labels)) continue;
    const target = Number(s.targetPorts.get(port));
    if (target > 0) return target;
  }
  return port;
}

/** By the address dialled, then the name in the TLS hello, then TLS or not, then ALPN; the narrowest of each. Source: Envoy's FilterChainMatch. */
export function chooseChain(
  l: Listener,
  address: string,
  request: Pick<TraceRequest, 'tls' | 'sni' | 'alpn'>,
): FilterChain | undefined {
  let left = l.chains;
  const narrow = (has: (c: FilterChain) => boolean, score: (c: FilterChain) => number) => {
    let best = -1;
    let kept: FilterChain[] = [];
    for (const c of left) {
      const s = has(c) ? score(c) : 0;
      if (s < 0 || s < best) continue;
      if (s > best) kept = [];
      best = s;
      kept.push(c);
    }
    left = kept;
  };
  narrow(
    (c) => c.cidrs.length > 0,
    (c) => Math.max(...c.cidrs.map((r) => inRange(address, r))),
  );
  // the inspector is there where a chain asks for a name, or ends TLS; without it a hello is bytes like others
  const tls = request.tls && l.chains.some((c) => c.serverNames.length > 0 || c.terminatesTls);
  const alpn = request.tls && !tls ? [] : request.alpn;
  const sni = tls ? request.sni?.toLowerCase() : undefined; // so Envoy's TLS inspector reads it
  narrow(
    (c) => c.serverNames.length > 0,
    (c) => Math.max(...c.serverNames.map((n) => nameScore(n, sni))),
  );
  narrow(
    (c) => c.transport !== undefined,
    (c) => (c.transport === (tls ? 'tls' : 'raw_buffer') ? 1 : -1),
  );
  narrow(
    (c) => c.alpn.length > 0,
    (c) => (c.alpn.some((a) => alpn.includes(a)) ? 1 : -1),
  );
  return left[0] ?? l.fallback;
}

function nameScore(name: string, sni: string | undefined): number {
  if (!sni) return -1;
  if (name === sni) return 1000;
  return name.startsWith('*.') && sni.endsWith(name.slice(1)) ? name.length : -1;
}

/** 1 + length of the prefix; -1 outside. */
export function inRange(address: string, range: string): number {
  const [base, length] = range.split('/') as [string, string | undefined];
  const bits = length === undefined ? 32 : Number(length);
  if (base.includes(':') || address.includes(':')) return address === base ? 129 : -1;
  const number = (a: string) => a.split('.').reduce((n, part) => n * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  return bits === 0 || Math.floor(number(address) / size) === Math.floor(number(base) / size) ? 1 + bits : -1;
}
