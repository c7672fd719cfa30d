import type { FieldPath, Manifest } from '../manifests/manifest';
import { type Config, selects } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';
import { textOf } from './items';

/** What a selector may choose: the pods of a template, or a machine. */
export interface Pods {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The pods' spec; empty for machines. */
  readonly spec: any;
  readonly serviceAccount: string;
  readonly config: Config;
}

const KINDS = [
  'Pod',
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  'argoproj.io/Rollout',
];

/** Labels that injection adds, so that no manifest need have them. Source: pkg/kube/inject/webhook.go. */
const ADDED = /^(service\.istio\.io|topology\.istio\.io|security\.istio\.io|istio\.io)\//;

interface Index {
  readonly all: readonly Pods[];
  readonly byLabel: ReadonlyMap<string, readonly Pods[]>;
  readonly byNamespace: ReadonlyMap<string, readonly Pods[]>;
}

const index = ofMesh<Index>((mesh) => {
  const all = [...templates(mesh)];
  const byLabel = new Map<string, Pods[]>();
  for (const p of all)
    for (const [key, value] of Object.entries(p.labels))
      for (const bucket of [`${p.namespace}/${key}=${value}`, `*/${key}=${value}`]) filed(byLabel, bucket, p);
  const byNamespace = new Map<string, Pods[]>();
  for (const p of all) filed(byNamespace, p.namespace, p);
  return { all, byLabel, byNamespace };
});

/** All pods of templates, whether any run or not, and all machines. */
export const podsOf = (mesh: CheckedMesh): readonly Pods[] => index(mesh).all;

/** What istioctl and Istio's charts install by default, whose manifests are seldom among the user's. */
const INSTALLED: readonly Readonly<Record<string, string>>[] = [
  { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  { app: 'istio-egressgateway', istio: 'egressgateway' },
];

/** Whether a selector means a gateway of Istio's own installation. */
export const selectsInstalled = (selector: Readonly<Record<string, string>>): boolean =>
  INSTALLED.some((labels) => selects(selector, labels));

/** What is said of parts of Istio's own installation that are not among the manifests. */
export const INSTALLED_HINT =
  "Istio's own installation may have it: where it is there, nothing is wrong; check it together with that";

/**
 * Whether nothing of Istio's own installation is among the manifests, so that its gateways may be there all the same.
 */
export const mayBeInstalled: (mesh: CheckedMesh) => boolean = ofMesh((mesh) => {
  const root = mesh.model.mesh.rootNamespace;
  return !mesh.of('Service').some((s) => s.namespace === root) && podsIn(mesh, root).length === 0;
});

/** Whether a host is that of a gateway of Istio's own installation. */
export const isInstalledHost = (mesh: CheckedMesh, host: string): boolean =>
  mayBeInstalled(mesh) &&
  INSTALLED.some(({ app }) => host === `${app}.${mesh.model.mesh.rootNamespace}.svc.${mesh.model.mesh.domain}`);

/**
 * Those of a namespace.
 * @param namespace `*` for all
 */
export const podsIn = (mesh: CheckedMesh, namespace: string): readonly Pods[] =>
  namespace === '*' ? index(mesh).all : (index(mesh).byNamespace.get(namespace) ?? []);

/**
 * Pods that a selector chooses; an empty one chooses none.
 * @param namespace `*` for all
 */
export function selectedPods(
  mesh: CheckedMesh,
  namespace: string,
  selector: Readonly<Record<string, string>> | undefined,
): readonly Pods[] {
  const wanted = Object.entries(selector ?? {}).filter(([key]) => !ADDED.test(key));
  const { byLabel } = index(mesh);
  if (wanted.length === 0) return Object.keys(selector ?? {}).length === 0 ? [] : podsIn(mesh, namespace);
  let least: readonly Pods[] | undefined;
  for (const [key, value] of wanted) {
    const list = byLabel.get(`${namespace}/${key}=${value}`) ?? [];
    if (!least || list.length < least.length) least = list;
  }
  const labels = Object.fromEntries(wanted);
  return least!.filter((p) => selects(labels, p.labels));
}

function* templates(mesh: CheckedMesh): Iterable<Pods> {
  for (const kind of KINDS)
    for (const config of mesh.of(kind)) {
      const { spec, manifest } = config;
      const template =
        kind === 'Pod' ? manifest.object : kind === 'batch/CronJob' ? spec.jobTemplate?.spec?.template : spec.template;
      if (typeof template !== 'object' || template === null) continue;
      yield {
        namespace: config.namespace,
        labels: template.metadata?.labels ?? {},
        annotations: template.metadata?.annotations ?? {},
        spec: template.spec ?? {},
        serviceAccount: textOf(template.spec?.serviceAccountName) ?? 'default',
        config,
      };
    }
  const machine = (config: Config, labels: any, serviceAccount: any): Pods => ({
    namespace: config.namespace,
    labels: labels ?? {},
    annotations: {},
    spec: {},
    serviceAccount: serviceAccount ?? '',
    config,
  });
  for (const c of mesh.of('WorkloadEntry'))
    yield machine(c, { ...(c.spec.labels ?? {}), ...c.manifest.labels }, c.spec.serviceAccount);
  for (const c of mesh.of('WorkloadGroup'))
    yield machine(c, { ...(c.spec.metadata?.labels ?? {}), ...(c.spec.template?.labels ?? {}) }, c.spec.template?.serviceAccount);
}

/** Where the pods of an object have their spec. */
export function podSpecPath({ kind }: Manifest): FieldPath {
  return [...templatePath(kind), 'spec'];
}

/** Where the pods of an object have their labels, or what is written of the way there. */
export function podLabelsPath({ kind, object }: Manifest): FieldPath {
  const path =
    kind === 'WorkloadEntry'
      ? ['spec', 'labels']
      : kind === 'WorkloadGroup'
        ? ['spec', 'metadata', 'labels']
        : [...templatePath(kind), 'metadata', 'labels'];
  const isWritten = (n: number) => path.slice(0, n).reduce<any>((value, key) => value?.[key], object) !== undefined;
  let length = path.length;
  while (length > 0 && !isWritten(length)) length--;
  return path.slice(0, length);
}

const templatePath = (kind: string): FieldPath =>
  kind === 'Pod' ? [] : kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
