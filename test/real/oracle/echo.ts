import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the echo says it got. */
export interface Echo {
  readonly echo: 1;
  readonly method: string;
  readonly path: string;
  /** In lower case, in the order they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A running echo. */
export interface EchoServer {
  readonly port: number;
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

/** Starts the upstream of every cluster: it answers 200 with what it got. */
export async function startEcho(): Promise<EchoServer> {
  const server = createServer({ insecureHTTPParser: true, keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    request.once('end', () => {
      const got: Echo = {
        echo: 1,
        method: request.method ?? '',
        path: request.url ?? '',
        headers: headerPairs(request.rawHeaders),
      };
      const body = JSON.stringify(got);
      response.writeHead(200, { 'content-type': 'application/json', ...ECHO_HEADERS, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
