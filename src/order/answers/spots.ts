import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { fullName, isWild, wildcardsOver } from '../../model/host';
import { canonical } from '../../values/equal';
import { isWorkload, podLabels } from '../facts/readiness';
import { isRoutes, list, nameOf } from '../facts/references';
import { gatewayPods, gatewaysOf, isGateway, MESH } from '../facts/served-hosts';
import { labelsIn, podsOf, type Subject, subjectOf } from '../facts/subjects';
import { isTls } from './answers';
import { Audiences } from './audiences';
import type { StateOf } from './checkpoint';
import type { ChosenPods } from './chosen-pods';
import { DIRECT, Leads, type Spot, type Way, withDelegates } from './leads';
import type { Place, Places } from './places';
import type { Caller } from './requesters';
import { SubsetLabels } from './subset-labels';

type Labels = Readonly<Record<string, string>>;

/**
 * A host in the mesh or at the pods of Gateways, and the keys of all that has rules there in either state, of these Gateways, and of
 * what chooses the pods where they lead.
 */
interface Ruled {
  readonly spot: Spot;
  readonly keys: readonly string[];
}

/** One while all are looked for, and the states in which it has rules of its own. */
interface Found {
  readonly spot: Spot;
  readonly keys: Set<string>;
  readonly in: Set<readonly Manifest[]>;
}

/** Where rules of VirtualServices are in effect, who goes by them, and where they lead. */
export class Spots {
  readonly leads: Leads;
  /** The pods of Gateways, by `namespace/name`. */
  private readonly podsBy: ReadonlyMap<string, string>;
  private readonly audiences: Audiences;
  /** By the pods of Gateways; each once. */
  private readonly selectors = new Map<string, Map<string, Labels>>();
  private readonly workloads: readonly Manifest[];
  private readonly behind = new Map<string, readonly Subject[]>();
  private readonly doors = new Map<string, readonly Place[]>();
  private ruled: readonly Ruled[] | undefined;

  /** @param rules others that namespaces may see differently */
  constructor(
    private readonly live: readonly Manifest[],
    private readonly desired: readonly Manifest[],
    private readonly places: Places,
    private readonly chosen: ChosenPods,
    private readonly domain: string,
    rules: readonly Manifest[] = [],
  ) {
    const objects = [...live, ...desired];
    this.workloads = [...new Set(objects.filter(isWorkload))];
    this.audiences = new Audiences(objects.filter(isRoutes), rules, domain);
    const gateways = objects.filter(isGateway);
    const podsOfGateways = gatewayPods(gateways);
    this.podsBy = new Map(gateways.map((m) => [nameOf(m), podsOfGateways(nameOf(m))]));
    const subsets = new SubsetLabels(objects, domain);
    this.leads = new Leads(
      ({ host, subset }, all) => withLabels(this.podsOf(host, all), subset === undefined ? undefined : subsets.of(host, subset)),
      this.audiences,
      (g) => this.podsBy.get(g),
      domain,
    );
    for (const m of gateways) {
      const [pods, selector] = [this.podsBy.get(nameOf(m))!, m.object.spec?.selector ?? {}];
      this.selectors.set(pods, (this.selectors.get(pods) ?? new Map()).set(canonical(selector), selector));
    }
  }

  /** What becomes of requests for one of them, in a state. */
  waysOf({ spot, keys }: Ruled): (state: StateOf) => readonly Way[] {
    return (state) =>
      this.leads.at(
        spot,
        keys.flatMap((key) => state(key) ?? []),
      );
  }

  /** All of both states. */
  all(): readonly Ruled[] {
    this.ruled ??= this.found();
    return this.ruled;
  }

  private found(): readonly Ruled[] {
    const spots = new Map<string, Found>();
    const found = (spot: Spot): Found => {
      const text = `${spot.place} ${spot.port} ${spot.audience} ${spot.host}`;
      const known = spots.get(text) ?? { spot, keys: new Set(), in: new Set() };
      spots.set(text, known);
      return known;
    };
    for (const state of [this.live, this.desired]) {
      const [routes, gateways] = [isRoutes, isGateway].map((is) => new Map(state.filter(is).map((m) => [nameOf(m), m])));
      for (const m of routes!.values())
        for (const spot of this.leads.spots(m, gateways!)) {
          const known = found(spot);
          known.in.add(state);
          const doors =
            spot.port === undefined
              ? []
              : gatewaysOf(m).flatMap((g) => (this.podsBy.get(g) === spot.place ? (gateways!.get(g) ?? []) : []));
          for (const part of [...withDelegates(m, routes!), ...doors]) known.keys.add(keyOf(part));
        }
    }
    for (const host of this.chosen.hosts)
      for (const [place, audience] of [...this.audiences.of(host).map((ns) => [MESH, ns] as const), [DIRECT, undefined] as const])
        found({ place, port: undefined, audience, host });
    addWildcards([...spots.values()], this.audiences);
    if (this.chosen.keys.length > 0) this.addChoosing([...spots.values()]);
    return [...spots.values()].map(({ spot, keys }) => ({ spot, keys: [...keys] }));
  }

  /** The pods of a host, with some of what chooses them. */
  podsOf(host: string, objects: readonly Manifest[]): readonly Subject[] {
    return this.chosen.keysOf(host).length > 0 ? this.chosen.of(host, objects) : this.places.servingOf(host);
  }

  /** What chooses the pods to which rules lead. */
  private addChoosing(spots: readonly Found[]): void {
    const states = [this.live, this.desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
    for (const { spot, keys } of spots) {
      const rules = states.flatMap((state) => [...keys].flatMap((key) => state.get(key) ?? []));
      for (const host of [spot.host, ...rules.flatMap((m) => destinationsOf(m, this.domain))])
        for (const key of this.chosen.keysOf(host)) keys.add(key);
    }
  }

  /** Who gets in at the pods of a Gateway. Envoys there obey no PeerAuthentication, and who comes from outside no DestinationRule. */
  doorsOf({ place }: Spot): readonly Place[] {
    if (!this.selectors.has(place)) return [];
    const known = this.doors.get(place);
    if (known) return known;
    const pods = this.podsBehind(place);
    // pods that no workload shows are such as a Service does
    const some =
      pods.length > 0 ? pods.map((s) => this.places.of(s)) : this.places.shownTo([...this.selectors.get(place)!.values()]);
    const made = some.map(withoutTls).filter((p) => p.all.length > 0);
    this.doors.set(place, made);
    return made;
  }

  /** The pods of workloads that Gateways select. */
  private podsBehind(place: string): readonly Subject[] {
    const known = this.behind.get(place);
    if (known) return known;
    const selectors = [...(this.selectors.get(place)?.values() ?? [])];
    const isPod = (w: Manifest) => selectors.some((s) => selects(s, podLabels(w)));
    const made = [...new Set(this.workloads.filter(isPod).map(podsOf))];
    this.behind.set(place, made);
    return made;
  }

  /** Who goes by the rules of a spot: who is in the namespaces that see them, and the pods of a Gateway. */
  callersOf({ place, audience, host }: Spot): (c: Caller) => boolean {
    if (place === DIRECT) return (c) => c.account === undefined;
    if (place === MESH) {
      return (c) => c.account !== undefined && this.audiences.standing(host, c.namespace) === audience;
    }
    const pods = new Set(this.podsBehind(place));
    // whose pods are in no file may be anybody's
    return (c) => c.account !== undefined && (pods.size === 0 || pods.has(subjectOf(c.namespace, c.labels)));
  }
}

/** What has rules for a wildcard has them for the hosts within, where nobody else has any for these. */
function addWildcards(spots: readonly Found[], audiences: Audiences): void {
  const atHost = ({ place, port, audience }: Spot, host: string) => `${place} ${port} ${audience} ${host}`;
  const placeOf = ({ place, port }: Spot) => `${place} ${port}`;
  const wild = new Map<string, Set<string>>();
  const own = new Map<string, readonly string[]>();
  for (const { spot, keys } of spots)
    if (isWild(spot.host)) {
      wild.set(placeOf(spot), (wild.get(placeOf(spot)) ?? new Set()).add(spot.host));
      own.set(atHost(spot, spot.host), [...keys]);
    }
  if (wild.size === 0) return;
  for (const s of spots)
    if (s.in.size < 2)
      for (const host of wildcardsOver(s.spot.host, wild.get(placeOf(s.spot)) ?? new Set())) {
        const { audience } = s.spot;
        const seen = audience === undefined ? s.spot : { ...s.spot, audience: audiences.standing(host, audience) };
        for (const key of own.get(atHost(seen, host)) ?? []) s.keys.add(key);
      }
}

/** Hosts to which a VirtualService leads. */
const destinationsOf = (m: Manifest, domain: string): readonly string[] =>
  isRoutes(m)
    ? [m.object.spec?.http, m.object.spec?.tls, m.object.spec?.tcp].flatMap((rules) =>
        list(rules).flatMap((rule) =>
          list(rule?.route).flatMap((r) => (r?.destination?.host ? [fullName(r.destination.host, m.namespace, domain)] : [])),
        ),
      )
    : [];

/** Those of some pods that have labels; all of them where none is known to. */
function withLabels(pods: readonly Subject[], labels: Labels | undefined): readonly Subject[] {
  const some = labels ? pods.filter((s) => selects(labels, labelsIn(s))) : [];
  return some.length > 0 ? some : pods;
}

/** Pods without what says which TLS is spoken to them. */
function withoutTls(p: Place): Place {
  const tls = new Set(p.all.filter(isTls).map(keyOf));
  return {
    ...p,
    moving: p.moving.filter((key) => !tls.has(key)),
    still: p.still.filter((m) => !isTls(m)),
    all: p.all.filter((m) => !isTls(m)),
  };
}
