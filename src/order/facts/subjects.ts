import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { hasSidecar, machineLabels } from '../../model/workload';
import { canonical } from '../../values/equal';
import type { HasProxy } from './proxies';
import { isUp, isWorkload, podLabels } from './readiness';
import { isService } from './references';

type Labels = Readonly<Record<string, string>>;

/** Pods with some labels, as text. */
export type Subject = string;

/**
 * Whom policies are about: pods of workloads, and such as policies and Services themselves ask for, whose workloads may be known to nobody.
 * @param root the mesh's root namespace, whose policies are about all
 */
export class Subjects {
  /** By namespace and one of the labels, so that a policy looks at few; without a label all of the namespace. */
  private readonly known = new Map<string, { readonly subject: Subject; readonly labels: Labels }[]>();
  private readonly namespaces = new Set<string>();
  /** Pods and machines without a proxy: no policy holds there. */
  private readonly bare: ReadonlySet<Subject>;

  constructor(
    objects: readonly Manifest[],
    private readonly root: string,
    hasProxy: HasProxy,
  ) {
    const all = new Map<Subject, { readonly namespace: string; readonly labels: Labels }>();
    const [bare, guarded] = [new Set<Subject>(), new Set<Subject>()];
    for (const m of objects) {
      const labels = labelsOf(m) ?? (m.group === 'security.istio.io' ? selectorOf(m) : undefined);
      if (!labels) continue;
      const subject = subjectOf(m.namespace, labels);
      all.set(subject, { namespace: m.namespace, labels });
      const isBare = isMachine(m) ? !hasSidecar(m.object.spec ?? {}, labels) : isWorkload(m) && !hasProxy(m);
      // what is chosen is there by its own object
      if (isBare) bare.add(subject);
      else if (!isService(m)) guarded.add(subject);
    }
    this.bare = new Set([...bare].filter((s) => !guarded.has(s)));
    for (const [subject, { namespace, labels }] of all) {
      this.namespaces.add(namespace);
      for (const key of [`${namespace} `, ...Object.entries(labels).map(([k, v]) => `${namespace} ${k}=${v}`)])
        if (this.known.has(key)) this.known.get(key)!.push({ subject, labels });
        else this.known.set(key, [{ subject, labels }]);
    }
  }

  /** Those whom a policy selects. */
  of(policy: Manifest): Subject[] {
    const labels = selectorOf(policy);
    const some = policy.namespace === this.root ? this.anywhere(labels) : this.within(policy.namespace, labels);
    return this.bare.size > 0 ? some.filter((s) => !this.bare.has(s)) : some;
  }

  /** Whether pods have no proxy. */
  isBare(pods: Subject): boolean {
    return this.bare.has(pods);
  }

  /** Those that have some labels, in any namespace. */
  anywhere(labels: Labels): Subject[] {
    return [...this.namespaces].flatMap((ns) => this.within(ns, labels));
  }

  /** Those of a namespace that have some labels. */
  within(namespace: string, labels: Labels): Subject[] {
    const [first] = Object.entries(labels);
    return (this.known.get(first ? `${namespace} ${first[0]}=${first[1]}` : `${namespace} `) ?? [])
      .filter((s) => selects(labels, s.labels))
      .map((s) => s.subject);
  }
}

/** Tells pods of a namespace with some labels from all others. */
export const subjectOf = (namespace: string, labels: Labels): Subject => `${namespace} ${canonical(labels)}`;

/** The pods of a workload. */
export const podsOf = (workload: Manifest): Subject => subjectOf(workload.namespace, podLabels(workload));

/** The labels of such pods. */
export const labelsIn = (pods: Subject): Labels => JSON.parse(pods.slice(pods.indexOf(' ') + 1));

/** The labels of the pods behind a Service or a ServiceEntry; nothing where it has others than those of pods. */
export function selectorIn(m: Manifest): Labels | undefined {
  const { selector, workloadSelector } = m.object.spec ?? {};
  if (isService(m)) return selector;
  return m.kind === 'ServiceEntry' && m.group === 'networking.istio.io' ? workloadSelector?.labels : undefined;
}

/** Whether pods with the labels of a selector may have others, too: none may where the two say different values of one. */
export const isFitting = (selector: Labels, labels: Labels): boolean =>
  Object.entries(labels).every(([k, v]) => selector[k] === undefined || selector[k] === v);

/** The pods that a workload has, that are there by themselves, or that a Service is served by. */
const labelsOf = (m: Manifest): Labels | undefined => (isService(m) ? selectorIn(m) : ownLabels(m));

/** Whether it is a virtual machine, or what answers for one. */
export const isMachine = (m: Manifest): boolean => m.group === 'networking.istio.io' && m.kind === 'WorkloadEntry';

/** The labels of pods that are there as long as an object is. */
export function ownLabels(m: Manifest): Labels | undefined {
  if (isWorkload(m)) return podLabels(m);
  if (isMachine(m)) return machineLabels(m.object.spec ?? {}, m.labels);
  return m.group === '' && m.kind === 'Pod' ? (m.object.metadata?.labels ?? {}) : undefined;
}

/** Pods of workloads and Services, and such as are there by themselves, whom somebody may call. */
export const calledPods = (objects: readonly Manifest[]): ReadonlySet<Subject> => podsBy(objects, labelsOf);

/** {@link podsIn} of both states. */
export type PodsOfBoth = readonly [live: ReadonlySet<Subject>, desired: ReadonlySet<Subject>];

/** Pods of workloads, and such as are there by themselves. */
export const podsIn = (objects: readonly Manifest[]): ReadonlySet<Subject> =>
  podsBy(objects, (m) => (isWorkload(m) && !isUp(m) ? undefined : ownLabels(m)));

const podsBy = (objects: readonly Manifest[], of: (m: Manifest) => Labels | undefined): ReadonlySet<Subject> =>
  new Set(
    objects.flatMap((m) => {
      const labels = of(m);
      return labels ? [subjectOf(m.namespace, labels)] : [];
    }),
  );

/** The labels of pods that a policy is about; all, where there are none. */
export const selectorOf = (policy: Manifest): Labels => policy.object.spec?.selector?.matchLabels ?? {};
