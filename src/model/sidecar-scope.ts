import { byAge, type Config, selects } from './config';
import { hostsMeet, hostWithin, isWild, mostSpecific } from './host';
import type { MeshConfig } from './mesh-config';
import { isVisible, type Service } from './service';
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

/** What the proxies of a workload know. */
export interface SidecarScope {
  readonly namespace: string;
  /** The Sidecar that says it; none for the default scope. */
  readonly sidecar: Config | undefined;
  readonly listeners: readonly EgressListener[];
  /** All services that the proxy knows, also through routes. */
  readonly services: readonly Service[];
  readonly registryOnly: boolean;
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

/** The Sidecar of a workload. Source: pilot/pkg/model/push_context.go, initSidecarScopes and doGetSidecarScope. */
export function sidecarFor(
  sidecars: readonly Config[],
  namespace: string,
  labels: Readonly<Record<string, string>>,
  root: string,
): Config | undefined {
  const sorted = [...sidecars].sort(byAge);
  const own = sorted.filter((s) => s.namespace === namespace);
  const bySelector = own.find((s) => s.spec.workloadSelector && selects(s.spec.workloadSelector.labels, labels));
  const noSelector = (s: Config) => !s.spec.workloadSelector;
  return bySelector ?? own.find(noSelector) ?? sorted.find((s) => s.namespace === root && noSelector(s));
}

export function sidecarScope(registry: Registry, namespace: string, sidecar: Config | undefined): SidecarScope {
  const given = (sidecar?.spec.egress ?? []) as any[];
  const visible = [
    ...registry.services.filter((s) => exportedByName(s, namespace)),
    ...registry.services.filter((s) => s.exportTo.includes('*')),
  ];
  const listeners = (given.length > 0 ? given : [{ hosts: ['*/*'] }]).map((e) => egressListener(registry, namespace, visible, e));
  const policy = sidecar?.spec.outboundTrafficPolicy;
  return {
    namespace,
    sidecar,
    listeners,
    services: importedServices(registry, namespace, listeners),
    registryOnly: policy ? (policy.mode ?? 'REGISTRY_ONLY') === 'REGISTRY_ONLY' : registry.mesh.registryOnly,
  };
}

const exportedByName = (s: Service, namespace: string) =>
  !s.exportTo.includes('*') && !s.exportTo.includes('~') && isVisible(s, namespace);

/** What a gateway knows: all that is visible in its namespace. Source: sidecar.go, DefaultSidecarScopeForGateway. */
export function gatewayScope(registry: Registry, namespace: string): SidecarScope {
  const services: Service[] = [];
  const at = new Map<string, number>();
  for (const s of [
    ...registry.services.filter((x) => exportedByName(x, namespace)),
    ...registry.services.filter((x) => x.exportTo.includes('*')),
  ])
    append(services, at, s);
  return { namespace, sidecar: undefined, listeners: [], services, registryOnly: registry.mesh.registryOnly };
}

/** The hosts of one namespace entry of an egress listener. */
interface Imports {
  readonly hosts: string[];
  readonly excluded: string[];
}

function egressListener(registry: Registry, namespace: string, visible: readonly Service[], e: any): EgressListener {
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
  const virtualServices = exported(
    registry.virtualServices.filter((v) => v.gateways.includes('mesh')),
    namespace,
  ).filter((v) => importsRoutes(imports, v));
  // hosts that are all said exactly are looked up: of several entries of one host and namespace only one is found
  const exact = [...imports].every(([ns, i]) => i.hosts.length === 0 || (ns !== '*' && !i.hosts.some(isWild)));
  const known = exact ? visible.filter((s) => registry.byHost.get(s.host)?.get(s.namespace) === s) : visible;
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
    if (ports.length === 0) continue;
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

/** What listeners import, and what the routes that they import lead to. Source: sidecar.go, collectImportedServices. */
function importedServices(registry: Registry, namespace: string, listeners: readonly EgressListener[]): Service[] {
  const out: Service[] = [];
  const at = new Map<string, number>();
  for (const l of listeners) {
    for (const s of l.services) append(out, at, s);
    const matchPort = l.port && l.port.number !== 0 && l.port.protocol.toUpperCase() !== 'HTTP_PROXY' ? l.port.number : undefined;
    for (const v of l.virtualServices)
      for (const [host, ports] of destinations(v, namespace)) {
        const byNamespace = registry.byHost.get(host);
        const s = byNamespace?.get(namespace) ?? best([...(byNamespace?.values() ?? [])], namespace);
        const wanted = s && (matchPort !== undefined ? only(s, new Set([matchPort])) : ports.has(0) ? s : only(s, ports));
        if (wanted) append(out, at, wanted);
      }
  }
  return out;
}

const only = (s: Service, ports: ReadonlySet<number>): Service | undefined => {
  const kept = s.ports.filter((p) => ports.has(p.port));
  return kept.length === 0 ? undefined : kept.length === s.ports.length ? s : { ...s, ports: kept };
};

/** Source: sidecar.go, pickBestVisibleNamespace. */
function best(candidates: readonly Service[], namespace: string): Service | undefined {
  const visible = candidates.filter((s) => isVisible(s, namespace));
  return visible.find((s) => s.registry === 'Kubernetes') ?? [...visible].sort((a, b) => a.config.created - b.config.created)[0];
}

/** Hosts that a VirtualService leads to, with the ports it names; 0 for none. */
function destinations(v: VirtualService, namespace: string): Map<string, Set<number>> {
  const out = new Map<string, Set<number>>();
  const add = (d: any) => {
    if (d) out.set(d.host, (out.get(d.host) ?? new Set()).add(Number(d.port?.number ?? 0)));
  };
  for (const { rule } of v.http) {
    const spaces = ((rule.match ?? []) as any[]).map((m) => m.sourceNamespace).filter(Boolean);
    if (spaces.length > 0 && !spaces.includes(namespace)) continue;
    for (const r of rule.route ?? []) add(r.destination);
    add(rule.mirror);
    for (const m of rule.mirrors ?? []) add(m.destination);
  }
  for (const rule of [...v.tcp, ...v.tls]) for (const r of rule.route ?? []) add(r.destination);
  return out;
}

/** Source: sidecar.go, appendSidecarServices. */
function append(out: Service[], at: Map<string, number>, s: Service): void {
  const i = at.get(s.host);
  if (i === undefined) {
    at.set(s.host, out.length);
    out.push(s);
    return;
  }
  const known = out[i]!;
  if (known === s || (known.registry === 'Kubernetes' && s.registry !== 'Kubernetes')) return;
  if (known.registry !== 'Kubernetes' && s.registry === 'Kubernetes') {
    out[i] = s;
    return;
  }
  if (!merges(known, s)) return;
  const more = s.ports.filter((p) => !known.ports.some((k) => k.port === p.port));
  if (more.length > 0) out[i] = { ...known, ports: [...known.ports, ...more] };
}

/** Whether two services of one host become one. Source: sidecar.go, canMergeServices. */
function merges(a: Service, b: Service): boolean {
  const labels = (s: Service) => text(s.config.manifest.labels);
  const text = (map: Readonly<Record<string, string>> = {}) => JSON.stringify(Object.entries(map).sort());
  return (
    a.namespace === b.namespace &&
    a.resolution === b.resolution &&
    a.registry === b.registry &&
    labels(a) === labels(b) &&
    text(a.selector) === text(b.selector) &&
    [...a.exportTo].sort().join() === [...b.exportTo].sort().join()
  );
}
