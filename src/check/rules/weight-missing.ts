import type { Rule } from '../rule';

/** One of several destinations that has no weight. */
export const weightMissing: Rule = {
  id: 'MESH150',
  name: 'weight-missing',
  severity: 'warning',
  codes: [],
  summary: 'one of several destinations has no weight, and gets no request',
  why: 'A weight that is not written is 0, and a destination of weight 0 among others gets nothing: the rest of the weights is not what is left of 100. Source: pilot/pkg/networking/core/route/route.go, applyHTTPRouteDestination; istio/istio#15157.',
  remedy: 'Give every destination its weight; write 0 where none is meant.',
  *check(mesh) {
    for (const { spec, manifest } of mesh.of('VirtualService'))
      for (const protocol of ['http', 'tls', 'tcp'] as const)
        for (const [i, rule] of ((spec[protocol] ?? []) as any[]).entries()) {
          const route: any[] = rule?.route ?? [];
          const sum = route.reduce((n, r) => n + (r?.weight ?? 0), 0);
          if (route.length < 2 || !(sum > 0)) continue;
          for (const [j, r] of route.entries())
            if (r && r.weight === undefined)
              yield {
                at: { manifest, path: ['spec', protocol, i, 'route', j] },
                message: `the destination "${r.destination?.subset ?? r.destination?.host}" has no weight beside others that have, so it gets no request`,
                hint: sum < 100 ? `weight: ${100 - sum} would be the rest of 100` : 'write weight: 0 where none is meant',
              };
        }
  },
};
