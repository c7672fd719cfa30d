/** One request, or connection, as a client sends it. */
export interface TraceRequest {
  /** HTTP method. */
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** As the Host header or `:authority` says it, maybe with a port. */
  readonly host: string;
  /** The port that is dialled. */
  readonly port: number;
  /** Lower-case names; a list for a header that is sent more than once. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The client itself speaks TLS. */
  readonly tls: boolean;
  /** The name in its TLS hello. */
  readonly sni: string | undefined;
  /** The protocols that its TLS hello offers. */
  readonly alpn: readonly string[];
  /** The address it dials. @default what the name in `host` resolves to */
  readonly dialled: string | undefined;
  /** Of the client, as a gateway or a server sees it. @default '127.0.0.1' */
  readonly sourceIp?: string;
  /** Whose certificate of the mesh is shown to a gateway that asks for one (mode ISTIO_MUTUAL). @default nobody's */
  readonly principal?: string | undefined;
  /** How a connection begins inside that mutual TLS, where the proxy that speaks it does not look into it. @default there is nothing inside */
  readonly inside?: Pick<TraceRequest, 'tls' | 'sni' | 'alpn'>;
}

/** ALPN of a sidecar's HTTP connections with mutual TLS. */
export const MTLS_ALPN: readonly string[] = ['istio-http/1.1', 'istio', 'http/1.1'];
/** The protocol of a connection in plain text. */
export const PLAIN_ALPN: readonly string[] = ['http/1.1'];

/** A GET of `/` in plain text, but for what is said. */
export const requestTo = (host: string, port: number, how: Partial<TraceRequest> = {}): TraceRequest => ({
  method: 'GET',
  path: '/',
  host,
  port,
  headers: {},
  tls: false,
  sni: undefined,
  alpn: PLAIN_ALPN,
  dialled: undefined,
  ...how,
});

/** How a client that speaks TLS itself asks for a name. */
export const helloTo = (name: string): Partial<TraceRequest> => ({ tls: true, sni: name, alpn: [] });

/** Headers as people write them, with names in lower case and a list of lines each. */
export const headerLines = (given: Readonly<Record<string, string | readonly string[]>>): TraceRequest['headers'] =>
  Object.fromEntries(Object.entries(given).map(([k, v]) => [k.toLowerCase(), (typeof v === 'object' ? v : [v]).map(String)]));

/** Header values as the proxies see them, lines apart. */
export type Headers = Map<string, string[]>;

/** Without the blanks at the ends of values, which are no part of them. */
export function headersOf(r: TraceRequest): Headers {
  const out: Headers = new Map();
  for (const name in r.headers) out.set(name.toLowerCase(), r.headers[name]!.map(trimmed));
  return out;
}

/** The lines of one header, by its lower-case name. */
export function linesOf({ headers }: TraceRequest, name: string): readonly string[] | undefined {
  const key = Object.hasOwn(headers, name) ? name : otherCase(headers, name);
  if (key === undefined) return undefined;
  const lines = headers[key]!;
  return lines.some(isBlankAtEnds) ? lines.map(trimmed) : lines;
}

function otherCase(headers: TraceRequest['headers'], name: string): string | undefined {
  for (const key in headers) if (key.length === name.length && key.toLowerCase() === name) return key;
  return undefined;
}

const isBlank = (code: number) => code === 0x20 || code === 0x09;
const isBlankAtEnds = (value: string) => isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1));
const trimmed = (value: string) => (isBlankAtEnds(value) ? value.replace(/^[ \t]+|[ \t]+$/g, '') : value);

/** `/a?b=c` -> `/a` */
export function withoutQuery(path: string): string {
  const at = path.indexOf('?');
  return at < 0 ? path : path.slice(0, at);
}
/** `/a?b=c` -> `?b=c` */
export function queryOf(path: string): string {
  const at = path.indexOf('?');
  return at < 0 ? '' : path.slice(at);
}
