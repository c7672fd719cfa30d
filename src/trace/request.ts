/** One request, or connection, as a client sends it. */
export interface TraceRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** As the Host header or `:authority` says it, maybe with a port. */
  readonly host: string;
  readonly port: number;
  /** Lower-case names; a list for a header that is sent more than once. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The client itself speaks TLS. */
  readonly tls: boolean;
  /** The name in its TLS hello. */
  readonly sni: string | undefined;
  readonly alpn: readonly string[];
  /** The address it dials. @default what the name in `host` resolves to */
  readonly dialled: string | undefined;
}

/** Header values as the proxies see them, lines apart. */
export type Headers = Map<string, string[]>;

export const headersOf = (r: TraceRequest): Headers =>
  new Map(Object.entries(r.headers).map(([k, v]) => [k.toLowerCase(), v.map((x) => x.replace(/^[ \t]+|[ \t]+$/g, ''))]));

/** `/a?b=c` -> `/a` */
export const withoutQuery = (path: string): string => (path.includes('?') ? path.slice(0, path.indexOf('?')) : path);
/** `/a?b=c` -> `?b=c` */
export const queryOf = (path: string): string => (path.includes('?') ? path.slice(path.indexOf('?')) : '');
