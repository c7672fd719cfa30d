import type { Manifest } from '../../manifests/manifest';
import { fullName, isWild } from '../../model/host';
import { canonical, isEqual } from '../../values/equal';
import { type Fact, isRoutes, list } from '../facts/references';
import type { Together } from '../facts/together';
import type { Ends, StateOf } from './checkpoint';
import type { ChosenPods } from './chosen-pods';
import { type Way, wayOf } from './leads';
import { requestsOf } from './meant-pods';
import type { Places } from './places';
import { mixtures } from './rerouted';
import { Spots } from './spots';

/**
 * Where requests for a host are led that has rules of its own in one state, and goes by a wildcard's in the other, while both change: at
 * every moment where one of both states leads them, not where the wildcard's new rules lead all others.
 */
export function wildcardHosts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  chosen: ChosenPods,
  domain: string,
): readonly Together[] {
  const hostsOf = (m: Manifest): string[] => list(m.object.spec?.hosts).map((h) => fullName(h, m.namespace, domain));
  const routes = [live, desired].map((all) => all.filter(isRoutes));
  if (!routes.flat().some((m) => hostsOf(m).some(isWild))) return [];
  const [before, after] = ends;
  const isMoving = (key: string) => !isEqual(before(key)?.object.spec, after(key)?.object.spec);
  const own = routes.map((all) => new Set(all.flatMap(hostsOf)));
  const spots = new Spots(live, desired, places, chosen, domain);
  return spots.all().flatMap(({ spot, keys }): Together[] => {
    if (isWild(spot.host) || own.every((hosts) => hosts.has(spot.host))) return [];
    const members = keys.filter(isMoving).sort();
    if (members.length < 2) return [];
    const waysIn = (state: StateOf) =>
      spots.leads.at(
        spot,
        keys.flatMap((key) => state(key) ?? []),
      );
    const both = ends.map(waysIn);
    const kept = requestsOf(mixtures(ends, members).flatMap(waysIn)).flatMap(({ path, rest }) => {
      const led = both.map((ways) => leadsOf(wayOf(ways, path, rest)));
      if (led.some((l) => l.length === 0)) return [];
      const fact: Fact = `led ${spot.host} ${spot.audience ?? `${spot.port ?? ''}@${spot.place}`} ${canonical([path, rest])}`;
      return [{ path, rest, led: new Set(led.flat()), fact }];
    });
    if (kept.length === 0) return [];
    const provides = (state: StateOf): Fact[] => {
      const ways = waysIn(state);
      return kept.flatMap(({ path, rest, led, fact }) => {
        const now = leadsOf(wayOf(ways, path, rest));
        return now.length > 0 && now.every((l) => led.has(l)) ? [fact] : [];
      });
    };
    return [{ members, keeps: true, provides }];
  });
}

/** Where a way leads, as text. */
const leadsOf = (way: Way | undefined): readonly string[] => (way?.destinations ?? []).map((d) => `${d.host} ${d.subset ?? ''}`);
