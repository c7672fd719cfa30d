import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import { type Audience, audienceOf, sees } from './audience';
import { canonical } from './equal';
import { isRoutes, list, NO_FACTS } from './references';
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

/** Where requests end in a state of the mesh, by whom they are for. */
export class Leads {
  /** By place, who sees it there, and host. */
  private readonly to = new Map<string, readonly End[]>();
  /** Places and hosts of a VirtualService, and of those that delegate to it. */
  private readonly places = new Map<string, Set<string>>();
  private readonly selectors = new Map<string, readonly Subject[]>();
  private readonly delegates = new Map<string, readonly End[]>();

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
    for (const m of routes) if (list(m.object.spec?.hosts).length === 0) this.delegates.set(keyOf(m), this.endsOf(m));
    const byName = new Map(routes.map((m) => [`${m.namespace}/${m.name}`, m]));
    for (const m of routes) {
      const seers = this.audiences.filter((ns) => sees(ns, audienceOf(m)));
      const at = bindings(m, domain).flatMap(({ place, hosts }) =>
        hosts.flatMap((h) => (place === MESH ? seers.map((ns) => `${MESH} ${ns} ${h}`) : [`${place} ${h}`])),
      );
      const delegating = list(m.object.spec?.http).flatMap((rule) => {
        const to = byName.get(`${rule.delegate?.namespace ?? m.namespace}/${rule.delegate?.name}`);
        return to ? [{ rule, to }] : [];
      });
      const handed = delegating.flatMap(({ rule, to }) =>
        this.endsOf(to).map((e): End => ({ ...e, altered: { ...e.altered, ...alteredBy(rule) } })),
      );
      for (const place of at) this.to.set(place, [...(this.to.get(place) ?? []), ...this.endsOf(m), ...handed]);
      for (const r of [m, ...delegating.map((d) => d.to)])
        this.places.set(keyOf(r), new Set([...(this.places.get(keyOf(r)) ?? []), ...at]));
    }
  }

  /** Where a delegate leads. */
  ends(key: string): readonly End[] | undefined {
    return this.delegates.get(key);
  }

  /** Of all that a VirtualService is for, in this state or another. */
  of(key: string, other: Leads): ReadonlyMap<string, readonly End[]> {
    const places = new Set([...(this.places.get(key) ?? NO_FACTS), ...(other.places.get(key) ?? NO_FACTS)]);
    const plain = (host: string) => (this.selectors.get(host) ?? []).map((subject): End => ({ subject, altered: {} }));
    return new Map([...places].map((place) => [place, this.to.get(place) ?? plain(place.replace(/^mesh \S+ /, ''))]));
  }

  private endsOf(m: Manifest): End[] {
    const { http, tls, tcp } = m.object.spec ?? {};
    return [...list(http), ...list(tls), ...list(tcp)].flatMap((rule) =>
      list(rule.route).flatMap((r) => {
        const pods = r.destination?.host ? this.selectors.get(fullName(r.destination.host, m.namespace, this.domain)) : undefined;
        const altered = alteredBy(rule, r);
        return (pods ?? []).map((subject): End => ({ subject, altered }));
      }),
    );
  }
}

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
