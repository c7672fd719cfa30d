import { hostWithin, isWild } from '../values/host-name';

export { hostsMeet, hostWithin, isWild, wildcardsOver } from '../values/host-name';

/** Exact names before wildcards, longer before shorter, then by letter. */
export function moreSpecific(a: string, b: string): boolean {
  if (isWild(a) !== isWild(b)) return !isWild(a);
  return a.length === b.length ? a < b : a.length > b.length;
}

/** The entry of the most specific host that has the name. Source: pilot/pkg/model/config.go, MostSpecificHostMatch. */
export function mostSpecific<V>(name: string, entries: ReadonlyMap<string, V>): V | undefined {
  const exact = entries.get(name);
  if (exact !== undefined) return exact;
  const tail = isWild(name) ? name.slice(1) : name;
  let best: string | undefined;
  for (const h of entries.keys())
    if (isWild(h) && tail.endsWith(h.slice(1)) && (best === undefined || moreSpecific(h, best))) best = h;
  return best === undefined ? undefined : entries.get(best);
}

/** The names that both lists have, the narrower of each pair. */
export function commonHosts(a: readonly string[], b: readonly string[]): string[] {
  const out = new Set<string>();
  for (const x of a)
    for (const y of b) {
      if (hostWithin(x, y)) out.add(x);
      else if (hostWithin(y, x)) out.add(y);
    }
  return [...out];
}

/** The hosts of a gateway's server that a namespace may use: `ns/host` for that namespace, other hosts for all. */
export function hostsForNamespace(hosts: readonly string[], namespace: string): string[] {
  return hosts.flatMap((h) => {
    const [ns, name] = h.split('/', 2) as [string, string | undefined];
    if (name === undefined) return [h];
    return ns === namespace || ns === '*' ? [name] : [];
  });
}

/** A short name is one of the object's namespace; a name with a dot is taken as it is. Source: model/config.go, ResolveShortnameToFQDN. */
export function fullName(host: string, namespace: string, domain: string): string {
  if (host === '' || host.includes('.') || isWild(host) || host.includes(':')) return host;
  return `${host}.${namespace}.svc.${domain}`;
}
