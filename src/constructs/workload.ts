import { type ApiObject, type ApiObjectMetadataDefinition, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { renderMetadata } from '../../imports/render-object';
import type { Port } from '../values/port';
import { patchedLast } from './plus-object';
import { AUTOSCALER } from './scaling';
import type { WorkloadProps } from './workload-props';

/** What a workload's objects are called and selected by. */
export interface WorkloadFacts {
  /** Name of the Deployment and of what scales it. */
  readonly name: string;
  /** Of the Deployment and its pods; `app`, `version` and ours select the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the container listens on: their targets. Probes without a port of their own ask the first. */
  readonly ports: readonly Port[];
  /** Whose identity the pods have. */
  readonly serviceAccount: kplus.IServiceAccount;
  /** Name of the one container, unless the version says another. */
  readonly containerName: string;
}

/** Who runs the pods of a Deployment while they are released. */
export interface Controller {
  /** A label that the pods get besides, and that alone selects them; it cannot be changed once it is applied. */
  readonly selector?: Readonly<Record<string, string>>;
}

/**
 * cdk8s-plus' Deployment, rendered without what equals Kubernetes' defaults, and without the hash of the construct's
 * path that cdk8s-plus puts on pods and selectors (a moved construct would replace the Deployment).
 */
export class MeshDeployment extends kplus.Deployment {
  private controller: Controller | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    namespace?: string,
  ) {
    checkPod(facts, own, `"${scope.node.path}"`);
    const {
      image,
      env,
      replicas,
      autoscale,
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
    super(scope, id, {
      metadata: { name: facts.name, labels: { ...facts.labels }, ...(namespace ? { namespace } : {}) },
      podMetadata: {
        labels: { ...podLabels, ...facts.labels },
        ...(podAnnotations ? { annotations: { ...podAnnotations } } : {}),
      },
      select: false,
      serviceAccount: facts.serviceAccount,
      ...(replicas !== undefined && !autoscale ? { replicas } : {}),
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
    });
    // what probes and lifecycle actions mean where they name no port; given with the others it would have no name
    Object.assign(this.containers[0]!, { portNumber: facts.ports[0]!.target });
    this.select(this.ourLabels);
    patchedLast(this);
  }

  /** What selects these pods wherever cdk8s-plus does: in Services, NetworkPolicies, connections and scheduling. */
  override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { ...super.toPodSelectorConfig(), labelSelector: this.ourLabels };
  }

  /** Rendered as the object's own metadata is, see {@link patchedLast}. */
  override get podMetadata(): ApiObjectMetadataDefinition {
    const pods = super.podMetadata;
    // no field of it: all that can be enumerated is written
    return Object.defineProperty(pods, 'toJson', { value: () => renderMetadata(pods, this.apiObject), configurable: true });
  }

  /** @internal */
  override _toKube(): any {
    const spec: any = super._toKube();
    const { template } = spec;
    const pod = leaveOut(template.spec, POD_DEFAULTS);
    const { hardened, securityContext, podSecurityContext, imagePullPolicy, startup } = this.own;
    if (pod.securityContext) {
      const context = pod.securityContext;
      if (podSecurityContext?.fsGroupChangePolicy === undefined) leaveOut(context, { fsGroupChangePolicy: 'Always' });
      if (!hardened && podSecurityContext?.ensureNonRoot === undefined) leaveOut(context, { runAsNonRoot: false });
      if (Object.values(context).every((v) => v === undefined)) pod.securityContext = undefined;
    }
    // ours alone: containers that were added to the Deployment stay as they were made
    const [c] = pod.containers;
    if (!hardened) c.securityContext = relaxed(c.securityContext, securityContext);
    if (imagePullPolicy === undefined) leaveOut(c, { imagePullPolicy: 'Always' });
    // cdk8s-plus probes the port's TCP at start when nothing else is said
    if (startup === undefined) c.startupProbe = undefined;
    template.metadata.labels[kplus.Pod.ADDRESS_LABEL] = undefined;
    spec.replicas = this.own.autoscale || this.controller ? undefined : this.own.replicas;
    const selector = this.controller?.selector;
    if (selector) {
      spec.selector = { matchLabels: { ...selector } };
      Object.assign(template.metadata.labels, selector);
    }
    spec.strategy = undefined; // a version says none: cdk8s-plus' is Kubernetes' default
    return leaveOut(spec, { minReadySeconds: 0, progressDeadlineSeconds: 600 });
  }

  /** @internal Leaves the number of pods, and maybe what selects them, to a controller that releases them. */
  handTo(controller: Controller): void {
    this.controller = controller;
  }

  /** @internal What scales the pods asks the controller. */
  scaledBy(target: { readonly apiVersion: string; readonly kind: string; readonly name: string }): void {
    const scaler = this.node.tryFindChild(AUTOSCALER) as ApiObject | undefined;
    scaler?.addJsonPatch(JsonPatch.replace('/spec/scaleTargetRef', target));
  }

  private get ourLabels(): kplus.LabelSelector {
    const ours = Object.entries(this.facts.labels).filter(([k]) => k === 'app' || k === 'version' || k.startsWith('mesh.'));
    return kplus.LabelSelector.of({ labels: Object.fromEntries(ours) });
  }
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
function leaveOut(o: any, defaults: Readonly<Record<string, unknown>>): any {
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
