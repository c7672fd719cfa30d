import { type Config, selects } from './config';
import { type EgressListener, egressListener, type Registry } from './egress-listener';
import { listedBy, madeOnce, madeOnceFor } from './listed';
import { isVisible, type Service } from './service';
import type { VirtualService } from './virtual-service';

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

const ofNamespace = listedBy((c: Config) => [c.namespace]);

/**
 * The Sidecar of a workload. Source: pilot/pkg/model/push_context.go, initSidecarScopes and doGetSidecarScope.
 * @param sidecars the oldest first
 */
export function sidecarFor(
  sidecars: readonly Config[],
  namespace: string,
  labels: Readonly<Record<string, string>>,
  root: string,
): Config | undefined {
  const own = ofNamespace(sidecars, namespace);
  const bySelector = own.find((s) => s.spec.workloadSelector && selects(s.spec.workloadSelector.labels, labels));
  const noSelector = (s: Config) => !s.spec.workloadSelector;
  return bySelector ?? own.find(noSelector) ?? ofNamespace(sidecars, root).find(noSelector);
}

export function sidecarScope(registry: Registry, namespace: string, sidecar: Config | undefined): SidecarScope {
  const given = (sidecar?.spec.egress ?? []) as any[];
  const visible = visibleIn(registry.services, namespace);
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

const exportedByName = (s: Service, namespace: string) => !s.exportTo.includes('~') && isVisible(s, namespace);
const byExport = madeOnce((services: readonly Service[]) => ({
  toAll: services.filter((s) => s.exportTo.includes('*')),
  toSome: services.filter((s) => !s.exportTo.includes('*')),
}));
/** What proxies of a namespace may be told of: what is exported to it by name first. */
const visibleIn = madeOnceFor((services: readonly Service[], namespace): readonly Service[] => {
  const { toAll, toSome } = byExport(services);
  const named = toSome.filter((s) => exportedByName(s, namespace));
  return named.length === 0 ? toAll : [...named, ...toAll];
});

/** What a gateway knows: all that is visible in its namespace. Source: sidecar.go, DefaultSidecarScopeForGateway. */
export function gatewayScope(registry: Registry, namespace: string): SidecarScope {
  const services: Service[] = [];
  const at = new Map<string, number>();
  for (const s of visibleIn(registry.services, namespace)) append(services, at, s);
  return { namespace, sidecar: undefined, listeners: [], services, registryOnly: registry.mesh.registryOnly };
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
    // to say the default is something else than to say nothing
    [...new Set(a.declaredExportTo)].sort().join() === [...new Set(b.declaredExportTo)].sort().join()
  );
}
