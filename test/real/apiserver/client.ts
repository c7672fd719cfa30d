import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** A reply of the API server. */
export interface Reply {
  readonly status: number;
  /** The parsed body, or its text if it is not JSON. */
  readonly body: unknown;
  /** What its `Warning` headers say. */
  readonly warnings: readonly string[];
  /** Its `Retry-After`. */
  readonly retryAfter: string | undefined;
}

/** Where an API server is and how we may talk to it. */
export interface Access {
  readonly port: number;
  readonly token: string;
  /** The certificate that it shows. */
  readonly ca: Buffer;
}

/** A media type of a request body, with the body's object. */
export interface Content {
  readonly type: 'application/apply-patch+yaml' | 'application/merge-patch+json' | 'application/json';
  readonly value: unknown;
}

/** On a machine that has much else to do a server takes that long to have read its store. */
const BEGINS_MS = 180_000;

/** A kind that nobody has asked for since the server started, or since its definition came: nothing was done. */
const isBeginning = ({ status, body }: Reply): boolean =>
  status === 429 && (body as { message?: string }).message === 'storage is (re)initializing';

/** `299 - "unknown field \"x\""` -> `unknown field "x"`. */
function warningTexts(header: string | string[] | undefined): string[] {
  const all = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...all.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
}

/** HTTPS to the API server over a few connections that are kept. */
export class Client {
  readonly #agent: Agent;
  readonly #access: Access;

  constructor(access: Access, connections: number) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca: access.ca });
  }

  /** Sends one request, and again while the server only begins to serve its kind. Rejects only when there is no reply. */
  async send(method: string, path: string, content?: Content): Promise<Reply> {
    for (const deadline = Date.now() + BEGINS_MS; ; await pause(200)) {
      const reply = await this.#sendOnce(method, path, content);
      if (!isBeginning(reply) || Date.now() > deadline) return reply;
    }
  }

  #sendOnce(method: string, path: string, content?: Content): Promise<Reply> {
    const body = content && JSON.stringify(content.value);
    const headers: Record<string, string | number> = {
      authorization: `Bearer ${this.#access.token}`,
      accept: 'application/json',
      ...(content && body ? { 'content-type': content.type, 'content-length': Buffer.byteLength(body) } : {}),
    };
    const options = { host: '127.0.0.1', port: this.#access.port, method, path, headers, agent: this.#agent, timeout: 60_000 };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            body: parse(text),
            warnings: warningTexts(response.headers.warning),
            retryAfter: response.headers['retry-after'],
          });
        });
      });
      sent.once('timeout', () => sent.destroy(new Error(`no reply to ${method} ${path} within a minute`)));
      // a kept connection may be closed by the server at the moment at which it is used again; what is sent twice is the same twice
      sent.once('error', (error) =>
        sent.reusedSocket && method !== 'POST' ? resolve(this.#sendOnce(method, path, content)) : reject(error),
      );
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
