import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Credentials } from './kubeconfig';

/** One request to the API server. */
export interface Call {
  /** HTTP method. */
  readonly method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE';
  /** `/apis/networking.istio.io/v1/namespaces/shop/virtualservices/web` */
  readonly path: string;
  /** What follows the path; what is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the body is. @default 'application/json' */
  readonly contentType?: string;
  /** What the answer is to be. @default 'application/json' */
  readonly accept?: string;
  /** What it is about, for errors: `VirtualService shop/web`. */
  readonly what: string;
  /**
   * Whether it may be sent again when nobody knows whether it arrived. What creates by POST may not.
   * @default - all but POST
   */
  readonly repeatable?: boolean;
  /** Whether it is sent again when the answer is one that may pass: not for what is asked of another than the API server. @default true */
  readonly patient?: boolean;
  /** Waited for whenever its turn has come; where it throws, nothing is sent. What was sent is waited for. */
  readonly before?: () => Promise<void>;
  /** Whether it goes beside all that wait for their turn: what says that a run is alive is not behind thousands of writes. @default false */
  readonly urgent?: boolean;
}

/** So long a request may be without a byte of an answer, in milliseconds. */
const SILENCE = 30_000;
const CUT_OFF = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENETUNREACH', 'EAI_AGAIN', 'ERR_SOCKET_CLOSED']);

/** What the server said. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** In milliseconds. */
  readonly retryAfter: number | undefined;
  /** What it warns of: a version that goes, what a policy would not let in. */
  readonly warnings: readonly string[];
}

/** The connection broke: the server may have taken the request, or not. */
export class NoAnswer extends Error {
  constructor(
    readonly error: Error,
    readonly neverArrived: boolean,
  ) {
    super(error.message);
  }
}

function answerOf(response: IncomingMessage, text: string): Answer {
  const after = Number(response.headers['retry-after']);
  const isJson = (response.headers['content-type'] ?? '').includes('json');
  return {
    status: response.statusCode ?? 0,
    body: isJson && text !== '' ? JSON.parse(text) : text,
    retryAfter: Number.isFinite(after) ? after * 1000 : undefined,
    warnings: warningsIn(String(response.headers.warning ?? '')),
  };
}

/** Texts of the header: `299 - "a", 299 - "b"`. Source: RFC 7234, 5.5; apimachinery, pkg/util/net, ParseWarningHeaders. */
const warningsIn = (header: string): string[] =>
  [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text!.replace(/\\(.)/g, '$1'));

/** All of an answer, as text. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const p of response) parts.push(p as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/**
 * Sends a request once.
 * @param silence so long it may be without a byte of an answer, in milliseconds
 */
export function once(
  server: URL,
  call: Call,
  { agent, headers: given }: Credentials,
  signal?: AbortSignal,
  silence = SILENCE,
): Promise<Answer> {
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers: Record<string, string | string[]> = {
    ...given,
    Accept: call.accept ?? 'application/json',
    // lists are a twentieth then; the server compresses what has more than 128 KiB
    'Accept-Encoding': 'gzip',
    'User-Agent': 'cdk8s-mesh',
  };
  if (body) {
    headers['Content-Type'] = call.contentType ?? 'application/json';
    headers['Content-Length'] = String(body.length);
  }
  return new Promise((resolve, reject) => {
    const r = open(server, call.path, call.query, {
      method: call.method,
      agent,
      headers,
      ...(signal ? { signal } : {}),
    });
    let connected = false;
    r.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (connected = true));
      else connected = true;
    });
    const failed = (e: NodeJS.ErrnoException) =>
      reject(signal?.aborted || !CUT_OFF.has(e.code ?? '') ? e : new NoAnswer(e, !connected));
    r.setTimeout(silence, () => r.destroy(Object.assign(new Error(`no answer for ${silence / 1000} s`), { code: 'ETIMEDOUT' })));
    r.on('error', failed);
    r.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (p: Buffer) => parts.push(p));
      response.on('aborted', () => failed(Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' })));
      response.on('error', failed);
      response.on('end', () => {
        const told = (bytes: Buffer) => resolve(answerOf(response, bytes.toString('utf8')));
        const bytes = Buffer.concat(parts);
        if (response.headers['content-encoding'] !== 'gzip') return told(bytes);
        const { gunzip } = require('node:zlib') as typeof import('node:zlib');
        gunzip(bytes, (e, plain) => (e ? reject(e) : told(plain)));
      });
    });
    r.end(body);
  });
}

/** The address of something that the server has. */
export function urlOf(server: URL, path: string, query: Call['query']): URL {
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}`, server);
  for (const [k, v] of Object.entries(query ?? {})) if (v !== undefined) url.searchParams.set(k, String(v));
  return url;
}

/** Begins a request. */
export function open(server: URL, path: string, query: Call['query'], options: RequestOptions) {
  const url = urlOf(server, path, query);
  return server.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, options);
}
