import type { PathMatch } from '../routing/path-match';

interface Indexed<T> {
  readonly path: PathMatch | undefined;
  readonly of: T;
}

/**
 * Things that have a path, to be asked which of them may have requests in common with a path, without looking at all: of two
 * exact paths or prefixes one has to begin with the other.
 */
export class PathIndex<T> {
  private readonly entries: readonly Indexed<T>[];
  /** Places of those whose path is the text. */
  private readonly at = new Map<string, number[]>();
  /** Places of those whose path begins with the text. */
  private readonly below = new Map<string, number[]>();
  /** Places of those with a regex, without regard to case, or for any path. */
  private readonly others: number[] = [];

  constructor(entries: readonly Indexed<T>[]) {
    this.entries = entries;
    for (const [i, { path }] of entries.entries()) {
      const text = textOf(path);
      if (text === undefined) {
        this.others.push(i);
        continue;
      }
      put(this.at, text, i);
      for (const start of starts(text)) put(this.below, start, i);
    }
  }

  /** How many pairs `meeting` gives, asked for all that are in it. */
  get pairs(): number {
    return this.entries.reduce((n, { path }) => n + this.places(path).length, 0);
  }

  /** Those that the path does not exclude, in their order. */
  meeting(path: PathMatch | undefined): T[] {
    return this.places(path).map((i) => this.entries[i]!.of);
  }

  private places(path: PathMatch | undefined): readonly number[] {
    const text = textOf(path);
    if (text === undefined) return this.all;
    const found = [text, ...starts(text)].flatMap((start) => this.at.get(start) ?? []);
    return [...found, ...(this.below.get(text) ?? []), ...this.others].sort((a, b) => a - b);
  }

  private get all(): readonly number[] {
    return this.entries.map((_, i) => i);
  }
}

const put = (to: Map<string, number[]>, key: string, i: number) => {
  const list = to.get(key);
  if (list) list.push(i);
  else to.set(key, [i]);
};

const textOf = (path: PathMatch | undefined): string | undefined =>
  path === undefined || path.ignoreCase
    ? undefined
    : 'exact' in path.match
      ? path.match.exact
      : 'prefix' in path.match
        ? path.match.prefix
        : undefined;

/** What a text begins with, shorter than itself. */
function starts(text: string): string[] {
  const out: string[] = [];
  for (let n = 0; n < text.length; n++) out.push(text.slice(0, n));
  return out;
}
