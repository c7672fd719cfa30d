import { isDeepStrictEqual } from 'node:util';
import type { MeshResult } from './mesh';

/** Throws unless the two are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

/** Throws unless it holds. */
export function expectThat(what: string, holds: unknown): void {
  if (!holds) throw new Error(`it does not hold that ${what}`);
}

/** Throws unless the command ended so; with what it said. */
export function expectCode(result: MeshResult, code: number): void {
  if (result.code !== code)
    throw new Error(
      `it ended with ${result.code ?? result.signal}, not ${code}\n${result.stdout.slice(-3000)}\n${result.stderr.slice(-3000)}`,
    );
}

/** Throws unless each of the texts is in what was said. */
export function expectSaid(said: string, ...texts: readonly (string | RegExp)[]): void {
  const missing = texts.filter((t) => (typeof t === 'string' ? !said.includes(t) : !t.test(said)));
  if (missing.length > 0) throw new Error(`${missing.map(String).join(', ')} is not in:\n${said.slice(-4000)}`);
}

/** Throws if there are none: a checker that has to find something. */
export function expectFound(found: readonly string[], text: string | RegExp): void {
  const hit = found.some((f) => (typeof text === 'string' ? f.includes(text) : text.test(f)));
  if (!hit) throw new Error(`${text} is not found; found is:\n${found.join('\n') || 'nothing'}`);
}

/** All that a command said, with the quotes of JSON as people read them. */
export const said = ({ stdout, stderr }: MeshResult): string => (stdout + stderr).replaceAll('\\"', '"');
