import type { Manifest } from '../../manifests/manifest';
import { byAge } from '../../model/config';
import { fullName, hostWithin, isWild } from '../../model/host';
import { canonical } from '../../values/equal';
import { type Audience, audienceOf, isPublic, sees } from '../facts/audience';
import { delegateOf, delegatesOf, isRoutes, list, nameOf } from '../facts/references';
import { bindings, isGateway, MESH } from '../facts/served-hosts';
import type { Subject } from '../facts/subjects';
import type { Audiences } from './audiences';
import { portsFor } from './gateway-ports';
import type { Sample } from './policy-samples';

/** Pods where requests end, and what the rules make of them before. */
export interface End {
  readonly pods: Subject;
  /** By which requests come there. */
  readonly host: string;
  readonly altered: (s: Sample) => Sample;
}

/** What becomes of requests that meet a condition of a rule, and none before it. */
export interface Way {
  /** The same for ways that are the same. */
  readonly text: string;
  /** What it asks for besides the path, as text; {@link ALL} where nothing. */
  readonly rest: string;
  readonly meets: (path: string) => boolean;
  /** Paths that it asks for, and for those that pods see the ones that are asked for. */
  readonly paths: readonly string[];
  readonly asked: (path: string) => string;
  readonly ends: readonly End[];
  /** Where some of the requests are sent. */
  readonly destinations: readonly Destination[];
}

/** A host, or a subset of it. */
export interface Destination {
  readonly host: string;
  readonly subset: string | undefined;
}

/** The pods of a destination. */
type PodsOf = (to: Destination) => readonly Subject[];

/** Where requests end. */
const endsText = (ends: readonly End[]): string => canonical(ends.map(({ pods, host }) => [pods, host]));

/** The text of no condition. */
export const ALL = '';

/** What is told apart: where rules are in effect, who sees them, and the host. */
export interface Spot {
  /** The mesh, the pods of Gateways, a Gateway that is in no file, or {@link DIRECT}. */
  readonly place: string;
  /** At pods of Gateways. */
  readonly port: number | undefined;
  /** In the mesh: the namespaces. */
  readonly audience: Audience | undefined;
  readonly host: string;
}

/** Tells a spot from all others, for facts: its host, and who sees the rules, or the port and the pods of Gateways. */
export const spotText = ({ host, audience, port, place }: Spot): string => `${host} ${audience ?? `${port ?? ''}@${place}`}`;

/** The place of who has no proxy, and comes to pods as the cluster leads there. */
export const DIRECT = 'direct';

/** Tells where rules of VirtualServices lead. */
export class Leads {
  /**
   * @param pods those of a destination, with some Services and ServiceEntries among the objects
   * @param audiences namespaces that may see other rules for a host than the rest
   * @param podsOf the pods of a Gateway, by `namespace/name`; nothing for one that is in no file
   */
  constructor(
    private readonly pods: (to: Destination, objects: readonly Manifest[]) => readonly Subject[],
    private readonly audiences: Audiences,
    private readonly podsOf: (gateway: string) => string | undefined,
    private readonly domain: string,
  ) {}

  /**
   * Where the rules of a VirtualService are in effect, with the Gateways of a state.
   * @param near such a spot, or one of its wildcard. @default all of them
   */
  spots(m: Manifest, gateways: ReadonlyMap<string, Manifest>, near?: Spot): readonly Spot[] {
    const audience = undefined;
    const port = undefined;
    const isNear = (host: string) => near === undefined || isMeant(near.host, host);
    const asked = (host: string) => (!near ? this.audiences.of(host) : near.audience === undefined ? [] : [near.audience]);
    const seers = (host: string) => asked(host).filter((ns) => sees(ns, audienceOf(m)));
    return bindings(m, this.domain).flatMap(({ place, hosts: all }) => {
      const hosts = all.filter(isNear);
      if (place === MESH) return hosts.flatMap((host) => seers(host).map((ns): Spot => ({ place, port, audience: ns, host })));
      const pods = this.podsOf(place);
      if (pods === undefined) return hosts.map((host): Spot => ({ place, port, audience, host }));
      const gateway = gateways.get(place);
      const open = (host: string) => (gateway ? [...new Set(portsFor(gateway, host))] : []);
      return hosts.flatMap((host) => open(host).map((at): Spot => ({ place: pods, port: at, audience, host })));
    });
  }

  /** What becomes of requests for a spot, with some VirtualServices, delegates, Gateways, and what chooses pods. */
  at(spot: Spot, objects: readonly Manifest[]): readonly Way[] {
    const byName = new Map(objects.filter(isRoutes).map((m) => [nameOf(m), m]));
    const gateways = new Map(objects.filter(isGateway).map((m) => [nameOf(m), m]));
    const own = mostSpecific(
      [...byName.values()].flatMap((m) => this.hostsFor(spot, m, gateways).map((host) => [host, m] as const)),
    ).sort((a, b) => distanceOf(a, spot) - distanceOf(b, spot) || older(a, b));
    // sidecars obey one alone, gateways all
    const obeyed = spot.place === MESH ? own.slice(0, 1) : own;
    const podsOf = (to: Destination) => this.pods(to, objects);
    if (obeyed.length > 0) return obeyed.flatMap((m) => this.waysOf(m, byName, podsOf));
    const { host } = spot;
    const ends = podsOf({ host, subset: undefined }).map((pods): End => ({ pods, host, altered: (s) => s }));
    return ends.length > 0 || spot.place === MESH
      ? [{ ...ANY, text: endsText(ends), ends, destinations: [{ host: spot.host, subset: undefined }] }]
      : [];
  }

  /** Hosts by which a VirtualService has rules for a spot: its own, or wildcards of it. */
  private hostsFor(spot: Spot, m: Manifest, gateways: ReadonlyMap<string, Manifest>): readonly string[] {
    return this.spots(m, gateways, spot).flatMap((s) => (isWithin(spot, s) ? [s.host] : []));
  }

  private waysOf(m: Manifest, byName: ReadonlyMap<string, Manifest>, podsOf: PodsOf): Way[] {
    const { http, tls, tcp } = m.object.spec ?? {};
    return [...list(http), ...list(tls), ...list(tcp)].flatMap((rule): Way[] => {
      const own = conditionsOf(rule);
      const to = byName.get(delegateOf(rule, m) ?? '');
      if (!to) return own.map((c) => this.wayOf(c, [rule], m, podsOf));
      return list(to.object.spec?.http).flatMap((r) =>
        own.flatMap((c) => conditionsOf(r).map((d) => this.wayOf(bothOf(c, d), [r, rule], to, podsOf))),
      );
    });
  }

  /** @param rules the one that says where to, and the one that delegates to it */
  private wayOf(c: Condition, rules: readonly any[], m: Manifest, podsOf: PodsOf): Way {
    const [own] = rules;
    const { uri } = rules.map((r) => r.rewrite ?? {}).find((r) => r.uri !== undefined) ?? {};
    const { authority } = rules.map((r) => r.rewrite ?? {}).find((r) => r.authority) ?? {};
    const prefix = c.uris.at(-1)?.prefix ?? (c.uris.at(-1)?.exact as string | undefined) ?? '/';
    const ends = list(own.route).flatMap((r) => {
      if (!r.destination?.host) return [];
      const host = fullName(r.destination.host, m.namespace, this.domain);
      const headers = [...rules.map((x) => x.headers?.request), r.headers?.request].filter((h) => h);
      const altered = (s: Sample): Sample => ({
        ...s,
        path: uri === undefined ? s.path : `${uri}${s.path.slice(prefix.length)}`,
        host: authority ?? s.host,
        headers: headers.length > 0 ? headersAfter(s.headers, headers) : s.headers,
      });
      return podsOf({ host, subset: r.destination.subset }).map((pods): End => ({ pods, host, altered }));
    });
    const to = list(own.route).flatMap((r) => [r.destination?.host ?? '', r.headers?.request ?? {}]);
    return {
      text: canonical([
        c.rest,
        c.uris,
        m.namespace,
        to,
        rules.map((r) => [r.rewrite ?? {}, r.headers?.request ?? {}]),
        endsText(ends),
      ]),
      rest: c.rest,
      meets: (path) => c.uris.every((u) => meetsUri(u, path)),
      paths: c.uris.flatMap((u) => Object.values(u)),
      asked: (path) => (uri !== undefined && path.startsWith(uri) ? `${prefix}${path.slice(uri.length)}` : path),
      ends,
      destinations: list(own.route).flatMap(({ destination: d, weight }) =>
        d?.host && weight !== 0 ? [{ host: fullName(d.host, m.namespace, this.domain), subset: d.subset }] : [],
      ),
    };
  }
}

const ANY: Way = { text: '', rest: ALL, meets: () => true, paths: [], asked: (path) => path, ends: [], destinations: [] };

/** Requests that rules tell apart. */
export function requestsOf(ways: readonly Way[]): readonly { readonly path: string; readonly rest: string }[] {
  return [...new Set([ALL, ...ways.map((w) => w.rest)])].flatMap((rest) => {
    const paths = ways.filter((w) => w.rest === ALL || w.rest === rest).flatMap((w) => w.paths.flatMap((p) => [p, `${p}~`]));
    return [...new Set(['/', ...paths])].map((path) => ({ path, rest }));
  });
}

/** The way that requests take: the first whose conditions they meet. */
export const wayOf = (ways: readonly Way[], path: string, rest: string): Way | undefined =>
  ways.find((w) => (w.rest === ALL || w.rest === rest) && w.meets(path));

/** Whether rules of the one spot may be those of the other: it is for the same, or for a wildcard of it. */
const isWithin = (a: Spot, b: Spot): boolean =>
  a.place === b.place && a.port === b.port && a.audience === b.audience && isMeant(a.host, b.host);

/** Whether a host is the one that is named, or one of a wildcard. */
const isMeant = (host: string, named: string): boolean => host === named || (isWild(named) && hostWithin(host, named));

/** Those with the host that is most specific, which are obeyed; of a name itself, it is the name. */
function mostSpecific(found: readonly (readonly [host: string, m: Manifest])[]): Manifest[] {
  const [best] = found.map(([host]) => host).sort((a, b) => Number(isWild(a)) - Number(isWild(b)) || b.length - a.length);
  return [...new Set(found.filter(([host]) => host === best).map(([, m]) => m))];
}

/** Whose rules come first: a namespace's own that it shows to itself, those it is shown by its name, and those that all see. */
function distanceOf(m: Manifest, { audience }: Spot): number {
  if (isPublic(m)) return 2;
  return m.namespace === audience ? 0 : 1;
}

const older = (a: Manifest, b: Manifest): number => byAge(aged(a), aged(b));
const aged = (m: Manifest) => ({
  name: m.name,
  namespace: m.namespace,
  spec: {},
  manifest: m,
  created: m.created ?? Number.MAX_VALUE,
});

interface Condition {
  readonly rest: string;
  readonly uris: readonly Readonly<Record<string, string>>[];
}

/** Of a path only what can be compared by itself; an expression is text. */
function conditionsOf(rule: any): Condition[] {
  const all = list(rule.match).map(({ uri, ...match }): Condition => {
    const isText = uri !== undefined && (uri.regex !== undefined || match.ignoreUriCase === true);
    const rest = isText ? { uri, ...match } : match;
    return { rest: Object.keys(rest).length > 0 ? canonical(rest) : ALL, uris: uri !== undefined && !isText ? [uri] : [] };
  });
  return all.length > 0 ? all : [{ rest: ALL, uris: [] }];
}

const bothOf = (a: Condition, b: Condition): Condition => ({
  rest: a.rest === ALL || a.rest === b.rest ? b.rest : b.rest === ALL ? a.rest : `${a.rest} ${b.rest}`,
  uris: [...a.uris, ...b.uris],
});

const meetsUri = ({ exact, prefix }: Readonly<Record<string, string>>, path: string): boolean =>
  exact !== undefined ? path === exact : prefix === undefined || path.startsWith(prefix);

function headersAfter(headers: Sample['headers'], changes: readonly any[]): Sample['headers'] {
  const out = new Map(headers);
  for (const { set = {}, add = {}, remove } of changes) {
    for (const [name, value] of Object.entries({ ...add, ...set })) out.set(name.toLowerCase(), [String(value)]);
    for (const name of list(remove)) out.delete(String(name).toLowerCase());
  }
  return out;
}

/** VirtualServices that some delegate to, themselves included. */
export const withDelegates = (m: Manifest, byName: ReadonlyMap<string, Manifest>): readonly Manifest[] => [
  m,
  ...delegatesOf(m).flatMap((d) => byName.get(d) ?? []),
];
