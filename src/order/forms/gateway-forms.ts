import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { hostWithin, isWild } from '../../values/host-name';
import { list } from '../facts/references';
import { gatewaysOf, isGateway, MESH } from '../facts/served-hosts';
import { sent, stagesOf, via } from './stages';

/**
 * Forms of rules and Gateways that get hosts from each other, for where there is no other way: rules have the hosts and the Gateways of
 * both for now, and servers of one host are told apart by istiod.
 * @param live all objects that are there
 */
export function gatewayForms(from: Manifest | undefined, to: Manifest | undefined, live: readonly Manifest[]) {
  if (!to) return undefined;
  const wide = isGateway(to) ? spelledLike(from, to, live) : from && heldByBoth(from, to);
  if (!wide || isEqual(wide.object.spec, to.object.spec)) return undefined;
  return via(wide, to);
}

/** Rules for the hosts and the Gateways of both, each host by its own; nothing where they would be for more hosts in the mesh. */
function heldByBoth(from: Manifest, to: Manifest): Manifest | undefined {
  const [old, now] = [from, to].map(gatewaysOf) as [readonly string[], readonly string[]];
  const staying = list(to.object.spec.hosts).map(String);
  const going = list(from.object.spec.hosts)
    .map(String)
    .filter((h) => !staying.includes(h));
  const hosts = [...staying, ...going];
  const isFew = [from, to].every((m) => hosts.length === list(m.object.spec.hosts).length);
  if (old.includes(MESH) !== now.includes(MESH) || (now.includes(MESH) && !isFew)) return undefined;
  const more = old.filter((g) => !now.includes(g));
  const joined = (match: any) =>
    list(match?.gateways).length > 0 ? { ...match, gateways: [...match.gateways, ...more] } : match;
  const rules = (value: unknown) => list(value).map((r) => (r.match ? { ...r, match: list(r.match).map(joined) } : r));
  const parts = Object.fromEntries(
    ['http', 'tls', 'tcp'].filter((p) => to.object.spec[p]).map((p) => [p, rules(to.object.spec[p])]),
  );
  const kept = going.length === 0 || isEqual(from.object.spec.http, to.object.spec.http) ? [] : rulesFor(going, staying, from);
  if (kept === undefined) return undefined;
  const http = kept.length > 0 ? { http: [...kept, ...(parts.http ?? [])] } : {};
  return sent(to, { ...to.object.spec, ...parts, ...http, hosts, gateways: [...now, ...more] });
}

/**
 * The rules of an object for some of its hosts alone. Nothing where that cannot be said: a wildcard means other hosts of the same rules, too,
 * and a rule that looks at the host itself, or leaves that to others, cannot look at one more.
 */
function rulesFor(hosts: readonly string[], others: readonly string[], { object: { spec } }: Manifest): any[] | undefined {
  const http = list(spec.http);
  const isSaid = (r: any) => r.delegate || list(r.match).some((m) => m.authority);
  if (http.some(isSaid) || hosts.some((h) => isWild(h) && others.some((o) => hostWithin(o, h)))) return undefined;
  const authorities = hosts.map((h) => ({ authority: { regex: `${h.replace(/[.]/g, '\\.').replace('*', '.*')}(:\\d+)?` } }));
  return http.map((r) => {
    const matches = list(r.match).length > 0 ? list(r.match) : [{}];
    return { ...r, match: matches.flatMap((m) => authorities.map((a) => ({ ...m, ...a }))) };
  });
}

/**
 * A server that takes TLS for a host that one of another Gateway has, and says other namespaces for it, says the same as that for now:
 * istiod leaves the younger of the two out then; else both are told to Envoy, which refuses all of the port.
 */
function spelledLike(from: Manifest | undefined, to: Manifest, live: readonly Manifest[]): Manifest {
  const wide = from ? stagesOf(from, to)[0]!.object! : to;
  const isBeside = (m: Manifest) =>
    isGateway(m) && keyOf(m) !== keyOf(to) && isEqual(m.object.spec?.selector, to.object.spec?.selector);
  const others = live.filter(isBeside).flatMap((m) => list(m.object.spec?.servers).filter((s) => s.tls));
  const servers = list(wide.object.spec?.servers).map((s) => {
    if (!s.tls) return s;
    const taken = others.filter((o) => o.port?.number === s.port?.number).flatMap((o) => list(o.hosts).map(String));
    const known = new Map(taken.map((h) => [nameIn(h), h]));
    return { ...s, hosts: list(s.hosts).map((h) => known.get(nameIn(String(h))) ?? h) };
  });
  return sent(to, { ...wide.object.spec, servers });
}

/** The host of a server without the namespaces whose rules may be. */
export const nameIn = (host: string): string => host.slice(host.indexOf('/') + 1);
