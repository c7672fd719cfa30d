import { type BuiltRoutes, buildRoutes, defaultRoute, hasRoutes, type RouteContext, routesLater } from './build-routes';
import { type DestinationRule, hashOf, hashOfService } from './destination-rules';
import type { EgressListener } from './egress-listener';
import { hostsMeet, isWild } from './host';
import type { MeshConfig } from './mesh-config';
import { isHttpOrSniffed } from './protocol';
import type { Route } from './route';
import { NO_ADDRESS, type Service } from './service';
import type { VirtualHost } from './virtual-host';
import type { VirtualService } from './virtual-service';

/** Whose outbound hosts are wanted. */
export interface Client {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a wrapper of istiod holds: routes for hosts outside the registry and for services. */
interface Group {
  readonly port: number;
  readonly services: readonly Service[];
  readonly hosts: readonly string[];
  readonly built: BuiltRoutes;
  readonly from: VirtualService | undefined;
}

/**
 * The virtual hosts of a sidecar's outbound port. Each host belongs to the first VirtualService about it, all else of the
 * others about it is ignored. Source: pilot/pkg/networking/core/httproute.go, BuildSidecarOutboundVirtualHosts.
 * @param ruleFor what the client obeys for a host, which need not be one that the port's listener knows
 */
export function outboundHosts(
  listener: EgressListener,
  port: number,
  client: Client,
  ruleFor: (host: string) => DestinationRule | undefined,
  mesh: MeshConfig,
): VirtualHost[] {
  const registry = new Map<string, Service>();
  for (const s of listener.services) {
    const at = atPort(s, port);
    if (at) registry.set(at.host, at);
  }
  const chosen = port === 80 ? listener.virtualServices : listener.virtualServices.filter((v) => isAbout(v, registry));
  const context: RouteContext = {
    labels: client.labels,
    namespace: client.namespace,
    gateway: 'mesh',
    port,
    tls: false,
    mesh,
    service: (host) => registry.get(host),
    hash: (d) => hashOf(ruleFor(d.host), d),
  };
  const groups: Group[] = [];
  const idle = new Map<string, VirtualService[]>();
  for (const v of chosen) {
    if (hasRoutes(v, context)) groups.push(...groupsOf(v, registry, listener, context));
    else for (const h of v.hosts) idle.set(h.toLowerCase(), [...(idle.get(h.toLowerCase()) ?? []), v]);
  }
  const taken = new Set(groups.flatMap((g) => g.services.map((s) => s.host)));
  for (const s of registry.values()) {
    if (taken.has(s.host) || s.resolution === 'Alias') continue;
    const [p] = s.ports;
    if (!p || !isHttpOrSniffed(p.protocol)) continue;
    groups.push({
      port: p.port,
      services: [s],
      hosts: [],
      built: plainRoute(s.host, p.port, mesh, ruleFor, () =>
        (idle.get(s.host) ?? []).flatMap((v) => buildRoutes(v, context).omitted),
      ),
      from: undefined,
    });
  }
  return virtualHosts(groups, port, client, mesh);
}

const known = new WeakMap<Service, Map<number, Service | undefined>>();

/** A service with one port of its alone; nothing where it has no such port. The same for all proxies. */
function atPort(s: Service, port: number): Service | undefined {
  let ports = known.get(s);
  if (!ports) {
    ports = new Map();
    known.set(s, ports);
  }
  if (!ports.has(port)) {
    const p = s.ports.find((x) => x.port === port && x.protocol !== 'UDP');
    ports.set(port, p && { ...s, host: s.host.toLowerCase(), ports: [p] });
  }
  return ports.get(port);
}

/** Source: httproute.go, selectVirtualServices. */
function isAbout(v: VirtualService, registry: ReadonlyMap<string, Service>): boolean {
  return v.hosts.some((h) => {
    const host = h.toLowerCase();
    if (registry.has(host)) return true;
    for (const s of registry.keys()) if ((isWild(host) || isWild(s)) && hostsMeet(host, s)) return true;
    return false;
  });
}

/** Source: route.go, buildSidecarVirtualHostsForVirtualService and separateVSHostsAndServices. */
function groupsOf(
  v: VirtualService,
  registry: ReadonlyMap<string, Service>,
  listener: EgressListener,
  context: RouteContext,
): Group[] {
  const hosts: string[] = [];
  const services: Service[] = [];
  for (const h of v.hosts) {
    if (isWild(h)) continue;
    const s = registry.get(h.toLowerCase());
    if (s) services.push(s);
    else hosts.push(h);
  }
  for (const h of v.hosts) {
    if (!isWild(h)) continue;
    const meeting = [...registry.values()].filter((s) => hostsMeet(s.host, h.toLowerCase()));
    for (const s of meeting) if (listener.best.get(s.host)?.config === v.config) services.push(s);
    if (meeting.length === 0) hosts.push(h.toLowerCase());
  }
  const speaking = services.filter((s) => s.ports.some((p) => isHttpOrSniffed(p.protocol)));
  if (speaking.length === 0 && context.port !== 80) return [];
  return [{ port: context.port, services: speaking, hosts, built: routesLater(v, context), from: v }];
}

/**
 * The route of a service that no VirtualService is about, made when it is first asked for.
 * @param omitted of those that are about it, and come to nothing
 */
function plainRoute(
  host: string,
  port: number,
  mesh: MeshConfig,
  ruleFor: (host: string) => DestinationRule | undefined,
  omitted: () => BuiltRoutes['omitted'],
): BuiltRoutes {
  let made: readonly Route[] | undefined;
  return {
    get routes() {
      made ??= [defaultRoute(`outbound|${port}||${host}`, mesh, hashOfService(ruleFor(host), port))];
      return made;
    },
    get omitted() {
      return omitted();
    },
  };
}

function virtualHosts(groups: readonly Group[], port: number, client: Client, mesh: MeshConfig): VirtualHost[] {
  const names = new Map<string, { -readonly [K in keyof VirtualHost]: VirtualHost[K] }>();
  const domainsTaken = new Set<string>();
  const known = new Set(groups.flatMap((g) => g.services.map((s) => s.host)));
  const out: VirtualHost[] = [];
  const put = (host: string, g: Group, service: Service | undefined) => {
    const name = `${host}:${g.port}`;
    const first = names.get(name);
    if (first) {
      if (g.from)
        first.hidden = [
          ...first.hidden,
          {
            by: { manifest: g.from.config.manifest, path: ['spec', 'hosts'] },
            reason: `of several VirtualServices for ${host} a proxy obeys the oldest alone`,
          },
        ];
      return;
    }
    const { domains, alternatives } = service
      ? domainsOf(service, client, mesh)
      : { domains: [host], alternatives: new Set<string>() };
    const free = domains.filter((d) => {
      const key = d.toLowerCase();
      if (domainsTaken.has(key) || (alternatives.has(d) && known.has(d))) return false;
      domainsTaken.add(key);
      return true;
    });
    const vh = {
      name,
      domains: free,
      get routes() {
        return g.built.routes;
      },
      // redirects alone can be refused
      acceptable: !g.from?.http.some(({ rule }) => rule.redirect),
      requireTls: false,
      get omitted() {
        return g.built.omitted;
      },
      hidden: [],
    };
    names.set(name, vh);
    if (free.length > 0) out.push(vh);
  };
  for (const g of groups) {
    if (g.port !== port) continue;
    for (const h of g.hosts) put(h.toLowerCase(), g, undefined);
    for (const s of g.services) put(s.host, g, s);
  }
  return out;
}

interface Domains {
  readonly domains: readonly string[];
  readonly alternatives: ReadonlySet<string>;
}
const called = new WeakMap<Service, Map<string, Domains>>();

/** The names by which clients of a namespace call a service: those of its own namespace by more than all others. */
function domainsOf(s: Service, client: Client, mesh: MeshConfig): Domains {
  const isOwn = [s.host, ...s.aliases.map((a) => a.host)].some((h) => h.split('.')[1] === client.namespace);
  const key = `${isOwn ? client.namespace : ''} ${mesh.domain}`;
  let of = called.get(s);
  if (!of) {
    of = new Map();
    called.set(s, of);
  }
  let made = of.get(key);
  if (!made) {
    made = makeDomains(s, client, mesh);
    of.set(key, made);
  }
  return made;
}

/** Source: httproute.go, generateVirtualHostDomains. */
function makeDomains(s: Service, client: Client, mesh: MeshConfig): Domains {
  const alternatives = new Set<string>();
  const domains: string[] = [];
  for (const h of [s.host, ...s.aliases.map((a) => a.host)]) {
    domains.push(h);
    for (const a of alternativesOf(h, client, mesh)) {
      domains.push(a);
      alternatives.add(a);
    }
  }
  if (s.resolution === 'Passthrough' && s.registry === 'Kubernetes') domains.push(...domains.map((d) => `*.${d}`));
  if (s.address !== NO_ADDRESS && s.address !== '') domains.push(s.address);
  return { domains, alternatives };
}

/** Other names of a host, for clients of a namespace. Source: httproute.go, GenerateAltVirtualHosts. */
export function alternativesOf(host: string, client: Client, mesh: MeshConfig): string[] {
  const out = /^[\d.]+$/.test(host) ? [] : [`${host}.`];
  const suffix = `.svc.${mesh.domain}`;
  if (!host.endsWith(suffix)) return out;
  const [name, namespace, ...rest] = host.slice(0, -suffix.length).split('.');
  if (name === undefined || namespace === undefined || rest.length > 0) return out;
  const both = `${name}.${namespace}`;
  return namespace === client.namespace ? [...out, name, `${both}.svc`, both] : [...out, both, `${both}.svc`];
}
