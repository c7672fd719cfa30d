import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import { type Audience, audienceOf, isPublic, OTHERS, sees } from './audience';
import { delegatesOf, type Fact, isRoutes, list, NO_FACTS, NOTHING, type References } from './references';
import { bindings, MESH } from './served-hosts';
import type { Subject, Subjects } from './subjects';
import type { Turns } from './turns';

type Subjected = ReadonlyMap<string, ReadonlySet<Subject>>;

/**
 * Routes that come to lead to pods, and what decides who gets in at these pods and changes with them: who calls there in the end
 * comes when it is as it is to be, and who calls there now goes before it is. So nobody is shut out whom both states let in, and
 * nobody finds an open door whom both refuse.
 */
export function admissionFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  about: Turns,
  subjects: Subjects,
  domain: string,
): (m: Manifest | undefined, key: string) => References {
  if (about.size === 0) return () => NOTHING;
  const [before, after] = [live, desired].map((all) => new Map(all.filter((m) => about.has(keyOf(m))).map((m) => [keyOf(m), m])));
  const shown = [...live, ...desired].filter((m) => isRoutes(m) && !isPublic(m)).flatMap(audienceOf);
  const audiences = [...new Set([...shown, OTHERS])];
  const [old, now] = [live, desired].map((all) => new Leads(all, audiences, subjects, domain));
  const there = new Map(live.filter(isRoutes).map((m) => [keyOf(m), m]));
  const by = (what: string, some: ReadonlySet<Subject>): Fact[] =>
    [...about].flatMap(([key, turns]) => [...turns].filter((s) => some.has(s)).map((s): Fact => `${what} ${key} ${s}`));
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
    // what servers take on the way, both, decides about nobody: a policy on the way lets somebody in whom one of the two refuses
    const isBoth = m !== from && m !== to && m?.kind === 'PeerAuthentication';
    const has = (s: Subject): Fact[] => [
      ...(isBoth || m === to || (isOpen(m) && !to) ? [`entry ${key} ${s}`] : []),
      ...(isBoth || m === from || (isOpen(m) && !from) ? [`exit ${key} ${s}`] : []),
    ];
    return { ...NOTHING, provides: new Set([...about.get(key)!].flatMap(has)) };
  };
  return (m, key) => {
    if (about.has(key)) return policy(m, key);
    return key.startsWith('networking.istio.io/VirtualService ') ? routes(m, key) : NOTHING;
  };
}

/** A policy that lets everybody in, while others come or go: as if there were none. */
const isOpen = (m: Manifest | undefined): boolean =>
  list(m?.object.spec?.rules).length === 1 && Object.keys(m!.object.spec.rules[0]).length === 0;

/** What a delegate comes to lead to, it does for those who delegate to it now, too. */
const without = (some: ReadonlySet<Subject> | undefined, others: ReadonlySet<Subject> | undefined): Subject[] =>
  some && others ? [...some].filter((s) => !others.has(s)) : [];

const less = (all: Subjected, without: Subjected): ReadonlySet<Subject> =>
  new Set([...all].flatMap(([place, some]) => [...some].filter((s) => !without.get(place)?.has(s))));

/** Where requests end in a state of the mesh, by whom they are for. */
class Leads {
  /** By place, who sees it there, and host. */
  private readonly to = new Map<string, Set<Subject>>();
  /** Places and hosts of a VirtualService, and of those that delegate to it. */
  private readonly places = new Map<string, Set<string>>();
  private readonly selectors = new Map<string, Set<Subject>>();
  private readonly delegates = new Map<string, Set<Subject>>();

  /** @param audiences namespaces that may see other rules than the rest */
  constructor(
    objects: readonly Manifest[],
    private readonly audiences: readonly Audience[],
    subjects: Subjects,
    domain: string,
  ) {
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
      const seers = this.audiences.filter((ns) => sees(ns, audienceOf(m)));
      const at = bindings(m, domain).flatMap(({ place, hosts }) =>
        hosts.flatMap((h) => (place === MESH ? seers.map((ns) => `${MESH} ${ns} ${h}`) : [`${place} ${h}`])),
      );
      const delegates = delegatesOf(m).flatMap((d) => byName.get(d) ?? []);
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
      [...places].map((place) => [place, this.to.get(place) ?? this.selectors.get(place.replace(/^mesh \S+ /, '')) ?? NO_FACTS]),
    );
  }
}

/** Hosts that rules lead to. */
const destinations = (m: Manifest, domain: string): string[] =>
  [...list(m.object.spec?.http), ...list(m.object.spec?.tls), ...list(m.object.spec?.tcp)].flatMap((rule) =>
    list(rule.route).flatMap((r) => (r.destination?.host ? [fullName(r.destination.host, m.namespace, domain)] : [])),
  );
