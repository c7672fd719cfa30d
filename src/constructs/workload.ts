import { isDeepStrictEqual } from 'node:util';
import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Port } from '../values/port';
import { patchedLast } from './plus-object';

/** One version's pods. Everything that a cdk8s-plus container takes, and what is the pod's. */
export interface WorkloadProps extends Omit<kplus.ContainerOpts, 'port' | 'portNumber' | 'ports' | 'envVariables'> {
  readonly image: string;
  /** Environment variables, as text or as cdk8s-plus values (ConfigMaps, Secrets, fields). */
  readonly env?: Readonly<Record<string, string | kplus.EnvValue>>;
  /** @default - Kubernetes' 1, or what the autoscaler sets */
  readonly replicas?: number;
  /** A HorizontalPodAutoscaler on CPU. It owns the number of replicas then. */
  readonly autoscale?: {
    readonly min?: number;
    readonly max: number /** Percent of the CPU request. @default 80 */;
    readonly cpu?: number;
  };
  /** Keeps this many pods through voluntary disruptions (PodDisruptionBudget). */
  readonly minAvailable?: number | `${number}%`;
  /** `own`: an identity for this version alone, `<service>-<version>`, which access rules can tell apart. @default - the service's */
  readonly serviceAccount?: 'own' | kplus.IServiceAccount | kplus.ServiceAccount;
  readonly pullSecret?: kplus.ISecret;
  readonly volumes?: kplus.Volume[];
  /** cdk8s-plus' strict container security context (non-root, read-only root). Many images need changes for it. @default false */
  readonly hardened?: boolean;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
}

/** What a workload's objects are called and selected by. */
export interface WorkloadFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  readonly serviceAccount: kplus.IServiceAccount;
  readonly containerName: string;
}

/**
 * cdk8s-plus' Deployment, rendered without what equals Kubernetes' defaults, and without the hash of the construct's
 * path that cdk8s-plus puts on pods and selectors (a moved construct would replace the Deployment).
 */
export class MeshDeployment extends kplus.Deployment {
  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    namespace?: string,
  ) {
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
      securityContext: hardened ? {} : { ensureNonRoot: false },
      containers: [
        {
          name: facts.containerName,
          image,
          // Kubernetes' own defaults; cdk8s-plus would ask for 1 CPU and 512 MiB of every container
          resources: {},
          ...container,
          ports: facts.ports.map((p) => ({ number: p.target, name: p.name })),
          envVariables: Object.fromEntries(
            Object.entries(env ?? {}).map(([k, v]) => [k, typeof v === 'string' ? kplus.EnvValue.fromValue(v) : v]),
          ),
        },
      ],
    });
    patchedLast(this);
    if (replicas !== undefined && (!Number.isInteger(replicas) || replicas < 0))
      throw new Error(`replicas of "${facts.name}" is ${replicas}: it has to be a whole number, not negative`);
  }

  /** @internal */
  override _toKube(): any {
    const spec: any = super._toKube();
    const { [kplus.Pod.ADDRESS_LABEL]: _, ...labels } = spec.template.metadata.labels;
    const pod = without(spec.template.spec, {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      setHostnameAsFqdn: false,
      hostNetwork: false,
      terminationGracePeriodSeconds: 30,
    });
    if (!this.own.hardened) {
      pod.securityContext = undefined;
      for (const c of pod.containers) if (!this.own.securityContext) c.securityContext = { allowPrivilegeEscalation: false };
    } else pod.securityContext = without(pod.securityContext ?? {}, { fsGroupChangePolicy: 'Always' });
    for (const c of pod.containers) {
      if (c.imagePullPolicy === 'Always' && this.own.imagePullPolicy === undefined) c.imagePullPolicy = undefined;
      // cdk8s-plus probes the port's TCP at start when nothing else is said
      if (this.own.startup === undefined) c.startupProbe = undefined;
    }
    const matchLabels = Object.fromEntries(
      Object.entries(this.facts.labels).filter(([k]) => k === 'app' || k === 'version' || k.startsWith('mesh.')),
    );
    return {
      ...without(spec, {
        minReadySeconds: 0,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: { value: '25%' }, maxUnavailable: { value: '25%' } } },
      }),
      replicas: this.own.replicas !== undefined && !this.own.autoscale ? this.own.replicas : undefined,
      selector: { matchLabels },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels }, spec: pod },
    };
  }
}

const without = (o: any, defaults: Record<string, unknown>): any => {
  const out: any = {};
  for (const k of Object.keys(o))
    if (o[k] !== undefined && !(k in defaults && isDeepStrictEqual(plainly(o[k]), defaults[k]))) out[k] = o[k];
  return out;
};

/** As YAML will say it: values of Kubernetes' unions (`IntOrString`) are instances here. */
const plainly = (v: unknown) => (typeof v === 'object' ? JSON.parse(JSON.stringify(v)) : v);

/** The HorizontalPodAutoscaler and the PodDisruptionBudget of a workload, where asked for. */
export function scaling(scope: Construct, facts: WorkloadFacts, props: WorkloadProps, namespace?: string): void {
  const metadata = { name: facts.name, labels: { ...facts.labels }, ...(namespace ? { namespace } : {}) };
  const { autoscale, minAvailable } = props;
  if (autoscale) {
    const { min = 1, max, cpu = 80 } = autoscale;
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min)
      throw new Error(`autoscale of "${facts.name}" goes from ${min} to ${max}: whole numbers, the larger last`);
    new ApiObject(scope, 'Autoscaler', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: facts.name },
        ...(min === 1 ? {} : { minReplicas: min }),
        maxReplicas: max,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } }],
      },
    });
  }
  if (minAvailable !== undefined) {
    const matchLabels = Object.fromEntries(Object.entries(facts.labels).filter(([k]) => k === 'app' || k === 'version'));
    new ApiObject(scope, 'DisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable, selector: { matchLabels } },
    });
  }
}
