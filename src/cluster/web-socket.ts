import { randomBytes } from 'node:crypto';

/** What a message is: RFC 6455, 5.2. */
const [BINARY, CLOSE, PING, PONG] = [0x2, 0x8, 0x9, 0xa] as const;
/** Lengths that do not fit into seven bits are of two or of eight bytes. */
const [TWO_BYTES, EIGHT_BYTES] = [126, 127] as const;

/** Headers of a request for a connection that speaks a protocol. */
export const upgradeTo = (protocol: string): Record<string, string> => ({
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  'Sec-WebSocket-Protocol': protocol,
});

/** A message as a client sends it: masked. */
export const messageOf = (payload: Buffer): Buffer => frame(BINARY, payload);

function frame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const { length } = payload;
  const head = Buffer.alloc(length < TWO_BYTES ? 2 : length < 0x10000 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (length < TWO_BYTES ? length : length < 0x10000 ? TWO_BYTES : EIGHT_BYTES);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4]!)]);
}

/**
 * The messages that a server sends, until it closes the connection. Source: RFC 6455.
 * @param bytes what comes over the connection, however it is cut
 * @param answer sends something back: a server may ask whether anybody is there
 */
export async function* messagesOf(bytes: AsyncIterable<Buffer>, answer: (frame: Buffer) => void): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  for await (const some of bytes) {
    rest = rest.length === 0 ? some : Buffer.concat([rest, some]);
    for (let found = first(rest); found; found = first(rest)) {
      const { opcode, isLast, payload, length } = found;
      rest = rest.subarray(length);
      if (opcode === CLOSE) return;
      if (opcode === PING) answer(frame(PONG, payload));
      if (opcode > BINARY) continue; // what is no part of a message
      parts.push(payload);
      if (!isLast) continue;
      yield parts.length === 1 ? payload : Buffer.concat(parts);
      parts = [];
    }
  }
  if (parts.length > 0 || rest.length > 0) throw new Error('the connection broke off within a message');
}

/** The frame that the bytes begin with; nothing where not all of it is there. */
function first(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  const said = bytes[1]! & 0x7f;
  const head = said === TWO_BYTES ? 4 : said === EIGHT_BYTES ? 10 : 2;
  if (bytes.length < head) return undefined;
  const size = head === 4 ? bytes.readUInt16BE(2) : head === 10 ? Number(bytes.readBigUInt64BE(2)) : said;
  if (bytes.length < head + size) return undefined;
  return {
    opcode: bytes[0]! & 0x0f,
    isLast: (bytes[0]! & 0x80) !== 0,
    payload: bytes.subarray(head, head + size),
    length: head + size,
  };
}
