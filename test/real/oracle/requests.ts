import http from 'node:http';
import type net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Connecting, connected } from './connect';
import { headerPairs, UPSTREAM_HEADER } from './echo';
import { sendHttp2 } from './http2';
import { WEIGHT_HEADER } from './routes';
import type { OracleRequest } from './types';

/** What came back. */
export interface Response {
  /** How long that took. */
  readonly ms: number;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** How a request is sent. */
export interface Sending extends Connecting {
  /** The request's name in the access log. */
  readonly id: string;
  /** Where in the sum of a route's weights this request falls. */
  readonly weightAt: number;
  readonly speaks: Speaks;
}

/** What a client says first. */
export type Speaks = 'HTTP/1.1' | 'HTTP/2' | 'bytes';

/** How long a client waits. */
export const TIMEOUT_MS = 10_000;

/** Sends a request to Envoy; a string says why there is no answer. */
export async function send(request: OracleRequest, sending: Sending): Promise<Response | string> {
  const headers: http.OutgoingHttpHeaders = {
    host: request.host,
    'x-oracle-id': sending.id,
    [WEIGHT_HEADER]: String(sending.weightAt),
    ...(request.upstream ? { [UPSTREAM_HEADER]: JSON.stringify(request.upstream) } : {}),
  };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name] = value as string | string[];
  const socket = await connected(sending);
  if (typeof socket === 'string') return socket;
  if (sending.speaks === 'bytes') return spoken(socket);
  if (sending.speaks === 'HTTP/2' && (!sending.tls || (socket as TLSSocket).alpnProtocol === 'h2'))
    return sendHttp2(socket, request, headers, sending.tls);
  const options: http.RequestOptions = {
    method: request.method ?? 'GET',
    path: request.path ?? '/',
    headers,
    setHost: false,
    timeout: TIMEOUT_MS,
    createConnection: () => socket, // and no agent: a 204 with a body would poison a kept connection
  };
  const since = performance.now();
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(error.code ?? error.message);
    };
    let sent: http.ClientRequest;
    try {
      sent = http.request(options);
    } catch (error) {
      failed(error as Error); // Node refuses to send such a method, path or header
      return;
    }
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', failed);
      response.once('end', () => {
        socket.destroy();
        resolve({
          ms: performance.now() - since,
          status: response.statusCode ?? 0,
          headers: headerPairs(response.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.once('timeout', () => sent.destroy(new Error('timeout')));
    sent.once('error', failed);
    sent.end();
  });
}

/** Sends bytes that are no HTTP: who speaks HTTP answers that, and closes. */
async function spoken(socket: net.Socket): Promise<Response | string> {
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
  });
  socket.write(Buffer.from([0, 1, 2, 3, 13, 10, 13, 10]));
  const why = await ended;
  const [, status, body = ''] = /^HTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n([\s\S]*)/.exec(Buffer.concat(chunks).toString()) ?? [];
  return status ? { ms: 0, status: Number(status), headers: [], body } : why;
}
