import type { ApiObject, ApiObjectMetadataDefinition } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { renderMetadata } from '../../imports/render-object';
import type { Port } from '../values/port';
import type { WorkloadProps } from './workload-props';

/** What a workload's objects are called and selected by. */
export interface WorkloadFacts {
  /** Name of the workload and of what scales it. */
  readonly name: string;
  /** Of the workload and its pods; `app`, `version` and ours select the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the container listens on: their targets. Probes without a port of their own ask the first. */
  readonly ports: readonly Port[];
  /** Whose identity the pods have. */
  readonly serviceAccount: kplus.IServiceAccount;
  /** Name of the one container, unless the version says another. */
  readonly containerName: string;
}

/** What every cdk8s-plus workload is given for pods: one container, as it was asked for. */
export function podProps(facts: WorkloadFacts, own: WorkloadProps, where: string, namespace?: string) {
  checkPod(facts, own, where);
  const {
    image,
    env,
    replicas: _replicas,
    autoscale: _autoscale,
    minAvailable: _min,
    serviceAccount: _sa,
    pullSecret,
    volumes,
    hardened,
    podSecurityContext,
    podLabels,
    podAnnotations,
    ...container
  } = own;
  return {
    metadata: { name: facts.name, labels: { ...facts.labels }, ...(namespace ? { namespace } : {}) },
    podMetadata: {
      labels: { ...podLabels, ...facts.labels },
      ...(podAnnotations ? { annotations: { ...podAnnotations } } : {}),
    },
    select: false,
    serviceAccount: facts.serviceAccount,
    ...(pullSecret ? { dockerRegistryAuth: pullSecret } : {}),
    ...(volumes ? { volumes } : {}),
    securityContext: { ...(hardened ? {} : { ensureNonRoot: false }), ...podSecurityContext },
    containers: [
      {
        name: facts.containerName,
        image,
        // Kubernetes' own defaults; cdk8s-plus would ask for 1 CPU and 512 MiB of every container
        resources: {},
        ...container,
        ports: facts.ports
          .filter((p, i) => facts.ports.findIndex((q) => q.target === p.target) === i)
          .map((p) => ({ number: p.target, name: p.name })),
        envVariables: Object.fromEntries(
          Object.entries(env ?? {}).map(([k, v]) => [k, typeof v === 'string' ? kplus.EnvValue.fromValue(v) : v]),
        ),
      },
    ],
  };
}

/** What probes and lifecycle actions mean where they name no port; given with the others it would have no name. */
export function namePort(facts: WorkloadFacts, workload: kplus.Workload): void {
  const [first] = facts.ports;
  if (first) Object.assign(workload.containers[0]!, { portNumber: first.target });
}

/** Metadata of pods, rendered as an object's own is, see {@link patchedLast}. */
export const renderedAs = (pods: ApiObjectMetadataDefinition, object: ApiObject): ApiObjectMetadataDefinition =>
  // no field of it: all that can be enumerated is written
  Object.defineProperty(pods, 'toJson', { value: () => renderMetadata(pods, object), configurable: true });

/** The labels by which the pods are told from others. */
export const selectsPods = ({ labels }: WorkloadFacts): kplus.LabelSelector =>
  kplus.LabelSelector.of({
    labels: Object.fromEntries(Object.entries(labels).filter(([k]) => k === 'app' || k === 'version' || k.startsWith('mesh.'))),
  });

/**
 * cdk8s-plus' template of pods, without what equals Kubernetes' defaults, and without the hash of the construct's path that
 * cdk8s-plus puts on pods (a moved construct would replace them).
 */
export function plainTemplate(template: any, own: WorkloadProps): void {
  const pod = leaveOut(template.spec, POD_DEFAULTS);
  const { hardened, securityContext, podSecurityContext, imagePullPolicy, startup } = own;
  if (pod.securityContext) {
    const context = pod.securityContext;
    if (podSecurityContext?.fsGroupChangePolicy === undefined) leaveOut(context, { fsGroupChangePolicy: 'Always' });
    if (!hardened && podSecurityContext?.ensureNonRoot === undefined) leaveOut(context, { runAsNonRoot: false });
    if (Object.values(context).every((v) => v === undefined)) pod.securityContext = undefined;
  }
  // ours alone: containers that were added stay as they were made
  const [c] = pod.containers;
  if (!hardened) c.securityContext = relaxed(c.securityContext, securityContext);
  if (imagePullPolicy === undefined) leaveOut(c, { imagePullPolicy: 'Always' });
  // cdk8s-plus probes the port's TCP at start when nothing else is said
  if (startup === undefined) c.startupProbe = undefined;
  template.metadata.labels[kplus.Pod.ADDRESS_LABEL] = undefined;
}

/** Source: the injector's containers, which it merges with the pod's by name (pkg/kube/inject/inject.go). */
const INJECTED = ['istio-proxy', 'istio-init', 'istio-validation'];

/** Throws where the version says what is the service's or the proxy's. */
function checkPod(facts: WorkloadFacts, { name = facts.containerName, podLabels }: WorkloadProps, where: string): void {
  if (INJECTED.includes(name))
    throw new Error(
      `${where}: the container of "${facts.name}" is called "${name}", as one that Istio injects, which would merge the two: give the version another, name: '…'`,
    );
  const taken = Object.keys(podLabels ?? {}).find((k) => k in facts.labels);
  if (taken !== undefined)
    throw new Error(
      `${where}: podLabels of "${facts.name}" have "${taken}", which the service itself sets (to "${facts.labels[taken]}"), since its pods are told by it: leave it out`,
    );
}

const POD_DEFAULTS = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  setHostnameAsFqdn: false,
  hostNetwork: false,
  terminationGracePeriodSeconds: 30,
};

/** The object, without those of its fields that equal Kubernetes' defaults. */
export function leaveOut(o: any, defaults: Readonly<Record<string, unknown>>): any {
  for (const k in defaults) if (o[k] === defaults[k]) o[k] = undefined;
  return o;
}

const FIELDS: Readonly<Record<keyof kplus.ContainerSecurityContextProps, string>> = {
  user: 'runAsUser',
  group: 'runAsGroup',
  ensureNonRoot: 'runAsNonRoot',
  privileged: 'privileged',
  readOnlyRootFilesystem: 'readOnlyRootFilesystem',
  allowPrivilegeEscalation: 'allowPrivilegeEscalation',
  capabilities: 'capabilities',
};

/** What was asked for and no more, over no privilege escalation, which Kubernetes refuses beside `privileged` alone. */
function relaxed(rendered: any, asked: kplus.ContainerSecurityContextProps = {}): object {
  const out: Record<string, unknown> = asked.privileged ? {} : { allowPrivilegeEscalation: false };
  for (const [k, field] of Object.entries(FIELDS)) {
    if (asked[k as keyof typeof FIELDS] !== undefined) out[field] = rendered[field];
  }
  return out;
}
