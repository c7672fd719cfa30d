import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileNamed } from './manifests-of';

/**
 * Reads a case a line, and writes an answer a line, in order, as fast as they are taken.
 * @param file `-` for standard input
 * @param failed the answer to a line that is no JSON
 */
export async function answerLines(
  file: string,
  answerTo: (line: unknown) => object,
  failed: (error: string) => object,
): Promise<void> {
  const input = file === '-' ? process.stdin : createReadStream(fileNamed(file));
  let closed = false; // by whoever reads: head, say
  process.stdout.once('error', () => {
    closed = true;
  });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (closed) break;
    if (line.trim() === '') continue;
    let answer: object;
    try {
      answer = answerTo(JSON.parse(line));
    } catch (e) {
      answer = failed((e as Error).message);
    }
    if (!process.stdout.write(`${JSON.stringify(answer)}\n`))
      await new Promise((done) => process.stdout.once('drain', done).once('error', done));
  }
}
