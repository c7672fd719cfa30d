// The pages of the documentation, and the code blocks on them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A fenced block: its language, what else its fence says, and where it stands. */
export interface Block {
  readonly page: string;
  /** Line of the first line of code. */
  readonly line: number;
  readonly language: string;
  readonly word: string | undefined;
  readonly code: string;
}

/** Every page, as a path from the root. */
export const pages = (): string[] => [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((f) => f.endsWith('.md'))
    .sort()
    .map((f) => `docs/${f}`),
];

export const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The page's blocks in order. A fence that is not closed is an error. */
export function blocksOf(page: string): Block[] {
  const out: Block[] = [];
  let open: { line: number; language: string; word: string | undefined; code: string[] } | undefined;
  for (const [i, line] of read(page).split('\n').entries()) {
    if (!line.startsWith('```')) {
      open?.code.push(line);
      continue;
    }
    if (open) {
      out.push({ page, ...open, code: `${open.code.join('\n')}\n` });
      open = undefined;
    } else {
      const [language = '', word] = line.slice(3).trim().split(/\s+/);
      open = { line: i + 2, language, word, code: [] };
    }
  }
  if (open) throw new Error(`${page}:${open.line - 1}: this block is not closed`);
  return out;
}

/** The page without its code blocks, line by line. */
export function proseOf(page: string): string[] {
  let code = false;
  return read(page)
    .split('\n')
    .map((line) => {
      const fence = line.startsWith('```');
      if (fence) code = !code;
      return fence || code ? '' : line;
    });
}
