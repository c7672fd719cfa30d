import type { FieldPath } from '../manifests/manifest';
import { type Config, selects } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';
import { namespaceLabels } from './namespaces';

type Labels = Readonly<Record<string, string>>;

/** A Pod as istioctl's analyzers see it: one of the manifests, or the one that a workload would make. */
export interface AnalyzedPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Readonly<Record<string, any>>;
  /** The object to point at; none for the gateway that istioctl takes to be there. */
  readonly owner?: Config;
  /** Where the pod's `metadata` and `spec` are in the owner. */
  readonly path: FieldPath;
}

const INJECT = 'sidecar.istio.io/inject';
/** Kinds whose templates stand for pods. */
const TEMPLATES = ['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'batch/Job', 'batch/CronJob'] as const;
/** The image that the injector puts where a template says `auto`. */
const INJECTED = 'docker.io/istio/proxyv2';

/** Pods by their labels, so that a selector looks at few of them. */
export class AnalyzedPods {
  private readonly byLabel = new Map<string, AnalyzedPod[]>();
  private readonly byNamespace = new Map<string, AnalyzedPod[]>();
  private readonly values = new Map<string, ReadonlySet<string>>();

  constructor(readonly all: readonly AnalyzedPod[]) {
    for (const pod of all) {
      filed(this.byNamespace, pod.namespace, pod);
      for (const [k, v] of Object.entries(pod.labels)) filed(this.byLabel, `${k}=${v}`, pod);
    }
  }

  /** Pods of any namespace with all the labels; all pods where there are none. */
  *matching(selector: Labels | undefined): Iterable<AnalyzedPod> {
    for (const pod of this.fewest(selector) ?? this.all) if (selects(selector, pod.labels)) yield pod;
  }

  /** Those of one namespace. */
  *matchingIn(namespace: string, selector: Labels | undefined): Iterable<AnalyzedPod> {
    const inNamespace = this.in(namespace);
    const fewest = this.fewest(selector);
    for (const pod of fewest && fewest.length < inNamespace.length ? fewest : inNamespace)
      if (pod.namespace === namespace && selects(selector, pod.labels)) yield pod;
  }

  /** Values that pods have for a label, for hints. */
  valuesOf(label: string): ReadonlySet<string> {
    let values = this.values.get(label);
    if (!values) {
      values = new Set(this.all.map((p) => p.labels[label]).filter((v) => v !== undefined));
      this.values.set(label, values);
    }
    return values;
  }

  /** All pods of a namespace. */
  in(namespace: string): readonly AnalyzedPod[] {
    return this.byNamespace.get(namespace) ?? [];
  }

  private fewest(selector: Labels | undefined): readonly AnalyzedPod[] | undefined {
    let fewest: readonly AnalyzedPod[] | undefined;
    for (const [k, v] of Object.entries(selector ?? {})) {
      const some = this.byLabel.get(`${k}=${v}`) ?? [];
      if (!fewest || some.length < fewest.length) fewest = some;
    }
    return fewest;
  }
}

/** The pods of a mesh: those written, one for each workload, and one for the gateway that istioctl takes to be there. */
export const podsOf: (mesh: CheckedMesh) => AnalyzedPods = ofMesh((mesh) => {
  const pods: AnalyzedPod[] = [];
  for (const c of mesh.of('Pod'))
    pods.push({
      name: c.name,
      namespace: c.namespace,
      labels: c.manifest.labels,
      annotations: c.manifest.annotations,
      spec: c.spec,
      owner: c,
      path: [],
    });
  for (const kind of TEMPLATES)
    for (const owner of mesh.of(kind)) {
      // istioctl asks of a CronJob while one of its runs is there
      const path = kind === 'batch/CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
      const template = path.reduce((o: any, field) => o?.[field], owner.manifest.object);
      if (!template) continue;
      const labels: Labels = template.metadata?.labels ?? {};
      const annotations: Labels = template.metadata?.annotations ?? {};
      pods.push({
        name: `${owner.name}-0`,
        namespace: owner.namespace,
        labels,
        annotations,
        spec: injected(template.spec ?? {}, isInjected(namespaceLabels(mesh, owner.namespace), labels, annotations)),
        owner,
        path,
      });
    }
  const assumed = assumedGateway(mesh);
  if (assumed) pods.push(assumed.pod);
  return new AnalyzedPods(pods);
});

/** Whether the injector adds a proxy: what the namespace says, unless the pod says otherwise. Source: pkg/kube/inject/inject.go. */
export function isInjected(namespace: Labels, labels: Labels, annotations: Labels): boolean {
  const of = namespace['istio-injection'];
  if (of === 'disabled') return false;
  const wanted = of === 'enabled' || (of === undefined && namespace['istio.io/rev'] !== undefined);
  if (labels[INJECT] !== undefined) return labels[INJECT] === 'true';
  const said = annotations[INJECT];
  return said === undefined ? wanted : said === 'true' || (wanted && said !== 'false');
}

function injected(spec: Readonly<Record<string, any>>, wanted: boolean): Readonly<Record<string, any>> {
  if (!wanted || spec.hostNetwork === true) return spec;
  const containers: readonly any[] = spec.containers ?? [];
  if (!containers.some((c) => c?.name === PROXY))
    return { ...spec, containers: [...containers, { name: PROXY, image: INJECTED }] };
  return {
    ...spec,
    containers: containers.map((c) => (c?.name === PROXY && c.image === 'auto' ? { ...c, image: INJECTED } : c)),
  };
}

/** Name of the proxy's container. */
export const PROXY = 'istio-proxy';

/** A Service as analyzers see it. */
export interface AnalyzedService {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Readonly<Record<string, any>>;
  /** None for the gateway that istioctl takes to be there. */
  readonly config?: Config;
}

/** The Services of a mesh, and that of the gateway that istioctl takes to be there. */
export const servicesOf: (mesh: CheckedMesh) => readonly AnalyzedService[] = ofMesh((mesh) => {
  const services = mesh.of('Service').map(
    (config): AnalyzedService => ({
      name: config.name,
      namespace: config.namespace,
      labels: config.manifest.labels,
      annotations: config.manifest.annotations,
      spec: config.spec,
      config,
    }),
  );
  const assumed = assumedGateway(mesh)?.service;
  const written = assumed && services.some((s) => s.name === assumed.name && s.namespace === assumed.namespace);
  return assumed && !written ? [...services, assumed] : services;
});

const ROOT = 'istio-system';
/**
 * Ports of the Service of the gateway that istioctl takes to be there. The first two lead to 8080 and 8443 wherever Istio is
 * installed with `istioctl install`; the analyzers have them lead to themselves. Source:
 * manifests/charts/gateways/istio-ingress/values.yaml.
 */
const GATEWAY_PORTS = [
  { name: 'http2', port: 80, targetPort: 8080 },
  { name: 'https', port: 443, targetPort: 8443 },
  { name: 'tcp', port: 31400, targetPort: 31400 },
  { name: 'tls', port: 15443, targetPort: 15443 },
].map((p) => ({ ...p, protocol: 'TCP' }));

/**
 * The ingress gateway that istioctl takes to be in every mesh whose MeshConfig does not switch ingress off: a Pod and a
 * Service. Source: pkg/config/analysis/local/istiod_analyze.go (AddDefaultResources) and defaults.go.
 */
function assumedGateway(mesh: CheckedMesh): { readonly pod: AnalyzedPod; readonly service: AnalyzedService } | undefined {
  if (mesh.meshConfig.ingressControllerMode === 'OFF') return undefined;
  const name = String(mesh.meshConfig.ingressService ?? 'istio-ingressgateway');
  const labels = { istio: 'ingressgateway' };
  return {
    pod: {
      name: `${name}-dummypod`,
      namespace: ROOT,
      labels,
      annotations: {},
      spec: { containers: [{ name: PROXY }] },
      path: [],
    },
    service: { name, namespace: ROOT, labels: {}, annotations: {}, spec: { ports: GATEWAY_PORTS, selector: labels } },
  };
}

/** Whether a pod is in the mesh: it has a proxy, or it or its namespace say that it gets one. Source: analyzers/util/in_mesh.go. */
export function isInMesh(
  pod: {
    readonly namespace: string;
    readonly labels: Labels;
    readonly annotations: Labels;
    readonly spec: Readonly<Record<string, any>>;
  },
  namespaceLabels: Labels,
): boolean {
  const containers: readonly any[] = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  return containers.find((c) => c?.name === PROXY)?.image ? true : isWanted(pod, namespaceLabels);
}

/** Whether a pod, or else its namespace, asks for a proxy. Source: pkg/kube/inject/inject.go, injectRequired. */
export function isWanted(pod: { readonly labels: Labels; readonly annotations: Labels }, namespaceLabels: Labels): boolean {
  const said = pod.labels[INJECT] ?? pod.annotations[INJECT];
  return said === undefined ? namespaceLabels['istio-injection'] === 'enabled' : said === 'true';
}

/** Whether a pod is one of ambient mode. */
export const isAmbientPod = (pod: AnalyzedPod): boolean => pod.annotations['ambient.istio.io/redirection'] === 'enabled';

/** Whether an object is of Istio's control plane, as istioctl tells it. Source: analyzers/util/config.go. */
export const isControlPlane = (labels: Labels): boolean => labels.istio !== undefined || labels.release === 'istio';

/** Namespaces of Kubernetes itself, which nobody puts into the mesh. Source: pkg/kube/inject/initializer.go, IgnoredNamespaces. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);
