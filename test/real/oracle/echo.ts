import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the echo says it got. */
export interface Echo {
  readonly echo: 1;
  readonly method: string;
  readonly path: string;
  /** In lower case, in the order they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How the upstream behaves to a request, where it does not answer at once. */
export interface UpstreamBehaviour {
  /** How often it fails before it answers. */
  readonly failures: number;
  /** A status, a connection that is closed without an answer, or an answer that comes late. */
  readonly how: number | 'reset' | { readonly lateMs: number };
}

/** A request says in it how the upstream behaves. */
export const UPSTREAM_HEADER = 'x-oracle-upstream';

/** A running echo. */
export interface EchoServer {
  readonly port: number;
  /** How often requests came, by their ids. */
  readonly came: Map<string, number>;
  close(): Promise<void>;
}

/** The headers that the echo adds to its answers, so that operations on response headers can be seen. */
export const ECHO_HEADERS: Readonly<Record<string, string>> = { 'x-up': '1', 'x-up2': 'up' };

/** `rawHeaders` of a request or response as pairs. */
export function headerPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([(raw[i] as string).toLowerCase(), raw[i + 1] as string]);
  return pairs;
}

/** Starts the upstream of every cluster: it answers 200 with what it got, unless the request says otherwise. */
export async function startEcho(): Promise<EchoServer> {
  const came = new Map<string, number>();
  const server = createServer({ insecureHTTPParser: true, keepAliveTimeout: 60_000 }, (request, response) => {
    const id = String(request.headers['x-oracle-id']);
    const before = came.get(id) ?? 0;
    came.set(id, before + 1);
    request.resume();
    request.once('end', () => {
      const behaviour = behaviourOf(request.headers[UPSTREAM_HEADER]);
      const how = behaviour && before < behaviour.failures ? behaviour.how : 200;
      if (how === 'reset') request.socket.destroy();
      else if (typeof how === 'number') answer(request, response, how);
      else setTimeout(() => answer(request, response, 200), how.lateMs);
    });
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    came,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function behaviourOf(said: string | string[] | undefined): UpstreamBehaviour | undefined {
  return said === undefined ? undefined : (JSON.parse(String(said)) as UpstreamBehaviour);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number): void {
  const got: Echo = { echo: 1, method: request.method ?? '', path: request.url ?? '', headers: headerPairs(request.rawHeaders) };
  const body = JSON.stringify(got);
  response.writeHead(status, { 'content-type': 'application/json', ...ECHO_HEADERS, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
