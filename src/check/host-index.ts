import { hostsMeet, isWild } from '../model/host';

/** Host names, to be asked which of them have names in common with another, wildcards on both sides, without looking at all. */
export class HostIndex {
  private readonly exact = new Set<string>();
  /** What stands after the `*`. */
  private readonly wild = new Set<string>();
  /** All hosts backwards, sorted: those that end alike stand together. Made when it is first asked for. */
  private backwards: readonly string[] | undefined;

  constructor(hosts: Iterable<string> = []) {
    for (const h of hosts) this.add(h);
  }

  add(host: string): void {
    if (isWild(host)) this.wild.add(host.slice(1));
    else this.exact.add(host);
    this.backwards = undefined;
  }

  /** Names without a wildcard. */
  get names(): Iterable<string> {
    return this.exact;
  }

  /** Whether any of them is the name, or stands for it. */
  covers(host: string): boolean {
    return this.exact.has(host) || this.above(host).length > 0;
  }

  /** Whether any name is both one of them and one of the host's, which may be a wildcard. */
  meets(host: string): boolean {
    return this.covers(host) || (isWild(host) && this.below(host).length > 0);
  }

  /** Hosts of the index that the host meets; itself, where it is one. */
  meeting(host: string): string[] {
    const out = new Set([
      ...(this.exact.has(host) ? [host] : []),
      ...this.above(host),
      ...(isWild(host) ? this.below(host) : []),
    ]);
    return [...out].filter((h) => hostsMeet(h, host));
  }

  /** Wildcards that stand for it. */
  private above(host: string): string[] {
    if (this.wild.size === 0) return [];
    const tail = isWild(host) ? host.slice(1) : host;
    const out: string[] = [];
    for (let i = 0; i <= tail.length; i++) if (this.wild.has(tail.slice(i))) out.push(`*${tail.slice(i)}`);
    return out;
  }

  /** Hosts that a wildcard stands for. */
  private below(wildcard: string): string[] {
    this.backwards ??= [...[...this.exact].map(reversed), ...[...this.wild].map((w) => `${reversed(w)}*`)].sort();
    const start = reversed(wildcard.slice(1));
    const out: string[] = [];
    for (let i = first(this.backwards, start); this.backwards[i]?.startsWith(start); i++) {
      const found = this.backwards[i]!;
      out.push(found.endsWith('*') ? `*${reversed(found.slice(0, -1))}` : reversed(found));
    }
    return out;
  }
}

/** Where those that begin so begin, in a sorted list. */
function first(sorted: readonly string[], start: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

const reversed = (text: string): string => [...text].reverse().join('');
