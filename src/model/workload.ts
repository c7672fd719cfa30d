import type { Manifest } from '../manifests/manifest';
import { type Config, selects } from './config';
import { isInjected } from './injection';
import { listedBy } from './listed';

/** Pods of one template, or a WorkloadEntry: what stands behind services, and what policies are about. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Whether a sidecar answers for it, so that it takes mutual TLS. */
  readonly hasSidecar: boolean;
  /** It is several pods, each with an address of its own. */
  readonly several: boolean;
  /** Its proxy is a gateway, which knows no application: it takes no mutual TLS by itself. */
  readonly gateway: boolean;
  /** Container ports by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** An address that stands for its pods; its own where it is known. */
  readonly address: string;
  /** `region/zone/subzone`, where that is known: what a machine says, or where pods have to run. */
  readonly locality?: string;
  /** Of a machine among others, where it says one. */
  readonly weight?: number;
  readonly kind: 'Pod' | 'WorkloadEntry';
  readonly config: Config;
  /** Of the pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the object says what its pods are. */
  readonly template: readonly string[];
}

/** Annotation of pods: what is injected. */
const TEMPLATES_OF_PROXY = 'inject.istio.io/templates';
const TEMPLATES = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Rollout']);

/** Whether objects of the kind have pods. */
export const hasPods = (kind: string): boolean => kind === 'Pod' || TEMPLATES.has(kind);

function templatePath(kind: string): readonly string[] {
  if (kind === 'Pod') return [];
  return kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
}

/**
 * The pods of an object as one workload; none where it runs none.
 * @param address given to pods that have none yet
 * @param namespace the object of the namespace, where it says whether pods get a proxy
 */
export function workloadOf(config: Config, address: () => string, namespace: Manifest | undefined): Workload | undefined {
  const { manifest, spec } = config;
  if (spec.replicas === 0) return undefined;
  const path = templatePath(manifest.kind);
  const template = path.reduce<any>((o, field) => o?.[field], manifest.object);
  if (!template) return undefined;
  const given: Record<string, string> = template.metadata?.labels ?? {};
  const pod = template.spec ?? {};
  const annotations: Record<string, string> = template.metadata?.annotations ?? {};
  const hostNetwork = pod.hostNetwork === true;
  const off = !isInjected(namespace, { namespace: config.namespace, labels: given, annotations, hostNetwork });
  // Source: istio-discovery's files/gateway-injection-template.yaml has no tlsMode
  const gateway = (annotations[TEMPLATES_OF_PROXY] ?? '').split(',').some((t) => t.trim() === 'gateway');
  const tlsMode = given['security.istio.io/tlsMode'] ?? (off || gateway || manifest.kind === 'Pod' ? undefined : 'istio');
  const ports = new Map<string, number>();
  for (const c of [...(pod.containers ?? []), ...(pod.initContainers ?? [])])
    for (const p of c.ports ?? []) if (p.name) ports.set(p.name, Number(p.containerPort));
  return {
    name: manifest.kind === 'Pod' ? config.name : `${config.name}-pod`,
    namespace: config.namespace,
    labels: { ...given, ...(tlsMode ? { 'security.istio.io/tlsMode': tlsMode } : {}) },
    serviceAccount: pod.serviceAccountName ?? 'default',
    hasSidecar: tlsMode === 'istio',
    several: Number(spec.replicas) > 1 || manifest.kind === 'DaemonSet',
    gateway,
    ports,
    address: (manifest.kind === 'Pod' ? manifest.object.status?.podIP : undefined) ?? address(),
    kind: 'Pod',
    config,
    annotations,
    template: path,
    ...placed(localityOfPods(given, pod.nodeSelector ?? {})),
  };
}

const placed = (locality: string | undefined) => (locality === undefined ? {} : { locality });

/** Source: pilot/pkg/serviceregistry/kube/controller/controller.go, getPodLocality, which knows the node; here a nodeSelector tells it. */
function localityOfPods(labels: Readonly<Record<string, string>>, node: Readonly<Record<string, string>>): string | undefined {
  const said = labels['istio-locality'];
  if (said) return said.includes('/') ? said : said.replaceAll('.', '/');
  const parts = [node['topology.kubernetes.io/region'], node['topology.kubernetes.io/zone'], node['topology.istio.io/subzone']];
  const known = parts.findIndex((p) => !p);
  return parts[0] && parts[1] ? parts.slice(0, known < 0 ? 3 : known).join('/') : undefined;
}

/** Annotation of the WorkloadEntry of a machine that registered itself: its WorkloadGroup. */
const GROUP = 'istio.io/autoRegistrationGroup';

/**
 * A machine for each WorkloadGroup, as it would register itself; none where machines are there already: they registered, or are
 * written with the group's labels. Source: pilot/pkg/autoregistration/controller.go, workloadEntryFromGroup.
 * @param address given to machines, which have none yet
 */
export function machinesOf(groups: readonly Config[], entries: readonly Workload[], address: () => string): Workload[] {
  return groups.flatMap((group) => {
    const { metadata, template = {} } = group.spec;
    const labels = { ...(template?.labels ?? {}), ...(metadata?.labels ?? {}) };
    const there = entries.some(
      (e) =>
        e.namespace === group.namespace &&
        (e.config.manifest.annotations[GROUP] === group.name || (Object.keys(labels).length > 0 && selects(labels, e.labels))),
    );
    if (there) return [];
    return [workloadEntry(group, { ...template, labels, address: address() }, group.name)];
  });
}

/** The labels of a machine: those of its object count besides. */
export const machineLabels = (entry: Entry, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...(entry.labels ?? {}),
  ...own,
});

/** Whether a machine has a sidecar: where it says so, or has an account. */
export const hasSidecar = (entry: Entry, labels: Readonly<Record<string, string>>): boolean =>
  (labels['security.istio.io/tlsMode'] ?? (entry.serviceAccount ? 'istio' : 'disabled')) === 'istio';

type Entry = Readonly<Record<string, any>>;

/** A machine that joins the mesh, of its own object or written in a ServiceEntry. */
export function workloadEntry(config: Config, entry: Entry, name: string): Workload {
  const labels = machineLabels(entry, config.manifest.kind === 'WorkloadEntry' ? config.manifest.labels : {});
  return {
    name,
    namespace: config.namespace,
    labels,
    serviceAccount: entry.serviceAccount ?? '',
    hasSidecar: hasSidecar(entry, labels),
    several: false,
    gateway: false,
    ports: new Map(Object.entries(entry.ports ?? {}).map(([n, p]) => [n, Number(p)])),
    address: entry.address ?? '',
    kind: 'WorkloadEntry',
    config,
    annotations: {},
    template: [],
    locality: entry.locality || labels['istio-locality']?.replaceAll('.', '/') || '',
    ...(Number(entry.weight) > 0 ? { weight: Number(entry.weight) } : {}),
  };
}

const labelKey = (namespace: string, name: string, value: string) => `${namespace} ${name}=${value}`;
const byLabel = listedBy((w: Workload) => Object.entries(w.labels).map(([k, v]) => labelKey(w.namespace, k, v)));

/** Workloads of a namespace that a selector chooses. An empty selector chooses none, as for a Service. */
export function selected(
  all: readonly Workload[],
  namespace: string,
  selector: Readonly<Record<string, string>> | undefined,
): Workload[] {
  let fewest: readonly Workload[] | undefined;
  for (const [k, v] of Object.entries(selector ?? {})) {
    const list = byLabel(all, labelKey(namespace, k, v));
    if (!fewest || list.length < fewest.length) fewest = list;
  }
  return (fewest ?? []).filter((w) => selects(selector, w.labels));
}
