import { type Connecting, connectionChains } from './connection-chains';
import type { EgressListener } from './egress-listener';
import { type EndpointSources, endpointsByNumber } from './endpoints';
import { chainOf, type FilterChain, type Listener, network } from './filter-chain';
import { listenerProtocol, type Protocol } from './protocol';
import { NO_ADDRESS, type Service, type ServicePort } from './service';
import type { SidecarScope } from './sidecar-scope';

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
  sources: EndpointSources,
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
          const endpoints = endpointsByNumber(s, port.port, sources);
          if (s.registry !== 'Kubernetes' && endpoints.length === 0 && !s.selector)
            add(entries, listener, s, port, client, listener.bind);
          for (const e of endpoints)
            if (/^[\d.]+$/.test(e.address) && (e.address !== client.address || e.workload?.several))
              add(entries, listener, s, port, client, e.address);
        } else add(entries, listener, s, port, client, listener.bind);
      }
  }
  return [...entries.values()].map((e) => finished(e, scope));
}

const protocolOf = (text: string): Protocol => (text.toUpperCase() === 'HTTP' ? 'HTTP' : (text.toUpperCase() as Protocol));

/**
 * A range from 0.0.0.0 on is not written, nor does it set chains apart, though it keeps a chain from being the last resort.
 * Source: listener.go, toFilterChainMatch and conflictsWith.
 */
const written = (ranges: readonly string[]): readonly string[] => ranges.filter((r) => !r.startsWith('0.0.0.0'));

function finished(e: Entry, scope: SidecarScope): Listener {
  const all = e.chains.filter(takesAll);
  const rest = e.chains.filter((c) => !takesAll(c)).map((c) => ({ ...c, cidrs: written(c.cidrs) }));
  const last = all.at(-1);
  return {
    name: `${e.address}_${e.port}`,
    address: e.address,
    port: e.port,
    chains: last && rest.length === 0 ? [last] : rest,
    fallback: last && rest.length === 0 ? undefined : (last ?? catchAllChain(scope)),
  };
}

const takesAll = (c: FilterChain) =>
  (c.serverNames.length === 0 || c.serverNames.includes('*')) && c.alpn.length === 0 && !c.transport && c.cidrs.length === 0;

/** Where connections go that the proxy knows nothing of; what says so is its Sidecar, where it has one. */
export function catchAllChain({ registryOnly, sidecar }: Pick<SidecarScope, 'registryOnly' | 'sidecar'>): FilterChain {
  const by = sidecar && {
    manifest: sidecar.manifest,
    path: ['spec', ...(sidecar.spec.outboundTrafficPolicy ? ['outboundTrafficPolicy'] : [])],
  };
  return chainOf({
    connection: { clusters: [{ cluster: registryOnly ? 'BlackHoleCluster' : 'PassthroughCluster', weight: 100, by }], by },
  });
}

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
    chainOf({
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

/** Chains for what is there already are left out: first come, first served. Source: listener.go, mergeTCPFilterChains and conflictsWith. */
function mergeConnections(known: Entry, incoming: readonly FilterChain[]): void {
  const set = (list: readonly string[]) => [...new Set(list)].sort().join();
  const names = (c: FilterChain) => set(c.serverNames.filter((n) => n !== '*'));
  const ranges = (c: FilterChain) => set(written(c.cidrs).map(network));
  const same = (a: FilterChain, b: FilterChain) =>
    a.transport === b.transport && a.alpn.join() === b.alpn.join() && names(a) === names(b) && ranges(a) === ranges(b);
  for (const c of incoming) if (!known.chains.some((k) => same(k, c))) known.chains.push(c);
}
