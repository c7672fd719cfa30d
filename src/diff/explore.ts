import type { Route } from '../model/route';
import type { TraceRequest } from '../trace/request';
import { type Atom, type Passage, policyAtoms, routeAtoms } from './atoms';
import { canonical, once } from './canonical';
import { keyOf } from './facts';
import { keptOf } from './kept';
import { Meeting, width } from './meeting';
import type { PolicyClause } from './policy-clauses';
import { type Clause, covers, solve } from './solve';
import { Space } from './space';
import { tokens } from './tokens';
import { type Unsure, unsure } from './unsure';
import { clausesOf, outcomes, passagesOf, serverPrint, tokenRulesOf, type View, type Way, waysOf } from './ways';

/** What came of a request on both sides. */
export interface Seen {
  readonly differs: boolean;
  /** How much of it is turned away on both sides, so that what is behind does not show. */
  readonly keptOut: 'none' | 'some' | 'all';
}

/** A request to compare, and what sets it apart from the plain one. */
export type Visit = (request: TraceRequest, when: readonly string[]) => Seen;

/** Names of the host, for the dimension of the authority. */
export interface Hosts {
  readonly names: readonly string[];
  readonly same: (host: string) => boolean;
}

/**
 * Visits requests such that, when none of them is answered otherwise, no request of this client to this host and port is.
 *
 * A request is a point in independent dimensions: path, method, authority, each header and each query parameter that a
 * route or a policy of either side asks for, and the token. In each dimension one value is taken for every way to answer
 * all conditions ({@link samples} says when that is complete). A route takes a request when all its conditions hold and
 * no route before it took it, so each pair of an old and a new route is a region: its own conditions, and none of the
 * routes before. Regions in which both sides do the same are left out; of each other one a request is made, if there is
 * one ({@link solve} finds it). Where servers let in others than before, the region is cut further: by each way to be let
 * in on one side and kept out on the other; and by each way to be let in where the first request is turned away on both
 * sides, since it shows nothing of what is behind. Pairs are at most the product of both lists' lengths.
 *
 * What it does not see: a header that is sent twice with values that two conditions want; texts in mixed case where
 * letters' case does not count; policies behind a regex rewrite, or behind headers that a route makes of others; strings
 * in two regexes at once that no sample is. Of regexes without samples it says so.
 */
export function explore(base: TraceRequest, old: View, now: View, hosts: Hosts, visit: Visit): Unsure[] {
  let differs = visit(base, []).differs;
  const policies = { old: clausesOf(old), now: clausesOf(now) };
  const rules = [...tokenRulesOf(old), ...tokenRulesOf(now)];
  const atomsOf = new Map<Route, readonly Atom[]>();
  for (const v of [old, now]) for (const r of v.facts.routes) atomsOf.set(r, routeAtoms(r, base, v.client.proxy === 'gateway'));
  const atoms = [old, now].flatMap((v) => [
    ...v.facts.routes.flatMap((r) => atomsOf.get(r)!),
    ...passagesOf(v).flatMap((p) => [...policies.old, ...policies.now].flatMap((c) => policyAtoms(c, p, base, rules))),
  ]);
  const space = new Space(base, atoms, hosts, tokens(rules, [...policies.old, ...policies.now]), rules);
  const sizes = space.sizes;
  const clause = (r: Route | undefined): Clause => space.clause(r ? atomsOf.get(r)! : []);
  const ways = { old: waysOf(old, base, clause), now: waysOf(now, base, clause) };
  const asks = askedBy(space, base, rules);
  const seen = new Map<string, Seen>();
  const look = (point: readonly number[]): Seen => {
    const key = point.join();
    let here = seen.get(key);
    if (!here) {
      const { request, when } = space.request(point);
      here = visit(request, when);
      seen.set(key, here);
      differs ||= here.differs;
    }
    return here;
  };
  let open = false;
  const at = (point: readonly number[] | undefined): boolean => {
    if (!point) return false;
    const here = look(point);
    open ||= here.keptOut !== 'all';
    return here.differs;
  };
  const shown = new Set<Route>();
  for (const { a, b, before } of regions(ways.old, ways.now, (r) =>
    (r
      ? atomsOf
          .get(r)!
          .map((x) => x.id)
          .sort()
      : []
    ).join('\n'),
  )) {
    const both = [a.clause, b.clause];
    const point = solve(sizes, both, before);
    if (!point) continue;
    open = false;
    let found = at(point);
    if (a.servers !== b.servers) found = servers(space, a, b, old, now, asks, both, before, at) || found;
    if (look(point).keptOut !== 'none' && a.effect !== b.effect)
      found = letIn(space, a, b, old, now, asks, both, before, at) || found;
    // the example showed nothing: the effect hangs on the request (a regex rewrite), so more of them are tried
    if (!found)
      for (const d of pinnable(space.names, both))
        for (let v = 0; v < sizes[d]! && !found; v++) found = at(solve(sizes, [...both, space.pinned(d, v)], before));
    // where nobody gets in, nothing more is to be shown
    if (found || !open) for (const r of [a.route, b.route]) if (r) shown.add(r);
  }
  return unsure(old.facts.routes, now.facts.routes, shown, !differs);
}

/** A policy's clause on the grid, as requests of a passage meet it: the same for the same. */
type Asks = (through: Passage) => (c: PolicyClause) => Clause;

function askedBy(space: Space, base: TraceRequest, rules: readonly any[]): Asks {
  const known = new Map<string, Map<string, Clause>>();
  const prints = once((c: PolicyClause) => canonical(c));
  return (through) => {
    const here = known.get(through.print) ?? new Map<string, Clause>();
    known.set(through.print, here);
    return (c) => {
      const clause = here.get(prints(c)) ?? space.clause(policyAtoms(c, through, base, rules));
      here.set(prints(c), clause);
      return clause;
    };
  };
}

interface Region {
  readonly a: Way<Clause>;
  readonly b: Way<Clause>;
  /** What is asked before either. */
  readonly before: readonly Clause[];
}

/**
 * The pairs of an old and a new way that do not do the same, and that a request may take. What both sides have in one order takes
 * the same requests, but for those that one of the other ways takes: so one of a pair is one of these.
 */
function regions(
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

/** More dimensions than these are not gone through. */
const DIMENSIONS = 32;

/** The dimensions that an effect may hang on: of many those alone that rewrites read, and that decide here. */
const pinnable = (names: readonly string[], both: readonly Clause[]): number[] =>
  [...names.keys()].filter((d) => names.length <= DIMENSIONS || !names[d]!.includes(':') || both.some((c) => c.masks.has(d)));

/** Each way to be let in on one side and kept out on the other, within the region of two routes. */
function servers(
  space: Space,
  a: Way<Clause>,
  b: Way<Clause>,
  old: View,
  now: View,
  asks: Asks,
  both: readonly Clause[],
  before: readonly Clause[],
  at: (point: readonly number[] | undefined) => boolean,
): boolean {
  const sizes = space.sizes;
  let found = false;
  const token = space.tokenDimension;
  const tried = new Set<string>();
  for (const p of a.passages)
    for (const q of b.passages)
      for (const x of p.arriving) {
        const y = q.arriving.find((o) => keyOf(o.workload) === keyOf(x.workload) && o.port === x.port);
        if (!y || serverPrint(old, x) === serverPrint(now, y)) continue;
        const key = canonical([p.passage.print, q.passage.print, serverPrint(old, x), serverPrint(now, y)]);
        if (tried.has(key)) continue;
        tried.add(key);
        if (token !== undefined)
          for (let v = 0; v < sizes[token]!; v++) found = at(solve(sizes, [...both, space.pinned(token, v)], before)) || found;
        const left = outcomes(old.side.verdictsAt(x, old.client), asks(p.passage));
        const right = outcomes(now.side.verdictsAt(y, now.client), asks(q.passage));
        const never = new Map([...left, ...right].map((l) => [l, new Set(l.unmet)]));
        for (const l of left)
          for (const r of right)
            if (l.allowed !== r.allowed && !l.met.some((c) => never.get(r)!.has(c)) && !r.met.some((c) => never.get(l)!.has(c)))
              found = at(solve(sizes, [...both, ...l.met, ...r.met], [...before, ...l.unmet, ...r.unmet])) || found;
      }
  return found;
}

/** Each way to be let in on one side, within the region of two routes. */
function letIn(
  space: Space,
  a: Way<Clause>,
  b: Way<Clause>,
  old: View,
  now: View,
  asks: Asks,
  both: readonly Clause[],
  before: readonly Clause[],
  at: (point: readonly number[] | undefined) => boolean,
): boolean {
  let found = false;
  const tried = new Set<string>();
  for (const [way, view] of [
    [a, old],
    [b, now],
  ] as const)
    for (const { passage, arriving } of way.passages)
      for (const x of arriving) {
        const verdicts = view.side.verdictsAt(x, view.client);
        const key = canonical([passage.print, verdicts.print]);
        if (tried.has(key)) continue;
        tried.add(key);
        for (const l of outcomes(verdicts, asks(passage)))
          if (l.allowed) found = at(solve(space.sizes, [...both, ...l.met], [...before, ...l.unmet])) || found;
      }
  return found;
}
