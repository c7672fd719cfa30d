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
