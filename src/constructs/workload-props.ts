import type * as kplus from 'cdk8s-plus-27';
import { isCount, MOST } from '../values/count';
import { checkAnnotations, checkLabels, checkTexts } from '../values/labels';
import { dnsLabel } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { checkPastProxy } from './past-proxy';

/** One version's pods. Everything that a cdk8s-plus container takes, and what is the pod's. Compiles to a Deployment. */
export interface WorkloadProps extends Omit<kplus.ContainerOpts, 'port' | 'portNumber' | 'ports' | 'envVariables'> {
  /** As a container runtime takes it: `registry.example.com/reviews:1.4`, or with a digest. */
  readonly image: string;
  /** Environment variables, as text or as cdk8s-plus values (ConfigMaps, Secrets, fields). */
  readonly env?: Readonly<Record<string, string | kplus.EnvValue>>;
  /** How many pods; not together with `autoscale`. @default - Kubernetes' 1, or what the autoscaler sets */
  readonly replicas?: number;
  /**
   * A HorizontalPodAutoscaler on CPU. It owns the number of replicas then. It counts in percent of what the container asks
   * for, so it needs `resources: { cpu: { request: … } }` (or a limit, which is then the request).
   */
  readonly autoscale?: {
    /** Pods at least. @default 1 */
    readonly min?: number;
    /** Pods at most. */
    readonly max: number;
    /** Percent of the CPU request. @default 80 */
    readonly cpu?: number;
  };
  /**
   * Keeps this many pods, or this share of them, through voluntary disruptions (PodDisruptionBudget). An error where it would
   * be all of them, which is 1 where neither `replicas` nor `autoscale` is given: no node could be drained.
   */
  readonly minAvailable?: number | `${number}%`;
  /** `own`: an identity for this version alone, `<service>-<version>`, which access rules can tell apart. @default - the service's */
  readonly serviceAccount?: 'own' | kplus.IServiceAccount | kplus.ServiceAccount;
  /** Credentials of the image's registry (`imagePullSecrets`). */
  readonly pullSecret?: kplus.ISecret;
  /** Volumes of the pod that `volumeMounts` does not bring along. */
  readonly volumes?: kplus.Volume[];
  /** cdk8s-plus' strict container security context (non-root, read-only root). Many images need changes for it. @default false */
  readonly hardened?: boolean;
  /** The pod's security context, such as `{ fsGroup: 1000 }`. The container's own is `securityContext`. */
  readonly podSecurityContext?: kplus.PodSecurityContextProps;
  /** More labels of the pods. Those that select and tell them (`app`, `version` …) are ours: an error here. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Annotations of the pods. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
}

/** For {@link checkProperties}. */
export const WORKLOAD: Properties<WorkloadProps> = {
  image: 'text',
  env: 'map?',
  replicas: 'number?',
  autoscale: 'map?',
  minAvailable: 'any?',
  serviceAccount: 'any?',
  pullSecret: 'map?',
  volumes: 'list?',
  hardened: 'boolean?',
  podSecurityContext: 'map?',
  podLabels: 'map?',
  podAnnotations: 'map?',
  name: 'text?',
  command: 'list?',
  args: 'list?',
  workingDir: 'text?',
  envFrom: 'list?',
  volumeMounts: 'list?',
  imagePullPolicy: 'text?',
  readiness: 'map?',
  liveness: 'map?',
  startup: 'map?',
  lifecycle: 'map?',
  resources: 'map?',
  securityContext: 'map?',
};
const POD_CONTEXT: Properties<kplus.PodSecurityContextProps> = {
  ensureNonRoot: 'boolean?',
  fsGroup: 'number?',
  fsGroupChangePolicy: 'text?',
  group: 'number?',
  sysctls: 'list?',
  user: 'number?',
};
const CONTEXT: Properties<kplus.ContainerSecurityContextProps> = {
  ensureNonRoot: 'boolean?',
  privileged: 'boolean?',
  readOnlyRootFilesystem: 'boolean?',
  user: 'number?',
  group: 'number?',
  allowPrivilegeEscalation: 'boolean?',
  capabilities: 'map?',
};
const RESOURCES: Properties<kplus.ContainerResources> = { cpu: 'map?', memory: 'map?', ephemeralStorage: 'map?' };
const LIFECYCLE: Properties<kplus.ContainerLifecycle> = { postStart: 'map?', preStop: 'map?' };
const AMOUNTS: Properties<{ request?: unknown; limit?: unknown }> = { request: 'any?', limit: 'any?' };
const AUTOSCALE: Properties<NonNullable<WorkloadProps['autoscale']>> = { min: 'number?', max: 'number', cpu: 'number?' };

/** What is wrong with an image's name, if anything. */
export const imageFault = (image: string): string | undefined =>
  image === '' ? 'is empty' : /\s/.test(image) ? `is ${JSON.stringify(image)}: an image has no spaces` : undefined;

/** What is wrong with the name of an environment variable, if anything (Kubernetes' own rule, IsEnvVarName). */
export const envNameFault = (name: string): string | undefined =>
  /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)
    ? undefined
    : `${JSON.stringify(name)} is no name of an environment variable: letters, digits, "_", "-" and "." are allowed, and no digit at the beginning`;

/** cdk8s-plus writes a variable without a value for what is something else. */
function isEnvValue(v: unknown): boolean {
  if (typeof v !== 'object' || v === null) return false;
  const { value, valueFrom } = v as { value?: unknown; valueFrom?: unknown };
  if (typeof valueFrom === 'object' && valueFrom !== null) return true;
  return 'value' in v && (typeof value === 'string' || value === undefined); // what fromProcess does not find is undefined
}

/**
 * Checks what no type can say.
 * @param what named in the errors: `version "v1" of service "reviews"`
 */
export function checkWorkload(w: WorkloadProps, what: string): void {
  const image = imageFault(w.image);
  if (image) throw new Error(`image of ${what} ${image}`);
  for (const [name, value] of Object.entries(w.env ?? {})) {
    const fault = envNameFault(name);
    if (fault) throw new Error(`env of ${what}: ${fault}`);
    if (typeof value !== 'string' && !isEnvValue(value))
      throw new Error(`env ${name} of ${what} is ${shown(value)}: it has to be text or a cdk8s-plus EnvValue`);
  }
  const { replicas, autoscale, minAvailable } = w;
  checkLabels(w.podLabels, `podLabels of ${what}`);
  checkAnnotations(w.podAnnotations, `podAnnotations of ${what}`);
  checkPastProxy(w, what);
  if (w.name !== undefined) dnsLabel(w.name, `name of the container of ${what}`);
  checkTexts(w.command, `command of ${what}`);
  checkTexts(w.args, `args of ${what}`);
  if (w.podSecurityContext) checkProperties(w.podSecurityContext, POD_CONTEXT, `podSecurityContext of ${what}`);
  if (w.securityContext) checkProperties(w.securityContext, CONTEXT, `securityContext of ${what}`);
  if (w.resources) checkResources(w.resources, `resources of ${what}`);
  for (const probe of ['readiness', 'liveness', 'startup'] as const)
    if (w[probe] && !('_toKube' in w[probe]))
      throw new Error(`${probe} of ${what} is none of cdk8s-plus' Probes, such as Probe.fromHttpGet('/ready')`);
  if (w.lifecycle) checkProperties(w.lifecycle, LIFECYCLE, `lifecycle of ${what}`);
  for (const [when, handler] of Object.entries(w.lifecycle ?? {}))
    if (handler !== undefined && !('_toKube' in handler))
      throw new Error(`${when} in the lifecycle of ${what} is none of cdk8s-plus' Handlers, such as Handler.fromCommand([…])`);
  for (const from of w.envFrom ?? [])
    if (typeof from !== 'object' || from === null || !('_toKube' in from))
      throw new Error(`envFrom of ${what} has something else than cdk8s-plus' sources, such as Env.fromConfigMap(…)`);
  for (const v of w.volumes ?? [])
    if (typeof v !== 'object' || v === null || !('_toKube' in v))
      throw new Error(`volumes of ${what} has something that is no Volume of cdk8s-plus`);
  for (const m of w.volumeMounts ?? [])
    if (typeof m !== 'object' || m === null || !('path' in m) || !('volume' in m))
      throw new Error(`volumeMounts of ${what} has something else than { path, volume }`);
  if (w.pullSecret && !('name' in w.pullSecret))
    throw new Error(`pullSecret of ${what} is no Secret of cdk8s-plus, such as Secret.fromSecretName(…)`);
  if (replicas !== undefined && !isCount(replicas))
    throw new Error(`replicas of ${what} is ${replicas}: it has to be a whole number, not negative, ${MOST} at most`);
  if (autoscale) {
    checkProperties(autoscale, AUTOSCALE, `autoscale of ${what}`);
    const { min = 1, max, cpu = 80 } = autoscale;
    if (!isCount(min, 1) || !isCount(max, min))
      throw new Error(`autoscale of ${what} goes from ${min} to ${max}: whole numbers from 1 to ${MOST}, the larger last`);
    if (!isCount(cpu, 1))
      throw new Error(`cpu in the autoscale of ${what} is ${cpu}: it has to be a whole number of percent, at least 1`);
    if (replicas !== undefined)
      throw new Error(`${what} has both replicas and autoscale: the autoscaler owns the number, so leave replicas out`);
    // Kubernetes takes a limit for the request where there is none
    if (!w.resources?.cpu?.request && !w.resources?.cpu?.limit)
      throw new Error(
        `autoscale of ${what} is in percent of the CPU that the container asks for, and it asks for none, so the autoscaler would do nothing: give it resources: { cpu: { request: Cpu.millis(100) } }`,
      );
  }
  const share = typeof minAvailable === 'string' && /^(\d|[1-9]\d|100)%$/.test(minAvailable);
  if (minAvailable !== undefined && !share && !isCount(minAvailable))
    throw new Error(`minAvailable of ${what} is ${JSON.stringify(minAvailable)}: it has to be a whole number, or "50%"`);
  const most = autoscale?.max ?? replicas ?? 1;
  const kept = share ? Math.ceil((most * Number.parseInt(String(minAvailable), 10)) / 100) : Number(minAvailable);
  if (minAvailable === '100%' || (minAvailable !== undefined && most > 0 && kept >= most))
    throw new Error(
      `minAvailable of ${what} is ${JSON.stringify(minAvailable)} of ${most} pod${most === 1 ? '' : 's'} at most${autoscale || replicas !== undefined ? '' : " (Kubernetes' number, where replicas says none)"}: no pod could ever be evicted, so no node with one could be drained; keep fewer of them, or run more`,
    );
}

/** cdk8s-plus leaves out what it does not know (`'100m'`), so that nothing would be asked for. */
function checkResources(resources: kplus.ContainerResources, what: string): void {
  checkProperties(resources, RESOURCES, what);
  for (const [resource, amounts] of Object.entries(resources)) {
    if (amounts === undefined) continue;
    checkProperties(amounts as object, AMOUNTS, `${resource} in ${what}`);
    const [has, write] = resource === 'cpu' ? ['amount', 'Cpu.millis(100)'] : ['toMebibytes', 'Size.mebibytes(64)'];
    for (const [key, amount] of Object.entries(amounts))
      if (amount !== undefined && (typeof amount !== 'object' || amount === null || !(has in amount)))
        throw new Error(`${key} of ${resource} in ${what} is ${JSON.stringify(amount)}: write it as ${write}`);
  }
}
