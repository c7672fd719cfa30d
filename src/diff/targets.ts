import { isHttp, isTls } from '../model/protocol';
import type { Service } from '../model/service';
import { chooseHost } from '../model/virtual-host';
import { helloTo, requestTo, type TraceRequest } from '../trace/request';
import type { ClientPair } from './clients';
import type { Hosts } from './explore';
import type { Side } from './facts';
import { ANYBODY, domainsOf, KnownHosts, treatedBy } from './known-hosts';

/** A host and port that a client may ask, with the plain request to it. */
export interface Target {
  readonly base: TraceRequest;
  /** In words: `reviews.shop`, `reviews.shop:9090` where a service has several ports. */
  readonly name: string;
  /** Whether other names of the host are asked too. */
  readonly names: boolean;
}

/** Targets that are all the same to each side's proxy of a client: where one shows that nothing is otherwise, none is. */
export interface Alike {
  readonly first: Target;
  all(): readonly Target[];
}

/** A name that is nobody's. */
const STRANGER = 'unknown.invalid';

/** How one may speak to a port: requests, TLS, a connection of bytes; what is not said may be any. */
function manners(host: string, services: readonly Service[], port: number): Map<string, Partial<TraceRequest>> {
  const out = new Map<string, Partial<TraceRequest>>();
  for (const s of services)
    for (const p of s.ports) {
      if (p.port !== port || p.protocol === 'UDP') continue;
      const any = p.protocol === 'Unsupported';
      if (isHttp(p.protocol) || any) out.set('http', {});
      if (isTls(p.protocol) || any) out.set('tls', helloTo(host));
      if (!isHttp(p.protocol) && !isTls(p.protocol)) out.set('tcp', { alpn: [] });
    }
  return out;
}

const nameOf = (host: string, port: number, several: boolean, how: Partial<TraceRequest>): string =>
  `${host.replace(/\.svc\.[a-z0-9.-]+$/, '')}${several ? `:${port}` : ''}${how.tls ? ' by TLS' : ''}`;

/** Those that take connections: no proxy sees a datagram. */
const portsOf = (list: readonly Service[]): number[] => [
  ...new Set(list.flatMap((s) => s.ports.filter((p) => p.protocol !== 'UDP').map((p) => p.port))),
];

const STRANGERS: readonly Target[] = [
  { base: requestTo(STRANGER, 80), names: false, name: 'hosts that nobody knows' },
  { base: requestTo(STRANGER, 443, helloTo(STRANGER)), names: false, name: 'hosts that nobody knows, by TLS' },
];

const alone = (t: Target): Alike => ({ first: t, all: () => [t] });

/** All that clients may ask, of what both meshes know; what is new or gone is told apart. */
export class Targets {
  private readonly known: KnownHosts;
  /** Each host at each port in each manner: in the order in which they are told of. */
  private readonly order = new Map<Target, number>();
  /** By port and manner, by host. */
  private readonly byPort = new Map<number, Map<string, Map<string, Target>>>();

  constructor(
    private readonly old: Side,
    private readonly now: Side,
    /** Those that are asked for; all, where nothing is said. */
    private readonly hosts?: ReadonlySet<string>,
  ) {
    this.known = new KnownHosts(old.model, now.model);
    for (const [host, [before, after]] of this.known.services) {
      const ports = portsOf(before).filter((p) => portsOf(after).includes(p));
      for (const port of ports)
        for (const [manner, how] of manners(host, [...before, ...after], port)) {
          const t = { base: requestTo(host, port, how), names: !how.tls, name: nameOf(host, port, ports.length > 1, how) };
          this.order.set(t, this.order.size);
          const byManner = this.byPort.get(port) ?? new Map<string, Map<string, Target>>();
          this.byPort.set(port, byManner);
          byManner.set(manner, (byManner.get(manner) ?? new Map<string, Target>()).set(host, t));
        }
    }
  }

  /** What clients of a kind may ask: targets that may each be treated in their own way, and those that are all alike. */
  of(pair: ClientPair): readonly Alike[] {
    const { hosts } = this;
    if (!hosts) return this.all(pair);
    // a host that no service has is found in what a proxy holds
    const [known, others] = [
      [...this.order.keys()].filter((t) => hosts.has(t.base.host)),
      [...hosts].some((h) => !this.known.services.has(h)),
    ];
    if (pair.old.proxy === 'gateway' || others)
      return this.all(pair).flatMap((a) =>
        a
          .all()
          .filter((t) => hosts.has(t.base.host))
          .map(alone),
      );
    return known.map(alone);
  }

  private all(pair: ClientPair): readonly Alike[] {
    if (pair.old.proxy === 'gateway') return atGateway(pair, this.old, this.now).map(alone);
    if (pair.old.proxy === 'none' || pair.now.proxy === 'none') return [...this.order.keys()].map(alone);
    return [...this.atSidecar(pair), ...[...this.otherHosts(pair), ...STRANGERS].map(alone)];
  }

  /** In the order in which targets are told of, whoever asks. */
  sorted(targets: readonly Target[]): Target[] {
    const at = (t: Target) => this.order.get(t) ?? this.order.size;
    return [...targets].sort((a, b) => at(a) - at(b));
  }

  /** A sidecar's listeners and tables say which hosts it can tell apart: it treats all others of a port alike. */
  private atSidecar(pair: ClientPair): Alike[] {
    const sides = [
      treatedBy(this.old.proxy(pair.old), this.old.model, this.known),
      treatedBy(this.now.proxy(pair.now), this.now.model, this.known),
    ];
    const own = new Set<Target>();
    const add = (hosts: Iterable<string>, port: number) => {
      for (const byHost of this.byPort.get(port)?.values() ?? [])
        for (const h of hosts) {
          const t = byHost.get(h);
          if (t) own.add(t);
        }
    };
    for (const { hosts, byRange } of sides) {
      for (const [port, of] of hosts) add(of, port);
      for (const port of byRange) add(this.known.services.keys(), port);
    }
    for (const port of this.byPort.keys()) add(this.known.manyAddresses, port);
    const out = [...own].map(alone);
    const rest = (lists: Iterable<ReadonlyMap<string, Target>>) => {
      const others = function* () {
        for (const byHost of lists) for (const t of byHost.values()) if (!own.has(t)) yield t;
      };
      for (const first of others()) {
        out.push({ first, all: () => [...others()] });
        return;
      }
    };
    const listened = new Set(sides.flatMap((s) => [...s.ports]));
    for (const port of listened) for (const byHost of this.byPort.get(port)?.values() ?? []) rest([byHost]);
    const { byPort } = this;
    rest({
      // where a proxy does not listen, the port does not matter either
      *[Symbol.iterator]() {
        for (const [port, byManner] of byPort) if (!listened.has(port)) yield* byManner.values();
      },
    });
    return out;
  }

  /** Hosts that VirtualServices alone know, and other names of services where the sides disagree about them. */
  private otherHosts(pair: ClientPair): Target[] {
    const out: Target[] = [];
    const { services } = this.known;
    const proxies = [this.old.proxy(pair.old), this.now.proxy(pair.now)];
    const ports = new Set([80, ...proxies.flatMap((p) => p.scope.services.flatMap((s) => s.ports.map((x) => x.port)))]);
    const gone = (host: string) => [this.old, this.now].some((s) => s.model.byHost.has(host)) && !services.has(host);
    for (const port of ports) {
      const tables = proxies.map((p) => p.table(String(port)));
      const chosen = (host: string) => tables.map((t) => chooseHost(t, host)?.name ?? '').join(' ');
      const named = this.known.named(tables.flatMap((t) => [...domainsOf(t)]));
      const seen = new Set([...named].map(chosen));
      for (const h of services.keys())
        if (!named.has(h)) {
          seen.add(chosen(h)); // and so for all others that no table names
          break;
        }
      for (const t of tables)
        for (const vh of t.hosts)
          for (const d of vh.domains) {
            const host = d.replace('*', ANYBODY).replace(/\.$/, '');
            // addresses of services that have none yet are made up; what is new or gone is told apart
            if (/^[\d.]+$/.test(host) || gone(vh.name.replace(/:\d+$/, '')) || seen.has(chosen(host))) continue;
            seen.add(chosen(host));
            out.push({ base: requestTo(host, port), names: true, name: nameOf(host, port, false, {}) });
          }
    }
    return out;
  }
}

/** The names of a target for which both sides choose the same hosts of their tables. */
export function namesOf({ base, names }: Target, pair: ClientPair, old: Side, now: Side): Hosts {
  if (!names || pair.old.proxy === 'none' || pair.now.proxy === 'none') return { names: [], same: () => false };
  const tables = [old.proxy(pair.old), now.proxy(pair.now)].map((p) => p.table(String(base.port)));
  const chosen = (host: string) => tables.map((t) => chooseHost(t, host)?.name ?? '').join(' ');
  const own = chosen(base.host);
  return { names: [], same: (h) => chosen(h) === own };
}

/** Every host of every port, by TLS where the port speaks it. */
function atGateway(pair: ClientPair, old: Side, now: Side): Target[] {
  const views = [
    { proxy: old.proxy(pair.old), model: old.model },
    { proxy: now.proxy(pair.now), model: now.model },
  ];
  const out = new Map<string, Target>();
  const ports = new Set(
    views.flatMap(({ model }) =>
      model.gateways.flatMap((g) => ((g.spec.servers ?? []) as any[]).map((s) => Number(s.port?.number))),
    ),
  );
  const domains = new Set<string>();
  const names = new Set<string>();
  for (const { proxy } of views) {
    for (const t of proxy.gateways.tables.values()) for (const h of t.hosts) for (const d of h.domains) domains.add(d);
    for (const l of proxy.listeners) for (const c of l.chains) for (const n of c.serverNames) names.add(n);
  }
  const hosts = [...domains, ...names, STRANGER].map((d) => (d === '*' ? STRANGER : d.replace('*', ANYBODY)));
  for (const port of ports)
    for (const host of new Set(hosts))
      for (const how of [{}, helloTo(host)]) {
        const name = `${host === STRANGER ? 'other hosts' : host}${ports.size > 1 ? `:${port}` : ''}`;
        out.set(`${host} ${port} ${how && 'tls' in how}`, { base: requestTo(host, port, how), names: false, name });
      }
  return [...out.values()];
}
