import { hostsMeet, isWild } from '../model/host';

/** Finds the hosts that have names in common with another, wildcards on both sides, without looking at all of them. */
export class HostIndex {
  private readonly wild = new Set<string>();
  private readonly exact = new Set<string>();
  /** All hosts backwards, sorted: those that end alike stand together. */
  private readonly backwards: readonly string[];

  constructor(hosts: Iterable<string>) {
    const backwards: string[] = [];
    for (const h of new Set(hosts)) {
      (isWild(h) ? this.wild : this.exact).add(h);
      backwards.push(reversed(isWild(h) ? h.slice(1) : h) + (isWild(h) ? '*' : ''));
    }
    this.backwards = backwards.sort();
  }

  /** Hosts of the index that the host meets; itself, where it is one. */
  meeting(host: string): string[] {
    const out = new Set<string>();
    if (this.exact.has(host)) out.add(host);
    const tail = isWild(host) ? host.slice(1) : host;
    if (this.wild.size > 0)
      for (let i = 0; i <= tail.length; i++) {
        const wildcard = `*${tail.slice(i)}`;
        if (this.wild.has(wildcard)) out.add(wildcard);
      }
    if (isWild(host)) {
      const start = reversed(tail);
      for (let i = this.first(start); i < this.backwards.length && this.backwards[i]!.startsWith(start); i++) {
        const found = this.backwards[i]!;
        out.add(found.endsWith('*') ? `*${reversed(found.slice(0, -1))}` : reversed(found));
      }
    }
    return [...out].filter((h) => hostsMeet(h, host));
  }

  private first(start: string): number {
    let [low, high] = [0, this.backwards.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.backwards[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const reversed = (text: string): string => [...text].reverse().join('');
