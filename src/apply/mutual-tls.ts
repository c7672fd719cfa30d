import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { fullName, hostWithin, isWild } from '../model/host';
import { type Fact, NOTHING, type References } from './references';
import { type Stage, sent } from './stages';
import { type Subject, type Subjects, selectorOf } from './subjects';

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
 * that is most about them, in whichever state it is; without it by the next: of their namespace, of the mesh.
 * Source: pilot/pkg/security/authn/policy_applier.go.
 */
export class MutualTls {
  private readonly states: readonly (readonly Manifest[])[];
  /** By the key of a PeerAuthentication: the pods about which it has the last word. */
  private readonly governed = new Map<string, Subject[]>();
  private readonly hosts = new Map<string, Set<Subject>>();
  /** Hosts with a DestinationRule of their own at all times: one of a wildcard says nothing to them. */
  private readonly ruled: ReadonlySet<string>;

  /** @param root the mesh's root namespace */
  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly root: string,
    private readonly domain: string,
  ) {
    this.states = [live.filter(isPeers), desired.filter(isPeers)];
    const governors = new Map<Subject, readonly [level: number, key: string]>();
    for (const m of this.states.flat()) {
      const level = this.levelOf(m);
      if (ownMode(m) === undefined && m.object.spec?.portLevelMtls === undefined) continue;
      for (const s of subjects.of(m)) if ((governors.get(s)?.[0] ?? -1) < level) governors.set(s, [level, keyOf(m)]);
    }
    for (const [s, [, key]] of governors) this.governed.set(key, [...(this.governed.get(key) ?? []), s]);
    // where nothing is said about mutual TLS nobody asks for hosts
    const [before, after] = this.governed.size > 0 ? [live, desired] : [[], []];
    for (const m of [...before, ...after]) this.readHosts(m);
    const rules = [before, after].map((all) => new Set(all.flatMap((m) => (isRule(m) ? this.hostOf(m) : []))));
    this.ruled = new Set([...rules[0]!].filter((h) => rules[1]!.has(h)));
  }

  /** @param key of the object, of which there may be none in this state */
  facts(m: Manifest | undefined, key: string): References {
    const subjects = this.governed.get(key);
    if (subjects) {
      const taken = this.taken(m, key);
      return { ...NOTHING, provides: new Set(taken.flatMap((how) => subjects.map((s): Fact => `${how} ${s}`))) };
    }
    return m && isRule(m) && this.governed.size > 0 ? { ...NOTHING, needs: new Set(this.spoken(m)) } : NOTHING;
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

  private taken(m: Manifest | undefined, key: string): ('plain' | 'mutual')[] {
    const [before, after] = this.states.map((all) => all.find((p) => keyOf(p) === key));
    const { live, desired } = this.inherited((before ?? after)!);
    const isBefore = m === undefined ? before === undefined : m === before;
    const modes = [...modesOf(m, isBefore ? live : desired).values()];
    return [
      ...(modes.every((mode) => mode !== 'STRICT') ? ['plain' as const] : []),
      ...(modes.every((mode) => mode !== 'DISABLE') ? ['mutual' as const] : []),
    ];
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
    const { trafficPolicy, subsets } = m.object.spec ?? {};
    const policies = [trafficPolicy, ...(Array.isArray(subsets) ? subsets.map((s: any) => s?.trafficPolicy) : [])];
    const modes = policies.flatMap((p) => [p?.tls?.mode, ...(p?.portLevelSettings ?? []).map((x: any) => x?.tls?.mode)]);
    const how = [...(modes.includes('DISABLE') ? ['plain'] : []), ...(modes.includes('ISTIO_MUTUAL') ? ['mutual'] : [])];
    if (how.length === 0) return [];
    const host = this.hostOf(m);
    const hosts = isWild(host) ? [...this.hosts.keys()].filter((h) => hostWithin(h, host) && !this.ruled.has(h)) : [host];
    const to = new Set(hosts.flatMap((h) => [...(this.hosts.get(h) ?? [])]));
    return how.flatMap((h) => [...to].map((s) => `${h} ${s}`));
  }
}

const isRule = (m: Manifest): boolean => m.kind === 'DestinationRule';

const at = (modes: Modes, port: string): Mode => modes.get(port) ?? modes.get(ALL)!;

/** What takes the connections of both: PERMISSIVE wherever the two differ. */
function bothOf(from: Modes, to: Modes): Modes {
  const ports = [...new Set([...from.keys(), ...to.keys()])];
  return new Map(ports.map((p) => [p, at(from, p) === at(to, p) ? at(from, p) : 'PERMISSIVE']));
}

const same = (both: Modes, modes: Modes): boolean => [...both].every(([port, mode]) => at(modes, port) === mode);
