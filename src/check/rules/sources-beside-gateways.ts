import { writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** Source labels or a source namespace in a match that names gateways. */
export const sourcesBesideGateways: Rule = {
  id: 'MESH124',
  name: 'sources-beside-gateways',
  severity: 'error',
  codes: [],
  summary: 'a match names gateways, so its source labels are not looked at',
  why: 'Where a match names gateways, istiod asks for the gateway alone: with "mesh" among them the rule is for every client in the mesh, whatever the labels or the namespace say. Source: pilot/pkg/networking/core/route/route.go, sourceMatchHTTP.',
  remedy:
    'Take `gateways` out of the match, or split it: one match with `gateways` for the gateways, one with the sources for the mesh.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [j, m] of ((rule.match ?? []) as any[]).entries()) {
        if (!(m?.gateways?.length > 0)) continue;
        const field =
          Object.keys(m.sourceLabels ?? {}).length > 0 ? 'sourceLabels' : m.sourceNamespace ? 'sourceNamespace' : undefined;
        if (!field) continue;
        const forMesh = m.gateways.includes('mesh');
        yield {
          at: at('match', j, field),
          message: forMesh
            ? `"${field}" is not looked at beside "gateways": the match is for all clients in the mesh`
            : `"${field}" is not looked at beside "gateways"`,
          hint: forMesh
            ? 'put "mesh" with the sources into a match of its own, without "gateways"'
            : `take "${field}" out, or "gateways"`,
        };
      }
  },
};
