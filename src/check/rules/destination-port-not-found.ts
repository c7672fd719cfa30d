import { quoted } from '../../values/names';
import { destinationsOf } from '../destinations';
import { knownHosts } from '../known-hosts';
import type { Rule } from '../rule';

/** A destination names a port that its host does not have. */
export const destinationPortNotFound: Rule = {
  id: 'MESH023',
  name: 'destination-port-not-found',
  severity: 'error',
  codes: ['IST0101'],
  summary: 'a route leads to a port that its host does not have',
  why: 'The port of a destination is that of the Service, not that of the container. istiod makes a cluster for each port of the Service; for another one there is none, and Envoy answers with 503 (flag NC). Source: pilot/pkg/networking/core/cluster.go.',
  remedy: 'Write a port of the Service, or add the port to the Service.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const { config, destination, path } of destinationsOf(mesh)) {
      if (!destination.port) continue;
      const number = destination.port.number ?? 0;
      const known = hosts.find(destination.host ?? '', config.namespace, config.spec.exportTo);
      if (!known || known.ports.includes(number)) continue;
      yield {
        at: { manifest: config.manifest, path: [...path, 'port', 'number'] },
        message: `"${destination.host}" has no port "${number}"`,
        hint: known.ports.length === 0 ? `the ${known.kind} has no ports` : `it has ${quoted(known.ports.map(String))}`,
        ...(known.at ? { related: [{ at: known.at, message: `the ${known.kind} is here` }] } : {}),
      };
    }
  },
};
