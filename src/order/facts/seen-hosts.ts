import type { Manifest } from '../../manifests/manifest';
import { hostWithin, isWild } from '../../model/host';
import { type Audience, audienceOf, type Callers, isPublic, OTHERS, sees } from './audience';
import { type Fact, hostsOf, list, NOTHING, type References, referencesOf } from './references';
import { hostsInMesh } from './served-hosts';

/**
 * Hosts and ports as each namespace sees them, of Services and ServiceEntries that not all see. A host may be called, too,
 * where rules of the mesh name it, whoever sees the Service: so one of the two is there at all times.
 */
export function seenHosts(objects: readonly Manifest[], domain: string, callers: Callers): (m: Manifest) => References {
  const audiences = new Map<string, Set<Audience>>();
  for (const m of objects)
    if (!isPublic(m))
      for (const host of hostsOf(m, domain)) audiences.set(host, new Set([...(audiences.get(host) ?? []), m.namespace]));
  if (audiences.size === 0) return () => NOTHING;
  for (const m of objects)
    for (const host of hostsOf(m, domain))
      for (const ns of audiences.has(host) ? audienceOf(m) : []) if (ns !== OTHERS) audiences.get(host)!.add(ns);
  for (const m of objects)
    for (const host of hostsInMesh(m, domain))
      for (const [h, known] of audiences)
        if (hostWithin(h, host)) for (const ns of audienceOf(m)) if (ns !== OTHERS) known.add(ns);
  const to = (m: Manifest, host: string): Audience[] => [...audiences.get(host)!, OTHERS].filter((ns) => sees(ns, audienceOf(m)));
  return (m) => {
    const own = hostsOf(m, domain).filter((h) => audiences.has(h));
    if (own.length > 0) {
      const ports = list(m.object.spec?.ports).map((p) => p.port ?? p.number);
      return {
        ...NOTHING,
        provides: new Set(
          own.flatMap((h) =>
            to(m, h).flatMap((ns): Fact[] => [
              `known ${h} ${ns}`,
              `called ${h} ${ns}`,
              ...ports.map((p): Fact => `known ${h}:${p} ${ns}`),
            ]),
          ),
        ),
      };
    }
    if (m.kind !== 'VirtualService') return NOTHING;
    const needs = [...referencesOf(m, domain).needs].flatMap((fact) => {
      const [kind, host, port] = fact.split(' ') as [string, string, string?];
      if ((kind !== 'host' && kind !== 'port') || !audiences.has(host)) return [];
      const what = kind === 'port' ? `${host}:${port}` : host;
      return callers.among(audiences.get(host)!, callers.of(m)).map((ns): Fact => `known ${what} ${ns}`);
    });
    const called = hostsInMesh(m, domain).flatMap((host) =>
      (isWild(host) ? [...audiences.keys()].filter((h) => hostWithin(h, host)) : [host]).flatMap((h) =>
        audiences.has(h) ? to(m, h).map((ns): Fact => `called ${h} ${ns}`) : [],
      ),
    );
    return { provides: new Set(called), needs: new Set(needs) };
  };
}
