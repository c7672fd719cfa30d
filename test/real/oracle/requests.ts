import http from 'node:http';
import https from 'node:https';
import type { KeyPair } from './certificates';
import { headerPairs } from './echo';
import { WEIGHT_HEADER } from './routes';
import type { OracleRequest } from './types';

/** What came back. */
export interface Response {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** How a request is sent. */
export interface Sending {
  /** The port that Envoy listens on for it. */
  readonly port: number;
  /** The request's name in the access log. */
  readonly id: string;
  /** Where in the sum of a route's weights this request falls. */
  readonly weightAt: number;
  readonly tls: boolean;
  readonly sni: string;
  /** The caller's identity. */
  readonly identity: KeyPair | undefined;
}

const TIMEOUT_MS = 10_000;
const plain = new http.Agent({ keepAlive: false }); // a 204 with a body would poison a kept connection

/** Sends a request to Envoy; a string says why there is no answer. */
export function send(request: OracleRequest, sending: Sending): Promise<Response | string> {
  const headers: http.OutgoingHttpHeaders = {
    host: request.host,
    'x-oracle-id': sending.id,
    [WEIGHT_HEADER]: String(sending.weightAt),
  };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name] = value as string | string[];
  const options: https.RequestOptions = {
    host: '127.0.0.1',
    port: sending.port,
    method: request.method ?? 'GET',
    path: request.path ?? '/',
    headers,
    setHost: false,
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    let sent: http.ClientRequest;
    try {
      sent = sending.tls
        ? https.request({ ...options, ...tlsOptions(request, sending) })
        : http.request({ ...options, agent: plain });
    } catch (error) {
      failed(error as Error); // Node refuses to send such a method, path or header
      return;
    }
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', failed);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: headerPairs(response.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.once('timeout', () => sent.destroy(new Error('timeout')));
    sent.once('error', failed);
    sent.end();
  });
}

function tlsOptions(request: OracleRequest, { sni, identity }: Sending): https.RequestOptions {
  const alpn = request.alpn ? { ALPNProtocols: [...request.alpn] } : {};
  return { agent: false, rejectUnauthorized: false, servername: sni, ...(identity ?? {}), ...alpn } as https.RequestOptions;
}
