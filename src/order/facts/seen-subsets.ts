import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { DestinationRules } from '../../model/destination-rules';
import { isWild, wildcardsOver } from '../../model/host';
import { inOrderOf } from '../../model/listed';
import type { Service } from '../../model/service';
import { canonical } from '../../values/equal';
import { type Stage, sent, stagesOf, via } from '../forms/stages';
import { type Audience, audienceOf, type Callers, isPublic, OTHERS } from './audience';
import { type Fact, hostsOf, NOTHING, type References, referencesOf } from './references';
import { ruledHost, rulesInEffect } from './rules-in-effect';
import type { Together } from './together';

/** What says which subsets there are, for hosts about which several DestinationRules are, or one that not all see. */
export interface SeenSubsets {
  readonly facts: (m: Manifest) => References;
  /** The DestinationRules of a host: one may hide another, for some namespaces. */
  readonly together: readonly Together[];
  readonly bridge: Bridge;
}

/**
 * Where one DestinationRule gives way to another that it hid, or comes to hide one, and routes change with them: for now it
 * has the subsets of both.
 */
export type Bridge = (live: Manifest | undefined, desired: Manifest | undefined) => readonly Stage[] | undefined;

/**
 * Subsets as each namespace sees them. Of several DestinationRules a proxy obeys one: its namespace's own, that of the host's
 * namespace, or the root's; an exact host's rather than a wildcard's; of one namespace they are merged, where they are shown to
 * the same. So each state of them is asked as istiod would answer it.
 */
export function seenSubsets(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  domain: string,
  root: string,
  callers: Callers,
): SeenSubsets {
  const objects = [...new Set([...live, ...desired])];
  const rules = objects.filter(isRule);
  const hostOf = (m: Manifest): string => ruledHost(m, domain);
  const wanted = new Map<string, Set<string>>();
  for (const m of objects)
    for (const { host, name } of subsetsOf(m, domain)) wanted.set(host, (wanted.get(host) ?? new Set()).add(name));
  const byHost = new Map<string, Manifest[]>();
  for (const m of rules) byHost.set(hostOf(m), [...(byHost.get(hostOf(m)) ?? []), m]);
  const wild = [...byHost.keys()].filter(isWild);
  const wildcards = new Set(wild);
  const states = [live, desired].map((all) => new Map(all.filter(isRule).map((m) => [keyOf(m), m])));
  const owners = ownersIn([...live, ...desired], domain);
  /** By the wildcards that mean their hosts. */
  const beneath = new Map<string, Contested[]>(wild.map((w) => [w, []]));
  const contested = new Map<string, Contested>();
  for (const [host, wantedOf] of wanted) {
    const over = wildcardsOver(host, wildcards);
    const about = [host, ...inOrderOf(wild, over)].flatMap((h) => byHost.get(h) ?? []);
    const keys = [...new Set(about.map(keyOf))];
    const isSimple =
      keys.length === 1 && about.every((m) => isPublic(m) && !m.object.spec?.workloadSelector && !isWild(hostOf(m)));
    if (keys.length === 0 || isSimple) continue;
    const namespace = owners.get(host) ?? host.split('.')[1] ?? '';
    const made = new Contested(host, namespace, [...wantedOf], keys, about, states, root, domain, callers);
    contested.set(host, made);
    for (const w of over) beneath.get(w)!.push(made);
  }
  const facts = (m: Manifest): References => {
    if (contested.size === 0) return NOTHING;
    if (m.kind === 'DestinationRule' && isWild(hostOf(m))) {
      const names: string[] = (m.object.spec?.subsets ?? []).map((s: any) => s?.name);
      const hosts = beneath.get(hostOf(m)) ?? [];
      const provides = hosts.flatMap((c) => c.names.filter((n) => names.includes(n)).map((n): Fact => `subset ${c.host} ${n}`));
      return { ...NOTHING, provides: new Set(provides) };
    }
    const seen = subsetsOf(m, domain).flatMap(({ host, name }) => contested.get(host)?.needs(m, name) ?? []);
    return seen.length > 0 ? { ...NOTHING, needs: new Set(seen) } : NOTHING;
  };
  const bridge: Bridge = (from, to) => {
    const m = (to ?? from)!;
    if (m.kind !== 'DestinationRule') return undefined;
    const more = new Map([...contested.values()].flatMap((c) => c.hidden(keyOf(m)).map((s) => [s.name, s] as const)));
    const wide = from && to ? stagesOf(from, to)[0]!.object! : m;
    for (const s of wide.object.spec?.subsets ?? []) more.delete(s?.name);
    if (more.size === 0) return undefined;
    const spec = { ...wide.object.spec, subsets: [...(wide.object.spec?.subsets ?? []), ...more.values()] };
    return via(sent(m, spec), to);
  };
  return { facts, together: [...contested.values()], bridge };
}

const isRule = (m: Manifest): boolean => m.kind === 'DestinationRule';

/** The namespaces of the first Service or ServiceEntry of each host. */
function ownersIn(objects: readonly Manifest[], domain: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const m of objects) for (const host of hostsOf(m, domain)) if (!out.has(host)) out.set(host, m.namespace);
  return out;
}

/** A host whose subsets are not for everybody what one DestinationRule says. */
class Contested implements Together {
  private readonly audiences: ReadonlySet<Audience>;
  private readonly service: Service;
  /** Labels by which DestinationRules tell pods of a namespace apart. */
  private readonly asked: readonly string[];
  private readonly known = new Map<Audience, readonly Labels[]>();
  /** The members before and after. */
  private readonly states: readonly ReadonlyMap<string, Manifest>[];

  constructor(
    readonly host: string,
    /** Of its Service or ServiceEntry. */
    namespace: string,
    readonly names: readonly string[],
    readonly members: readonly string[],
    about: readonly Manifest[],
    states: readonly ReadonlyMap<string, Manifest>[],
    root: string,
    private readonly domain: string,
    private readonly callers: Callers,
  ) {
    this.states = states.map((all) => new Map(members.flatMap((key) => (all.has(key) ? [[key, all.get(key)!] as const] : []))));
    this.service = { host, namespace } as Service;
    this.asked = [...new Set(about.flatMap((m) => Object.keys(m.object.spec?.workloadSelector?.matchLabels ?? {})))].sort();
    const named = about.flatMap((m) => [m.namespace, ...audienceOf(m)]);
    this.audiences = new Set([...named, root, this.service.namespace].filter((ns) => ns !== OTHERS));
  }

  needs(m: Manifest, name: string): Fact[] {
    const seeing = this.callers.among(this.audiences, this.callers.of(m));
    return seeing.flatMap((ns) => this.podsIn(ns).map((pods) => seen(this.host, name, ns, pods)));
  }

  /** Subsets of others, in the state in which a member does not hide them, that it lacks in the other. */
  hidden(key: string): readonly { readonly name: string }[] {
    const [before, after] = this.states.map((s) => this.rulesOf((k) => s.get(k)));
    return [...this.audiences, OTHERS].flatMap((ns) => {
      const both = [before!, after!].map((rules) => rules.of(ns, {}, this.service));
      return both.flatMap((rule, i) => {
        if (!rule?.from.some((c) => keyOf(c.manifest) === key)) return [];
        const names = new Set(rule.subsets.map((s) => s.subset?.name));
        const others = both[1 - i]?.subsets ?? [];
        return others.map((s) => s.subset).filter((s) => this.names.includes(s?.name) && !names.has(s?.name));
      });
    });
  }

  private rulesOf(state: (key: string) => Manifest | undefined): DestinationRules {
    const all = this.members.flatMap((key) => state(key) ?? []);
    return rulesInEffect(all, (key) => this.states[0]!.has(key), this.domain);
  }

  *provides(state: (key: string) => Manifest | undefined): Iterable<Fact> {
    const rules = this.rulesOf(state);
    for (const ns of [...this.audiences, OTHERS])
      for (const pods of this.podsIn(ns)) {
        const subsets = new Set(rules.of(ns, pods, this.service)?.subsets.map((s) => s.subset?.name));
        for (const name of this.names) if (subsets.has(name)) yield seen(this.host, name, ns, pods);
      }
  }

  /** The labels of pods in a namespace, as far as they tell these apart. */
  private podsIn(ns: Audience): readonly Labels[] {
    const known = this.known.get(ns);
    if (known) return known;
    const all = this.asked.length > 0 ? [{}, ...this.callers.labelsIn(ns).map((l) => this.asksFor(l))] : [{}];
    const made = [...new Map(all.map((labels) => [canonical(labels), labels])).values()];
    this.known.set(ns, made);
    return made;
  }

  private asksFor(labels: Labels): Labels {
    return Object.fromEntries(this.asked.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
  }
}

type Labels = Readonly<Record<string, string>>;

const seen = (host: string, name: string, audience: Audience, pods: Labels): Fact =>
  `seen ${host} ${name} ${audience}${Object.keys(pods).length > 0 ? ` ${canonical(pods)}` : ''}`;

interface Subset {
  readonly host: string;
  readonly name: string;
}

/** The subsets that routes lead to. */
function subsetsOf(m: Manifest, domain: string): Subset[] {
  if (m.kind !== 'VirtualService') return [];
  return [...referencesOf(m, domain).needs].flatMap((fact) => {
    const [kind, host, name] = fact.split(' ') as [string, string, string];
    return kind === 'subset' ? { host, name } : [];
  });
}
