import { quoted } from '../../values/names';
import { arrivingPorts } from '../arriving-ports';
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
  why: 'Envoy then uses the port that the request came in by: the one that the client called, or the port of the gateway. Where the host has no such port there is no cluster for it, and the answer is 503 (flag NC): where that is so for all ports by which requests can come, it is an error. Source: pilot/pkg/networking/core/route/route.go, GetDestinationCluster.',
  remedy: 'Write `port: { number: … }` in the destination.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const { config, destination, path, protocol, role } of destinationsOf(mesh)) {
      if (destination.port) continue;
      const known = hosts.find(destination.host ?? '', config.namespace, config.spec.exportTo);
      if (!known || known.ports.length < 2) continue;
      const come =
        protocol === 'http' && role === 'route' && arrivingPorts(mesh, config.manifest, config.spec.http[path[2] as number]);
      const lacking = come ? [...come].filter((p) => !known.ports.includes(p)) : [];
      const never = come && lacking.length > 0 && lacking.length === come.size;
      yield {
        at: { manifest: config.manifest, path },
        ...(never ? { severity: 'error' as const } : {}),
        message: `the destination "${destination.host}" says no port, and has ${known.ports.length}${
          lacking.length > 0
            ? `, ${never ? 'but' : 'and'} not ${quoted(lacking.map(String))}, by which ${never ? 'all requests come' : 'requests come as well'}: 503`
            : ''
        }`,
        hint: `there are ${quoted(known.ports.map(String))}`,
        ...(known.at ? { related: [{ at: known.at, message: `the ${known.kind} is here` }] } : {}),
      };
    }
  },
};
