import type { EventEmitter } from 'node:events';
import { type Agent, get, type IncomingMessage } from 'node:http';
import { addAbortSignal, Duplex } from 'node:stream';
import { ApiError } from './api-error';
import type { Headers } from './impersonation';
import { textOf } from './request';

/** What is used of the package, which brings no types: so little that another package (`@types/ws`) is not worth its upkeep. */
interface Ws {
  readonly WebSocket: new (
    url: URL,
    protocol: string,
    o: { readonly agent: Agent; readonly headers: Headers; readonly perMessageDeflate: boolean },
  ) => EventEmitter;
  /** Its messages, each a chunk of its own. */
  createWebSocketStream(socket: EventEmitter, o: { readonly readableObjectMode: true }): Duplex;
}
const { WebSocket, createWebSocketStream }: Ws = require('ws');

/**
 * The protocol of forwarded ports: of each, bytes have the first of two channels, and errors the second. All servers and nodes know it;
 * that of kubectl, SPDY in a WebSocket, those from Kubernetes 1.30 on. Source: kubernetes, kubelet,
 * pkg/cri/streaming/portforward/websocket.go; apimachinery, pkg/util/portforward/constants.go.
 */
const PROTOCOL = 'v4.channel.k8s.io';
const [DATA, ERRORS] = [0, 1] as const;
/** The first message of each channel is the port. */
const PORT_BYTES = 2;

/** How to reach the API server, and for how long. */
interface Way {
  readonly agent: Agent;
  readonly headers: Headers;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Asks a program in a pod over HTTP, through a port that the API server forwards. For the program the request comes from its own
 * machine, as one of `kubectl port-forward` does.
 * @param url of the port that is forwarded
 * @param path what is asked for: `/debug/syncz`
 * @param what for errors: `Pod istio-system/istiod-5d4c, port 15014`
 * @returns the text of an answer of 200
 * @throws {ApiError} where the API server does not forward; an Error where the program does not answer so
 */
export async function askThrough(url: URL, { agent, headers, signal }: Way, path: string, what: string): Promise<string> {
  signal.throwIfAborted();
  const socket = new WebSocket(url, PROTOCOL, { agent, headers, perMessageDeflate: false });
  const port = addAbortSignal(signal, new ForwardedPort(createWebSocketStream(socket, { readableObjectMode: true })));
  socket.once('unexpected-response', (_request: unknown, response: IncomingMessage) => {
    textOf(response)
      .then((text) => new ApiError(response.statusCode ?? 0, parsed(text), what))
      .then(
        (refused) => port.destroy(refused),
        (e) => port.destroy(e),
      );
  });
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ createConnection: () => port, host: 'localhost', defaultPort: 80, path }, resolve).on('error', reject);
    });
    const text = await textOf(answer);
    if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
    return text;
  } catch (e) {
    signal.throwIfAborted();
    throw e instanceof ApiError ? e : new Error(`${what}: ${(e as Error).message}`);
  } finally {
    port.destroy();
  }
}

/** A connection to a port of a pod, within the messages of a WebSocket. */
class ForwardedPort extends Duplex {
  private readonly begun = new Set<number>();

  constructor(private readonly messages: Duplex) {
    super();
    messages
      .on('data', (message: Buffer) => this.receive(message))
      .on('end', () => this.push(null))
      .on('error', (e) => this.destroy(e));
  }

  override _read(): void {
    this.messages.resume();
  }

  override _write(bytes: Buffer, _: unknown, done: (e?: Error | null) => void): void {
    this.messages.write(Buffer.concat([Buffer.of(DATA), bytes]), done);
  }

  override _destroy(error: Error | null, done: (e?: Error | null) => void): void {
    this.messages.destroy();
    done(error);
  }

  private receive(message: Buffer): void {
    const channel = message[0]!;
    const bytes = message.subarray(this.begun.has(channel) ? 1 : 1 + PORT_BYTES);
    this.begun.add(channel);
    if (bytes.length === 0) return;
    if (channel === ERRORS) this.destroy(new Error(bytes.toString('utf8').trim()));
    else if (!this.push(bytes)) this.messages.pause();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
