import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { ineffectiveMatch } from './ineffective-match';
import { istioValidation } from './istio-validation';
import { istioWarning } from './istio-warning';
import { schema } from './schema';
import { subsetNotDefined } from './subset-not-defined';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { unreachableRule } from './unreachable-rule';
import { unreadable } from './unreadable';

/** All rules, in the order of their ids; those about suppressions are asked when all others have been. */
export const RULES: readonly Rule[] = [
  unreadable,
  schema,
  istioValidation,
  istioWarning,
  unreachableRule,
  ineffectiveMatch,
  subsetNotDefined,
  suppressionMalformed,
  suppressionUnknownRule,
  suppressionExpired,
  suppressionWithoutEffect,
];

/** The rule of a name, an id, or another tool's code. @throws where there is none */
export function named(name: string): Rule {
  const rule = findRule(RULES, name);
  if (rule) return rule;
  const names = RULES.map((r) => r.name);
  throw new Error(`there is no rule "${name}"${didYouMean(name, names) || ': mesh check --explain all lists them'}`);
}
