import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { fullName } from '../../model/host';
import { canonical } from '../../values/equal';
import { audienceOf, isPublic, OTHERS } from '../facts/audience';
import { isWorkload, podLabels } from '../facts/readiness';
import { isRoutes, list, nameOf } from '../facts/references';
import { gatewayPods, gatewaysOf, isGateway, MESH } from '../facts/served-hosts';
import { type Subject, subjectOf } from '../facts/subjects';
import { isTls } from './answers';
import type { ChosenPods } from './chosen-pods';
import { DIRECT, Leads, type Spot, withDelegates } from './leads';
import type { Place, Places } from './places';
import type { Caller } from './requesters';

type Labels = Readonly<Record<string, string>>;

/**
 * A host in the mesh or at the pods of Gateways, and the keys of all that has rules there in either state, of these Gateways, and of
 * what chooses the pods where they lead.
 */
interface Ruled {
  readonly spot: Spot;
  readonly keys: readonly string[];
}

/** Where rules of VirtualServices are in effect, who goes by them, and where they lead. */
export class Spots {
  readonly leads: Leads;
  /** The pods of Gateways, by `namespace/name`. */
  private readonly podsBy: ReadonlyMap<string, string>;
  private readonly audiences: readonly string[];
  /** By the pods of Gateways; each once. */
  private readonly selectors = new Map<string, Map<string, Labels>>();
  private readonly workloads: readonly Manifest[];
  private readonly behind = new Map<string, readonly Subject[]>();
  private readonly doors = new Map<string, readonly Place[]>();

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
    const shown = [...objects.filter(isRoutes), ...rules].filter((m) => !isPublic(m)).flatMap(audienceOf);
    this.audiences = [...new Set([...shown, OTHERS])];
    const gateways = objects.filter(isGateway);
    const podsOfGateways = gatewayPods(gateways);
    this.podsBy = new Map(gateways.map((m) => [nameOf(m), podsOfGateways(nameOf(m))]));
    this.leads = new Leads(
      (host, objects) => (chosen.keysOf(host).length > 0 ? chosen.of(host, objects) : places.servingOf(host)),
      this.audiences,
      (g) => this.podsBy.get(g),
      domain,
    );
    for (const m of gateways) {
      const [pods, selector] = [this.podsBy.get(nameOf(m))!, m.object.spec?.selector ?? {}];
      this.selectors.set(pods, (this.selectors.get(pods) ?? new Map()).set(canonical(selector), selector));
    }
  }

  /** All of both states. */
  all(): readonly Ruled[] {
    const spots = new Map<string, { readonly spot: Spot; readonly keys: Set<string> }>();
    for (const state of [this.live, this.desired]) {
      const [routes, gateways] = [isRoutes, isGateway].map((is) => new Map(state.filter(is).map((m) => [nameOf(m), m])));
      for (const m of routes!.values())
        for (const spot of this.leads.spots(m, gateways!)) {
          const text = textOf(spot);
          const known = spots.get(text) ?? { spot, keys: new Set() };
          spots.set(text, known);
          const doors =
            spot.port === undefined
              ? []
              : gatewaysOf(m).flatMap((g) => (this.podsBy.get(g) === spot.place ? (gateways!.get(g) ?? []) : []));
          for (const part of [...withDelegates(m, routes!), ...doors]) known.keys.add(keyOf(part));
        }
    }
    if (this.chosen.hosts.length > 0) this.addChoosing(spots);
    return [...spots.values()].map(({ spot, keys }) => ({ spot, keys: [...keys] }));
  }

  /** What chooses the pods to which rules lead, and the hosts of such pods without rules. */
  private addChoosing(spots: Map<string, { readonly spot: Spot; readonly keys: Set<string> }>): void {
    for (const host of this.chosen.hosts)
      for (const [place, audience] of [...this.audiences.map((ns) => [MESH, ns] as const), [DIRECT, undefined] as const]) {
        const spot: Spot = { place, port: undefined, audience, host };
        const text = textOf(spot);
        if (!spots.has(text)) spots.set(text, { spot, keys: new Set() });
      }
    const states = [this.live, this.desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
    for (const { spot, keys } of spots.values()) {
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
    const made = [...new Set(this.workloads.filter(isPod).map((w) => subjectOf(w.namespace, podLabels(w))))];
    this.behind.set(place, made);
    return made;
  }

  /** Who goes by the rules of a spot: who is in the namespaces that see them, and the pods of a Gateway. */
  callersOf({ place, audience }: Spot): (c: Caller) => boolean {
    if (place === DIRECT) return (c) => c.account === undefined;
    if (place === MESH) {
      const isSeer = (ns: string) => (audience === OTHERS ? !this.audiences.includes(ns) : ns === audience);
      return (c) => c.account !== undefined && isSeer(c.namespace);
    }
    const pods = new Set(this.podsBehind(place));
    // whose pods are in no file may be anybody's
    return (c) => c.account !== undefined && (pods.size === 0 || pods.has(subjectOf(c.namespace, c.labels)));
  }
}

const textOf = ({ place, port, audience, host }: Spot): string => `${place} ${port} ${audience} ${host}`;

/** Hosts to which a VirtualService leads. */
const destinationsOf = (m: Manifest, domain: string): readonly string[] =>
  isRoutes(m)
    ? [m.object.spec?.http, m.object.spec?.tls, m.object.spec?.tcp].flatMap((rules) =>
        list(rules).flatMap((rule) =>
          list(rule?.route).flatMap((r) => (r?.destination?.host ? [fullName(r.destination.host, m.namespace, domain)] : [])),
        ),
      )
    : [];

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
