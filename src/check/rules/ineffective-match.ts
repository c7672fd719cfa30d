import { fieldText, type Manifest } from '../../manifests/manifest';
import type { Problem } from '../../validation/problem';
import type { CheckedMesh } from '../checked-mesh';
import { istioSays } from '../istio-says';
import { items } from '../items';
import type { Rule } from '../rule';

/** A match that an earlier rule asks for, too. */
export const ineffectiveMatch: Rule = {
  id: 'MESH013',
  name: 'ineffective-match',
  severity: 'info',
  codes: ['IST0131'],
  summary: 'a match of a route can never be met, since an earlier route takes its requests',
  why: 'The first route that matches decides; by this match no request gets to its route. Where it is so for all matches of a rule, the rule does nothing, and it is a warning. Source: pkg/config/validation/validation.go.',
  remedy: 'Put the narrower match first, or take this one out.',
  *check(mesh) {
    const said = (dead: boolean) => (p: Problem, m: Manifest) => p.code === 'IST0131' && isOfDeadRule(mesh, p, m) === dead;
    yield* istioSays(mesh, said(true), { severity: 'warning' });
    yield* istioSays(mesh, said(false));
  },
};

/** Whether the same is said of all matches of the rule. */
function isOfDeadRule({ problems }: CheckedMesh, { path }: Problem, manifest: Manifest): boolean {
  const rule = path.slice(0, 3);
  const matches = items(manifest.object.spec?.http?.[Number(rule[2])]?.match);
  const start = `${fieldText(rule)}.match[`;
  const dead = new Set(
    (problems.get(manifest) ?? []).filter((p) => p.code === 'IST0131').map((p) => fieldText(p.path.slice(0, 5))),
  );
  return matches.length > 0 && matches.every(([j]) => dead.has(`${start}${j}]`));
}
