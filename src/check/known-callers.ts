import { type Ref, selects } from '../model/config';
import type { Service } from '../model/service';
import type { Workload } from '../model/workload';
import { workloadsWith } from './backends';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';
import { items, texts } from './items';

/** What the manifests themselves say about who calls a service. */
export interface KnownCall {
  readonly service: Service;
  /** Those with a proxy; each of them, or one of them, calls. */
  readonly callers: readonly Workload[];
  /** Where it is said, and how: `names the host`. */
  readonly at: Ref;
}

/**
 * Calls that Sidecars name host by host, and that rules of VirtualServices are for by source labels or namespace. A host with
 * a wildcard says nothing about who calls it.
 */
export function* knownCalls(mesh: CheckedMesh): Iterable<KnownCall> {
  yield* ofSidecars(mesh);
  yield* ofRoutes(mesh);
}

const inNamespace = ofMesh((mesh) => {
  const out = new Map<string, Workload[]>();
  for (const w of mesh.model.workloads) if (mayCall(w)) filed(out, w.namespace, w);
  return out;
});

const mayCall = (w: Workload): boolean => w.kind === 'Pod' && w.hasSidecar && !w.gateway;

function callersWith(
  mesh: CheckedMesh,
  namespace: string | undefined,
  labels: Readonly<Record<string, string>> = {},
): readonly Workload[] {
  const some = Object.keys(labels).length > 0;
  if (namespace !== undefined)
    return some ? workloadsWith(mesh, namespace, labels).filter(mayCall) : (inNamespace(mesh).get(namespace) ?? []);
  const known = withLabels(mesh);
  const key = JSON.stringify(Object.entries(labels).sort());
  const found = known.get(key) ?? mesh.model.workloads.filter((w) => mayCall(w) && selects(labels, w.labels));
  known.set(key, found);
  return found;
}

/** Those of all namespaces, by labels that were asked for. */
const withLabels = ofMesh(() => new Map<string, readonly Workload[]>());

/** Hosts all of whose requests routes of the mesh lead elsewhere. */
const ledAway = ofMesh((mesh) => {
  const out = new Set<string>();
  const kept = new Set<string>();
  for (const vs of mesh.model.virtualServices) {
    if (!vs.gateways.includes('mesh')) continue;
    const to = new Set(vs.http.flatMap(({ rule }) => items(rule.route).map(([, r]) => r.destination?.host)));
    for (const h of vs.hosts) (to.size > 0 && !to.has(h) && vs.tcp.length + vs.tls.length === 0 ? out : kept).add(h);
  }
  for (const h of kept) out.delete(h);
  return out;
});

function* ofSidecars(mesh: CheckedMesh): Iterable<KnownCall> {
  for (const { spec, namespace, manifest } of mesh.model.of('Sidecar')) {
    if (namespace === mesh.model.mesh.rootNamespace) continue;
    const callers = callersWith(mesh, namespace, spec.workloadSelector?.labels);
    if (callers.length === 0) continue;
    for (const [i, egress] of items(spec.egress))
      for (const [j, text] of texts(egress.hosts)) {
        const [space, host] = text.split('/') as [string, string | undefined];
        if (host === undefined || host.startsWith('*') || ledAway(mesh).has(host)) continue;
        for (const [ns, service] of mesh.model.byHost.get(host) ?? [])
          if (space === '*' || space === ns || (space === '.' && ns === namespace))
            yield { service, callers, at: { manifest, path: ['spec', 'egress', i, 'hosts', j] } };
      }
  }
}

function* ofRoutes(mesh: CheckedMesh): Iterable<KnownCall> {
  for (const vs of mesh.model.virtualServices) {
    if (!vs.gateways.includes('mesh')) continue;
    for (const { rule, from, path } of vs.http)
      for (const [j, match] of items(rule.match)) {
        const labels: Record<string, string> = match.sourceLabels ?? {};
        const namespace: string | undefined = match.sourceNamespace || undefined;
        // names of gateways make the sources count for nothing; of a delegate's match it is not told where it is written
        if ((!namespace && Object.keys(labels).length === 0) || texts(match.gateways).length > 0 || from !== vs.config) continue;
        const callers = callersWith(mesh, namespace, labels);
        if (callers.length === 0) continue;
        for (const [, r] of items(rule.route))
          for (const service of mesh.model.byHost.get(r.destination?.host)?.values() ?? [])
            yield { service, callers, at: { manifest: from.manifest, path: [...path, 'match', j] } };
      }
  }
}
