import type { MeshModel } from '../model/mesh-model';
import type { Protocol } from '../model/protocol';
import { withoutPort } from '../model/virtual-host';
import type { Client } from './client';
import { serviceDialled } from './dialled';
import { portOf } from './port-of';
import { helloTo, requestTo, type TraceRequest } from './request';
import { addressNamed } from './resolve-name';

/** A request as people say it. */
export interface SaidRequest {
  /** Whom the client dials, and asks for where no header says another. */
  readonly to: string;
  readonly port?: number | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /** Lower-case names. `host` and `:authority` say for whom the request is; it still goes where `to` is. */
  readonly headers: TraceRequest['headers'];
  readonly tls: boolean;
  readonly sni?: string | undefined;
  /** What the client says that it speaks; an empty list: bytes that are no HTTP. */
  readonly alpn?: readonly string[] | undefined;
}

/** A method, or the name of a header. Source: RFC 9110, token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What HTTP/2 writes as headers and HTTP/1.1 as the first line. */
const PSEUDO: Readonly<Record<string, string>> = { ':path': 'path', ':method': 'method', ':scheme': 'scheme' };

/**
 * Throws for what no client can send as HTTP.
 */
function checkSaid({ method, path, headers }: SaidRequest): void {
  if (method !== undefined && !TOKEN.test(method)) throw new Error(`method "${method}" is none: write it as GET or POST`);
  if (path !== undefined && !path.startsWith('/')) throw new Error(`path "${path}" does not begin with "/"`);
  if (path !== undefined && /[^\x21-\x7e]/.test(path))
    throw new Error(`path "${path}" has a blank or a letter beyond ASCII: escape it, as in ${encodeURI(path)}`);
  for (const [name, lines] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new Error(`"${name}" is no name of a header: it has letters, digits and -`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (lines.some((v) => /[\x00-\x08\x0a-\x1f\x7f]/.test(v)))
      throw new Error(`header "${name}" has a line break or a control character`);
  }
}

/**
 * The request that a client sends. A header `host` is obeyed as curl obeys it: the connection is the same, and the name in
 * the TLS hello.
 * @param option how to say a port, for errors
 * @throws when the port is not clear, or a header is none
 */
export function clientRequest(model: MeshModel, client: Client, said: SaidRequest, option: string): TraceRequest {
  const { host: hosts = [], ':authority': authorities = [], ...headers } = said.headers;
  const other = [...hosts, ...authorities];
  for (const name of Object.keys(headers))
    if (name.startsWith(':'))
      throw new Error(`"${name}" is no header${PSEUDO[name] ? `: the ${PSEUDO[name]} is said apart from headers` : ''}`);
  checkSaid({ ...said, headers });
  if (other.length > 1) throw new Error(`the request is for ${other.map((h) => `"${h}"`).join(' and ')}: say one host`);
  if (other[0] === '') throw new Error('header "host" is empty: say a host, or leave it out for the one that is dialled');
  const port = said.port ?? portOf(model, said.to, client, said.tls, option);
  const dials = other[0] !== undefined && client.proxy !== 'gateway';
  return requestTo(other[0] ?? said.to, port, {
    method: said.method ?? 'GET',
    path: said.path ?? '/',
    headers,
    ...(said.tls ? helloTo(said.sni ?? withoutPort(said.to)) : { sni: said.sni }),
    ...(said.alpn ? { alpn: said.alpn } : saysNothing(said) && takesBytes(model, client, said.to, port) ? { alpn: [] } : {}),
    ...(dials ? { dialled: addressNamed(model, client, said.to, port) } : {}),
  });
}

/** Protocols that Istio is told of, and whose bytes are no HTTP. */
const BYTES: readonly Protocol[] = ['TCP', 'Mongo', 'MySQL', 'Redis'];

/** Nothing is said that only requests have: the client speaks what the port does. */
const saysNothing = ({ method, path, headers, tls }: SaidRequest) =>
  !tls && method === undefined && path === undefined && Object.keys(headers).length === 0;

function takesBytes(model: MeshModel, client: Client, to: string, port: number): boolean {
  if (client.proxy === 'gateway') return false;
  const here =
    serviceDialled(model, client, requestTo(to, port))?.ports.filter((p) => p.port === port && p.protocol !== 'UDP') ?? [];
  return here.length > 0 && here.every((p) => BYTES.includes(p.protocol));
}
