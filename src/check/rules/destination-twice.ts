import { fullName } from '../../model/host';
import { items } from '../items';
import type { Rule } from '../rule';

/** A route has one destination twice. */
export const destinationTwice: Rule = {
  id: 'MESH087',
  name: 'destination-twice',
  severity: 'warning',
  codes: ['KIA1105'],
  summary: 'a route has one destination twice',
  why: 'The two shares add up, so that requests are split otherwise than the weights seem to say; most likely one of the two was to name another subset. Destinations that differ in their port are two (Kiali takes them for one). Source: pilot/pkg/networking/core/route/route.go.',
  remedy: 'Name the other subset or host, or make one destination of the two with the sum of the weights.',
  *check(mesh) {
    const domain = mesh.model.mesh.domain;
    for (const { spec, namespace, manifest } of mesh.of('VirtualService'))
      for (const protocol of ['http', 'tls', 'tcp'])
        for (const [i, rule] of items(spec[protocol])) {
          if (!(rule.route?.length > 1)) continue;
          const first = new Map<string, number>();
          for (const [j, route] of items(rule.route)) {
            const d = route.destination;
            if (!d?.host) continue;
            const key = JSON.stringify([
              fullName(d.host, namespace, domain),
              d.subset ?? '',
              d.port?.number ?? 0,
              route.headers ?? 0,
            ]);
            const known = first.get(key);
            if (known === undefined) {
              first.set(key, j);
              continue;
            }
            const path = ['spec', protocol, i, 'route'];
            yield {
              at: { manifest, path: [...path, j, 'destination'] },
              message: `"${d.host}"${d.subset ? ` subset "${d.subset}"` : ''} is a destination of this route already`,
              hint: 'name the other subset or host, or add the two weights up in one destination',
              related: [{ at: { manifest, path: [...path, known, 'destination'] }, message: 'the same destination' }],
            };
          }
        }
  },
};
