import { isDeepStrictEqual } from 'node:util';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Port } from '../values/port';
import { patchedLast } from './plus-object';
import type { WorkloadProps } from './workload-props';

/** What a workload's objects are called and selected by. */
export interface WorkloadFacts {
  /** Name of the Deployment and of what scales it. */
  readonly name: string;
  /** Of the Deployment and its pods; `app`, `version` and ours select the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the container listens on: their targets. */
  readonly ports: readonly Port[];
  /** Whose identity the pods have. */
  readonly serviceAccount: kplus.IServiceAccount;
  /** Name of the one container, unless the version says another. */
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
          ports: facts.ports.map((p) => ({ number: p.target, name: p.name })),
          envVariables: Object.fromEntries(
            Object.entries(env ?? {}).map(([k, v]) => [k, typeof v === 'string' ? kplus.EnvValue.fromValue(v) : v]),
          ),
        },
      ],
    });
    patchedLast(this);
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
    const { hardened, securityContext, podSecurityContext, imagePullPolicy, startup } = this.own;
    const rooted = !hardened && podSecurityContext?.ensureNonRoot === undefined;
    const context = without(pod.securityContext ?? {}, {
      ...(podSecurityContext?.fsGroupChangePolicy === undefined ? { fsGroupChangePolicy: 'Always' } : {}),
      ...(rooted ? { runAsNonRoot: false } : {}),
    });
    pod.securityContext = Object.keys(context).length > 0 ? context : undefined;
    // ours alone: containers that were added to the Deployment stay as they were made
    const [c] = pod.containers;
    if (!hardened) c.securityContext = relaxed(c.securityContext, securityContext);
    if (c.imagePullPolicy === 'Always' && imagePullPolicy === undefined) c.imagePullPolicy = undefined;
    // cdk8s-plus probes the port's TCP at start when nothing else is said
    if (startup === undefined) c.startupProbe = undefined;
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
  const given = Object.entries(FIELDS).filter(([k]) => asked[k as keyof typeof FIELDS] !== undefined);
  return {
    ...(asked.privileged ? {} : { allowPrivilegeEscalation: false }),
    ...Object.fromEntries(given.map(([, field]) => [field, rendered[field]])),
  };
}

const without = (o: any, defaults: Record<string, unknown>): any => {
  const out: any = {};
  for (const k of Object.keys(o))
    if (o[k] !== undefined && !(k in defaults && isDeepStrictEqual(plainly(o[k]), defaults[k]))) out[k] = o[k];
  return out;
};

/** As YAML will say it: values of Kubernetes' unions (`IntOrString`) are instances here. */
const plainly = (v: unknown) => (typeof v === 'object' ? JSON.parse(JSON.stringify(v)) : v);
