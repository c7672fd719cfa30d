import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { fullName, hostWithin, isWild } from '../../model/host';
import { type Fact, hostsOf, NO_FACTS, NOTHING, type References } from './references';

const WORKLOADS = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'argoproj.io/Rollout']);

/** Whether an object runs pods that can be waited for. */
export const isWorkload = (m: Manifest): boolean => WORKLOADS.has(`${m.group}/${m.kind}`);

/** Whether an object is not in effect as soon as it is written: a controller says when it is. */
export const isAwaited = (m: Manifest): boolean => isWorkload(m) || `${m.group}/${m.kind}` === 'flagger.app/Canary';

type Labels = Readonly<Record<string, string>>;

/** The labels that a workload's pods have. */
export const podLabels = (workload: Manifest): Labels => workload.object.spec?.template?.metadata?.labels ?? {};

/** The account that a workload's pods have, as `namespace/name`. */
export const accountOf = (workload: Manifest): string =>
  `${workload.namespace}/${workload.object.spec?.template?.spec?.serviceAccountName ?? 'default'}`;

/**
 * What routes need besides what they name: pods behind the host or the subset that they lead to. A Service or a DestinationRule
 * that comes to ask for other pods under the same name needs such pods itself. Where a live workload has some pods that are
 * ready and not all, who comes to lead there needs all of them; who leads there now goes on with what there is.
 */
export function podFacts(all: readonly Manifest[], domain: string): (m: Manifest) => References {
  /** What is asked of pods for a host or a subset of it; several, where two states of an object ask for different ones. */
  const asked: { readonly fact: Fact; readonly namespace: string; readonly labels: Labels }[] = [];
  const services = new Map<string, Manifest[]>();
  const changing = otherPods(all, domain);
  for (const m of all)
    if (m.kind === 'Service' && m.group === '') {
      const host = `${m.name}.${m.namespace}.svc.${domain}`;
      services.set(host, [...(services.get(host) ?? []), m]);
      const labels: Labels | undefined = m.object.spec?.selector;
      if (!labels) continue;
      const fact = `pods ${host}`;
      asked.push({ fact, namespace: m.namespace, labels });
      const own = changing(fact, labels);
      if (own) asked.push({ fact: own, namespace: m.namespace, labels });
    } else
      for (const fact of askedByEntry(m))
        asked.push({ fact, namespace: m.namespace, labels: m.object.spec.workloadSelector.labels });
  for (const m of all)
    if (m.kind === 'DestinationRule') {
      const given = fullName(m.object.spec?.host ?? '', m.namespace, domain);
      const hosts = isWild(given) ? [...services.keys()].filter((h) => hostWithin(h, given)) : [given];
      for (const subset of m.object.spec?.subsets ?? [])
        for (const s of hosts.flatMap((h) => services.get(h) ?? [])) {
          const fact = `pods ${s.name}.${s.namespace}.svc.${domain} ${subset?.name}`;
          const own = given === fact.split(' ')[1] ? changing(fact, subset?.labels) : undefined;
          for (const f of own ? [fact, own] : [fact])
            asked.push({ fact: f, namespace: s.namespace, labels: { ...s.object.spec?.selector, ...subset?.labels } });
        }
    }
  // by namespace and one of the labels, so that a workload looks at few
  const byLabel = new Map<string, { readonly fact: Fact; readonly labels: Labels }[]>();
  for (const { fact, namespace, labels } of asked) {
    const [first] = Object.entries(labels);
    const key = first ? `${namespace} ${first[0]}=${first[1]}` : `${namespace} `;
    byLabel.set(key, [...(byLabel.get(key) ?? []), { fact, labels }]);
  }
  const behind = (m: Manifest): Fact[] => {
    const labels: Labels = isMachine(m) ? (m.object.spec?.labels ?? {}) : podLabels(m);
    const keys = ['', ...Object.entries(labels).map(([k, v]) => `${k}=${v}`)].map((k) => `${m.namespace} ${k}`);
    const mine = keys.flatMap((k) => byLabel.get(k) ?? []).filter((a) => selects(a.labels, labels));
    return mine.map((a) => a.fact);
  };
  const partly = new Set(all.flatMap((m) => (isWorkload(m) && pods(m) === 'some' ? behind(m) : [])));
  const whole = (facts: Iterable<Fact>): Fact[] => [...facts].filter((f) => partly.has(f)).map((f) => `${f} (all)`);
  return (m) => {
    if (isWorkload(m)) {
      const there = pods(m);
      const facts = there === 'none' ? [] : behind(m);
      return { provides: new Set(there === 'all' ? [...facts, ...whole(facts)] : facts), needs: NO_FACTS };
    }
    if (isMachine(m)) return { provides: new Set(behind(m)), needs: NO_FACTS };
    if (m.kind === 'VirtualService') {
      const facts = [...destinations(m, domain)];
      return { provides: NO_FACTS, needs: new Set([...facts, ...whole(facts)]) };
    }
    const asks = questions(m, domain);
    const needs = new Set(asks.flatMap(({ fact, labels }) => changing(fact, labels) ?? []));
    // callers of a Service without routes, too, are led to the pods that it selects
    const keeps = new Set(m.kind === 'Service' && m.object.spec?.selector ? asks.map((a) => a.fact) : askedByEntry(m));
    return needs.size + keeps.size > 0 ? { provides: NO_FACTS, needs, keeps } : NOTHING;
  };
}

/** Whether it is a virtual machine, or what answers for one. */
const isMachine = (m: Manifest): boolean => m.group === 'networking.istio.io' && m.kind === 'WorkloadEntry';

/** What a ServiceEntry asks for that chooses pods and machines. */
const askedByEntry = (m: Manifest): Fact[] =>
  m.kind === 'ServiceEntry' && m.object.spec?.workloadSelector?.labels ? hostsOf(m, '').map((host): Fact => `pods ${host}`) : [];

/** Pods with some labels, as a host or a subset of it asks for them. */
interface Question {
  readonly fact: Fact;
  readonly labels: Labels | undefined;
}

function questions(m: Manifest, domain: string): readonly Question[] {
  const { selector, host = '', subsets = [] } = m.object.spec ?? {};
  if (m.kind === 'Service' && m.group === '') return [{ fact: `pods ${m.name}.${m.namespace}.svc.${domain}`, labels: selector }];
  if (m.kind !== 'DestinationRule') return [];
  return subsets.map((s: any) => ({ fact: `pods ${fullName(host, m.namespace, domain)} ${s?.name}`, labels: s?.labels }));
}

/**
 * Tells of hosts and subsets for which objects, or states of one, ask for different pods: what they ask for, with the labels; nothing of subsets
 * that no route leads to.
 */
function otherPods(all: readonly Manifest[], domain: string): (fact: Fact, labels: Labels | undefined) => Fact | undefined {
  const wanted = new Set(all.filter((m) => m.kind === 'VirtualService').flatMap((m) => [...destinations(m, domain)]));
  const texts = new Map<string, Set<string>>();
  for (const m of all)
    for (const { fact, labels } of questions(m, domain))
      if (m.kind === 'Service' || wanted.has(fact)) texts.set(fact, (texts.get(fact) ?? new Set()).add(textOf(labels)));
  return (fact, labels) => ((texts.get(fact)?.size ?? 0) > 1 ? `${fact} (${textOf(labels)})` : undefined);
}

const textOf = (labels: Labels = {}): string =>
  Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(',');

function* destinations(m: Manifest, domain: string): Iterable<Fact> {
  const { http, tls, tcp } = m.object.spec ?? {};
  for (const rule of [...(http ?? []), ...(tls ?? []), ...(tcp ?? [])])
    for (const { destination: d } of rule?.route ?? [])
      if (d?.host) yield `pods ${fullName(d.host, m.namespace, domain)}${d.subset ? ` ${d.subset}` : ''}`;
}

/** How many of a workload's pods are ready. What no server has said is taken to come up, and to be waited for. */
function pods(m: Manifest): 'none' | 'some' | 'all' {
  const { spec = {}, status = {} } = m.object;
  if (spec.replicas === 0) return 'none';
  if (!isComing(m)) return 'all';
  return (status.availableReplicas ?? status.numberAvailable ?? status.readyReplicas ?? 0) > 0 ? 'some' : 'none';
}

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
