import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { audienceOf, OTHERS } from './audience';
import { delegatesOf, type Fact, isRoutes, list, NO_FACTS, NOTHING, nameOf, type References } from './references';
import { bindings, gatewayPods, MESH } from './served-hosts';

/**
 * VirtualServices that delegate to others, where both change: what the other leads to now may not do for whom it begins to serve,
 * so it is as it is to be before; and what it comes to lead to may not do for whom it serves no more in the end, so these leave it
 * before. Who begins to delegate needs what the other needs.
 */
export class Delegates {
  /** Those that change, by name, and which of those that delegate to them are, in the end, no more in effect where they were. */
  private readonly left = new Map<string, Set<string>>();
  private readonly last: ReadonlyMap<string, Manifest>;
  private readonly first: ReadonlyMap<string, Manifest>;
  /** New states of rules. */
  private readonly changed: ReadonlySet<Manifest>;
  /** Old states of those that change or go. */
  private readonly going: ReadonlySet<Manifest>;
  private readonly pods: (place: string) => string = (place) => place;
  /** Where each of those that change is in effect, before and after. */
  private readonly old: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  private readonly now: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Of each of those that change: who moves elsewhere, and leaves where they are before. */
  private readonly moved = new Map<string, Set<string>>();

  /** @param isLacking whether a delegate's callers, of both states, miss something of what it leads to in the end */
  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly domain: string,
    isLacking: (delegate: Manifest) => boolean,
  ) {
    const [before, after] = [live, desired].map((all) => new Map(all.filter(isRoutes).map((m) => [keyOf(m), m])));
    this.first = new Map([...before!.values()].map((m) => [nameOf(m), m]));
    this.last = new Map([...after!.values()].map((m) => [nameOf(m), m]));
    this.changed = new Set([...after!].filter(([key, m]) => !isEqual(before!.get(key)?.object, m.object)).map(([, m]) => m));
    this.going = new Set([...before!].filter(([key, m]) => !isEqual(m.object, after!.get(key)?.object)).map(([, m]) => m));
    for (const [key, m] of before!)
      if (list(m.object.spec?.hosts).length === 0 && after!.has(key) && this.changed.has(after!.get(key)!))
        this.left.set(nameOf(m), new Set());
    if (this.left.size === 0) return;
    this.pods = gatewayPods([...live, ...desired]);
    const [old, now] = [before!, after!].map((all) => {
      const out = new Map<string, Set<string>>();
      for (const m of all.values())
        for (const d of delegatesOf(m).filter((d) => this.left.has(d)))
          out.set(d, new Set([...(out.get(d) ?? []), ...this.served(m)]));
      return out;
    });
    this.old = old!;
    this.now = now!;
    for (const [key, m] of before!)
      for (const d of delegatesOf(m).filter((d) => this.left.has(d) && !this.areIn(this.now, d, m))) {
        const then = after!.get(key);
        if (!then || !delegatesOf(then).includes(d) || this.isNarrowed(d, then)) this.left.get(d)!.add(key);
        // what comes to be for others instead is so before, if those for whom it was would miss what the delegate comes to lead to
        else if (isLacking(this.last.get(d)!)) {
          this.left.get(d)!.add(key);
          this.moved.set(d, (this.moved.get(d) ?? new Set()).add(key));
        }
      }
  }

  /** Where the rules of one that delegates are in effect, and in the mesh who sees them. */
  private served(m: Manifest): string[] {
    return bindings(m, this.domain).flatMap(({ place, hosts }) =>
      (place === MESH ? audienceOf(m) : [OTHERS]).flatMap((ns) => hosts.map((h) => `${ns} ${this.pods(place)} ${h}`)),
    );
  }

  /** Whether a delegate is in effect in a state wherever some rules are. */
  private areIn(state: ReadonlyMap<string, ReadonlySet<string>>, delegate: string, m: Manifest): boolean {
    const some = state.get(delegate) ?? NO_FACTS;
    return this.served(m).every((p) => some.has(p) || some.has(p.replace(/^\S+/, OTHERS)));
  }

  /** Whether rules are as they were before, and a delegate of theirs was in effect wherever they are. */
  private isNarrowed(delegate: string, m: Manifest): boolean {
    const first = this.first.get(nameOf(m));
    return first !== undefined && hasSameRules(first, m) && this.areIn(this.old, delegate, m);
  }

  facts(m: Manifest | undefined, key: string): References {
    if (!key.startsWith('networking.istio.io/VirtualService ')) return NOTHING;
    const leaving = [...this.left].filter(([, by]) => by.has(key)).map(([d]) => d);
    const own = m ? delegatesOf(m) : [];
    const provides = leaving.filter((d) => !own.includes(d) || this.areIn(this.now, d, m!)).map((d) => released(d, key));
    if (!m || !this.changed.has(m)) return provides.length > 0 ? { ...NOTHING, provides: new Set(provides) } : NOTHING;
    const by = this.left.get(nameOf(m));
    return {
      ...NOTHING,
      provides: new Set([...provides, ...(by ? [turned(nameOf(m))] : [])]),
      needs: new Set([
        ...own.filter((d) => this.left.has(d) && !this.isNarrowed(d, m) && !this.moved.get(d)?.has(key)).map(turned),
        ...[...(by ?? [])].map((root) => released(nameOf(m), root)),
      ]),
    };
  }

  /**
   * What the delegates of new rules need, as they are in the end; and of rules that go, where they stay, and may be in nobody's use:
   * what they need all the way.
   */
  handed(m: Manifest, of: (delegate: Manifest) => References): ReadonlySet<Fact> {
    const isNew = this.changed.has(m);
    if (!isNew && !this.going.has(m)) return NO_FACTS;
    const needs = delegatesOf(m).flatMap((d) => {
      const [old, now] = [this.first.get(d), this.last.get(d)].map((x) => x && of(x).needs);
      return now ? [...now].filter((f) => isNew || old?.has(f)) : [];
    });
    return new Set(needs.filter((f) => !f.startsWith('delegate ')));
  }
}

/** Whether rules are the same, for whatever hosts and whomever. */
const hasSameRules = (a: Manifest, b: Manifest): boolean =>
  ['http', 'tls', 'tcp'].every((field) => isEqual(a.object.spec?.[field], b.object.spec?.[field]));
const turned = (delegate: string): Fact => `turned ${delegate}`;
const released = (delegate: string, by: string): Fact => `released ${delegate} ${by}`;
