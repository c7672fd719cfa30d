import { items } from '../items';
import type { Rule } from '../rule';

/** The only destination of a route has a weight. */
export const weightOfSingleDestination: Rule = {
  id: 'MESH086',
  name: 'weight-of-single-destination',
  severity: 'warning',
  codes: ['KIA1104'],
  summary: 'the only destination of a route has a weight below 100',
  why: 'Weights are shares of their sum, so a single destination takes every request, whatever its weight. Most likely the other destination is missing. Source: pilot/pkg/networking/core/route/route.go.',
  remedy: 'Add the other destination, or take the weight out.',
  *check(mesh) {
    for (const { spec, manifest } of mesh.of('VirtualService'))
      for (const protocol of ['http', 'tls', 'tcp'])
        for (const [i, rule] of items(spec[protocol])) {
          const [only, ...others] = items(rule.route);
          if (!only || others.length > 0) continue;
          const [j, { weight, destination }] = only;
          if (!(weight > 0 && weight < 100) || !destination?.host) continue;
          yield {
            at: { manifest, path: ['spec', protocol, i, 'route', j, 'weight'] },
            message: `weight ${weight} means nothing: "${destination.host}" is the only destination, and takes every request`,
            hint: `add the destination of the other ${100 - weight}, or take the weight out`,
          };
        }
  },
};
