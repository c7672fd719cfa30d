import type { Manifest } from '../../manifests/manifest';
import { fullName, hostsMeet, hostWithin, isWild, wildcardsOver } from '../../model/host';
import { canonical } from '../../values/equal';
import { type Fact, list, NOTHING, nameOf, type References } from './references';

/** Where rules without a Gateway are in effect. */
export const MESH = 'mesh';

/**
 * Which hosts have rules in the mesh, and which a Gateway's servers are open for. A host that has rules in both states has some at all
 * times, whosever they are; a Gateway is open for a host as long as rules for it are bound there.
 */
export function servedHosts(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const hostsAt = new Map<string, Set<string>>();
  for (const m of objects)
    for (const { place, hosts } of bindings(m, domain)) {
      const known = hostsAt.get(place) ?? new Set();
      hostsAt.set(place, known);
      for (const h of hosts) known.add(h);
    }
  const inMesh = hostsAt.get(MESH) ?? new Set();
  const wildInMesh = new Set([...inMesh].filter(isWild));
  /** Hosts in the mesh, by the wildcards that mean them. */
  const beneath = new Map<string, string[]>([...wildInMesh].map((w) => [w, []]));
  for (const h of inMesh) for (const w of wildcardsOver(h, wildInMesh)) beneath.get(w)!.push(h);
  const servers = (m: Manifest): Fact[] => {
    if (!isGateway(m)) return [];
    const place = nameOf(m);
    const open = list(m.object.spec?.servers).flatMap(serverHosts);
    const [exact, wild] = [new Set(open), open.filter(isWild)];
    const isOpen = (h: string) => exact.has(h) || (isWild(h) ? open : wild).some((o) => hostsMeet(o, h));
    const known = [...(hostsAt.get(place) ?? [])];
    const isWhole = (h: string) => exact.has(h) || wild.some((o) => hostWithin(h, o));
    return [
      ...known.filter(isOpen).map((h) => openFor(place, h)),
      ...known.filter((h) => isWild(h) && isWhole(h)).map((h) => wholly(place, h)),
    ];
  };
  const bound = (m: Manifest): Fact[] =>
    bindings(m, domain).flatMap(({ place, hosts }) =>
      place === MESH ? [] : hosts.flatMap((h) => [openFor(place, h), ...(isWild(h) ? [wholly(place, h)] : [])]),
    );
  return (m) => {
    if (isGateway(m)) return { ...NOTHING, provides: new Set(servers(m)) };
    const places = bindings(m, domain);
    if (places.length === 0) return NOTHING;
    const routes = places.flatMap(({ place, hosts }) =>
      place === MESH ? hosts.flatMap((h) => (beneath.get(h) ?? [h]).map((x) => `routes ${MESH} ${x}`)) : [],
    );
    return { provides: new Set(routes), needs: new Set(bound(m)) };
  };
}

/** Tells Gateways of the same pods, where they are of these in both states, as one place. */
export function gatewayPods(objects: readonly Manifest[]): (place: string) => string {
  const selectors = new Map<string, Set<string>>();
  for (const m of objects.filter(isGateway)) {
    const place = nameOf(m);
    selectors.set(place, (selectors.get(place) ?? new Set()).add(canonical(m.object.spec?.selector ?? {})));
  }
  return (place) => {
    const [only, ...others] = selectors.get(place) ?? [];
    return only === undefined || others.length > 0 ? place : only;
  };
}

const openFor = (place: string, host: string): Fact => `server ${place} ${host}`;
/** Of a wildcard: not of some of its hosts alone, which would then be more about them than others' rules. */
const wholly = (place: string, host: string): Fact => `server ${place} ${host} (all)`;

/** Whether it is a Gateway of Istio's own. */
export const isGateway = (m: Manifest): boolean => m.kind === 'Gateway' && m.group === 'networking.istio.io';

/** The hosts that a server of a Gateway is for, without the namespaces whose rules may be. */
export const serverHosts = (server: any): string[] => list(server.hosts).map((h) => String(h).replace(/^[^/]*\//, ''));

/** Where a VirtualService is bound: Gateways as `namespace/name`, and {@link MESH}, which is meant where nothing is said. */
export function gatewaysOf({ namespace, object: { spec = {} } }: Manifest): readonly string[] {
  const names = list(spec.gateways).map(String);
  return (names.length > 0 ? names : [MESH]).map((g) => gatewayName(g, namespace));
}

/** A Gateway as `namespace/name`, as rules of a namespace name it. */
export const gatewayName = (g: string, namespace: string): string => (g === MESH || g.includes('/') ? g : `${namespace}/${g}`);

/** The hosts that rules in the mesh are for. */
export const hostsInMesh = (m: Manifest, domain: string): readonly string[] =>
  bindings(m, domain).flatMap(({ place, hosts }) => (place === MESH ? hosts : []));

/** Where the rules of a VirtualService are in effect, and for which hosts. */
export function bindings(m: Manifest, domain: string): readonly { readonly place: string; readonly hosts: readonly string[] }[] {
  if (m.kind !== 'VirtualService') return [];
  const hosts = list(m.object.spec?.hosts).map(String);
  if (hosts.length === 0) return [];
  return gatewaysOf(m).map((place) => ({
    place,
    hosts: place === MESH ? hosts.map((h) => fullName(h, m.namespace, domain)) : hosts,
  }));
}
