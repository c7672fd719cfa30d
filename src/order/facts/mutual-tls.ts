import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { fullName, hostWithin, isWild } from '../../model/host';
import { type Stage, sent } from '../forms/stages';
import { isWorkload } from './readiness';
import { type Fact, NOTHING, type References } from './references';
import { type PodsOfBoth, podsOf, type Subject, type Subjects, selectorOf } from './subjects';
import type { Together } from './together';

type Mode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';
/** What servers take, by port; where a port says nothing, what holds for {@link ALL}. */
type Modes = ReadonlyMap<string, Mode>;

/** The key of what holds for all ports. */
const ALL = '';

const isMode = (mode: unknown): mode is Mode => mode === 'STRICT' || mode === 'DISABLE' || mode === 'PERMISSIVE';
const isPeers = (m: Manifest): boolean => m.kind === 'PeerAuthentication';
const ownMode = (m: Manifest | undefined): Mode | undefined => {
  const mode: unknown = m?.object.spec?.mtls?.mode;
  return isMode(mode) ? mode : undefined;
};

function modesOf(m: Manifest | undefined, inherited: Mode): Modes {
  const all = ownMode(m) ?? inherited;
  const ports = Object.entries<any>(m?.object.spec?.portLevelMtls ?? {});
  return new Map([[ALL, all], ...ports.map(([port, p]) => [port, isMode(p?.mode) ? p.mode : all] as const)]);
}

/** What a PeerAuthentication that says nothing, or is not there, leaves to hold. */
interface Inherited {
  readonly live: Mode;
  readonly desired: Mode;
}

/**
 * What servers take, plain text or mutual TLS, and what clients speak to them. What pods take is said by the PeerAuthentication
 * that is most about them; without it by the next: of their namespace, of the mesh.
 * Source: pilot/pkg/security/authn/policy_applier.go.
 */
export class MutualTls {
  private readonly states: readonly (readonly Manifest[])[];
  /** Of pods: the PeerAuthentications about them, the one with the last word first. */
  private readonly governed = new Map<Subject, readonly string[]>();
  /** Pods of one state alone that take no plain text in it. */
  private readonly sealed: ReadonlySet<Subject>;
  private readonly hosts = new Map<string, Set<Subject>>();
  /** Of DestinationRules with which clients speak plain text, in either state: to which pods. */
  private readonly plainly = new Map<string, readonly Subject[]>();
  /** Hosts with a DestinationRule of their own at all times: one of a wildcard says nothing to them. */
  private readonly ruled: ReadonlySet<string>;

  /**
   * @param turning pods that come to have a proxy, or had one: without it they took plain text
   * @param root the mesh's root namespace
   */
  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    pods: PodsOfBoth,
    turning: ReadonlySet<Subject>,
    private readonly root: string,
    private readonly domain: string,
  ) {
    this.states = [live.filter(isPeers), desired.filter(isPeers)];
    const known = new Map<Subject, Map<string, number>>();
    for (const m of this.states.flat())
      for (const s of subjects.of(m)) known.set(s, (known.get(s) ?? new Map()).set(keyOf(m), this.levelOf(m)));
    for (const [s, levels] of known)
      this.governed.set(
        s,
        [...levels].sort((a, b) => b[1] - a[1]).map(([key]) => key),
      );
    this.sealed = this.governed.size > 0 ? this.sealedOf(pods, turning) : new Set();
    // where nothing is said about mutual TLS nobody asks for hosts
    const isAsked = this.governed.size > 0 || [...live, ...desired].some((m) => isRule(m) && modesSpoken(m).some(Boolean));
    const [before, after] = isAsked ? [live, desired] : [[], []];
    for (const m of [...before, ...after]) this.readHosts(m);
    const rules = [before, after].map((all) => new Set(all.flatMap((m) => (isRule(m) ? this.hostOf(m) : []))));
    this.ruled = new Set([...rules[0]!].filter((h) => rules[1]!.has(h)));
    if (this.governed.size > 0)
      for (const m of [...before, ...after])
        if (isRule(m) && howSpoken(m).includes('plain')) this.plainly.set(keyOf(m), this.spokenTo(m));
  }

  /** What pods take, by the PeerAuthentications about them together; who is outside the mesh relies on plain text. */
  get together(): readonly Together[] {
    const groups = new Map<string, { readonly members: readonly string[]; readonly subjects: Subject[] }>();
    for (const [s, members] of this.governed) {
      const group = groups.get(members.join()) ?? { members, subjects: [] };
      groups.set(members.join(), group);
      group.subjects.push(s);
    }
    return [...groups.values()].map(({ members, subjects }) => ({
      members,
      keeps: true,
      provides: (state) => {
        const taken = takenBy(members.map(state));
        const sealed = taken.includes('plain') ? [] : subjects.filter((s) => this.sealed.has(s));
        return [...taken.flatMap((how) => subjects.map((s): Fact => `${how} ${s}`)), ...sealed.map(sealedFact)];
      },
    }));
  }

  /** What clients speak, and that pods which refuse plain text are never there without what says so. */
  facts(m: Manifest): References {
    if (isWorkload(m) && this.sealed.size > 0) {
      const pods = podsOf(m);
      return this.sealed.has(pods) ? { ...NOTHING, needs: new Set([sealedFact(pods)]) } : NOTHING;
    }
    return isRule(m) && this.governed.size > 0 ? { ...NOTHING, needs: new Set(this.spoken(m)) } : NOTHING;
  }

  /**
   * What clients that speak what servers take need, where they spoke plain text in any case before, or will: istiod tells them of mutual
   * TLS as soon as it knows of the PeerAuthentication, and the servers hear of that when they do.
   * Source: pilot/pkg/xds/endpoints/mtls_checker.go.
   * @param m a DestinationRule in some state; nothing where it is not there
   */
  automatic(m: Manifest | undefined, key: string): References {
    const pods = m === undefined || modesSpoken(m).every((mode) => mode === undefined) ? this.plainly.get(key) : undefined;
    return pods ? { ...NOTHING, needs: new Set(pods.map((s): Fact => `mutual ${s}`)) } : NOTHING;
  }

  /** From plain text to mutual TLS, and back, by way of both. */
  stages(live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] {
    const inherited = this.inherited((live ?? desired)!);
    const [from, to] = [modesOf(live, inherited.live), modesOf(desired, inherited.desired)];
    const both = bothOf(from, to);
    const last: Stage = { object: desired, rank: same(both, to) ? 'open' : 'close' };
    if (same(both, to) || same(both, from)) return [last];
    const m = (desired ?? live)!;
    const { portLevelMtls: _, ...rest } = m.object.spec ?? {};
    const single = [...both].filter(([port, mode]) => port !== ALL && mode !== both.get(ALL));
    const spec = {
      ...rest,
      mtls: { mode: both.get(ALL) },
      ...(single.length > 0 ? { portLevelMtls: Object.fromEntries(single.map(([port, mode]) => [port, { mode }])) } : {}),
    };
    return [{ object: sent(m, spec), rank: 'open', wide: true }, last];
  }

  /** Of pods that come or go with all that the PeerAuthentication about them is for, those that take mutual TLS alone. */
  private sealedOf(pods: PodsOfBoth, turning: ReadonlySet<Subject>): ReadonlySet<Subject> {
    const out = new Set<Subject>();
    for (const [i, state] of this.states.entries()) {
      const others = pods[1 - i]!;
      const by = new Map(state.map((m) => [keyOf(m), m]));
      const stays = new Map(state.map((m) => [m, this.subjects.of(m).some((s) => others.has(s))]));
      for (const [s, keys] of this.governed) {
        const about = keys.map((key) => by.get(key));
        const first = about.find((m) => m !== undefined);
        if (first && pods[i]!.has(s) && !turning.has(s) && !stays.get(first) && !takenBy(about).includes('plain')) out.add(s);
      }
    }
    return out;
  }

  private levelOf(m: Manifest): number {
    return Object.keys(selectorOf(m)).length > 0 ? 2 : m.namespace === this.root ? 0 : 1;
  }

  /** What holds without it. */
  private inherited(m: Manifest): Inherited {
    const level = this.levelOf(m);
    const [live, desired] = this.states.map((all) => {
      const wide = (ns: string) => ownMode(all.find((p) => p.namespace === ns && this.levelOf(p) < level));
      return wide(m.namespace) ?? wide(this.root) ?? 'PERMISSIVE';
    });
    return { live: live!, desired: desired! };
  }

  private readHosts({ group, kind, name, namespace, object: { spec = {} } }: Manifest): void {
    const add = (host: string, labels: unknown) => {
      if (typeof labels !== 'object' || labels === null) return;
      const known = this.hosts.get(host) ?? new Set();
      for (const s of this.subjects.within(namespace, labels as Record<string, string>)) known.add(s);
      this.hosts.set(host, known);
    };
    if (kind === 'Service' && group === '') add(`${name}.${namespace}.svc.${this.domain}`, spec.selector);
    if (kind === 'ServiceEntry') for (const host of spec.hosts ?? []) add(host, spec.workloadSelector?.labels);
  }

  private hostOf(rule: Manifest): string {
    return fullName(rule.object.spec?.host ?? '', rule.namespace, this.domain);
  }

  /** What clients that obey a DestinationRule need the servers to take. */
  private spoken(m: Manifest): Fact[] {
    const how = howSpoken(m);
    return how.length === 0 ? [] : how.flatMap((h) => this.spokenTo(m).map((s): Fact => `${h} ${s}`));
  }

  /** The pods of the hosts that a DestinationRule is about. */
  private spokenTo(m: Manifest): Subject[] {
    const host = this.hostOf(m);
    const hosts = isWild(host) ? [...this.hosts.keys()].filter((h) => hostWithin(h, host) && !this.ruled.has(h)) : [host];
    return [...new Set(hosts.flatMap((h) => [...(this.hosts.get(h) ?? [])]))];
  }
}

function modesSpoken(m: Manifest): readonly unknown[] {
  const { trafficPolicy, subsets } = m.object.spec ?? {};
  const policies = [trafficPolicy, ...(Array.isArray(subsets) ? subsets.map((s: any) => s?.trafficPolicy) : [])];
  return policies.flatMap((p) => [p?.tls?.mode, ...(p?.portLevelSettings ?? []).map((x: any) => x?.tls?.mode)]);
}

/** What clients that obey a DestinationRule speak, whatever the servers take. */
function howSpoken(m: Manifest): ('plain' | 'mutual')[] {
  const modes = modesSpoken(m);
  return [
    ...(modes.includes('DISABLE') ? (['plain'] as const) : []),
    ...(modes.includes('ISTIO_MUTUAL') ? (['mutual'] as const) : []),
  ];
}

/** What pods take, by those about them, of which the first has the last word. */
function takenBy(about: readonly (Manifest | undefined)[]): ('plain' | 'mutual')[] {
  const [first, ...others] = about.filter((m) => m !== undefined);
  const inherited = others.map(ownMode).find((mode) => mode !== undefined) ?? 'PERMISSIVE';
  const modes = [...modesOf(first, inherited).values()];
  return [
    ...(modes.every((mode) => mode !== 'STRICT') ? ['plain' as const] : []),
    ...(modes.every((mode) => mode !== 'DISABLE') ? ['mutual' as const] : []),
  ];
}

const sealedFact = (pods: Subject): Fact => `sealed ${pods}`;

const isRule = (m: Manifest): boolean => m.kind === 'DestinationRule';

const at = (modes: Modes, port: string): Mode => modes.get(port) ?? modes.get(ALL)!;

/** What takes the connections of both: PERMISSIVE wherever the two differ. */
function bothOf(from: Modes, to: Modes): Modes {
  const ports = [...new Set([...from.keys(), ...to.keys()])];
  return new Map(ports.map((p) => [p, at(from, p) === at(to, p) ? at(from, p) : 'PERMISSIVE']));
}

const same = (both: Modes, modes: Modes): boolean => [...both].every(([port, mode]) => at(modes, port) === mode);
