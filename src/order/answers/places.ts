import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isDryRun } from '../../model/dry-run';
import { canonical, isEqual } from '../../values/equal';
import { hostsOf, isNamespace, list } from '../facts/references';
import { ruledHosts } from '../facts/rules-in-effect';
import { calledPods, type PodsOfBoth, type Subject, type Subjects, selectorIn } from '../facts/subjects';
import { Served, type Serving } from './served';

type Labels = Readonly<Record<string, string>>;

/** Some pods, and all that decides about who gets in there. */
export interface Place {
  readonly pods: Subject;
  readonly namespace: string;
  readonly labels: Labels;
  /** Whether they have no proxy: they take plain text alone, from everybody. */
  readonly isBare: boolean;
  /** Whether a workload or a Service of both states shows that they are there; otherwise policies alone speak of them. */
  readonly isShown: boolean;
  readonly services: Served;
  /** Keys of what decides and changes. */
  readonly moving: readonly string[];
  /** What decides and stays as it is. */
  readonly still: readonly Manifest[];
  /** What decides, in either state. */
  readonly all: readonly Manifest[];
  /** The same for pods about whom the same decides. */
  readonly print: string;
}

/** Pods as they are called by one of the hosts that they serve. */
export function forHost(p: Place, host: string): Place {
  const own = p.services.byHost.get(host);
  return own ? { ...p, services: new Served(own) } : p;
}

const isDecisive = (m: Manifest): boolean =>
  m.group === 'security.istio.io' && /^(AuthorizationPolicy|RequestAuthentication|PeerAuthentication)$/.test(m.kind);

/** What of an object decides about who gets in; of a DestinationRule the TLS that its clients speak. */
function decisiveOf(m: Manifest | undefined): unknown {
  if (!m) return undefined;
  const { spec = {} } = m.object;
  if (m.kind !== 'DestinationRule') return m.kind === 'AuthorizationPolicy' ? [spec, isDryRun(m)] : spec;
  const { host, exportTo, workloadSelector, trafficPolicy } = spec;
  return [
    host,
    exportTo,
    workloadSelector,
    trafficPolicy?.tls,
    list(trafficPolicy?.portLevelSettings).map((s) => [s.port, s.tls]),
  ];
}

/** Pods, and what decides about them. */
export class Places {
  private readonly before: ReadonlyMap<string, Manifest>;
  private readonly after: ReadonlyMap<string, Manifest>;
  /** Keys of what decides about some pods, and changes. */
  readonly changing: ReadonlySet<string>;
  private readonly shown: readonly [ReadonlySet<Subject>, ReadonlySet<Subject>];
  /** By pods, and by whom they serve. */
  private readonly serving = new Map<Subject, Map<string, Serving>>();
  private readonly behind = new Map<string, readonly Subject[]>();
  private readonly made = new Map<Subject, Place>();
  private known: ReadonlyMap<Subject, readonly Manifest[]> | undefined;
  /** Namespaces that come: nobody is there before. */
  private readonly coming: ReadonlySet<string>;

  constructor(
    private readonly live: readonly Manifest[],
    private readonly desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly pods: PodsOfBoth,
    private readonly domain: string,
  ) {
    const deciding = (m: Manifest) => isDecisive(m) || (m.kind === 'DestinationRule' && m.group === 'networking.istio.io');
    const [before, after] = [live, desired].map((all) => new Map(all.filter(deciding).map((m) => [keyOf(m), m])));
    this.before = before!;
    this.after = after!;
    const keys = [...new Set([...before!.keys(), ...after!.keys()])];
    this.shown = [calledPods(live), calledPods(desired)];
    const [there, wanted] = [live, desired].map((all) => all.filter(isNamespace));
    const known = new Set(there!.map((m) => m.name));
    this.coming = new Set(wanted!.flatMap((m) => (known.has(m.name) ? [] : [m.name])));
    this.changing = new Set(keys.filter((key) => !isEqual(decisiveOf(before!.get(key)), decisiveOf(after!.get(key)))));
  }

  /** Whether nothing decides about who gets in anywhere. */
  get areOpen(): boolean {
    return this.before.size === 0 && this.after.size === 0;
  }

  /** By pods, what decides about them; read when it is asked for. */
  private get about(): ReadonlyMap<Subject, readonly Manifest[]> {
    if (this.known) return this.known;
    // of one that chooses others the pods of both states
    for (const m of new Map([...this.live, ...this.desired].map((m) => [`${keyOf(m)} ${canonical(selectorIn(m))}`, m])).values())
      this.readService(m);
    this.known = this.deciding([...new Set([...this.before.keys(), ...this.after.keys()])]);
    return this.known;
  }

  /** Those about whom something decides that changes; one for all about whom the same decides. */
  changed(): readonly Place[] {
    if (this.changing.size === 0) return [];
    // such as are known by policies alone may be there, too
    const [old, now] = this.shown;
    const keys = [...this.about.keys()].filter((pods) => old.has(pods) === now.has(pods) && !this.isPassing(pods));
    const changed = keys.map((pods) => this.of(pods));
    // those that are shown stand for the others
    changed.sort((a, b) => Number(a.isShown) - Number(b.isShown));
    return [...new Map(changed.filter((p) => p.moving.length > 0).map((p) => [p.print, p])).values()];
  }

  /** Whether workloads with all such pods, or their namespace, come, or workloads go: nobody calls them in the other state. */
  isPassing(pods: Subject): boolean {
    const [old, now] = this.presence(pods);
    return old !== now;
  }

  /** Whether they come, and are not there before; or go, and are not there after. */
  isAway(pods: Subject, state: 'before' | 'after'): boolean {
    const [old, now] = this.presence(pods);
    return old !== now && !(state === 'before' ? old : now);
  }

  /** Whether workloads have such pods, before and after. */
  private presence(pods: Subject): readonly [before: boolean, after: boolean] {
    const at = pods.indexOf(' ');
    if (this.coming.has(pods.slice(0, at))) return [false, true];
    const some = this.subjects.within(pods.slice(0, at), JSON.parse(pods.slice(at + 1)));
    const [old, now] = this.pods.map((all) => some.some((s) => all.has(s)));
    return [old!, now!];
  }

  /** Those about whom more than one thing decides that changes. */
  crowded(): readonly Place[] {
    return this.changing.size < 2 ? [] : this.changed().filter((p) => p.moving.length > 1);
  }

  /** Some pods. */
  of(pods: Subject): Place {
    const known = this.made.get(pods) ?? this.placeOf(pods);
    this.made.set(pods, known);
    return known;
  }

  private placeOf(pods: Subject): Place {
    const about = this.about.get(pods) ?? [];
    const services = [...(this.serving.get(pods)?.values() ?? [])];
    const isSpoken = about.some((m) => m.kind === 'DestinationRule');
    const at = pods.indexOf(' ');
    const isShown = this.shown.every((some) => some.has(pods));
    return {
      pods,
      namespace: pods.slice(0, at),
      labels: JSON.parse(pods.slice(at + 1)),
      isBare: this.subjects.isBare(pods),
      isShown,
      services: new Served(services),
      moving: [...new Set(about.map(keyOf))].filter((key) => this.changing.has(key)).sort(),
      still: [...new Map(about.filter((m) => !this.changing.has(keyOf(m))).map((m) => [keyOf(m), m])).values()],
      all: about,
      print: canonical([
        about.map((m) => `${keyOf(m)} ${this.before.get(keyOf(m)) === m}`),
        services.map((s) => (isSpoken ? [s.host, s.ports] : s.ports.map((p) => p.target))),
      ]),
    };
  }

  /** Those with labels that one of some selectors asks for, in any namespace, as far as both states show that they are there. */
  shownTo(selectors: readonly Labels[]): readonly Place[] {
    const pods = new Set(selectors.flatMap((s) => this.subjects.anywhere(s)));
    return [...pods].map((s) => this.of(s)).filter((p) => p.isShown);
  }

  /** The pods of a host: such as policies and Services alone speak of where no workload has others. */
  servingOf(host: string): readonly Subject[] {
    const all = this.about.size > 0 ? (this.behind.get(host) ?? []) : [];
    const had = all.filter((s) => this.pods.some((some) => some.has(s)));
    return had.length > 0 ? had : all;
  }

  /** By pods, what decides about them in either state. */
  private deciding(keys: readonly string[]): ReadonlyMap<Subject, readonly Manifest[]> {
    const out = new Map<Subject, Set<Manifest>>();
    const add = (s: Subject, m: Manifest) => out.set(s, (out.get(s) ?? new Set()).add(m));
    const hosts = new Map<string, Set<Subject>>();
    for (const [s, all] of this.serving)
      for (const { host } of all.values()) hosts.set(host, (hosts.get(host) ?? new Set()).add(s));
    for (const m of keys.flatMap((key) => [this.before.get(key), this.after.get(key)]))
      if (m) {
        const named = m.kind === 'DestinationRule' ? ruledHosts(m, hosts.keys(), this.domain) : [];
        for (const s of isDecisive(m) ? this.subjects.of(m) : named.flatMap((h) => [...(hosts.get(h) ?? [])])) add(s, m);
      }
    return new Map([...out].map(([s, all]) => [s, [...all]]));
  }

  private readService(m: Manifest): void {
    const labels = selectorIn(m);
    const hosts = hostsOf(m, this.domain);
    if (!labels || hosts.length === 0) return;
    const target = (p: any) => (typeof p?.targetPort === 'number' ? p.targetPort : Number(p?.port ?? p?.number));
    const pods = this.subjects.within(m.namespace, labels);
    for (const host of hosts) {
      const serving = {
        host,
        namespace: m.namespace,
        ports: list(m.object.spec.ports).map((p) => ({ port: Number(p.port ?? p.number), target: target(p) })),
      };
      const key = `${keyOf(m)} ${host}`;
      for (const s of pods) this.serving.set(s, (this.serving.get(s) ?? new Map()).set(key, serving));
      this.behind.set(host, [...new Set([...(this.behind.get(host) ?? []), ...pods])]);
    }
  }
}
