import type { Route } from '../model/route';
import type { TraceRequest } from '../trace/request';
import { type Atom, policyAtoms, routeAtoms } from './atoms';
import { canonical, once } from './canonical';
import { type Asks, letIn, letInByOne, type Within } from './let-in';
import type { PolicyClause } from './policy-clauses';
import { regions } from './regions';
import { type Clause, solve } from './solve';
import { Space } from './space';
import { tokens } from './tokens';
import { type Unsure, unsure } from './unsure';
import { clausesOf, passagesOf, tokenRulesOf, type View, waysOf } from './ways';

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
    const met = (more: readonly Clause[], not: readonly Clause[]) => at(solve(sizes, [...both, ...more], [...before, ...not]));
    const within: Within = { old, now, a, b, asks, visit: met };
    if (a.servers !== b.servers) found = letInByOne(within, space.tokens) || found;
    if (look(point).keptOut !== 'none' && a.effect !== b.effect) found = letIn(within) || found;
    // the example showed nothing: the effect hangs on the request (a regex rewrite), so more of them are tried
    if (!found) for (const d of pinnable(space.names, both)) for (const value of space.each(d)) found ||= met([value], []);
    // where nobody gets in, nothing more is to be shown
    if (found || !open) for (const r of [a.route, b.route]) if (r) shown.add(r);
  }
  return unsure(old.facts.routes, now.facts.routes, shown, !differs);
}

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

/** More dimensions than these are not gone through. */
const DIMENSIONS = 32;

/** The dimensions that an effect may hang on: of many those alone that rewrites read, and that decide here. */
const pinnable = (names: readonly string[], both: readonly Clause[]): number[] =>
  [...names.keys()].filter((d) => names.length <= DIMENSIONS || !names[d]!.includes(':') || both.some((c) => c.masks.has(d)));
