<<<<<<< HEAD
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
=======
import { isWild } from '../model/host';

/** Host names, to be asked whether they have any in common with one, at no more than its labels' cost. */
export class HostIndex {
  private readonly exact = new Set<string>();
  /** What stands after the `*`. */
  private readonly wild = new Set<string>();
  /** All that a name may end with. */
  private readonly tails = new Set<string>();

  constructor(hosts: Iterable<string> = []) {
    for (const h of hosts) this.add(h);
  }

  add(host: string): void {
    if (isWild(host)) this.wild.add(host.slice(1));
    else this.exact.add(host);
    for (const tail of tailsOf(host)) this.tails.add(tail);
  }

  /** Whether any of them is the name, or stands for it. */
  covers(host: string): boolean {
    if (this.exact.has(host)) return true;
    return this.wild.size > 0 && tailsOf(host).some((t) => this.wild.has(t));
  }

  /** Whether any name is both one of them and one of the host's, which may be a wildcard. */
  meets(host: string): boolean {
    return this.covers(host) || (isWild(host) && (host === '*' ? this.tails.size > 0 : this.tails.has(host.slice(1))));
  }

  /** Names without a wildcard. */
  get names(): Iterable<string> {
    return this.exact;
  }
}

/** `.shop.svc`, `.svc`, and nothing, of `reviews.shop.svc`. */
function tailsOf(host: string): string[] {
  const out = [''];
  for (let i = host.indexOf('.'); i >= 0; i = host.indexOf('.', i + 1)) out.push(host.slice(i));
  return out;
}
>>>>>>> kiali
