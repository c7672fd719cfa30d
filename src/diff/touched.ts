import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName, isWild } from '../model/host';
import type { MeshModel } from '../model/mesh-model';
import { isRefused } from '../model/route-action';
import { alike, canonical } from './canonical';

/** Kinds that istiod makes nothing of. */
const NOBODYS = new Set([
  '/ServiceAccount',
  '/Secret',
  '/PersistentVolumeClaim',
  'autoscaling/HorizontalPodAutoscaler',
  'policy/PodDisruptionBudget',
]);
const WORKLOADS = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'batch/Job', 'batch/CronJob']);

const kindOf = (m: Manifest) => `${m.group}/${m.kind}`;

const byKey = (model: MeshModel) => new Map(model.objects.map(({ manifest }) => [keyOf(manifest), manifest]));

/**
 * The hosts that requests have to be asked for to see what changes between two meshes: those that the objects which differ are
 * about.
 * @returns nothing where it may be any host
 */
export function touchedHosts(old: MeshModel, now: MeshModel): ReadonlySet<string> | undefined {
  if (!alike(old.mesh, now.mesh)) return undefined;
  const { domain } = now.mesh;
  const before = byKey(old);
  const after = byKey(now);
  const out = new Set<string>();
  let routed: Map<string, Set<string> | undefined> | undefined;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const pair = [before.get(key), after.get(key)] as const;
    if (pair[0] === pair[1] || alike(pair[0]?.object, pair[1]?.object)) continue;
    const both = pair.filter((m) => m !== undefined);
    const [m] = both as [Manifest];
    if (NOBODYS.has(kindOf(m)) || (both.length === 2 && sameForTraffic(both[0]!, both[1]!))) continue;
    if (m.group !== 'networking.istio.io') return undefined;
    for (const x of both) {
      const hosts = hostsOf(x, domain);
      if (!hosts) return undefined;
      for (const h of hosts) out.add(h);
      if (x.kind !== 'DestinationRule') continue;
      // who leads there has other clusters now
      routed ??= hostsByDestination([...before.values(), ...after.values()], domain);
      for (const h of hosts)
        if (routed.has(h)) {
          const leading = routed.get(h);
          if (!leading) return undefined;
          for (const l of leading) out.add(l);
        }
    }
  }
  return out;
}

/**
 * The hosts that a VirtualService or a DestinationRule is about; nothing where that may be any: with a route that Envoy refuses,
 * requests to all others of its table end, and connections are told apart by addresses and ports, which hosts may have in common.
 */
function hostsOf({ kind, namespace, object: { spec = {} } }: Manifest, domain: string): readonly string[] | undefined {
  if (spec.http?.some(isRefused) || spec.tcp?.length > 0 || spec.tls?.length > 0) return undefined;
  const hosts: unknown = kind === 'VirtualService' ? spec.hosts : kind === 'DestinationRule' ? [spec.host] : undefined;
  if (!Array.isArray(hosts) || hosts.length === 0 || hosts.some((h) => typeof h !== 'string' || isWild(h))) return undefined;
  return hosts.map((h: string) => fullName(h, namespace, domain));
}

/** By destination, the hosts whose VirtualServices lead there. */
function hostsByDestination(all: readonly Manifest[], domain: string): Map<string, Set<string> | undefined> {
  const out = new Map<string, Set<string> | undefined>();
  for (const m of all) {
    if (m.kind !== 'VirtualService') continue;
    const hosts = hostsOf(m, domain);
    const { http, tls, tcp } = m.object.spec ?? {};
    for (const rule of [...(http ?? []), ...(tls ?? []), ...(tcp ?? [])])
      for (const d of [
        ...(rule?.route ?? []).map((r: any) => r?.destination),
        rule?.mirror,
        ...(rule?.mirrors ?? []).map((x: any) => x?.destination),
      ]) {
        if (typeof d?.host !== 'string') continue;
        const to = fullName(d.host, m.namespace, domain);
        const known = out.get(to);
        if (!hosts || (out.has(to) && !known)) out.set(to, undefined);
        else out.set(to, new Set([...(known ?? []), ...hosts]));
      }
  }
  return out;
}

/** Whether two states of an object are the same to istiod: a Deployment with another image is. */
function sameForTraffic(a: Manifest, b: Manifest): boolean {
  if (a.kind === 'Namespace' && a.group === '') return canonical(labelsOf(a)) === canonical(labelsOf(b));
  return WORKLOADS.has(kindOf(a)) && canonical(podsOf(a)) === canonical(podsOf(b));
}

/** Labels of a namespace, without the one that every namespace has once it is made. */
function labelsOf({ labels: { 'kubernetes.io/metadata.name': _, ...labels } }: Manifest): object {
  return labels;
}

/** What of a workload decides about requests. */
function podsOf({ object: { spec = {} } }: Manifest): unknown {
  const { metadata = {}, spec: pod = {} } = spec.template ?? spec.jobTemplate?.spec?.template ?? {};
  const ports = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].flatMap((c: any) =>
    (c?.ports ?? []).map((p: any) => [p?.name, p?.containerPort]),
  );
  const proxied = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].some((c: any) => c?.name === 'istio-proxy');
  return [metadata.labels, metadata.annotations, pod.serviceAccountName, pod.hostNetwork, spec.replicas === 0, ports, proxied];
}
