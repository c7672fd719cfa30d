import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { canonical } from '../../values/equal';
import { OTHERS } from '../facts/audience';
import { type Fact, hostsOf, list } from '../facts/references';
import { ruledHosts, rulesInEffect } from '../facts/rules-in-effect';
import { type PodsOfBoth, type Subject, selectorIn, subjectOf } from '../facts/subjects';
import type { Together } from '../facts/together';
import { type Ends, type StateOf, turnedIn } from './checkpoint';
import type { ChosenPods } from './chosen-pods';
import { type Destination, requestsOf, type Spot, spotText, type Way, wayOf } from './leads';
import type { Places } from './places';
import { Spots } from './spots';

type Labels = Readonly<Record<string, string>>;

/** All that says which pods a host and its subsets mean, in either state. */
interface Owned {
  readonly host: string;
  /** Keys of its Services and ServiceEntries. */
  readonly services: readonly string[];
  /** Keys of DestinationRules, those of wildcards, too. */
  readonly rules: readonly string[];
  /** Whether it, or a subset of one name, may mean other pods in the one state than in the other. */
  readonly isTurned: boolean;
  readonly pods: readonly { readonly subject: Subject; readonly labels: Labels }[];
}

/**
 * Pods to which requests come where a host, or a subset of one name, comes to mean others, and something else changes on the way there:
 * rules that take a subset or leave it, a DestinationRule and a Service. At every moment some are meant, and such as one of both states means:
 * a Service is of the pods of a subset alone before rules lead to it without the subset, and of more after they lead to the subset.
 */
export function meantPods(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  chosen: ChosenPods,
  pods: PodsOfBoth,
  domain: string,
): readonly Together[] {
  const hosts = ownedHosts([...new Set([...live, ...desired])], pods, domain);
  const moved = [...hosts.values()].filter((h) => h.isTurned);
  if (moved.length === 0) return [];
  const [before] = ends;
  const isMoving = turnedIn(ends);
  const spots = new Spots(live, desired, places, chosen, domain, rulesOf(moved, ends));
  return spots.all().flatMap((ruled): Together[] => {
    const { spot, keys } = ruled;
    const waysIn = spots.waysOf(ruled);
    const both = ends.map(waysIn);
    const destinations = both.flatMap((ways) => ways.flatMap((w) => w.destinations));
    const led = [...new Set(destinations.flatMap(({ host }) => hosts.get(host) ?? []))];
    if (!led.some((h) => h.isTurned)) return [];
    const own = led.flatMap((h) => [...h.services, ...h.rules]);
    const members = [...new Set([...keys, ...own])].filter(isMoving).sort();
    if (members.length < 2) return [];
    const meanings = callersTold(spot, led, ends).map((labels) => ({
      labels,
      meaning: new Meaning(hosts, { namespace: spot.audience ?? OTHERS, labels }, (key) => before(key) !== undefined, domain),
    }));
    const kept = requestsOf(both.flat()).flatMap(({ path, rest }) =>
      meanings.flatMap(({ labels, meaning }) => {
        const sets = both.map((ways, i) => meaning.of(wayOf(ways, path, rest), ends[i]!));
        if (sets.some((some) => some === undefined || some.some((s) => s?.size === 0))) return [];
        const allowed = new Set(sets.flatMap((some) => some!.flatMap((s) => [...(s ?? [])])));
        const fact: Fact = `meant ${spotText(spot)} ${canonical([path, rest, labels])}`;
        return [{ path, rest, meaning, allowed, fact }];
      }),
    );
    if (kept.length === 0) return [];
    const provides = (state: StateOf): Fact[] => {
      const ways = waysIn(state);
      return kept.flatMap(({ path, rest, meaning, allowed, fact }) => {
        const some = meaning.of(wayOf(ways, path, rest), state);
        return !some || some.every((s) => !s || (s.size > 0 && [...s].every((p) => allowed.has(p)))) ? [fact] : [];
      });
    };
    return [{ members, keeps: true, provides }];
  });
}

/** The DestinationRules about hosts, in either state. */
const rulesOf = (hosts: readonly Owned[], ends: Ends): readonly Manifest[] =>
  hosts.flatMap((h) => h.rules.flatMap((key) => ends.flatMap((state) => state(key) ?? [])));

/** Pods of a namespace that DestinationRules about hosts name by their labels, and those that none names. */
function callersTold({ audience }: Spot, hosts: readonly Owned[], ends: Ends): readonly Labels[] {
  const named = rulesOf(hosts, ends).flatMap((m) =>
    m.namespace === audience ? (m.object.spec?.workloadSelector?.matchLabels ?? []) : [],
  );
  return [...new Map([{}, ...named].map((labels) => [canonical(labels), labels])).values()];
}

/** Tells which pods destinations mean, to some pods of a namespace. */
class Meaning {
  constructor(
    private readonly hosts: ReadonlyMap<string, Owned>,
    private readonly callers: { readonly namespace: string; readonly labels: Labels },
    private readonly isThere: (key: string) => boolean,
    private readonly domain: string,
  ) {}

  /** The pods of each destination, and nothing for one of which that is not known; nothing where requests go nowhere. */
  of(way: Way | undefined, state: StateOf): readonly (ReadonlySet<Subject> | undefined)[] | undefined {
    return way?.destinations.map((d) => this.podsOf(d, state));
  }

  private podsOf({ host, subset }: Destination, state: StateOf): ReadonlySet<Subject> | undefined {
    const owned = this.hosts.get(host);
    const services = (owned?.services ?? []).flatMap((key) => state(key) ?? []);
    const [first] = services;
    if (!owned?.isTurned || !first) return undefined;
    const labels = subset === undefined ? {} : this.labelsOf(owned, subset, first.namespace, state);
    const selectors = services.map(selectorIn);
    if (labels === undefined || selectors.some((s) => s === undefined)) return undefined;
    const isMeant = (all: Labels) => selects(labels, all) && selectors.some((s) => selects(s, all));
    return new Set(owned.pods.filter((p) => isMeant(p.labels)).map((p) => p.subject));
  }

  private labelsOf({ host, rules }: Owned, subset: string, namespace: string, state: StateOf): Labels | undefined {
    const inEffect = rulesInEffect(
      rules.flatMap((key) => state(key) ?? []),
      this.isThere,
      this.domain,
    );
    const found = inEffect
      .of(this.callers.namespace, this.callers.labels, { host, namespace })
      ?.subsets.find((s) => s.subset?.name === subset);
    return found && (found.subset.labels ?? {});
  }
}

/** The hosts of Services and ServiceEntries, and what is about them. */
function ownedHosts(objects: readonly Manifest[], [old, now]: PodsOfBoth, domain: string): ReadonlyMap<string, Owned> {
  const services = new Map<string, Manifest[]>();
  for (const m of objects) for (const host of hostsOf(m, domain)) services.set(host, [...(services.get(host) ?? []), m]);
  const rules = new Map<string, Manifest[]>();
  for (const m of objects)
    if (m.kind === 'DestinationRule') {
      for (const host of ruledHosts(m, services.keys(), domain)) rules.set(host, [...(rules.get(host) ?? []), m]);
    }
  let known: ReadonlyMap<string, Owned['pods']> | undefined;
  const inNamespace = (namespace: string): Owned['pods'] => {
    known ??= byNamespace([...new Set([...old, ...now])]);
    return known.get(namespace) ?? [];
  };
  return new Map(
    [...services].map(([host, own]) => {
      const about = rules.get(host) ?? [];
      const keys = (some: readonly Manifest[]) => [...new Set(some.map(keyOf))];
      const isTurned = own.length + about.length > 1 && areTurned(own, about);
      const pods = isTurned ? podsBehind(own, about, inNamespace) : [];
      return [host, { host, services: keys(own), rules: keys(about), isTurned, pods }];
    }),
  );
}

/** Whether Services of a host, or DestinationRules by one name of a subset, ask for different pods. */
function areTurned(services: readonly Manifest[], rules: readonly Manifest[]): boolean {
  const asked = new Map<string, Set<string>>();
  const ask = (what: string, labels: unknown) => asked.set(what, (asked.get(what) ?? new Set()).add(canonical(labels ?? null)));
  for (const m of services) ask('', selectorIn(m));
  for (const m of rules) for (const s of list(m.object.spec?.subsets)) ask(`subset ${s.name}`, s.labels ?? {});
  return [...asked.values()].some((texts) => texts.size > 1);
}

/** Pods of a host in either state; where no workload shows any, such as its Services and subsets themselves ask for. */
function podsBehind(
  services: readonly Manifest[],
  rules: readonly Manifest[],
  inNamespace: (namespace: string) => Owned['pods'],
): Owned['pods'] {
  const asked = services.flatMap((m) => {
    const labels = selectorIn(m);
    return labels ? [{ namespace: m.namespace, labels }] : [];
  });
  const shown = asked.flatMap(({ namespace, labels }) => inNamespace(namespace).filter((p) => selects(labels, p.labels)));
  if (shown.length > 0) return [...new Map(shown.map((p) => [p.subject, p])).values()];
  const subsets = rules.flatMap((m) => list(m.object.spec?.subsets).map((s): Labels => s.labels ?? {}));
  const made = asked.flatMap(({ namespace, labels }) =>
    [labels, ...subsets.filter((s) => agree(s, labels)).map((s) => ({ ...labels, ...s }))].map((all) => ({
      subject: subjectOf(namespace, all),
      labels: all,
    })),
  );
  return [...new Map(made.map((p) => [p.subject, p])).values()];
}

const agree = (a: Labels, b: Labels): boolean => Object.keys(a).every((k) => b[k] === undefined || a[k] === b[k]);

function byNamespace(subjects: readonly Subject[]): ReadonlyMap<string, Owned['pods']> {
  const out = new Map<string, { readonly subject: Subject; readonly labels: Labels }[]>();
  for (const subject of subjects) {
    const at = subject.indexOf(' ');
    const namespace = subject.slice(0, at);
    out.set(namespace, [...(out.get(namespace) ?? []), { subject, labels: JSON.parse(subject.slice(at + 1)) }]);
  }
  return out;
}
