import type { MeshModel } from '../model/mesh-model';
import type { ProxyView } from '../model/proxy';
import { NO_ADDRESS, type Service } from '../model/service';
import type { RouteTable } from '../model/virtual-host';

/** Instead of the star of a host. */
export const ANYBODY = 'any';

/** The hosts of the registry that both meshes have, found by what a proxy says of them. */
export class KnownHosts {
  /** By host, its services on both sides. */
  readonly services: ReadonlyMap<string, readonly [readonly Service[], readonly Service[]]>;
  /** Hosts of which not all clients dial the same address. */
  readonly manyAddresses: ReadonlySet<string>;
  private readonly byName = new Map<string, string[]>();
  private readonly bySuffix = new Map<string, string[]>();
  private readonly byAddress = new Map<MeshModel, Map<string, string[]>>();

  constructor(old: MeshModel, now: MeshModel) {
    const services = new Map<string, [Service[], Service[]]>();
    const many = new Set<string>();
    for (const m of [old, now]) this.byAddress.set(m, new Map());
    for (const [name, of] of old.byHost) {
      const theirs = now.byHost.get(name);
      if (!theirs) continue;
      const host = name.startsWith('*') ? name.replace('*', ANYBODY) : name;
      services.set(host, [[...of.values()], [...theirs.values()]]);
      if (host !== name || of.size > 1 || theirs.size > 1 || /^[\d.]+$/.test(host)) many.add(host);
      put(this.byName, host.toLowerCase(), host);
      for (let at = host.indexOf('.', 1); at >= 0; at = host.indexOf('.', at + 1))
        put(this.bySuffix, host.slice(at).toLowerCase(), host);
      for (const [m, list] of [
        [old, of],
        [now, theirs],
      ] as const)
        for (const s of list.values()) put(this.byAddress.get(m)!, s.address || NO_ADDRESS, host);
    }
    this.services = services;
    this.manyAddresses = many;
  }

  /** Hosts that a client of a mesh dials at an address. */
  at(model: MeshModel, address: string): readonly string[] {
    return this.byAddress.get(model)!.get(address) ?? [];
  }

  /** Hosts that domains of a table, or names of a chain, are about; `*` is about none in particular. */
  named(domains: Iterable<string>): Set<string> {
    const out = new Set<string>();
    for (const domain of domains) {
      const d = domain.toLowerCase();
      if (d === '*') continue;
      for (const h of d.startsWith('*.') ? (this.bySuffix.get(d.slice(1)) ?? []) : this.like(d)) out.add(h);
    }
    return out;
  }

  private like(d: string): readonly string[] {
    if (!d.includes('*')) return this.byName.get(d) ?? [];
    const [before, after] = d.split('*', 2) as [string, string];
    return [...this.services.keys()].filter((h) => h.toLowerCase().startsWith(before) && h.toLowerCase().endsWith(after));
  }
}

/** All that a table's hosts are called. */
export function* domainsOf(table: RouteTable): Generator<string> {
  for (const h of table.hosts) yield* h.domains;
}

function put(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** What a proxy does not treat as it treats any other host of the port: by the address dialled, or by name. */
export interface Treated {
  /** Ports at which it treats all hosts in some way of its own. */
  readonly ports: ReadonlySet<number>;
  /** Ports at which addresses tell hosts apart in ways that are not looked into here. */
  readonly byRange: ReadonlySet<number>;
  /** By port, hosts that it treats each in their own way. */
  readonly hosts: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Reads off a sidecar's listeners and tables which hosts it can tell apart from hosts that it does not know. */
export function treatedBy(proxy: ProxyView, model: MeshModel, known: KnownHosts): Treated {
  const ports = new Set<number>();
  const byRange = new Set<number>();
  const hosts = new Map<number, Set<string>>();
  const tables = new Set<string>();
  for (const l of proxy.listeners) {
    const here = hosts.get(l.port) ?? new Set<string>();
    hosts.set(l.port, here);
    if (l.address !== NO_ADDRESS) {
      for (const h of known.at(model, l.address)) here.add(h);
      continue;
    }
    ports.add(l.port);
    for (const c of l.fallback ? [...l.chains, l.fallback] : l.chains) {
      if (c.cidrs.length > 0) byRange.add(l.port);
      for (const h of known.named(c.serverNames)) here.add(h);
      if (c.http === undefined || tables.has(`${l.port} ${c.http}`)) continue;
      tables.add(`${l.port} ${c.http}`);
      for (const h of known.named(domainsOf(proxy.table(c.http)))) here.add(h);
    }
  }
  return { ports, byRange, hosts };
}
