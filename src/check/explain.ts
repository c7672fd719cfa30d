import type { Rule } from './rule';

/** What a rule is about, for people. */
export const explanation = (rule: Rule): string =>
  [
    `${rule.id} ${rule.name} (${[rule.severity, ...rule.codes].join(', ')})`,
    '',
    `${rule.summary.charAt(0).toUpperCase()}${rule.summary.slice(1)}.`,
    '',
    rule.why,
    '',
    rule.remedy,
  ].join('\n');
