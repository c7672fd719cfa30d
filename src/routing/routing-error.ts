import { and, CannotCombine, type Match } from './match';
import type { Overlay, Rule } from './table';

/** Thrown when a table says what Istio cannot: names the entries and where they come from. */
export class RoutingError extends Error {}

/** The requests that meet both. Throws a RoutingError that names both entries where Istio cannot say it. */
export function combine(a: Match, b: Match, rival: () => Rule | Overlay, other: Rule | Overlay): Match | undefined {
  try {
    return and(a, b);
  } catch (e) {
    throw explain(e, rival(), other);
  }
}

/** The error, about the two entries that cannot be combined. */
export function explain(e: unknown, rule: Rule | Overlay, other: Rule | Overlay): unknown {
  if (!(e instanceof CannotCombine)) return e;
  const at = (x: Rule | Overlay) => `"${x.name}" (${x.origin.construct}${x.origin.source ? `, ${x.origin.source}` : ''})`;
  return new RoutingError(
    `${at(rule)} and ${at(other)} meet: ${e.message}; use an exact value or a plain prefix in one of them, or keep them apart by another condition`,
  );
}
