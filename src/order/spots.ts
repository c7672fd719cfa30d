import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { selects } from '../model/config';
import { audienceOf, isPublic, OTHERS } from './audience';
import { Leads, type Spot, withDelegates } from './leads';
import type { Places } from './places';
import { isWorkload, podLabels } from './readiness';
import { isRoutes } from './references';
import type { Caller } from './requesters';
import { gatewaysOf, isGateway, MESH, podsOf } from './served-hosts';

type Labels = Readonly<Record<string, string>>;

/** A host in the mesh or at the pods of Gateways, and the keys of all that has rules there in either state, and of these Gateways. */
export interface Ruled {
  readonly spot: Spot;
  readonly keys: readonly string[];
}

/** Where rules of VirtualServices are in effect, who goes by them, and where they lead. */
export class Spots {
  readonly leads: Leads;
  private readonly audiences: readonly string[];
  /** By the pods of Gateways. */
  private readonly selectors = new Map<string, Labels[]>();
  private readonly objects: readonly Manifest[];

  constructor(
    private readonly live: readonly Manifest[],
    private readonly desired: readonly Manifest[],
    places: Places,
    domain: string,
  ) {
    this.objects = [...live, ...desired];
    const shown = this.objects.filter((m) => isRoutes(m) && !isPublic(m)).flatMap(audienceOf);
    this.audiences = [...new Set([...shown, OTHERS])];
    const gateways = this.objects.filter(isGateway);
    const podsOfGateways = podsOf(gateways);
    const known = new Map(gateways.map((m) => [nameOf(m), podsOfGateways(nameOf(m))]));
    this.leads = new Leads(
      (host) => places.servingOf(host),
      this.audiences,
      (g) => known.get(g),
      domain,
    );
    for (const m of gateways) {
      const pods = known.get(nameOf(m))!;
      this.selectors.set(pods, [...(this.selectors.get(pods) ?? []), m.object.spec?.selector ?? {}]);
    }
  }

  /** All of both states. */
  all(): readonly Ruled[] {
    const spots = new Map<string, { readonly spot: Spot; readonly keys: Set<string> }>();
    for (const state of [this.live, this.desired]) {
      const [routes, gateways] = [isRoutes, isGateway].map((is) => new Map(state.filter(is).map((m) => [nameOf(m), m])));
      for (const m of routes!.values())
        for (const spot of this.leads.spots(m, gateways!)) {
          const text = `${spot.place} ${spot.port} ${spot.audience} ${spot.host}`;
          const known = spots.get(text) ?? { spot, keys: new Set() };
          spots.set(text, known);
          const doors = spot.port === undefined ? [] : gatewaysOf(m).flatMap((g) => gateways!.get(g) ?? []);
          for (const part of [...withDelegates(m, routes!), ...doors]) known.keys.add(keyOf(part));
        }
    }
    return [...spots.values()].map(({ spot, keys }) => ({ spot, keys: [...keys] }));
  }

  /** Which pods they are, at a Gateway. */
  selectorsOf({ place }: Spot): readonly Labels[] {
    return place === MESH ? [] : (this.selectors.get(place) ?? []);
  }

  /** Who goes by the rules of a spot: who is in the namespaces that see them, and the pods of a Gateway. */
  callersOf(spot: Spot): (c: Caller) => boolean {
    const { place, audience } = spot;
    if (place === MESH) {
      const isSeer = (ns: string) => (audience === OTHERS ? !this.audiences.includes(ns) : ns === audience);
      return (c) => c.account !== undefined && isSeer(c.namespace);
    }
    const isPod = (labels: Labels) => this.selectorsOf(spot).some((s) => selects(s, labels));
    // whose pods are in no file may be anybody's
    const isKnown = this.objects.some((m) => isWorkload(m) && isPod(podLabels(m)));
    return (c) => c.account !== undefined && (!isKnown || isPod(c.labels));
  }
}

const nameOf = (m: Manifest): string => `${m.namespace}/${m.name}`;
