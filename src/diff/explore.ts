import type { Route } from '../model/route';
import type { TraceRequest } from '../trace/request';
import { type Atom, type Passage, policyAtoms, routeAtoms } from './atoms';
import { canonical } from './canonical';
import { keyOf } from './facts';
import type { PolicyClause } from './policy-clauses';
import { type Clause, compatible, solve } from './solve';
import { Space } from './space';
import { tokens } from './tokens';
import { type Unsure, unsure } from './unsure';
import { clausesOf, outcomes, passagesOf, serverPrint, tokenRulesOf, type View, type Way, waysOf } from './ways';

/** A request to compare, and what sets it apart from the plain one. */
export type Visit = (request: TraceRequest, when: readonly string[]) => boolean;

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
 * in on one side and kept out on the other. Pairs are at most the product of both lists' lengths.
 *
 * What it does not see: a header that is sent twice with values that two conditions want; texts in mixed case where
 * letters' case does not count; policies behind a regex rewrite, or behind headers that a route makes of others; strings
 * in two regexes at once that no sample is. Of regexes without samples it says so.
 */
export function explore(base: TraceRequest, old: View, now: View, hosts: Hosts, visit: Visit): Unsure[] {
  let differs = visit(base, []);
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
  const seen = new Set<string>();
  const at = (point: readonly number[] | undefined): boolean => {
    if (!point) return false;
    const key = point.join();
    if (seen.has(key)) return false;
    seen.add(key);
    const { request, when } = space.request(point);
    const here = visit(request, when);
    differs ||= here;
    return here;
  };
  const shown = new Set<Route>();
  ways.old.forEach((a, i) => {
    ways.now.forEach((b, j) => {
      if ((a.effect === b.effect && a.servers === b.servers) || !compatible(a.clause, b.clause)) return;
      const before = [...ways.old.slice(0, i), ...ways.now.slice(0, j)].map((w) => w.clause);
      const both = [a.clause, b.clause];
      const point = solve(sizes, both, before);
      if (!point) return;
      let found = at(point);
      if (a.servers !== b.servers) found = servers(space, a, b, old, now, base, both, before, at) || found;
      // the example showed nothing: the effect hangs on the request (a regex rewrite), so more of them are tried
      if (!found)
        for (let d = 0; d < sizes.length && !found; d++)
          for (let v = 0; v < sizes[d]! && !found; v++) found = at(solve(sizes, [...both, space.pinned(d, v)], before));
      if (found) for (const r of [a.route, b.route]) if (r) shown.add(r);
    });
  });
  return unsure(old.facts.routes, now.facts.routes, shown, !differs);
}

/** Each way to be let in on one side and kept out on the other, within the region of two routes. */
function servers(
  space: Space,
  a: Way<Clause>,
  b: Way<Clause>,
  old: View,
  now: View,
  base: TraceRequest,
  both: readonly Clause[],
  before: readonly Clause[],
  at: (point: readonly number[] | undefined) => boolean,
): boolean {
  const sizes = space.sizes;
  let found = false;
  const token = space.tokenDimension;
  const rules = [...tokenRulesOf(old), ...tokenRulesOf(now)];
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
        const clause = (through: Passage) => (c: PolicyClause) => space.clause(policyAtoms(c, through, base, rules));
        const left = outcomes(old.side.verdictsAt(x, old.client), clause(p.passage));
        const right = outcomes(now.side.verdictsAt(y, now.client), clause(q.passage));
        for (const l of left)
          for (const r of right)
            if (l.allowed !== r.allowed)
              found = at(solve(sizes, [...both, ...l.met, ...r.met], [...before, ...l.unmet, ...r.unmet])) || found;
      }
  return found;
}
