import { boundMatches } from '../bound-matches';
import type { Rule } from '../rule';

/** Rules of which each asks for something that most requests do not have, and none for the rest. */
export const noDefaultRule: Rule = {
  id: 'MESH134',
  name: 'no-default-rule',
  severity: 'warning',
  codes: [],
  summary: 'requests that no rule is for get 404, not the service',
  why: "Where a VirtualService is about a host, its rules say all that there is: a request that none of them accepts is answered with 404 (flag NR) by the client's sidecar, and does not fall through to the service. Source: Envoy, router filter; pilot/pkg/networking/core/httproute.go.",
  remedy: 'End the rules with one that has no match and leads to the version that everybody else is meant to have.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      if (vs.http.length === 0 || !vs.gateways.includes('mesh') || !vs.hosts.some((h) => mesh.model.byHost.has(h))) continue;
      const matches = boundMatches(vs, 'mesh');
      const special = ({ match: { headers, query } }: (typeof matches)[number]) =>
        Object.keys(headers ?? {}).length + Object.keys(query ?? {}).length > 0;
      // where some rule is for a path, the paths may be all that there are
      if (matches.length === 0 || !matches.every(special)) continue;
      // two that complete each other leave nothing
      if (matches.some((m) => Object.values(m.match.headers ?? {}).some((h) => h.none.length > 0))) continue;
      if (matches.every((m) => m.match.sourceLabels || m.match.sourceNamespace)) continue;
      yield {
        at: { manifest: vs.config.manifest, path: ['spec', 'http'] },
        message: 'requests without these headers or parameters get 404: no rule is for them',
        hint: 'add a last rule without a match',
      };
    }
  },
};
