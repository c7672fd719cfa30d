import { boundMatches } from '../bound-matches';
import type { Rule } from '../rule';

/** Rules for some clients alone. */
export const sourcesWithoutFallback: Rule = {
  id: 'MESH149',
  name: 'sources-without-fallback',
  severity: 'info',
  codes: [],
  summary: 'rules for some clients alone: all others reach the service itself',
  why: 'Source labels and a source namespace choose to whom istiod tells a rule; they keep nobody out. A client that no rule is for gets the default route of the service, to all its versions, with no 404, unlike one whose request no rule accepts. Source: pilot/pkg/networking/core/route/route.go, sourceMatchHTTP; httproute.go; istio/istio#60367, #51314.',
  remedy: 'Add a last rule without sources for everybody else; to keep clients out write an AuthorizationPolicy.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      if (vs.http.length === 0 || !vs.gateways.includes('mesh') || !vs.hosts.some((h) => mesh.model.byHost.has(h))) continue;
      const matches = boundMatches(vs, 'mesh');
      if (matches.length === 0 || !matches.every((m) => m.match.sourceLabels || m.match.sourceNamespace)) continue;
      yield {
        at: { manifest: vs.config.manifest, path: ['spec', 'http'] },
        message:
          'every rule is for some clients alone: all others reach every version of the service as if there were no VirtualService',
        hint: 'add a last rule without sourceLabels and sourceNamespace',
      };
    }
  },
};
