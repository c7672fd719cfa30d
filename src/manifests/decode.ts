import { isUtf8 } from 'node:buffer';

/** What a file holds that is no text: where, and why. */
export class NotText extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
  }
}

/**
 * The text of a file: UTF-8, or UTF-16 where the bytes begin with its mark, as Windows writes it.
 * @throws NotText where it is neither; Kubernetes reads no such file. Source: sigs.k8s.io/yaml, goyaml's reader.
 */
export function decoded(bytes: Buffer): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return bytes.toString('utf16le');
  if (a === 0xfe && b === 0xff) return Buffer.from(bytes).swap16().toString('utf16le');
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  // U+FFFD stands for bytes that are no character; it may be written as such, too
  let i = text.indexOf('\ufffd');
  let at = Buffer.byteLength(text.slice(0, i));
  while (bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) {
    const next = text.indexOf('\ufffd', i + 1);
    at += Buffer.byteLength(text.slice(i, next));
    i = next;
  }
  const lines = text.slice(0, i).split('\n');
  const byte = bytes[at]!.toString(16);
  throw new NotText(
    `is no UTF-8: the byte 0x${byte} stands for no character; save the file as UTF-8`,
    lines.length,
    lines.at(-1)!.length + 1,
  );
}
