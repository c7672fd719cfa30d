import { disjoint } from '../../routing/match';
import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import type { Rule } from '../rule';

/** So many matches are compared one with another. */
const MOST = 200;

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
      const all = boundMatches(vs, vs.gateways[0] ?? 'mesh');
      if (all.length > MOST) continue;
      const told = new Set<unknown>();
      for (const [i, later] of all.entries()) {
        if (told.has(later.entry.rule) || !forHeader(later)) continue;
        const cut = all.slice(0, i).find((x) => forPath(x) && !disjoint(x.match, later.match) && otherVersion(x, later));
        if (!cut) continue;
        told.add(later.entry.rule);
        yield {
          at: later.by,
          message: `${ruleText(cut.entry.rule, cut.by.path)} takes the requests of its path before ${ruleText(later.entry.rule, later.by.path)}, from who sends this header too`,
          hint: `put ${ruleText(later.entry.rule, later.by.path)} first, if the header counts on all paths`,
          related: [{ at: cut.by, message: 'decides on its path' }],
        };
      }
    }
  },
};

const said = (m: BoundMatch) => Object.keys(m.match).sort().join();
const forHeader = (m: BoundMatch) => said(m) === 'headers' && Object.values(m.match.headers!).every((h) => h.none.length === 0);
const forPath = (m: BoundMatch) => said(m) === 'path';

/** Whether both lead to one service alone, and to other versions of it. */
function otherVersion(x: BoundMatch, y: BoundMatch): boolean {
  const [a, b] = [x, y].map((m) => ((m.entry.rule.route ?? []) as any[]).map((r) => r?.destination));
  if (a!.length !== 1 || b!.length !== 1 || a![0]?.host !== b![0]?.host) return false;
  return Boolean(a![0]?.subset) && Boolean(b![0]?.subset) && a![0].subset !== b![0].subset;
}
