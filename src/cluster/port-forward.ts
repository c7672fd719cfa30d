import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from './api-error';
import { textOf } from './request';
import { messageOf, messagesOf } from './web-socket';

/** The protocol of forwarded ports: of each, bytes have the first of two channels, and errors the second. Source: kubernetes,
 * test/e2e/kubectl/portforward.go. */
export const PROTOCOL = 'v4.channel.k8s.io';
const [DATA, ERRORS] = [0, 1] as const;
/** The first message of each channel is the port. */
const PORT_BYTES = 2;

/**
 * Asks a program in a pod over HTTP, through a port that the API server forwards. For the program the request comes from its own
 * machine, as one of `kubectl port-forward` does.
 * @param request for a forwarded port; it is sent here
 * @param path what is asked for: `/debug/syncz`
 * @returns the text of an answer of 200
 * @throws {ApiError} where the API server does not forward; an Error where the program does not answer so
 */
export async function askThrough(request: ClientRequest, path: string, what: string): Promise<string> {
  const [socket, head] = await new Promise<[Socket, Buffer]>((resolve, reject) => {
    request.once('upgrade', (_: IncomingMessage, socket: Socket, head: Buffer) => resolve([socket, head]));
    request.once('response', (r: IncomingMessage) => {
      textOf(r).then((text) => reject(new ApiError(r.statusCode ?? 0, parsed(text), what)), reject);
    });
    request.once('error', reject);
    request.end();
  });
  try {
    socket.unshift(head);
    // without keep-alive and without chunks: the end of the answer is the end of the connection
    const asked = Buffer.from(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
    socket.write(messageOf(Buffer.concat([Buffer.of(DATA), asked])));
    const said = new Answer();
    const begun = new Set<number>();
    for await (const message of messagesOf(socket, (frame) => socket.write(frame))) {
      const channel = message[0]!;
      const bytes = message.subarray(begun.has(channel) ? 1 : 1 + PORT_BYTES);
      begun.add(channel);
      if (channel === ERRORS && bytes.length > 0) throw new Error(`${what}: ${bytes.toString('utf8').trim()}`);
      if (channel === DATA && said.add(bytes)) break;
    }
    return said.text(what);
  } finally {
    socket.destroy();
  }
}

const END = '\r\n\r\n';

/** An answer of HTTP/1.0, which comes in parts. */
class Answer {
  private readonly body: Buffer[] = [];
  private size = 0;
  /** Until all of it is there. */
  private head = Buffer.alloc(0);
  private headers: string | undefined;

  /** @returns whether it is whole: one that does not say its length ends with its connection */
  add(bytes: Buffer): boolean {
    if (this.headers !== undefined) this.push(bytes);
    else {
      this.head = Buffer.concat([this.head, bytes]);
      const end = this.head.indexOf(END);
      if (end < 0) return false;
      this.headers = this.head.toString('latin1', 0, end);
      this.push(this.head.subarray(end + END.length));
    }
    const [, length] = /^content-length: *(\d+)/im.exec(this.headers) ?? [];
    return length !== undefined && this.size >= Number(length);
  }

  /** @throws where it is none, or none of 200 */
  text(what: string): string {
    const [, status] = /^HTTP\/1\.\d (\d{3})/.exec(this.headers ?? '') ?? [];
    if (status !== '200') throw new Error(`${what}: ${status ? `HTTP ${status}` : 'no answer'}`);
    return Buffer.concat(this.body).toString('utf8');
  }

  private push(bytes: Buffer): void {
    this.body.push(bytes);
    this.size += bytes.length;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
