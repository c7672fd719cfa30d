import { didYouMean } from '../../values/names';
import { leftOut } from '../left-out-codes';
import { findRule, type Rule, ruleNames } from '../rule';
import { isIstioctls } from '../suppression';

const HINT = 'write codes of istioctl with commas alone between them, or "*"';

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
      if (isIstioctls(s)) {
        if (s.rule === '' || s.rule === '*' || isIstioctlCode(rules, s.rule)) continue;
        const codes = ruleNames(rules).filter((n) => n.startsWith('IST'));
        yield { at: s.at, message: `istioctl has no code "${s.rule}"${didYouMean(s.rule, codes)}`, hint: HINT };
      } else if (!findRule(rules, s.rule))
        yield { at: s.at, message: `there is no rule "${s.rule}"${didYouMean(s.rule, ruleNames(rules))}` };
  },
};

/** Whether istioctl has the code, found here or not. */
const isIstioctlCode = (rules: readonly Rule[], code: string): boolean =>
  code.startsWith('IST') && (leftOut(code) !== undefined || rules.some((r) => r.codes.includes(code)));
