import { quoted } from '../../values/names';
import { destinationsOf } from '../destinations';
import { knownHosts } from '../known-hosts';
import type { Rule } from '../rule';

/** A destination names no port, and its host has several. */
export const destinationPortRequired: Rule = {
  id: 'MESH024',
  name: 'destination-port-required',
  severity: 'warning',
  codes: ['IST0112'],
  summary: 'a destination says no port, and its host has several',
  why: 'Envoy then uses the port that the request came in by: the one that the client called, or the port of the gateway. Where the host has no such port there is no cluster for it, and the answer is 503 (flag NC). Source: pilot/pkg/networking/core/route/route.go, GetDestinationCluster.',
  remedy: 'Write `port: { number: … }` in the destination.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const { config, destination, path } of destinationsOf(mesh)) {
      if (destination.port) continue;
      const known = hosts.find(destination.host ?? '', config.namespace, config.spec.exportTo);
      if (!known || known.ports.length < 2) continue;
      yield {
        at: { manifest: config.manifest, path },
        message: `the destination "${destination.host}" says no port, and has ${known.ports.length}`,
        hint: `there are ${quoted(known.ports.map(String))}`,
        ...(known.at ? { related: [{ at: known.at, message: `the ${known.kind} is here` }] } : {}),
      };
    }
  },
};
