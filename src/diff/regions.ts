import type { Route } from '../model/route';
import { keptOf } from './kept';
import { Meeting, width } from './meeting';
import { type Clause, covers } from './solve';
import type { Way } from './ways';

/** Where a request goes one way on the old side and one on the new. */
export interface Region {
  readonly a: Way<Clause>;
  readonly b: Way<Clause>;
  /** What is asked before either. */
  readonly before: readonly Clause[];
}

/**
 * The pairs of an old and a new way that do not do the same, and that a request may take. What both sides have in one order takes
 * the same requests, but for those that one of the other ways takes: so one of a pair is one of these.
 */
export function regions(
  old: readonly Way<Clause>[],
  now: readonly Way<Clause>[],
  conditions: (r: Route | undefined) => string,
): Region[] {
  const print = (w: Way<Clause>) => [w.route ? conditions(w.route) : 'rest', w.effect, w.servers].join('\n');
  const kept = keptOf(old.map(print), now.map(print));
  const [meetOld, meetNow] = [old, now].map((ways) => new Meeting(ways.map((w) => w.clause))) as [Meeting, Meeting];
  const pairs: { readonly i: number; readonly j: number; readonly mine: Clause; readonly other: Clause }[] = [];
  old.forEach(({ clause: mine }, i) => {
    if (!kept.old.has(i))
      for (const j of untilCovered(meetNow.with(mine), now, mine)) pairs.push({ i, j, mine, other: now[j]!.clause });
  });
  now.forEach(({ clause: mine }, j) => {
    if (!kept.now.has(j))
      for (const i of untilCovered(meetOld.with(mine), old, mine))
        if (kept.old.has(i)) pairs.push({ i, j, mine, other: old[i]!.clause });
  });
  return pairs
    .sort((x, y) => x.i - y.i || x.j - y.j)
    .flatMap(({ i, j, mine, other }): Region[] => {
      const [a, b] = [old[i]!, now[j]!];
      if (a.effect === b.effect && a.servers === b.servers) return [];
      const clause = width(other) < width(mine) ? other : mine;
      const first = (meet: Meeting, ways: readonly Way<Clause>[], end: number) =>
        upTo(meet.with(clause), end).map((n) => ways[n]!.clause);
      return [{ a, b, before: [...first(meetOld, old, i), ...first(meetNow, now, j)] }];
    });
}

/** The numbers of ways up to the first that takes all that a clause does: those after it get none of that. */
function untilCovered(list: readonly number[], ways: readonly Way<Clause>[], c: Clause): readonly number[] {
  const at = list.findIndex((n) => covers(ways[n]!.clause, c));
  return at < 0 ? list : list.slice(0, at + 1);
}

/** The numbers below one, of a list that rises. */
function upTo(list: readonly number[], end: number): readonly number[] {
  const at = list.findIndex((n) => n >= end);
  return at < 0 ? list : list.slice(0, at);
}
