import type { Ref } from './config';

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
  /** Whether clients have to show a certificate of the mesh: at a gateway's server of mode ISTIO_MUTUAL. */
  readonly ofMesh: boolean;
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

/** A chain for any connection, but for what is said. */
export const chainOf = (o: Partial<FilterChain>): FilterChain => ({
  serverNames: [],
  cidrs: [],
  transport: undefined,
  alpn: [],
  http: undefined,
  connection: undefined,
  terminatesTls: false,
  ofMesh: false,
  ...o,
});

/**
 * Two chains of which Envoy could not say which one takes a connection that fits both: it refuses a listener with such chains
 * as a whole; a name that one of them says twice will do. Source: Envoy's FilterChainManagerImpl.
 */
export function overlapping(chains: readonly FilterChain[]): readonly [FilterChain, FilterChain] | undefined {
  const taken = new Map<string, FilterChain>();
  const any = (list: readonly string[]) => (list.length > 0 ? list : ['']);
  for (const c of chains)
    for (const range of any(c.cidrs.map(network)))
      for (const name of any(c.serverNames))
        for (const alpn of any(c.alpn)) {
          const key = [range, name, c.transport, alpn].join(' ');
          const other = taken.get(key);
          if (other) return [other, c];
          taken.set(key, c);
        }
  return undefined;
}

/** `10.1.2.3/16` -> `10.1.0.0/16` */
export function network(range: string): string {
  const [base, length] = range.split('/') as [string, string | undefined];
  const bits = length === undefined ? 32 : Number(length);
  if (base.includes(':')) return range;
  const size = 2 ** (32 - bits);
  return `${Math.floor(base.split('.').reduce((n, part) => n * 256 + Number(part), 0) / size) * size}/${bits}`;
}
