import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What the server's side answers to a client's key. Source: RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A message as a server sends it: not masked. */
export function serverFrame(opcode: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x10000 ? 4 : 10);
  head[0] = (isLast ? 0x80 : 0) | opcode;
  head[1] = length < 126 ? length : length < 0x10000 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** What a client's frame holds; it has to be masked, and to be there as a whole. */
export function unmasked(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer } {
  if ((bytes[1]! & 0x80) === 0) throw new Error('a client has to mask what it sends');
  const said = bytes[1]! & 0x7f;
  const at = said === 126 ? 4 : said === 127 ? 10 : 2;
  const size = said === 126 ? bytes.readUInt16BE(2) : said === 127 ? Number(bytes.readBigUInt64BE(2)) : said;
  const mask = bytes.subarray(at, at + 4);
  const payload = bytes.subarray(at + 4, at + 4 + size).map((byte, i) => byte ^ mask[i % 4]!);
  return { opcode: bytes[0]! & 0x0f, payload: Buffer.from(payload) };
}

/**
 * A kubelet's side of a forwarded port, as it speaks with clients of `v4.channel.k8s.io`: what the program says to what it is
 * asked, or why the port is not forwarded.
 */
export function forwardedPort(
  { headers, url }: IncomingMessage,
  socket: Duplex,
  program: (request: string) => { readonly said: string } | { readonly error: string },
): void {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  socket.write(`${[...lines, `Sec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}`].join('\r\n')}\r\n\r\n`);
  const port = Buffer.alloc(2);
  port.writeUInt16LE(Number(new URL(url ?? '', 'http://x').searchParams.get(url?.includes('ports=') ? 'ports' : 'port')));
  const send = (channel: number, bytes: Buffer) => socket.write(serverFrame(2, Buffer.concat([Buffer.of(channel), bytes])));
  for (const channel of [0, 1]) send(channel, port);
  socket.on('error', () => {});
  socket.once('data', (bytes: Buffer) => {
    const { payload } = unmasked(bytes);
    const answer = program(payload.subarray(1).toString());
    if ('error' in answer) send(1, Buffer.from(answer.error));
    else {
      const text = Buffer.from(`HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${answer.said}`);
      for (let i = 0; i < text.length; i += 1000) send(0, text.subarray(i, i + 1000));
    }
    socket.end(serverFrame(8, Buffer.alloc(0)));
  });
}
