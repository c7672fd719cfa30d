import type { Rule } from '../rule';
import { subsetNotDefined } from './subset-not-defined';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { unreadable } from './unreadable';

/** All rules, in the order of their ids; those about suppressions are asked when all others have been. */
export const RULES: readonly Rule[] = [
  unreadable,
  subsetNotDefined,
  suppressionMalformed,
  suppressionUnknownRule,
  suppressionExpired,
  suppressionWithoutEffect,
];
