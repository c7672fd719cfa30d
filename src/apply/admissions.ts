import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import { type Fact, list, NO_FACTS, NOTHING, type References } from './references';
import { bindings } from './served-hosts';
import type { Subject, Subjects } from './subjects';
import type { Turn, Turns } from './turns';

const isRoutes = (m: Manifest): boolean => m.kind === 'VirtualService' && m.group === 'networking.istio.io';

type Subjected = ReadonlyMap<string, ReadonlySet<Subject>>;

/**
 * Routes that come to lead to pods, and what decides who gets in at these pods and changes with them: who calls there in the end
 * comes when it is as it is to be, and who calls there now goes before it is.
 * @param isStrict whether nobody finds an open door, either, who is refused before and after: so what shuts somebody out is
 *   there before routes lead to it, and stays until none does
 */
export function admissionFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  about: Turns,
  subjects: Subjects,
  domain: string,
  isStrict: boolean,
): (m: Manifest | undefined, key: string) => References {
  if (about.size === 0) return () => NOTHING;
  const [before, after] = [live, desired].map((all) => new Map(all.filter((m) => about.has(keyOf(m))).map((m) => [keyOf(m), m])));
  const [old, now] = [live, desired].map((all) => new Leads(all, subjects, domain));
  const there = new Map(live.filter(isRoutes).map((m) => [keyOf(m), m]));
  const by = (what: string, some: ReadonlySet<Subject>): Fact[] =>
    [...about].flatMap(([key, turns]) => [...turns.keys()].filter((s) => some.has(s)).map((s): Fact => `${what} ${key} ${s}`));
  const routes = (m: Manifest | undefined, key: string): References => {
    const isOld = m ? there.get(key) === m : !there.has(key);
    const [from, to] = [old!.of(key, now!), now!.of(key, old!)];
    const [own, later] = [old!.ends(key), now!.ends(key)];
    const needs = isOld
      ? by('exit', new Set([...less(from, to), ...without(own, later)]))
      : by('entry', new Set([...less(to, from), ...without(later, own)]));
    return needs.length > 0 ? { ...NOTHING, needs: new Set(needs) } : NOTHING;
  };
  const policy = (m: Manifest | undefined, key: string): References => {
    const [from, to] = [before!.get(key), after!.get(key)];
    const wide = m !== from && m !== to;
    const has = (s: Subject, turn: Turn): Fact[] => [
      ...(wide || m === to || (!isStrict && turn === 'tighter') ? [`entry ${key} ${s}`] : []),
      ...(wide || m === from || (!isStrict && turn === 'looser') ? [`exit ${key} ${s}`] : []),
    ];
    return { ...NOTHING, provides: new Set([...about.get(key)!].flatMap(([s, turn]) => has(s, turn))) };
  };
  return (m, key) => {
    if (about.has(key)) return policy(m, key);
    return key.startsWith('networking.istio.io/VirtualService ') ? routes(m, key) : NOTHING;
  };
}

/** What a delegate comes to lead to, it does for those who delegate to it now, too. */
const without = (some: ReadonlySet<Subject> | undefined, others: ReadonlySet<Subject> | undefined): Subject[] =>
  some && others ? [...some].filter((s) => !others.has(s)) : [];

const less = (all: Subjected, without: Subjected): ReadonlySet<Subject> =>
  new Set([...all].flatMap(([place, some]) => [...some].filter((s) => !without.get(place)?.has(s))));

/** Where requests end in a state of the mesh, by whom they are for. */
class Leads {
  /** By place and host. */
  private readonly to = new Map<string, Set<Subject>>();
  /** Places and hosts of a VirtualService, and of those that delegate to it. */
  private readonly places = new Map<string, Set<string>>();
  private readonly selectors = new Map<string, Set<Subject>>();
  private readonly delegates = new Map<string, Set<Subject>>();

  constructor(objects: readonly Manifest[], subjects: Subjects, domain: string) {
    for (const m of objects)
      if (m.kind === 'Service' && m.group === '' && m.object.spec?.selector) {
        const host = `${m.name}.${m.namespace}.svc.${domain}`;
        this.selectors.set(host, new Set(subjects.within(m.namespace, m.object.spec.selector)));
      }
    const routes = objects.filter(isRoutes);
    const endsOf = (m: Manifest) => destinations(m, domain).flatMap((h) => [...(this.selectors.get(h) ?? [])]);
    for (const m of routes) if (list(m.object.spec?.hosts).length === 0) this.delegates.set(keyOf(m), new Set(endsOf(m)));
    const byName = new Map(routes.map((m) => [`${m.namespace}/${m.name}`, m]));
    for (const m of routes) {
      const at = bindings(m, domain).flatMap(({ place, hosts }) => hosts.map((h) => `${place} ${h}`));
      const delegates = list(m.object.spec?.http).flatMap(
        ({ delegate }) => (delegate?.name && byName.get(`${delegate.namespace || m.namespace}/${delegate.name}`)) || [],
      );
      const ends = [m, ...delegates].flatMap(endsOf);
      for (const place of at) this.to.set(place, new Set([...(this.to.get(place) ?? []), ...ends]));
      for (const r of [m, ...delegates]) this.places.set(keyOf(r), new Set([...(this.places.get(keyOf(r)) ?? []), ...at]));
    }
  }

  /** Where a delegate leads. */
  ends(key: string): ReadonlySet<Subject> | undefined {
    return this.delegates.get(key);
  }

  /** Of all that a VirtualService is for, in this state or another. */
  of(key: string, other: Leads): Subjected {
    const places = new Set([...(this.places.get(key) ?? NO_FACTS), ...(other.places.get(key) ?? NO_FACTS)]);
    return new Map(
      [...places].map((place) => [place, this.to.get(place) ?? this.selectors.get(place.replace(/^mesh /, '')) ?? NO_FACTS]),
    );
  }
}

/** Hosts that rules lead to. */
const destinations = (m: Manifest, domain: string): string[] =>
  [...list(m.object.spec?.http), ...list(m.object.spec?.tls), ...list(m.object.spec?.tcp)].flatMap((rule) =>
    list(rule.route).flatMap((r) => (r.destination?.host ? [fullName(r.destination.host, m.namespace, domain)] : [])),
  );
