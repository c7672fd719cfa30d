import { describeMatches } from '../routing/describe';
import { impliesAny, type Match } from '../routing/match';
import type { Origin } from '../routing/table';

/** What is decided by rank: a rule, an overlay, a route of a gateway. */
export interface Ranked {
  /** Decides last, after the order. */
  readonly name: string;
  /** Decides first; see {@link RULE_TIERS}. */
  readonly tier: string;
  /** Decides where neither match includes the other: the lower goes first. */
  readonly order: number;
  /** The requests that it is about: the union of these. */
  readonly when: readonly Match[];
  /** Who said it, and where. */
  readonly origin: Origin;
}

const at = ({ name, origin }: Ranked) => `"${name}" (${origin.construct}${origin.source ? `, ${origin.source}` : ''})`;

/**
 * Throws where two entries of one rank are about the same requests and say different things: which of them holds would be
 * a matter of names. Two that say the same are one.
 * @param says what an entry says: it is compared as JSON
 * @param what of whom: `rules of host "…"`
 */
export function checkRank<E extends Ranked>(entry: E, others: readonly E[], says: (e: E) => unknown, what: string): void {
  const rival = others.find(
    (o) =>
      o.tier === entry.tier &&
      o.order === entry.order &&
      impliesAny(o.when, entry.when) &&
      impliesAny(entry.when, o.when) &&
      JSON.stringify(says(o)) !== JSON.stringify(says(entry)),
  );
  if (!rival) return;
  const about = describeMatches(entry.when);
  throw new Error(
    `${what} ${at(rival)} and ${at(entry)} are both about ${about === 'always' ? 'every request' : `the same requests (${about})`}, in the same tier "${entry.tier}", and say different things: only one could ever decide, so give one of them another condition, or take one out`,
  );
}
