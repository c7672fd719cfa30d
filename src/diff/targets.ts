import type { MeshModel } from '../model/mesh-model';
import { isHttp, isTls } from '../model/protocol';
import type { Service } from '../model/service';
import { chooseHost } from '../model/virtual-host';
import { helloTo, requestTo, type TraceRequest } from '../trace/request';
import type { ClientPair } from './clients';
import type { Hosts } from './explore';
import type { Side } from './facts';

/** A host and port that a client may ask, with the plain request to it. */
export interface Target {
  readonly base: TraceRequest;
  readonly hosts: Hosts;
  /** In words: `reviews.shop`, `reviews.shop:9090` where a service has several ports. */
  readonly name: string;
}

const ALONE: Hosts = { names: [], same: () => false };
/** A name that is nobody's. */
const STRANGER = 'unknown.invalid';
/** Instead of the star of a host. */
const ANYBODY = 'any';

/** How one may speak to a port: requests, TLS, a connection of bytes; what is not said may be any. */
function manners(host: string, services: readonly Service[], port: number): Partial<TraceRequest>[] {
  const out = new Map<string, Partial<TraceRequest>>();
  for (const s of services)
    for (const p of s.ports) {
      if (p.port !== port || p.protocol === 'UDP') continue;
      const any = p.protocol === 'Unsupported';
      if (isHttp(p.protocol) || any) out.set('http', {});
      if (isTls(p.protocol) || any) out.set('tls', helloTo(host));
      if (!isHttp(p.protocol) && !isTls(p.protocol)) out.set('tcp', { alpn: [] });
    }
  return [...out.values()];
}

/** All that a client of a kind may ask, of what both meshes know; what is new or gone is told apart. */
export function targetsOf(pair: ClientPair, old: Side, now: Side): Target[] {
  if (pair.old.proxy === 'gateway') return atGateway(pair, old, now);
  const services = bothKnow(old.model, now.model);
  const out: Target[] = [];
  for (const [host, of] of services) {
    const ports = portsOf(of[0]).filter((p) => portsOf(of[1]).includes(p));
    for (const port of ports)
      for (const how of manners(host, of.flat(), port))
        out.push({ base: requestTo(host, port, how), hosts: ALONE, name: nameOf(host, port, ports.length > 1, how) });
  }
  if (pair.old.proxy === 'none' || pair.now.proxy === 'none') return out;
  return [...withNames(out, pair, old, now), ...otherHosts(pair, old, now, services), ...strangers()];
}

const strangers = (): Target[] => [
  { base: requestTo(STRANGER, 80), hosts: ALONE, name: 'hosts that nobody knows' },
  { base: requestTo(STRANGER, 443, helloTo(STRANGER)), hosts: ALONE, name: 'hosts that nobody knows, by TLS' },
];

const nameOf = (host: string, port: number, several: boolean, how: Partial<TraceRequest>): string =>
  `${host.replace(/\.svc\.[a-z0-9.-]+$/, '')}${several ? `:${port}` : ''}${how.tls ? ' by TLS' : ''}`;

const portsOf = (list: readonly Service[]): number[] => [...new Set(list.flatMap((s) => s.ports.map((p) => p.port)))];

/** Hosts of the registry that both have, with their services on both sides. */
function bothKnow(old: MeshModel, now: MeshModel): Map<string, [Service[], Service[]]> {
  const out = new Map<string, [Service[], Service[]]>();
  for (const [host, of] of old.byHost) {
    const theirs = now.byHost.get(host);
    if (theirs) out.set(host.startsWith('*') ? host.replace('*', ANYBODY) : host, [[...of.values()], [...theirs.values()]]);
  }
  return out;
}

/** The names of one host for which both sides choose the same hosts of their tables. */
function withNames(targets: readonly Target[], pair: ClientPair, old: Side, now: Side): Target[] {
  return targets.map((t) => (t.base.tls ? t : { ...t, hosts: namesFor(t.base, pair, old, now) }));
}

function namesFor(base: TraceRequest, pair: ClientPair, old: Side, now: Side): Hosts {
  const tables = [
    { side: old, client: pair.old },
    { side: now, client: pair.now },
  ].map(({ side, client }) => side.proxy(client).table(String(base.port)));
  const chosen = (host: string) => tables.map((t) => chooseHost(t, host)?.name ?? '').join(' ');
  const own = chosen(base.host);
  return { names: [], same: (h) => chosen(h) === own };
}

/** Hosts that VirtualServices alone know, and other names of services where the sides disagree about them. */
function otherHosts(pair: ClientPair, old: Side, now: Side, known: ReadonlyMap<string, unknown>): Target[] {
  const out: Target[] = [];
  const proxies = [old.proxy(pair.old), now.proxy(pair.now)];
  const ports = new Set([80, ...proxies.flatMap((p) => p.scope.services.flatMap((s) => s.ports.map((x) => x.port)))]);
  for (const port of ports) {
    const tables = proxies.map((p) => p.table(String(port)));
    const chosen = (host: string) => tables.map((t) => chooseHost(t, host)?.name ?? '').join(' ');
    const seen = new Set([...known.keys()].map(chosen));
    const gone = (host: string) => [old, now].some((s) => s.model.byHost.has(host)) && !known.has(host);
    for (const t of tables)
      for (const vh of t.hosts)
        for (const d of vh.domains) {
          const host = d.replace('*', ANYBODY).replace(/\.$/, '');
          // addresses of services that have none yet are made up; what is new or gone is told apart
          if (/^[\d.]+$/.test(host) || gone(vh.name.replace(/:\d+$/, '')) || seen.has(chosen(host))) continue;
          seen.add(chosen(host));
          out.push({
            base: requestTo(host, port),
            hosts: namesFor(requestTo(host, port), pair, old, now),
            name: nameOf(host, port, false, {}),
          });
        }
  }
  return out;
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
        out.set(`${host} ${port} ${how && 'tls' in how}`, { base: requestTo(host, port, how), hosts: ALONE, name });
      }
  return [...out.values()];
}
