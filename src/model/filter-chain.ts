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
  ...o,
});
