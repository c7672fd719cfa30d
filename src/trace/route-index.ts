import type { Route } from '../model/route';
import type { Asked } from './asked';
import { conditionsOf, type Test, testOf } from './match-route';

/** A route that may take requests of a path. */
interface Candidate {
  readonly index: number;
  /** What else has to hold; nothing for one that takes them all. */
  readonly test: Test | undefined;
}

/** Routes of one path, and the candidates of requests that no longer path is about; these are listed when they are asked for. */
interface Entry {
  readonly path: string;
  readonly own: Candidate[];
  candidates: readonly Candidate[] | undefined;
}

/**
 * The routes of a host by their path, so that a request meets only those that its path may fit: the first that takes it is
 * found among a few of a thousand.
 */
export class RouteIndex {
  private readonly exact = new Map<string, Entry>();
  private readonly prefixes = new Map<string, Entry>();
  /** Of the prefixes, the longest first. */
  private readonly lengths: readonly number[];
  /** Those whose path has to be tried: regexes, and paths in any case. */
  private readonly tried: Candidate[] = [];

  constructor(routes: readonly Route[]) {
    for (const [index, { match }] of routes.entries()) {
      const { kind, value } = match.path;
      if (match.ignoreCase || kind === 'regex') {
        this.tried.push({ index, test: testOf(match) });
        continue;
      }
      const entries = kind === 'exact' ? this.exact : this.prefixes;
      const entry = entries.get(value) ?? { path: value, own: [], candidates: undefined };
      entries.set(value, entry);
      entry.own.push({ index, test: conditionsOf(match) });
    }
    this.lengths = [...new Set([...this.prefixes.keys()].map((p) => p.length))].sort((a, b) => b - a);
  }

  /** The number of the first route that takes the request. */
  first(asked: Asked): number | undefined {
    for (const { index, test } of this.candidates(asked.plain)) if (!test || test(asked)) return index;
    return undefined;
  }

  private candidates(path: string): readonly Candidate[] {
    const entry = this.entry(path);
    if (!entry) return this.tried;
    entry.candidates ??= this.listed(entry);
    return entry.candidates;
  }

  /** The exact path, else the longest prefix. */
  private entry(path: string): Entry | undefined {
    const exact = this.exact.get(path);
    if (exact) return exact;
    for (const n of this.lengths) {
      const found = n <= path.length ? this.prefixes.get(path.slice(0, n)) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  /** In their order, and none after one that takes all. */
  private listed({ path, own }: Entry): Candidate[] {
    const shorter = this.lengths.map((n) => (n <= path.length ? this.prefixes.get(path.slice(0, n))?.own : undefined));
    const all = new Set([...this.tried, ...own, ...shorter.flatMap((list) => list ?? [])]);
    const sorted = [...all].sort((a, b) => a.index - b.index);
    const last = sorted.findIndex((c) => !c.test);
    return last < 0 ? sorted : sorted.slice(0, last + 1);
  }
}
