import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { isIstioctls } from '../suppression';

/** A suppression of a rule that is not there. */
export const suppressionUnknownRule: Rule = {
  id: 'MESH003',
  name: 'suppression-unknown-rule',
  severity: 'error',
  codes: [],
  summary: 'a suppression names a rule that is not there',
  why: 'It suppresses nothing, most likely because of a slip in the name.',
  remedy: 'Name a rule of `mesh check --explain all`, its id, or the code that istioctl or Kiali have for it.',
  *check(mesh, rules) {
    for (const s of mesh.suppressions.all)
      if (!isIstioctls(s) && !findRule(rules, s.rule))
        yield {
          at: s.at,
          message: `there is no rule "${s.rule}"${didYouMean(
            s.rule,
            rules.map((r) => r.name),
          )}`,
        };
  },
};
