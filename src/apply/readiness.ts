import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import type { Fact, References } from './references';

const WORKLOADS = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet']);

/** Whether an object runs pods that can be waited for. */
export const isWorkload = (m: Manifest): boolean => WORKLOADS.has(`${m.group}/${m.kind}`);

type Labels = Readonly<Record<string, string>>;

/** What routes need besides what they name: pods behind the host or the subset that they lead to. */
export function podFacts(all: readonly Manifest[], domain: string): (m: Manifest) => References {
  /** What is asked of pods for a host or a subset of it; several, where two states of an object ask for different ones. */
  const asked: { readonly fact: Fact; readonly namespace: string; readonly labels: Labels }[] = [];
  const services = new Map<string, Manifest[]>();
  for (const m of all)
    if (m.kind === 'Service' && m.group === '') {
      const host = `${m.name}.${m.namespace}.svc.${domain}`;
      services.set(host, [...(services.get(host) ?? []), m]);
      const labels: Labels | undefined = m.object.spec?.selector;
      if (labels) asked.push({ fact: `pods ${host}`, namespace: m.namespace, labels });
    }
  for (const m of all)
    if (m.kind === 'DestinationRule') {
      const host = fullName(m.object.spec?.host ?? '', m.namespace, domain);
      for (const subset of m.object.spec?.subsets ?? [])
        for (const s of services.get(host) ?? [])
          asked.push({
            fact: `pods ${host} ${subset?.name}`,
            namespace: s.namespace,
            labels: { ...s.object.spec?.selector, ...subset?.labels },
          });
    }
  // by namespace and one of the labels, so that a workload looks at few
  const byLabel = new Map<string, { readonly fact: Fact; readonly labels: readonly (readonly [string, string])[] }[]>();
  for (const { fact, namespace, labels } of asked) {
    const entries = Object.entries(labels);
    const [first] = entries;
    const key = first ? `${namespace} ${first[0]}=${first[1]}` : `${namespace} `;
    byLabel.set(key, [...(byLabel.get(key) ?? []), { fact, labels: entries }]);
  }
  return (m) => {
    if (isWorkload(m)) {
      const labels: Labels = m.object.spec?.template?.metadata?.labels ?? {};
      const keys = ['', ...Object.entries(labels).map(([k, v]) => `${k}=${v}`)].map((k) => `${m.namespace} ${k}`);
      const mine = keys.flatMap((k) => byLabel.get(k) ?? []).filter((a) => a.labels.every(([k, v]) => labels[k] === v));
      return { provides: new Set(m.object.spec?.replicas === 0 ? [] : mine.map((a) => a.fact)), needs: NONE };
    }
    return m.kind === 'VirtualService'
      ? { provides: NONE, needs: new Set(destinations(m, domain)) }
      : { provides: NONE, needs: NONE };
  };
}

const NONE: ReadonlySet<Fact> = new Set();

function* destinations(m: Manifest, domain: string): Iterable<Fact> {
  const { http, tls, tcp } = m.object.spec ?? {};
  for (const rule of [...(http ?? []), ...(tls ?? []), ...(tcp ?? [])])
    for (const { destination: d } of rule?.route ?? [])
      if (d?.host) yield `pods ${fullName(d.host, m.namespace, domain)}${d.subset ? ` ${d.subset}` : ''}`;
}

/**
 * Why a workload is not ready yet; nothing when it is.
 * Source: kubectl's rollout_status.go, and kstatus.
 */
export function notReady(live: any): string | undefined {
  const { kind, metadata, spec = {}, status = {} } = live;
  if (metadata.deletionTimestamp) return 'is being deleted';
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'its controller has not seen it yet';
  const stuck = (status.conditions ?? []).find((c: any) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded');
  if (stuck) return `does not come up: ${stuck.message}`;
  const wanted: number = kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const updated: number = (kind === 'DaemonSet' ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available: number =
    (kind === 'DaemonSet'
      ? status.numberAvailable
      : kind === 'StatefulSet'
        ? (status.availableReplicas ?? status.readyReplicas)
        : status.availableReplicas) ?? 0;
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  if (kind === 'Deployment' && (status.replicas ?? 0) > updated) return `${status.replicas - updated} old pods are still there`;
  return available < wanted ? `${available} of ${wanted} pods are ready` : undefined;
}
