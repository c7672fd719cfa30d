import { type Config, keyOf } from '../../model/config';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A gateway's route leads to a host whose split into subsets is in another VirtualService. */
export const routeWithoutSubset: Rule = {
  id: 'MESH036',
  name: 'route-without-subset',
  severity: 'warning',
  codes: ['IST0140'],
  summary: 'a route of a gateway ignores the subsets that another VirtualService chooses for the host',
  why: 'The rules of a VirtualService for a host hold where a client calls that host. A gateway calls the pods that its own route names: it does not ask the VirtualService of the host again, so its requests go to all subsets. Source: pilot/pkg/networking/core/route/route.go.',
  remedy: 'Name the subset in the route of the gateway as well, or put the rules into a delegate that both use.',
  *check(mesh) {
    const choosing = new Map<string, { readonly config: Config; readonly rule: number; readonly route: number }>();
    for (const config of mesh.of('VirtualService')) {
      const hosts = new Set((config.spec.hosts ?? []) as string[]);
      for (const [rule, http] of items(config.spec.http))
        for (const [route, { destination }] of items(http.route))
          if (destination?.subset && hosts.has(destination.host) && !choosing.has(destination.host))
            choosing.set(destination.host, { config, rule, route });
    }
    for (const config of mesh.of('VirtualService')) {
      if (((config.spec.gateways ?? []) as string[]).length === 0) continue;
      for (const [i, http] of items(config.spec.http))
        for (const [j, { destination }] of items(http.route)) {
          const other = destination?.subset ? undefined : choosing.get(destination?.host);
          if (!other) continue;
          yield {
            at: at(config, 'spec', 'http', i, 'route', j, 'destination'),
            message: `the route leads to all pods of "${destination.host}": what VirtualService "${keyOf(other.config)}" says of its subsets does not hold for requests through a gateway`,
            hint: 'write a "subset" here, too',
            related: [
              {
                at: at(other.config, 'spec', 'http', other.rule, 'route', other.route, 'destination'),
                message: 'a subset is chosen here',
              },
            ],
          };
        }
    }
  },
};
