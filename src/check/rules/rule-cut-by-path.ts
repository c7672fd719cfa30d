import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import type { Rule } from '../rule';

/** A rule for some users that an earlier rule for a path takes some requests from. */
export const ruleCutByPath: Rule = {
  id: 'MESH122',
  name: 'rule-cut-by-path',
  severity: 'info',
  codes: [],
  summary: 'a rule for a path goes before one for a header, for the same service',
  why: 'Both accept some requests, and the first decides: who sends the header gets the version that it asks for, but on that path. Where the header says a version for a user or an environment, it is most likely meant for all paths. Source: Envoy takes the first route that matches.',
  remedy: 'Put the rule for the header first, or say in it for which paths it is.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices) {
      const told = new Set<unknown>();
      // by host the first for a path, and the first after it that leads to another version
      const paths = new Map<unknown, readonly BoundMatch[]>();
      for (const later of boundMatches(vs, vs.gateways[0] ?? 'mesh')) {
        const to = oneVersion(later);
        if (!to) continue;
        const before = paths.get(to.host) ?? [];
        const other = before.find((x) => oneVersion(x)!.subset !== to.subset);
        if (forPath(later) && (before.length === 0 || (before.length === 1 && other))) paths.set(to.host, [...before, later]);
        if (told.has(later.entry.rule) || !forHeader(later)) continue;
        if (!other) continue;
        told.add(later.entry.rule);
        yield {
          at: later.by,
          message: `${ruleText(other.entry.rule, other.by.path)} takes the requests of its path before ${ruleText(later.entry.rule, later.by.path)}, from who sends this header too`,
          hint: `put ${ruleText(later.entry.rule, later.by.path)} first, if the header counts on all paths`,
          related: [{ at: other.by, message: 'decides on its path' }],
        };
      }
    }
  },
};

const said = (m: BoundMatch) => Object.keys(m.match).sort().join();
const forHeader = (m: BoundMatch) => said(m) === 'headers' && Object.values(m.match.headers!).every((h) => h.none.length === 0);
const forPath = (m: BoundMatch) => said(m) === 'path';

/** The one version of one service that a rule leads to; nothing where it leads elsewhere. */
function oneVersion(m: BoundMatch): { readonly host: unknown; readonly subset: string } | undefined {
  const route: readonly any[] = m.entry.rule.route ?? [];
  const to = route.length === 1 ? route[0]?.destination : undefined;
  return to?.subset ? to : undefined;
}
