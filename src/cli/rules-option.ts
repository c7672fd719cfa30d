import { leftOut } from '../check/left-out-codes';
import { findRule, type Rule, ruleNames } from '../check/rule';
import { didYouMean } from '../values/names';
import { EXIT, Failure } from './output';

/** `a,b`: these alone; `-a,-b`: all but these. */
export function chosenRules(given: string | undefined, rules: readonly Rule[]): readonly Rule[] {
  if (given === undefined) return rules;
  const named = given.split(',').map((text) => {
    const name = text.trim().replace(/^-/, '');
    const found = rulesNamed(name, rules);
    return { without: text.trim().startsWith('-'), found };
  });
  const without = named.filter((n) => n.without).flatMap((n) => n.found);
  const only = named.filter((n) => !n.without).flatMap((n) => n.found);
  return (only.length > 0 ? only : rules).filter((r) => !without.includes(r));
}

/** Stands for every rule. */
export const ALL_RULES = 'all';

/** By name, id or code, in any case. */
export function rulesNamed(name: string, rules: readonly Rule[]): readonly Rule[] {
  const ways = [name, name.toLowerCase(), name.toUpperCase()];
  const found = name === ALL_RULES ? rules : rules.filter((r) => ways.some((way) => findRule([r], way)));
  if (found.length === 0) throw unknownRule(name, rules);
  return found;
}

function unknownRule(name: string, rules: readonly Rule[]): Failure {
  const hint = 'mesh check --explain all lists the rules';
  const left = leftOut(name.toUpperCase());
  if (left) return new Failure(`no rule has the code ${name} (${left.what}): ${left.why}`, EXIT.usage, { hint });
  const near = didYouMean(name, ruleNames(rules));
  return new Failure(`there is no rule "${name}"${near}`, EXIT.usage, { hint });
}
