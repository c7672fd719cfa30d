import type { Config } from './config';
import { hostsMeet, hostWithin, isWild, mostSpecific } from './host';
import { inOrderOf, listedBy, madeOnce, madeOnceFor } from './listed';
import type { MeshConfig } from './mesh-config';
import type { Service } from './service';
import { exported, type VirtualService } from './virtual-service';

/** One egress listener of a Sidecar: what a proxy knows, for all ports or one. */
export interface EgressListener {
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
  readonly port: { readonly number: number; readonly protocol: string; readonly name: string } | undefined;
  readonly bind: string | undefined;
  readonly captureNone: boolean;
  /** By service, the VirtualService whose host fits it best: a wildcard is about a service only there. */
  readonly best: ReadonlyMap<string, VirtualService>;
}

/** What scopes are made from. */
export interface Registry {
  readonly mesh: MeshConfig;
  /** Oldest first. */
  readonly services: readonly Service[];
  /** By host, then by namespace. */
  readonly byHost: ReadonlyMap<string, ReadonlyMap<string, Service>>;
  readonly virtualServices: readonly VirtualService[];
  readonly sidecars: readonly Config[];
}

/** The hosts of one namespace entry of an egress listener. */
interface Imports {
  readonly hosts: string[];
  readonly excluded: string[];
}

/** What one `egress` of a Sidecar lets in. Source: pilot/pkg/model/sidecar.go. */
export function egressListener(registry: Registry, namespace: string, visible: readonly Service[], e: any): EgressListener {
  const imports = new Map<string, Imports>();
  for (const h of (e.hosts ?? []) as string[]) {
    const [first, host] = h.split('/') as [string, string | undefined];
    if (host === undefined) continue;
    const excludes = first.startsWith('~');
    const bare = excludes ? first.slice(1) || '*' : first;
    const ns = bare === '.' ? namespace : bare;
    const known = imports.get(ns) ?? { hosts: [], excluded: [] };
    imports.set(ns, known);
    (excludes ? known.excluded : known.hosts).push(host);
  }
  const port = e.port ? { number: Number(e.port.number), protocol: e.port.protocol ?? '', name: e.port.name ?? '' } : undefined;
  const matchPort =
    port !== undefined && port.number !== 0 && port.protocol.toUpperCase() !== 'HTTP_PROXY' ? port.number : undefined;
  // hosts that are all said exactly are looked up: of several entries of one host and namespace only one is found
  const exact = [...imports].every(([ns, i]) => i.hosts.length === 0 || (ns !== '*' && !i.hosts.some(isWild)));
  const said = exact ? [...imports].flatMap(([ns, i]) => i.hosts.map((host) => ({ ns, host }))) : [];
  const told = exportedIn(inMesh(registry.virtualServices), namespace);
  const maybe = exact
    ? inOrderOf(
        told,
        [...said.map((x) => x.host), WILD].flatMap((h) => about(told, h)),
      )
    : told;
  const virtualServices = maybe.filter((v) => importsRoutes(imports, v));
  const known = exact
    ? inOrderOf(
        visible,
        said.flatMap(({ ns, host }) => registry.byHost.get(host)?.get(ns) ?? []),
      )
    : visible;
  const services = onePerHost(
    known.flatMap((s) => {
      const found = importOf(imports, s, matchPort);
      return found ? [found] : [];
    }),
    namespace,
  );
  return {
    services,
    virtualServices,
    port,
    bind: e.bind,
    captureNone: e.captureMode === 'NONE',
    best: bestRoutes(virtualServices, services),
  };
}

const inMesh = madeOnce((all: readonly VirtualService[]) => all.filter((v) => v.gateways.includes('mesh')));
const exportedIn = madeOnceFor(exported);
const WILD = '*';
/** By host; those with a wildcard by it. */
const about = listedBy((v: VirtualService) => new Set(v.hosts.map((h) => (isWild(h) ? WILD : h))));

const entriesFor = (imports: ReadonlyMap<string, Imports>, namespace: string) =>
  [imports.get(namespace), imports.get('*')].filter((x): x is Imports => x !== undefined);

/** Source: sidecar.go, VSMatches and SelectVirtualServices. */
function importsRoutes(imports: ReadonlyMap<string, Imports>, v: VirtualService): boolean {
  const entries = entriesFor(imports, v.namespace);
  const excluded = (h: string) => entries.some((i) => i.excluded.some((x) => hostWithin(h, x)));
  const meets = (h: string) => entries.some((i) => i.hosts.some((x) => x === h || ((isWild(h) || isWild(x)) && hostsMeet(h, x))));
  return v.hosts.some((h) => meets(h) && !excluded(h));
}

/** Source: sidecar.go, selectServices, matchingService and matchingAliasService. */
function importOf(imports: ReadonlyMap<string, Imports>, s: Service, port: number | undefined): Service | undefined {
  const entries = entriesFor(imports, s.namespace);
  if (entries.some((i) => i.excluded.some((x) => hostWithin(s.host, x)))) return undefined;
  for (const i of entries) {
    const has = (h: string) => i.hosts.some((x) => x === h || ((isWild(h) || isWild(x)) && hostWithin(h, x)));
    if (!has(s.host)) continue;
    const ports = port === undefined ? s.ports : s.ports.filter((p) => p.port === port);
    if (port !== undefined && ports.length === 0) continue;
    const aliases = s.aliases.filter((a) => has(a.host));
    return ports.length === s.ports.length && aliases.length === s.aliases.length ? s : { ...s, ports, aliases };
  }
  return undefined;
}

/** Of one host in several namespaces: the own namespace's, else a Kubernetes one, else the first. */
function onePerHost(services: readonly Service[], namespace: string): Service[] {
  const chosen = new Map<string, Service>();
  for (const s of services) {
    const known = chosen.get(s.host);
    if (!known || s.namespace === namespace) chosen.set(s.host, s);
    else if (known.registry !== 'Kubernetes' && s.registry === 'Kubernetes' && known.namespace !== namespace)
      chosen.set(s.host, s);
  }
  return services.filter((s) => chosen.get(s.host)!.namespace === s.namespace);
}

/** Source: sidecar.go, computeWildcardHostVirtualServiceIndex. */
function bestRoutes(virtualServices: readonly VirtualService[], services: readonly Service[]): Map<string, VirtualService> {
  const first = new Map<string, VirtualService>();
  for (const v of virtualServices) for (const h of v.hosts) if (!first.has(h)) first.set(h, v);
  const out = new Map<string, VirtualService>();
  if (![...first.keys()].some(isWild)) {
    for (const s of services) if (first.has(s.host)) out.set(s.host, first.get(s.host)!);
    return out;
  }
  for (const s of services) {
    const v = mostSpecific(s.host, first);
    if (v) out.set(s.host, v);
  }
  return out;
}
