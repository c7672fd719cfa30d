import type { UpstreamBehaviour } from './echo';

/** The proxy that a case asks about. For requests with `inbound` it is the server's own sidecar. */
export interface OracleClient {
  readonly kind: 'sidecar' | 'gateway';
  readonly name?: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  /** Its address, where no pod of the mesh says it. */
  readonly ip?: string;
  /** Where it is, as `region/zone/subzone`. */
  readonly locality?: string;
}

/** One request through that proxy. */
export interface OracleRequest {
  /** The port that is dialled: of the service; at a gateway, of its Service or else of its listener; inbound, of the workload. */
  readonly port: number;
  /** Default: GET. */
  readonly method?: string;
  /** Default: `/`. */
  readonly path?: string;
  /** The Host header. It also says which address is dialled, as DNS would, unless `dest` does. */
  readonly host: string;
  /** A list is sent as several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly tls?: boolean;
  readonly sni?: string;
  readonly alpn?: readonly string[];
  /** The address that is dialled. */
  readonly dest?: string;
  /** Ask the server's side: PeerAuthentication, AuthorizationPolicy, RequestAuthentication. */
  readonly inbound?: boolean;
  /**
   * The caller's identity (`cluster.local/ns/a/sa/b`). Inbound: sent with real mTLS; none means plain text. At a gateway: the
   * certificate that is shown to a server that asks for one; somebody's, if none is said.
   */
  readonly principal?: string;
  /** How the upstream fails. The answer then says how often it was asked, and how long all took. */
  readonly upstream?: UpstreamBehaviour;
}

/** A mesh, a proxy in it, and requests. */
export interface OracleCase {
  /** Unique in a call. */
  readonly id: string;
  /** YAML: workloads, Services and Istio's objects. Without creationTimestamp all are equally old. */
  readonly mesh: string;
  /** Text of a MeshConfig. */
  readonly meshConfig?: string;
  readonly client: OracleClient;
  /** Hosts of services whose endpoints take no connections. */
  readonly unreachable?: readonly string[];
  /** Ports of this machine where gRPC services really are, by host of the mesh: what proxies themselves ask. */
  readonly served?: Readonly<Record<string, number>>;
  readonly requests: readonly OracleRequest[];
}

/** What one possible upstream of a request got, and what came back. */
export interface Destination {
  readonly cluster: string;
  readonly weight: number;
  readonly status?: number;
  /** Envoy's response flags: NC no cluster, UH no endpoint. */
  readonly flags?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Request headers that were set or changed on the way. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly requestHeadersRemoved?: readonly string[];
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseHeadersRemoved?: readonly string[];
  readonly body?: string;
  /** Envoy chose another cluster than the route says: a mistake of the oracle itself. */
  readonly MISMATCH?: string;
}

/** What becomes of a request. */
export type Action =
  | 'route'
  | 'redirect'
  | 'directResponse'
  /** The virtual host is known, none of its routes matches: 404. */
  | 'noRoute'
  | 'noVirtualHost'
  | 'httpsRedirect'
  /** Forwarded as TCP. */
  | 'l4'
  | 'noListener'
  /** The connection is closed. */
  | 'noFilterChain'
  | 'tlsMismatch'
  | 'noRouteConfig'
  /** Envoy refuses the configuration. */
  | 'nack'
  /** Envoy itself answers, 400 for instance. */
  | 'local'
  | 'none'
  /** The request had no answer: a mistake of the oracle itself. */
  | 'error';

/** The parts of an answer that are read from the matched route. */
export interface RouteFacts {
  readonly routeName?: string;
  /** `virtual-service/shop/reviews`. */
  readonly config?: string;
  /** 0: no limit. */
  readonly timeoutMs?: number;
  /** Absent: none. */
  readonly retry?: {
    readonly attempts: number;
    readonly perTryTimeoutMs?: number;
    readonly retryOn: string;
    readonly codes?: readonly number[];
    readonly backoffMs?: number;
    readonly ignorePreviousHosts?: true;
  };
  readonly mirrors?: readonly { readonly cluster: string; readonly percent: number; readonly noShadowSuffix?: true }[];
  readonly hashPolicy?: unknown;
  readonly fault?: {
    readonly delay?: { readonly ms: number; readonly percent: number };
    readonly abort?: { readonly status?: number; readonly grpc?: number; readonly percent: number };
  };
  readonly cors?: true;
}

/** What becomes of one request: everything that istiod's configuration and Envoy say of it. */
export interface Answer extends RouteFacts {
  readonly action: Action;
  readonly reason?: string;
  readonly error?: string;
  readonly listener?: string;
  readonly routeConfig?: string;
  readonly vhost?: string;
  /** Its place in the virtual host. */
  readonly routeIndex?: number;
  /** `mixed`: it differs by destination. */
  readonly status?: number | 'mixed';
  readonly flags?: string;
  readonly details?: string;
  /** A filter answered: a fault, RBAC, JWT, CORS. */
  readonly local?: true;
  /** All that it may go to; each was really asked. */
  readonly destinations?: readonly Destination[];
  readonly redirect?: { readonly code: number; readonly location?: string };
  readonly directResponse?: { readonly status: number; readonly body?: string };
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Where the request says how the upstream behaves. */
  readonly timing?: {
    /** Attempts of the proxy. */
    readonly attempts: number;
    /** How often requests of that id came to any upstream. */
    readonly came: number;
    readonly ms: number;
  };
}

/** What CDS and EDS say of a cluster, in short. */
export interface ClusterFacts {
  readonly type: string;
  readonly endpoints?: readonly { readonly to: string; readonly mtls?: true }[];
  /** Absent: round robin. */
  readonly lb?: string;
  readonly ringHash?: unknown;
  readonly connectTimeoutMs?: number;
  readonly circuitBreaker?: Readonly<Record<string, unknown>>;
  readonly outlier?: unknown;
  readonly http?: Readonly<Record<string, unknown>>;
  readonly tls?: TlsFacts | { readonly auto: readonly ({ readonly name: string } & TlsFacts)[] };
  /** `destination-rule/shop/reviews`. */
  readonly config?: string;
}

/** How a cluster's connections are secured. */
export interface TlsFacts {
  readonly mode: 'PLAIN' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL';
  readonly sni?: string;
}

/** The answers to a case. */
export interface OracleAnswer {
  readonly id: string;
  /** In the order of the requests; undefined when `error` is set. */
  readonly expected?: readonly Answer[];
  /** Each cluster that the answers name; null: istiod sends no such cluster. */
  readonly clusters?: Readonly<Record<string, ClusterFacts | null>>;
  /** Objects that istiod's webhook would refuse; they were left out. */
  readonly invalid?: readonly string[];
  /** Why there are no answers. */
  readonly error?: string;
}
