import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server as HttpsServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { connect } from 'node:tls';
import type { Access } from '../apiserver/client';
import { removeTemporaryFolder, temporaryFolder } from '../processes';
import { must } from '../setup/tools';
import { type Fault, isWrite, type Seen } from './faults';
import type { TestServer } from './server';

const REASONS: Readonly<Record<number, string>> = {
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A folder with `cert.pem` and `key.pem` of 127.0.0.1. */
export async function certificateIn(purpose: string): Promise<string> {
  const folder = await temporaryFolder(purpose);
  const name = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem'];
  const remedy = 'install openssl 1.1.1 or later';
  await must('a certificate of the lane', remedy, 'openssl', ['req', '-x509', '-days', '2', ...key, ...name], { cwd: folder });
  return folder;
}

/**
 * Stands between a client and the API server: counts requests and connections, and does to them what networks and busy servers do.
 * It speaks HTTP/1.1 over TLS, as itself.
 */
export class FaultProxy {
  readonly #server: TestServer;
  readonly #https: HttpsServer;
  readonly #agent: Agent;
  readonly #folder: string;
  readonly #certificate: string;
  readonly #sockets = new Map<Socket, number>();
  readonly #below = new Map<number, Socket>();
  #connections = 0;
  #seen: Seen[] = [];
  /** What happens to each request; nothing by itself. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  /** Told of each request when it is answered. */
  onAnswer: (seen: Seen) => void = () => {};

  private constructor(server: TestServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.#certificate = readFileSync(path.join(folder, 'cert.pem'), 'utf8');
    this.#agent = new Agent({ keepAlive: true, ca: server.running.access.ca });
    this.#https = createServer({ cert: this.#certificate, key: readFileSync(path.join(folder, 'key.pem')) }, (i, o) =>
      this.#take(i, o),
    );
    this.#https.keepAliveTimeout = 60_000;
    this.#https.on('upgrade', (incoming: IncomingMessage, socket: Socket) => this.#forward(incoming, socket));
    // a reset is TCP's, so it is done to what lies below TLS
    this.#https.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#below.set(port, socket);
      socket.once('close', () => this.#below.delete(port));
    });
    this.#https.on('secureConnection', (socket) => {
      this.#sockets.set(socket, this.#connections++);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(server: TestServer): Promise<FaultProxy> {
    const folder = await certificateIn('proxy');
    const proxy = new FaultProxy(server, folder);
    await new Promise<void>((resolve) => proxy.#https.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The way through the proxy. */
  access(user = 'admin'): Access {
    const { port } = this.#https.address() as AddressInfo;
    return { port, ca: Buffer.from(this.#certificate), token: this.#server.token(user) };
  }

  /** A kubeconfig that leads through the proxy. */
  kubeconfig(user = 'admin'): string {
    return this.#server.kubeconfig(user, this.access());
  }

  /** What came since `forget`, in order. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }

  /** Requests that write, since `forget`. */
  get writes(): readonly Seen[] {
    return this.#seen.filter(isWrite);
  }

  /** How many connections were used since `forget`. */
  get connections(): number {
    return new Set(this.#seen.map((s) => s.connection)).size;
  }

  /** Begins to count anew, without faults. */
  forget(): void {
    this.#seen = [];
    this.fault = () => undefined;
    this.onAnswer = () => {};
  }

  async stop(): Promise<void> {
    // Node 20 falls over connections that were reset, when it looks for idle ones; all are ended here
    this.#https.closeIdleConnections = () => {};
    const closed = new Promise((resolve) => this.#https.close(resolve));
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#agent.destroy();
    await closed;
    removeTemporaryFolder(this.#folder);
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', 'https://proxy');
    const seen: Seen = {
      index: this.#seen.length,
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      at: Date.now(),
      connection: this.#sockets.get(incoming.socket) ?? -1,
      accept: String(incoming.headers.accept ?? ''),
      status: 0,
      reached: false,
    };
    this.#seen.push(seen);
    const fault = this.fault(seen);
    incoming.on('error', () => {});
    if (fault && 'reset' in fault && fault.reset === 'before') return void this.#reset(incoming);
    if (fault && 'stall' in fault) return void incoming.resume();
    if (fault && 'status' in fault) return void this.#refuse(seen, fault, incoming, outgoing);
    if (fault && 'query' in fault) {
      for (const [name, value] of Object.entries(fault.query)) url.searchParams.set(name, value);
      incoming.url = `${url.pathname}${url.search}`;
    }
    const pass = () => this.#pass(seen, incoming, outgoing, fault !== undefined && 'reset' in fault);
    if (fault && 'delay' in fault) setTimeout(pass, fault.delay);
    else pass();
  }

  /** A connection that becomes another protocol's is passed on as it is. */
  #forward(incoming: IncomingMessage, socket: Socket): void {
    const { port, ca } = this.#server.running.access;
    const above = connect({ host: '127.0.0.1', port, ca }, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2)
        lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      above.write(`${lines.join('\r\n')}\r\n\r\n`);
      above.pipe(socket).pipe(above);
    });
    above.on('error', () => socket.destroy());
    socket.on('error', () => above.destroy());
    socket.once('close', () => above.destroy());
  }

  #reset({ socket }: IncomingMessage): void {
    this.#below.get(socket.remotePort ?? 0)?.resetAndDestroy();
    socket.destroy();
  }

  #refuse(
    seen: Seen,
    { status, retryAfter }: { status: number; retryAfter?: number },
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ) {
    incoming.resume();
    const reason = REASONS[status];
    const message = `the proxy says ${status}`;
    const details = retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } };
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code: status, ...details };
    seen.status = status;
    outgoing.writeHead(status, {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    });
    outgoing.end(JSON.stringify(body));
    this.onAnswer(seen);
  }

  #pass(seen: Seen, incoming: IncomingMessage, outgoing: ServerResponse, cut: boolean): void {
    const { host: _, connection: _c, ...headers } = incoming.headers;
    const options = {
      host: '127.0.0.1',
      port: this.#server.running.access.port,
      method: seen.method,
      path: incoming.url,
      headers,
      agent: this.#agent,
    };
    seen.reached = true;
    const sent = request(options, (response) => {
      if (cut) {
        response.resume();
        response.once('end', () => this.#reset(incoming));
        return;
      }
      seen.status = response.statusCode ?? 0;
      const { connection: _k, 'keep-alive': _a, ...kept } = response.headers;
      outgoing.writeHead(seen.status, kept);
      outgoing.flushHeaders();
      response.pipe(outgoing);
      response.once('error', () => incoming.socket.destroy());
      response.once('end', () => this.onAnswer(seen));
    });
    sent.once('error', () => incoming.socket.destroy());
    outgoing.once('close', () => sent.destroy());
    incoming.pipe(sent);
  }
}
