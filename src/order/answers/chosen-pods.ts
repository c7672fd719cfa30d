import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { canonical } from '../../values/equal';
import { hostsOf } from '../facts/references';
import { type PodsOfBoth, type Subject, type Subjects, selectorIn } from '../facts/subjects';

/** Hosts that come to mean other pods, because a Service or a ServiceEntry chooses others: where requests end depends on the state. */
export class ChosenPods {
  /** Of each host: the keys of all that chooses its pods, in either state. */
  private readonly choosing: ReadonlyMap<string, readonly string[]>;

  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly pods: PodsOfBoth,
    private readonly domain: string,
  ) {
    const [before, after] = [live, desired].map((all) => this.choosers(all));
    this.choosing = new Map(
      [...before!].flatMap(([host, old]) => {
        const now = after!.get(host);
        return now && textOf(old) !== textOf(now) ? [[host, [...new Set([...old, ...now].map(keyOf))]] as const] : [];
      }),
    );
  }

  /** Such hosts. */
  get hosts(): readonly string[] {
    return [...this.choosing.keys()];
  }

  /** The keys of what chooses the pods of a host; none where both states mean the same. */
  keysOf(host: string): readonly string[] {
    return this.choosing.get(host) ?? [];
  }

  /** The pods of such a host, with some Services and ServiceEntries. */
  of(host: string, objects: readonly Manifest[]): readonly Subject[] {
    const own = objects.filter((m) => this.keysOf(host).includes(keyOf(m)) && hostsOf(m, this.domain).includes(host));
    const chosen = own.flatMap((m) => {
      const labels = selectorIn(m);
      return labels ? this.subjects.within(m.namespace, labels) : [];
    });
    // such as policies and Services speak of may be nobody
    const shown = chosen.filter((s) => this.pods.some((all) => all.has(s)));
    return [...new Set(shown.length > 0 ? shown : chosen)];
  }

  /** What chooses pods, by host. */
  private choosers(objects: readonly Manifest[]): ReadonlyMap<string, readonly Manifest[]> {
    const out = new Map<string, Manifest[]>();
    for (const m of objects)
      if (selectorIn(m)) for (const host of hostsOf(m, this.domain)) out.set(host, [...(out.get(host) ?? []), m]);
    return out;
  }
}

const textOf = (choosers: readonly Manifest[]): string =>
  choosers
    .map((m) => canonical([m.namespace, selectorIn(m)]))
    .sort()
    .join();
