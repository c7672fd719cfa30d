import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

interface WebSocket extends EventEmitter {
  send(bytes: Buffer): void;
  close(): void;
}
interface WebSocketServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, then: (socket: WebSocket) => void): void;
}
const { WebSocketServer }: { readonly WebSocketServer: new (o: { noServer: true }) => WebSocketServer } = require('ws');
const server = new WebSocketServer({ noServer: true });

/**
 * A kubelet's side of a forwarded port, as it speaks with clients of `v4.channel.k8s.io`.
 * @param to the port of this machine to which it leads; where nobody listens there, or at nothing, it says so
 */
export function forwardPort(request: IncomingMessage, socket: Duplex, head: Buffer, to: number | undefined): void {
  const { searchParams } = new URL(request.url ?? '', 'http://x');
  const port = Buffer.alloc(2);
  port.writeUInt16LE(Number(searchParams.get('ports') ?? searchParams.get('port')));
  server.handleUpgrade(request, socket, head, (client) => {
    const send = (channel: number, bytes: Buffer) => client.send(Buffer.concat([Buffer.of(channel), bytes]));
    for (const channel of [0, 1]) send(channel, port);
    const failed = (why: string) => {
      send(1, Buffer.from(`error forwarding port ${port.readUInt16LE()}: ${why}`));
      client.close();
    };
    if (to === undefined) return failed('connection refused');
    const program = connect(to, '127.0.0.1');
    program.on('data', (bytes) => send(0, bytes)).on('end', () => client.close());
    program.on('error', (e) => failed(e.message));
    client.on('message', (message: Buffer) => program.write(message.subarray(1))).on('close', () => program.destroy());
  });
}
