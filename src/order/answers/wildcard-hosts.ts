import type { Manifest } from '../../manifests/manifest';
import { fullName, isWild } from '../../model/host';
import { canonical } from '../../values/equal';
import { type Fact, isRoutes, list } from '../facts/references';
import type { Together } from '../facts/together';
import { type Ends, type StateOf, turnedIn } from './checkpoint';
import { requestsOf, spotText, type Way, wayOf } from './leads';
import { mixtures } from './rerouted';
import type { Spots } from './spots';

/**
 * Where requests for a host are led that has rules of its own in one state, and goes by a wildcard's in the other, while both change: at
 * every moment where one of both states leads them, not where the wildcard's new rules lead all others.
 */
export function wildcardHosts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  spotsOf: () => Spots,
  domain: string,
): readonly Together[] {
  const hostsOf = (m: Manifest): string[] => list(m.object.spec?.hosts).map((h) => fullName(h, m.namespace, domain));
  const routes = [live, desired].map((all) => all.filter(isRoutes));
  if (!routes.flat().some((m) => hostsOf(m).some(isWild))) return [];
  const isMoving = turnedIn(ends);
  const own = routes.map((all) => new Set(all.flatMap(hostsOf)));
  const spots = spotsOf();
  return spots.all().flatMap((ruled): Together[] => {
    const { spot, keys } = ruled;
    if (isWild(spot.host) || own.every((hosts) => hosts.has(spot.host))) return [];
    const members = keys.filter(isMoving).sort();
    if (members.length < 2) return [];
    const waysIn = spots.waysOf(ruled);
    const both = ends.map(waysIn);
    const kept = requestsOf(mixtures(ends, members).flatMap(waysIn)).flatMap(({ path, rest }) => {
      const led = both.map((ways) => leadsOf(wayOf(ways, path, rest)));
      if (led.some((l) => l.length === 0)) return [];
      const fact: Fact = `led ${spotText(spot)} ${canonical([path, rest])}`;
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
