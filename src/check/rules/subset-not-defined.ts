import type { Ref } from '../../model/config';
import { destinationsOf } from '../destinations';
import { candidates } from '../hints';
import { knownHosts } from '../known-hosts';
import type { Rule } from '../rule';
import { subsetsByHost } from '../subsets';

/** A destination names a subset that no DestinationRule of the host has. */
export const subsetNotDefined: Rule = {
  id: 'MESH020',
  name: 'subset-not-defined',
  severity: 'error',
  codes: ['IST0101', 'KIA1107'],
  summary: 'a route leads to a subset that no DestinationRule defines',
  why: 'istiod makes no cluster for a subset that is not there, and Envoy answers every request of the route with 503 (flag NC). Source: pilot/pkg/networking/core/cluster.go.',
  remedy: 'Define the subset in the DestinationRule of the host, or name one that is there.',
  *check(mesh) {
    const subsets = subsetsByHost(mesh);
    const hosts = knownHosts(mesh);
    for (const { config, destination, path } of destinationsOf(mesh)) {
      const { subset } = destination;
      if (!subset) continue;
      const known = subsets(destination.host ?? '', config.namespace);
      if (known.some((k) => k.name === subset)) continue;
      // destination-host-not-found tells it
      if (known.length === 0 && !hosts.find(destination.host ?? '', config.namespace, config.spec.exportTo)) continue;
      const at: Ref = { manifest: config.manifest, path: [...path, 'subset'] };
      yield {
        at,
        message: `subset "${subset}" of "${destination.host ?? ''}" is defined by no DestinationRule`,
        hint:
          candidates(
            subset,
            known.map((k) => k.name),
          ) || `add a DestinationRule for "${destination.host ?? ''}" with the subset`,
        related: known.slice(0, 1).map((k) => ({ at: k.at, message: 'the subsets of the host are here' })),
      };
    }
  },
};
