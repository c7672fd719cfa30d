import { checkProperties, type Properties } from '../values/properties';

/** What else is said about a rule. */
export interface RuleOptions {
  /**
   * Within the rule's tier, and where neither of two conditions includes the other: the lower decides first. A whole number,
   * also a negative one. @default 0; of equal ones the name decides, which is worth a finding where they meet
   */
  readonly order?: number;
}

const OPTIONS: Properties<RuleOptions> = { order: 'number?' };

/** The order that the options say. Throws where they are misspelt, or it is not a whole number. */
export function orderOf(o: RuleOptions, what: string): number {
  checkProperties(o, OPTIONS, `options of ${what}`);
  return checkOrder(o.order, what);
}

/** Throws unless the order is a whole number; 0 where none is given. */
export function checkOrder(order: number | undefined, what: string): number {
  if (order !== undefined && !Number.isSafeInteger(order))
    throw new Error(`order of ${what} is ${order}: it has to be a whole number; the lower decides first`);
  return order ?? 0;
}
