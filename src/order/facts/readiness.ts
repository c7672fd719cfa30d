import type { Manifest } from '../../manifests/manifest';

const WORKLOADS = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'argoproj.io/Rollout']);

/** Whether an object runs pods that can be waited for. */
export const isWorkload = (m: Manifest): boolean => WORKLOADS.has(`${m.group}/${m.kind}`);

/** Whether it is a workload that is to have pods. */
export const isUp = (m: Manifest): boolean => isWorkload(m) && m.object.spec?.replicas !== 0;

/** Whether an object is not in effect as soon as it is written: a controller says when it is. */
export const isAwaited = (m: Manifest): boolean => isWorkload(m) || `${m.group}/${m.kind}` === 'flagger.app/Canary';

type Labels = Readonly<Record<string, string>>;

/** The labels that a workload's pods have. */
export const podLabels = (workload: Manifest): Labels => workload.object.spec?.template?.metadata?.labels ?? {};

/** The account that a workload's pods have, as `namespace/name`. */
export const accountOf = (workload: Manifest): string =>
  `${workload.namespace}/${workload.object.spec?.template?.spec?.serviceAccountName ?? 'default'}`;

/** Whether pods of a live workload come up still, or none is of its newest template, whose labels others may ask for. */
export const isComing = (m: Manifest): boolean =>
  unready(m) !== undefined ||
  (m.object.status !== undefined && isHeldBack(m.object) && newPods(m.object) === 0 && wantedPods(m.object) > 0);

/** Why a live object is not in effect; nothing for one that is, and for what no server has said anything about. */
export const unready = (m: Manifest): string | undefined =>
  isAwaited(m) && m.object.status !== undefined ? notInEffect(m.object) : undefined;

/**
 * Why a live object is not in effect yet; nothing when it is. What a controller releases step by step is when its pods are there:
 * when the last step comes is the controller's affair.
 */
export function notInEffect(live: any): string | undefined {
  if (live.kind === 'Canary') return notInitialized(live);
  const isIn = live.kind === 'Rollout' ? isSteppedThrough(live) : isHeldBack(live) && newPods(live) >= heldBack(live)!.due;
  return isIn && readyPods(live) >= wantedPods(live) ? undefined : notReady(live);
}

/** What has its controller leave old pods where they are until somebody does something. */
interface HeldBack {
  /** So many pods come to be new by themselves. */
  readonly due: number;
  readonly by: string;
}

/**
 * Nothing for workloads of which all pods come to be new by themselves.
 * Source: kubernetes.io, StatefulSets, "Partitioned rolling updates" and "On delete"; Deployments, "Pausing and Resuming".
 */
export function heldBack({ kind, spec = {} }: any): HeldBack | undefined {
  if (kind === 'Deployment') return spec.paused ? { due: 0, by: 'it is paused' } : undefined;
  if (kind !== 'StatefulSet' && kind !== 'DaemonSet') return undefined;
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  if (type === 'OnDelete')
    return { due: 0, by: 'its updateStrategy is OnDelete, so a new one comes where you delete an old one' };
  const partition: number = (kind === 'StatefulSet' && rollingUpdate?.partition) || 0;
  return partition > 0 ? { due: Math.max(0, (spec.replicas ?? 1) - partition), by: `its partition is ${partition}` } : undefined;
}

/** Whether the controller has seen it, and leaves old pods. */
const isHeldBack = (live: any): boolean =>
  !live.metadata.deletionTimestamp &&
  Number(live.status?.observedGeneration ?? 0) >= (live.metadata.generation ?? 0) &&
  heldBack(live) !== undefined;

/** How many pods a workload is to have, how many are of its newest template, and how many can be called. */
const wantedPods = ({ kind, spec = {}, status = {} }: any): number =>
  kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
const newPods = ({ kind, status = {} }: any): number =>
  (kind === 'DaemonSet' ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
const readyPods = ({ kind, status = {} }: any): number =>
  (kind === 'DaemonSet'
    ? status.numberAvailable
    : kind === 'StatefulSet'
      ? (status.availableReplicas ?? status.readyReplicas)
      : status.availableReplicas) ?? 0;

/**
 * Why a workload is not ready yet, with none but new pods; nothing when it is.
 * Source: kubectl's rollout_status.go, kstatus, and argo-rollouts, utils/rollout/rolloututil.go.
 */
export function notReady(live: any): string | undefined {
  const { kind, metadata, status = {} } = live;
  if (metadata.deletionTimestamp) return 'is being deleted';
  // a Rollout's is text
  if (Number(status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'its controller has not seen it yet';
  if (kind === 'Rollout') return status.phase === 'Healthy' ? undefined : stepText(live);
  const stuck = (status.conditions ?? []).find((c: any) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded');
  if (stuck) return `does not come up: ${stuck.message}`;
  const [wanted, updated, available] = [wantedPods(live), newPods(live), readyPods(live)];
  const held = heldBack(live);
  if (updated < wanted) return `${updated} of ${wanted} pods are new${held ? ` (${held.by})` : ''}`;
  if (kind === 'Deployment' && (status.replicas ?? 0) > updated) return `${status.replicas - updated} old pods are still there`;
  return available < wanted ? `${available} of ${wanted} pods are ready` : undefined;
}

/** Whether a Rollout goes from step to step, or waits at one for somebody. */
const isSteppedThrough = ({ metadata, status = {} }: any): boolean =>
  !metadata.deletionTimestamp &&
  Number(status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
  (status.phase === 'Progressing' || status.phase === 'Paused');

function stepText({ spec = {}, status = {} }: any): string {
  const said = status.message ? `: ${status.message}` : '';
  if (status.phase === 'Degraded') return `does not come up${said}`;
  const steps: readonly unknown[] = spec.strategy?.canary?.steps ?? [];
  const at =
    steps.length > 0 && status.currentStepIndex !== undefined ? ` at step ${status.currentStepIndex} of ${steps.length}` : '';
  return status.phase === 'Paused'
    ? `is paused${at}${said}`
    : `${status.updatedReplicas ?? 0} of ${spec.replicas ?? 1} pods are new${at}`;
}

/**
 * Why a Canary of Flagger is not in effect: the Services and routes that it makes are not there yet.
 * Source: flagger, pkg/apis/flagger/v1beta1/status.go.
 */
function notInitialized({ metadata, status = {} }: any): string | undefined {
  if (metadata.deletionTimestamp) return 'is being deleted';
  return status.phase === undefined || status.phase === '' || status.phase === 'Initializing'
    ? 'is not initialized yet'
    : undefined;
}
