import type { Omission, Route } from './route';

/** One host of a route table of Envoy. */
export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  /** Whether none of the routes can be one that Envoy refuses: told without making them. @default - not known */
  readonly acceptable?: boolean;
  /** Plain requests are sent to HTTPS. */
  readonly requireTls: boolean;
  /** Rules that make no route here, and why. */
  readonly omitted: readonly Omission[];
  /** VirtualServices about this host that another keeps from counting. */
  readonly hidden: readonly Omission[];
}

/** The routes of a table that Envoy refuses, and with them the whole table. */
export function refusedRoutes(table: RouteTable): readonly (readonly [VirtualHost, Route])[] {
  const known = refused.get(table);
  if (known) return known;
  const made = table.hosts.flatMap((h) =>
    h.acceptable ? [] : h.routes.filter((r) => r.action.kind === 'refused').map((r) => [h, r] as const),
  );
  refused.set(table, made);
  return made;
}
const refused = new WeakMap<RouteTable, readonly (readonly [VirtualHost, Route])[]>();

/** A route table of Envoy. */
export interface RouteTable {
  readonly name: string;
  readonly hosts: readonly VirtualHost[];
  /** What happens to hosts that nobody knows: at a sidecar on to where the client dialled, or 502; at a gateway 404. */
  readonly unknown: 'passthrough' | 'blackhole' | 'notFound';
}

/**
 * The host that a request's authority chooses: an exact domain, then the longest `*suffix`, then the longest `prefix*`,
 * then `*`; the port is left out, letters' case too. Source: Envoy's route config documentation.
 */
export function chooseHost(table: RouteTable, authority: string): VirtualHost | undefined {
  const index = indexOf(table);
  const host = withoutPort(authority).toLowerCase();
  const exact = index.exact.get(host);
  if (exact) return exact;
  for (const [suffix, vh] of index.suffixes) if (host.length > suffix.length && host.endsWith(suffix)) return vh;
  for (const [prefix, vh] of index.prefixes) if (host.length > prefix.length && host.startsWith(prefix)) return vh;
  return index.any;
}

interface Index {
  readonly exact: Map<string, VirtualHost>;
  readonly suffixes: [string, VirtualHost][];
  readonly prefixes: [string, VirtualHost][];
  any: VirtualHost | undefined;
}
const indices = new WeakMap<RouteTable, Index>();

function indexOf(table: RouteTable): Index {
  const known = indices.get(table);
  if (known) return known;
  const index: Index = { exact: new Map(), suffixes: [], prefixes: [], any: undefined };
  for (const vh of table.hosts)
    for (const domain of vh.domains) {
      const d = domain.toLowerCase();
      if (d === '*') index.any ??= vh;
      else if (d.startsWith('*')) index.suffixes.push([d.slice(1), vh]);
      else if (d.endsWith('*')) index.prefixes.push([d.slice(0, -1), vh]);
      else if (!index.exact.has(d)) index.exact.set(d, vh);
    }
  const longest = (a: [string, unknown], b: [string, unknown]) => b[0].length - a[0].length;
  index.suffixes.sort(longest);
  index.prefixes.sort(longest);
  indices.set(table, index);
  return index;
}

/** `reviews:9080` -> `reviews`, `[::1]:80` -> `[::1]`. */
export const withoutPort = (authority: string): string =>
  authority.startsWith('[') ? authority.replace(/\]:\d+$/, ']') : authority.replace(/:\d+$/, '');
