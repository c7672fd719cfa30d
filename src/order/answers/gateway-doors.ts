import type { Manifest } from '../../manifests/manifest';
import { hostsMeet, isWild } from '../../model/host';
import { list } from '../facts/references';
import { nameIn } from '../forms/gateway-forms';

/** What a server is for: its port, and whether clients speak TLS. */
export interface Door {
  readonly port: number;
  readonly tls: boolean;
}

/** What of a server says who answers: all but the certificate, and of its hosts those that play a part. */
export interface Slice {
  readonly port: unknown;
  readonly bind: unknown;
  readonly tls: { readonly mode: unknown; readonly httpsRedirect: unknown } | undefined;
  readonly hosts: readonly string[];
}

/** A server, with its hosts by name. */
class Indexed {
  readonly exact = new Map<string, string[]>();
  readonly wild: (readonly [name: string, given: string])[] = [];
  readonly given: ReadonlySet<string>;

  constructor(readonly server: any) {
    this.given = new Set(list(server.hosts).map(String));
    for (const given of this.given) {
      const name = nameIn(given);
      if (isWild(name)) this.wild.push([name, given]);
      else this.exact.set(name, [...(this.exact.get(name) ?? []), given]);
    }
  }

  /** Its hosts that have requests in common with one. */
  meeting(host: string): string[] {
    const exact = isWild(host)
      ? [...this.exact].flatMap(([name, given]) => (hostsMeet(name, host) ? given : []))
      : (this.exact.get(host) ?? []);
    return [...exact, ...this.wild.flatMap(([name, given]) => (hostsMeet(name, host) ? [given] : []))];
  }
}

const known = new WeakMap<Manifest, Map<string, readonly Indexed[]>>();

/** The servers of a Gateway at a door. */
function serversAt(m: Manifest, { port, tls }: Door): readonly Indexed[] {
  const made = known.get(m) ?? new Map<string, readonly Indexed[]>();
  known.set(m, made);
  const id = `${port} ${tls}`;
  const isAt = (s: any) => Number(s.port?.number) === port && Boolean(s.tls) === tls;
  const servers =
    made.get(id) ??
    list(m.object.spec?.servers)
      .filter(isAt)
      .map((s) => new Indexed(s));
  made.set(id, servers);
  return servers;
}

/** The Gateways that some pods have at a port, in all states of theirs. */
export class Doors {
  /** Of TLS, for two Gateways a host that servers of both have: istiod leaves out a server for any host of it. */
  private readonly shared = new Map<string, Map<string, string>>();
  private readonly byName = new Map<string, Set<string>>();
  private readonly wild: readonly string[];

  /** @param gateways by key, all states */
  constructor(
    readonly door: Door,
    gateways: ReadonlyMap<string, readonly Manifest[]>,
  ) {
    const having = new Map<string, Set<string>>();
    for (const [key, some] of gateways)
      for (const given of some.flatMap((m) => serversAt(m, door).flatMap((s) => [...s.given]))) {
        for (const [map, id] of [[this.byName, nameIn(given)] as const, [having, given] as const])
          map.set(id, (map.get(id) ?? new Set()).add(key));
      }
    this.wild = [...this.byName.keys()].filter(isWild);
    if (!door.tls) return;
    for (const [given, keys] of having)
      for (const a of keys)
        for (const b of keys)
          if (a !== b) {
            const own = this.shared.get(a) ?? new Map<string, string>();
            this.shared.set(a, own);
            if (!own.has(b)) own.set(b, this.shared.get(b)?.get(a) ?? given);
          }
  }

  /** The keys of Gateways that may take a host, and of those that may keep them from it; with hosts by which they do. */
  near(host: string): { readonly keys: readonly string[]; readonly beside: readonly string[] } {
    const names = isWild(host) ? [...this.byName.keys()] : [host, ...this.wild];
    const own = new Set(names.filter((n) => hostsMeet(n, host)).flatMap((n) => [...(this.byName.get(n) ?? [])]));
    const others = [...own].flatMap((key) => [...(this.shared.get(key) ?? [])]);
    return {
      keys: [...new Set([...own, ...others.map(([key]) => key)])],
      beside: [...new Set(others.map(([, given]) => given))],
    };
  }

  /** The servers of a Gateway that play a part for a host. */
  slices(m: Manifest, host: string, beside: readonly string[]): readonly Slice[] {
    return serversAt(m, this.door).flatMap((s): Slice[] => {
      const hosts = [...new Set([...s.meeting(host), ...beside.filter((h) => s.given.has(h))])];
      const { port, bind, tls } = s.server;
      return hosts.length > 0 ? [{ port, bind, tls: tls && { mode: tls.mode, httpsRedirect: tls.httpsRedirect }, hosts }] : [];
    });
  }
}
