import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import { canonical } from '../values/equal';
import { type Audience, audienceOf, sees } from './audience';
import { delegateOf, delegatesOf, isRoutes, list, NO_FACTS } from './references';
import { bindings, MESH } from './served-hosts';
import type { Subject, Subjects } from './subjects';

/** What rules change of a request before its pods see it, as text; nothing where they leave it as it is. */
export interface Altered {
  readonly path?: string;
  readonly host?: string;
  readonly headers?: string;
}

/** Pods where requests end. */
export interface End {
  readonly subject: Subject;
  readonly altered: Altered;
}

/** What becomes of requests that meet one condition of a rule, and none before it. */
export interface Way {
  /** The condition as text; {@link ALL} where there is none. */
  readonly match: string;
  readonly uri: Readonly<Record<string, string>> | undefined;
  readonly ends: readonly End[];
}

/** The text of no condition. */
const ALL = '';

/** Where requests end in a state of the mesh, by whom they are for. */
export class Leads {
  /** By place, who sees it there, and host. */
  private readonly to = new Map<string, readonly Way[]>();
  /** Places and hosts of a VirtualService, and of those that delegate to it. */
  private readonly places = new Map<string, Set<string>>();
  private readonly selectors = new Map<string, readonly Subject[]>();
  private readonly delegates = new Map<string, readonly Way[]>();

  /** @param audiences namespaces that may see other rules than the rest */
  constructor(
    objects: readonly Manifest[],
    private readonly audiences: readonly Audience[],
    subjects: Subjects,
    private readonly domain: string,
  ) {
    for (const m of objects)
      if (m.kind === 'Service' && m.group === '' && m.object.spec?.selector)
        this.selectors.set(`${m.name}.${m.namespace}.svc.${domain}`, subjects.within(m.namespace, m.object.spec.selector));
    const routes = objects.filter(isRoutes);
    const byName = new Map(routes.map((m) => [`${m.namespace}/${m.name}`, m]));
    for (const m of routes) if (list(m.object.spec?.hosts).length === 0) this.delegates.set(keyOf(m), this.waysOf(m, byName));
    for (const m of routes) {
      const seers = this.audiences.filter((ns) => sees(ns, audienceOf(m)));
      const at = bindings(m, domain).flatMap(({ place, hosts }) =>
        hosts.flatMap((h) => (place === MESH ? seers.map((ns) => `${MESH} ${ns} ${h}`) : [`${place} ${h}`])),
      );
      const ways = this.waysOf(m, byName);
      for (const place of at) this.to.set(place, [...(this.to.get(place) ?? []), ...ways]);
      for (const r of [m, ...delegatesOf(m).flatMap((d) => byName.get(d) ?? [])])
        this.places.set(keyOf(r), new Set([...(this.places.get(keyOf(r)) ?? []), ...at]));
    }
  }

  /** Where a delegate leads. */
  ways(key: string): readonly Way[] | undefined {
    return this.delegates.get(key);
  }

  /** Of all that a VirtualService is for, in this state or another. */
  of(key: string, other: Leads): ReadonlyMap<string, readonly Way[]> {
    const places = new Set([...(this.places.get(key) ?? NO_FACTS), ...(other.places.get(key) ?? NO_FACTS)]);
    const plain = (host: string): Way[] => {
      const ends = (this.selectors.get(host) ?? []).map((subject): End => ({ subject, altered: {} }));
      return ends.length > 0 ? [{ match: ALL, uri: undefined, ends }] : [];
    };
    return new Map([...places].map((place) => [place, this.to.get(place) ?? plain(place.replace(/^mesh \S+ /, ''))]));
  }

  private waysOf(m: Manifest, byName: ReadonlyMap<string, Manifest>): Way[] {
    const { http, tls, tcp } = m.object.spec ?? {};
    return [...list(http), ...list(tls), ...list(tcp)].flatMap((rule): Way[] => {
      const own = conditionsOf(rule);
      const to = byName.get(delegateOf(rule, m) ?? '');
      if (!to) return own.map((c) => ({ ...c, ends: this.endsOf(rule, m) }));
      return list(to.object.spec?.http).flatMap((r) => {
        const ends = this.endsOf(r, to).map((e): End => ({ ...e, altered: { ...e.altered, ...alteredBy(rule) } }));
        return own.flatMap((c) =>
          conditionsOf(r).map((d): Way => ({ match: bothOf(c.match, d.match), uri: d.uri ?? c.uri, ends })),
        );
      });
    });
  }

  private endsOf(rule: any, m: Manifest): End[] {
    return list(rule.route).flatMap((r) => {
      const host = r.destination?.host;
      const pods = host ? this.selectors.get(fullName(host, m.namespace, this.domain)) : undefined;
      const altered = alteredBy(rule, r);
      return (pods ?? []).map((subject): End => ({ subject, altered }));
    });
  }
}

const conditionsOf = (rule: any): Omit<Way, 'ends'>[] => {
  const all = list(rule.match).map((match) => ({ match: canonical(match), uri: match.uri }));
  return all.length > 0 ? all : [{ match: ALL, uri: undefined }];
};

const bothOf = (a: string, b: string): string => (a === ALL || a === b ? b : b === ALL ? a : `${a} ${b}`);

/** What a rule of http changes, and one of its destinations. */
function alteredBy(rule: any, route?: any): Altered {
  const { authority, ...path } = rule.rewrite ?? {};
  const headers = [rule.headers?.request, route?.headers?.request].filter((h) => h && Object.keys(h).length > 0);
  return {
    // what is left of a path depends on what was asked for
    ...(Object.keys(path).length > 0 ? { path: canonical([path, list(rule.match).map((x) => x.uri)]) } : {}),
    ...(authority ? { host: canonical(authority) } : {}),
    ...(headers.length > 0 ? { headers: canonical(headers) } : {}),
  };
}

/** Ways in two states that some request may go, one in each; none for a way that no request goes in the other. */
export function pairsOf(old: readonly Way[], now: readonly Way[]): readonly (readonly [Way | undefined, Way | undefined])[] {
  const [before, after] = [old, now].map(firstOf);
  const out: (readonly [Way | undefined, Way | undefined])[] = [];
  const met = new Set<Way>();
  for (const [i, a] of old.entries()) {
    let isMet = false;
    for (const [j, b] of now.entries()) {
      // who meets the condition of one met it before, in the list of the other
      const isTaken = after!(a.match) < j || before!(b.match) < i;
      if (isTaken || areApart(a.uri, b.uri)) continue;
      out.push([a, b]);
      met.add(b);
      isMet = true;
    }
    if (!isMet) out.push([a, undefined]);
  }
  return [...out, ...now.filter((b) => !met.has(b)).map((b) => [undefined, b] as const)];
}

/** Where in a list requests of a condition are taken, at the latest. */
function firstOf(ways: readonly Way[]): (match: string) => number {
  const first = new Map<string, number>();
  for (const [i, { match }] of ways.entries()) if (!first.has(match)) first.set(match, i);
  const all = first.get(ALL) ?? Number.POSITIVE_INFINITY;
  return (match) => Math.min(first.get(match) ?? all, all);
}

/** Whether no path meets both. */
function areApart(a: Way['uri'], b: Way['uri']): boolean {
  const [[how, x] = [], [as, y] = []] = [a, b].map(
    (uri) => Object.entries(uri ?? {}).map(([k, v]) => [k, String(v).toLowerCase()])[0] ?? [],
  );
  if (x === undefined || y === undefined || how === 'regex' || as === 'regex') return false;
  if (how === 'exact') return as === 'exact' ? x !== y : !x.startsWith(y);
  return as === 'exact' ? !y.startsWith(x) : !x.startsWith(y) && !y.startsWith(x);
}
