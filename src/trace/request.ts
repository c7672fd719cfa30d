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

/** Without the blanks at the ends of values, which are no part of them. */
export function headersOf(r: TraceRequest): Headers {
  const out: Headers = new Map();
  for (const name in r.headers) out.set(name.toLowerCase(), r.headers[name]!.map(trimmed));
  return out;
}

const trimmed = (value: string) => (/^[ \t]|[ \t]$/.test(value) ? value.replace(/^[ \t]+|[ \t]+$/g, '') : value);

/** `/a?b=c` -> `/a` */
export const withoutQuery = (path: string): string => (path.includes('?') ? path.slice(0, path.indexOf('?')) : path);
/** `/a?b=c` -> `?b=c` */
export const queryOf = (path: string): string => (path.includes('?') ? path.slice(path.indexOf('?')) : '');
