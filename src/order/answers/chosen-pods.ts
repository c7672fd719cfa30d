import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { canonical } from '../../values/equal';
import { isUp } from '../facts/readiness';
import { hostsOf } from '../facts/references';
import { type PodsOfBoth, podsOf, type Subject, type Subjects, selectorIn } from '../facts/subjects';
import { statesOf } from '../forms/rolling';
import type { Places } from './places';

/** What says which pods a host means. */
interface Choosing {
  /** Keys of Services, ServiceEntries, and workloads. */
  readonly keys: readonly string[];
  /** Pods that are there with some of these workloads alone. */
  readonly passing: ReadonlySet<Subject>;
  /** Whether the host is there before and after: one that comes, or goes, is called by those alone whom rules lead there. */
  readonly isInBoth: boolean;
}

/**
 * Hosts that come to mean other pods, because a Service or a ServiceEntry chooses others, or workloads come, go and change of whose pods
 * something else decides who gets in: where requests end depends on the state. So it does where a host comes, or goes, with rules that lead
 * there, while such workloads change.
 */
export class ChosenPods {
  /** Of each host: all that chooses its pods, in either state. */
  private readonly choosing: ReadonlyMap<string, Choosing>;

  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly pods: PodsOfBoth,
    places: Places,
    private readonly domain: string,
  ) {
    const [before, after] = [live, desired].map((all) => this.choosers(all));
    const workloads = places.areOpen ? [] : passing(live, desired, pods);
    const kindOf = (s: Subject) => [places.of(s).isBare, ...places.of(s).all.map(keyOf).sort()].join();
    this.choosing = new Map(
      [...new Set([...before!.keys(), ...after!.keys()])].flatMap((host) => {
        const [old, now] = [before, after].map((all) => all!.get(host) ?? []) as [readonly Manifest[], readonly Manifest[]];
        const isInBoth = old.length > 0 && now.length > 0;
        const turning = workloads.length > 0 ? this.turning([...old, ...now], workloads, kindOf) : [];
        if (turning.length === 0 && (!isInBoth || textOf(old) === textOf(now))) return [];
        const keys = [...new Set([...[...old, ...now].map(keyOf), ...turning.map((w) => w.key)])];
        return [[host, { keys, passing: new Set(turning.flatMap((w) => w.pods)), isInBoth }] as const];
      }),
    );
  }

  /** Such hosts, that are there in both states. */
  get hosts(): readonly string[] {
    return [...this.choosing].flatMap(([host, { isInBoth }]) => (isInBoth ? [host] : []));
  }

  /** The keys of all that chooses pods of such hosts, and of those that come or go. */
  get keys(): readonly string[] {
    return [...this.choosing.values()].flatMap((c) => c.keys);
  }

  /** The keys of what chooses the pods of a host; none where both states mean the same. */
  keysOf(host: string): readonly string[] {
    return this.choosing.get(host)?.keys ?? [];
  }

  /** The pods of such a host, with some Services, ServiceEntries and workloads. */
  of(host: string, objects: readonly Manifest[]): readonly Subject[] {
    const { keys, passing } = this.choosing.get(host)!;
    const some = objects.filter((m) => keys.includes(keyOf(m)));
    const chosen = some.flatMap((m) => {
      const labels = hostsOf(m, this.domain).includes(host) ? selectorIn(m) : undefined;
      return labels ? this.subjects.within(m.namespace, labels) : [];
    });
    const there = new Set(some.flatMap(statesOf).filter(isUp).map(podsOf));
    const present = chosen.filter((s) => !passing.has(s) || there.has(s));
    // such as policies and Services speak of may be nobody
    const shown = present.filter((s) => this.pods.some((all) => all.has(s)));
    return [...new Set(shown.length > 0 ? shown : present)];
  }

  /** What chooses pods, by host. */
  private choosers(objects: readonly Manifest[]): ReadonlyMap<string, readonly Manifest[]> {
    const out = new Map<string, Manifest[]>();
    for (const m of objects)
      if (selectorIn(m)) for (const host of hostsOf(m, this.domain)) out.set(host, [...(out.get(host) ?? []), m]);
    return out;
  }

  /** Those that change, where not the same decides about all pods that are chosen in either state. */
  private turning(
    choosers: readonly Manifest[],
    workloads: readonly Passing[],
    kindOf: (s: Subject) => string,
  ): readonly Passing[] {
    const chosen = new Set(choosers.flatMap((m) => this.subjects.within(m.namespace, selectorIn(m)!)));
    const own = workloads.filter((w) => w.pods.some((s) => chosen.has(s)));
    if (own.length === 0) return [];
    const there = [...chosen].filter((s) => this.pods.some((all) => all.has(s)));
    return new Set(there.map(kindOf)).size > 1 ? own : [];
  }
}

/** A workload that comes, goes, or comes to have pods with other labels: those of its pods that are there in one state alone. */
interface Passing {
  readonly key: string;
  readonly pods: readonly Subject[];
}

function passing(live: readonly Manifest[], desired: readonly Manifest[], [old, now]: PodsOfBoth): readonly Passing[] {
  const out = new Map<string, Set<Subject>>();
  for (const m of [...live, ...desired].filter(isUp)) {
    const pods = podsOf(m);
    if (!old.has(pods) || !now.has(pods)) out.set(keyOf(m), (out.get(keyOf(m)) ?? new Set()).add(pods));
  }
  return [...out].map(([key, pods]) => ({ key, pods: [...pods] }));
}

const textOf = (choosers: readonly Manifest[]): string =>
  choosers
    .map((m) => canonical([m.namespace, selectorIn(m)]))
    .sort()
    .join();
