import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { hostsMeet } from '../model/host';
import { isEqual } from '../values/equal';
import { type Fact, isRoutes, list, NOTHING, type References } from './references';
import { gatewaysOf, isGateway, serverHosts } from './served-hosts';
import { type Stage, sent } from './stages';

/** Rules that are bound to another Gateway in the end, for the same hosts at the same port of the same pods. */
interface Handover {
  /** Names of the Gateways that they leave, as `namespace/name`. */
  readonly left: readonly string[];
  /** Those that take the hosts from these. */
  readonly joined: readonly string[];
}

/** What a Gateway waits for that hands hosts over, or takes them. */
interface Part {
  /** Keys of the rules that are bound to both. */
  readonly rules: Set<string>;
  /** Of one that hands over: keys of those that take, and are not there yet as they are to be. */
  readonly takers: Set<string>;
}

/**
 * Gateways that take TLS for hosts, and hand these over to others of the same pods. Of two with one host at one port istiod takes the
 * older, of a wildcard and a host of it Envoy takes the host: so rules are bound to both before the new one comes, and until the
 * old one is gone. To be bound to a Gateway that is not there does nothing.
 * Source: pilot/pkg/model/gateway.go, MergeGateways, which leaves out servers of hosts that another has.
 */
export class Handovers {
  private readonly handed = new Map<string, Handover>();
  /** By the key of a Gateway. */
  private readonly parts = new Map<string, Part>();
  private readonly old: ReadonlyMap<string, Manifest>;

  constructor(live: readonly Manifest[], desired: readonly Manifest[]) {
    const [old, now] = [live, desired].map((all) => new Map(all.filter(isGateway).map((m) => [nameOf(m), m])));
    this.old = new Map([...old!.values()].map((m) => [keyOf(m), m]));
    const isStill = (name: string) => isEqual(old!.get(name)?.object.spec, now!.get(name)?.object.spec);
    if ([...old!.keys()].every(isStill)) return;
    const after = new Map(desired.filter(isRoutes).map((m) => [keyOf(m), m]));
    for (const m of live.filter(isRoutes)) {
      const to = after.get(keyOf(m));
      if (!to) continue;
      const [from, till] = [gatewaysOf(m), gatewaysOf(to)];
      const coming = till.filter((g) => !from.includes(g) && now!.has(g));
      const isTaken = (g: Manifest | undefined) => coming.filter((j) => g && isRival(g, now!.get(j)!));
      const left = from.filter((g) => !till.includes(g) && isTaken(old!.get(g)).length > 0 && isTaken(now!.get(g)).length === 0);
      if (left.length === 0) continue;
      const joined = coming.filter((j) => left.some((g) => isTaken(old!.get(g)).includes(j)));
      this.handed.set(keyOf(m), { left, joined });
      const takers = joined.filter((j) => !isStill(j)).map((j) => keyOf(now!.get(j)!));
      for (const key of takers) this.partOf(key).rules.add(keyOf(m));
      for (const part of left.map((g) => this.partOf(keyOf(old!.get(g)!)))) {
        part.rules.add(keyOf(m));
        for (const key of takers) part.takers.add(key);
      }
    }
    // who hands over and takes does both at once
    for (const { takers } of this.parts.values())
      for (const key of takers) if (this.parts.get(key)!.takers.size > 0) takers.delete(key);
  }

  private partOf(gateway: string): Part {
    const part = this.parts.get(gateway) ?? { rules: new Set(), takers: new Set() };
    this.parts.set(gateway, part);
    return part;
  }

  /** Rules that are bound to the Gateways of both states for now. */
  stages(live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] | undefined {
    const handed = live && desired && this.handed.get(keyOf(live));
    if (!handed) return undefined;
    const spec = desired.object.spec;
    const all = [...list(spec.gateways), ...handed.left];
    const joined = (match: any) =>
      list(match?.gateways).length > 0 ? { ...match, gateways: [...match.gateways, ...handed.left] } : match;
    const rules = (value: unknown) => list(value).map((r) => (r.match ? { ...r, match: list(r.match).map(joined) } : r));
    const parts = Object.fromEntries(['http', 'tls', 'tcp'].filter((p) => spec[p]).map((p) => [p, rules(spec[p])]));
    return [
      { object: sent(desired, { ...spec, ...parts, gateways: all }), rank: 'open', wide: true },
      { object: desired, rank: 'close' },
    ];
  }

  /** Rules are bound to the new Gateway before it comes, and the old one goes, and to it alone after that. */
  facts(m: Manifest | undefined, key: string): References {
    const part = this.parts.get(key);
    if (part) {
      if (m === this.old.get(key)) return NOTHING;
      return {
        ...NOTHING,
        provides: new Set([doneFact(key)]),
        needs: new Set([...[...part.rules].map(boundFact), ...[...part.takers].map(doneFact)]),
      };
    }
    const handed = this.handed.get(key);
    if (!handed || !m) return NOTHING;
    const now = gatewaysOf(m);
    const isNew = handed.joined.some((g) => now.includes(g));
    const isLast = !handed.left.some((g) => now.includes(g));
    const leaving = [...this.old].filter(([, g]) => handed.left.includes(nameOf(g))).map(([k]) => k);
    return {
      ...NOTHING,
      provides: new Set(isNew ? [boundFact(key)] : []),
      needs: new Set(isLast ? leaving.map(doneFact) : []),
    };
  }

  /** Whether it is a Gateway that takes hosts from another, which are asked for now. */
  takesOver(m: Manifest): boolean {
    return this.parts.has(keyOf(m));
  }

  /** What rules that are bound to both need: neither of the two. */
  without(m: Manifest, all: References): References {
    const handed = this.handed.get(keyOf(m));
    const now = handed ? gatewaysOf(m) : [];
    if (!handed?.left.some((g) => now.includes(g)) || !handed.joined.some((g) => now.includes(g))) return all;
    const isOf = (f: Fact) =>
      [...handed.left, ...handed.joined].some((g) => f === `gateway ${g}` || f.startsWith(`server ${g} `));
    return { ...all, needs: new Set([...all.needs].filter((f) => !isOf(f))) };
  }
}

const doneFact = (gateway: string): Fact => `handed ${gateway}`;
const boundFact = (rules: string): Fact => `bound ${rules}`;
const nameOf = (m: Manifest): string => `${m.namespace}/${m.name}`;

/** Whether two Gateways of the same pods take TLS for one host at one port. */
function isRival(a: Manifest, b: Manifest): boolean {
  const [some, others] = [a, b].map((m) => list(m.object.spec?.servers).filter((s) => s.tls?.mode && !s.tls.httpsRedirect));
  return (
    isEqual(a.object.spec?.selector, b.object.spec?.selector) &&
    some!.some((x) =>
      others!.some(
        (y) => x.port?.number === y.port?.number && serverHosts(x).some((h) => serverHosts(y).some((o) => hostsMeet(h, o))),
      ),
    )
  );
}
