import type { OutgoingHttpHeaders } from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { type Response, TIMEOUT_MS } from './requests';
import type { OracleRequest } from './types';

/** Sends a request in HTTP/2 on a connection. A string says why there is no answer. */
export function sendHttp2(
  socket: net.Socket,
  request: OracleRequest,
  { host, ...headers }: OutgoingHttpHeaders,
  tls: boolean,
): Promise<Response | string> {
  const since = performance.now();
  return new Promise((resolve) => {
    const session = http2.connect(`${tls ? 'https' : 'http'}://envoy`, { createConnection: () => socket });
    const end = (result: Response | string) => {
      session.destroy();
      socket.destroy();
      resolve(result);
    };
    const failed = (error: NodeJS.ErrnoException) => end(error.code ?? error.message);
    session.once('error', failed);
    session.once('close', () => end('closed'));
    const stream = session.request({
      ':method': request.method ?? 'GET',
      ':path': request.path ?? '/',
      ':authority': String(host),
      ...headers,
    });
    stream.setTimeout(TIMEOUT_MS, () => failed(new Error('timeout')));
    stream.once('error', failed);
    stream.once('response', (got) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        const pairs = Object.entries(got).flatMap(([name, value]) =>
          name.startsWith(':') ? [] : [value].flat().map((line): [string, string] => [name, String(line)]),
        );
        const ms = performance.now() - since;
        end({ ms, status: Number(got[':status']), headers: pairs, body: Buffer.concat(chunks).toString() });
      });
    });
    stream.end();
  });
}
