import type { MeshModel } from '../model/mesh-model';
import type { Route } from '../model/route';
import { parseQuery } from '../trace/asked';
import { type Client, clientOf } from '../trace/client';
import { requestTo, type TraceRequest } from '../trace/request';
import { type Atom, policyAtoms, routeAtoms, type Value } from './atoms';
import { canonical } from './canonical';
import { keyOf, Side } from './facts';
import type { PolicyClause } from './policy-clauses';
import { type Clause, solve } from './solve';
import { Space } from './space';
import { tokens } from './tokens';
import { clausesOf, outcomes, passagesOf, tokenRulesOf, type View, waysOf } from './ways';

/** Requests of one client that may differ in all that is not said, and how they go on. */
export interface Open {
  readonly model: MeshModel;
  readonly client: Client;
  /** With plain values for what is not said. */
  readonly base: TraceRequest;
  /** Whether a dimension of {@link Atom} is said, and stays as it is. */
  readonly isSaid: (dimension: string) => boolean;
  /** Whom the services on the way ask then. */
  readonly onwards: readonly ((client: Client) => {
    readonly host: string;
    readonly port: number;
    readonly path?: string;
    readonly method?: string;
  })[];
  /** Whether services pass a header on. */
  readonly isPassedOn: (header: string) => boolean;
}

/** A request for every way that requests can take. */
export interface EveryWay {
  readonly requests: readonly TraceRequest[];
  /** What no request was found for. */
  readonly doubts: readonly string[];
  /** One more, of any values. */
  readonly any: (random: () => number) => TraceRequest;
}

/** One hop, as one client sees it. */
interface Hop {
  readonly view: View;
  readonly base: TraceRequest;
  readonly depth: number;
  readonly next: ReadonlyMap<string, Hop>;
}

/** What makes requests take a way at one hop, and where that leads. */
interface Region {
  readonly met: readonly Clause[];
  readonly unmet: readonly Clause[];
  readonly goes: readonly string[];
}

/** Ways beyond these are not gone. */
const MOST = 5000;

/**
 * For each route of each hop that a request can take, and each way to be let in or kept out at the servers behind it, a request,
 * where there is one; over several hops for each combination. Conditions and values are those of {@link explore}, and what it does
 * not see is not seen here. A regex without an example is told.
 */
export function everyWay(o: Open): EveryWay {
  const side = sideOf(o.model);
  const hops: Hop[] = [];
  const first = hopOf(o, side, o.client, o.base, 0, hops);
  const rules = hops.flatMap((h) => tokenRulesOf(h.view));
  const clauses = hops.flatMap((h) => clausesOf(h.view));
  const atoms = hops.flatMap((h) =>
    [
      ...h.view.facts.routes.flatMap((r) => routeAtoms(r, h.base, h.view.client.proxy === 'gateway')),
      ...passagesOf(h.view).flatMap((p) => clausesOf(h.view).flatMap((c) => policyAtoms(c, p, h.base, rules))),
    ].filter((a) => varies(o, h, a.dimension)),
  );
  const hasTokens = !o.isSaid('token') && rules.length > 0;
  const space = new Space(
    o.base,
    atoms,
    { names: [], same: () => false },
    hasTokens ? tokens(rules, clauses) : [undefined],
    rules,
  );
  const doubts = new Set<string>();
  const regions = new Map(hops.map((h) => [h, regionsOf(o, h, space, rules, doubts)]));
  const points = new Map<string, readonly number[]>();
  let left = MOST;
  const go = (hop: Hop, met: readonly Clause[], unmet: readonly Clause[]): void => {
    for (const r of regions.get(hop)!) {
      if (left-- <= 0) return;
      const [all, none] = [
        [...met, ...r.met],
        [...unmet, ...r.unmet],
      ];
      const point = solve(space.sizes, all, none);
      if (!point) continue;
      points.set(point.join(), point);
      for (const to of r.goes) {
        const next = hop.next.get(to);
        if (next) go(next, all, none);
      }
    }
  };
  go(first, [], []);
  if (left <= 0) doubts.add(`there are more than ${MOST} ways that requests can take, and not all of them are asked`);
  return {
    requests: [...points.values()].map((p) => space.request(p).request),
    doubts: [...doubts],
    any: (random) => space.any(random),
  };
}

const sides = new WeakMap<MeshModel, Side>();
function sideOf(model: MeshModel): Side {
  const side = sides.get(model) ?? new Side(model);
  sides.set(model, side);
  return side;
}

function hopOf(o: Open, side: Side, client: Client, base: TraceRequest, depth: number, all: Hop[]): Hop {
  const facts = side.facts(client, base);
  const next = new Map<string, Hop>();
  const hop = { view: { side, client, facts }, base, depth, next };
  all.push(hop);
  const onward = o.onwards[depth];
  if (!onward) return hop;
  for (const { workload } of facts.arrivals) {
    if (next.has(keyOf(workload))) continue;
    const at = clientOf(o.model, workload);
    const { host, port, path = '/', method = 'GET' } = onward(at);
    next.set(keyOf(workload), hopOf(o, side, at, requestTo(host, port, { path, method }), depth + 1, all));
  }
  return hop;
}

/** Whether requests differ in a dimension when they come to a hop: later ones know headers alone that are passed on. */
function varies(o: Open, { depth }: Hop, dimension: string): boolean {
  if (o.isSaid(dimension)) return false;
  if (depth === 0) return true;
  return dimension === 'token'
    ? o.isPassedOn('authorization')
    : dimension.startsWith('header:') && o.isPassedOn(dimension.slice(7));
}

/** The value of a dimension that is the same for all requests at a hop. */
function valueAt(o: Open, { base, depth }: Hop, dimension: string): Value {
  if (dimension === 'path') return base.path;
  if (dimension === 'method') return base.method;
  if (dimension === 'authority') return base.host;
  if (dimension.startsWith('query:')) return parseQuery(base.path).get(dimension.slice('query:'.length));
  if (!dimension.startsWith('header:')) return undefined;
  const name = dimension.slice('header:'.length);
  return depth === 0 || o.isPassedOn(name) ? o.base.headers[name]?.join(',') : undefined;
}

function regionsOf(o: Open, hop: Hop, space: Space, rules: readonly any[], doubts: Set<string>): Region[] {
  const { view, base } = hop;
  /** All conditions, of which those that are the same for all requests are answered; nothing where they are never met. */
  const clauseOf = (atoms: readonly Atom[]): Clause | undefined => {
    const [open, decided] = [true, false].map((x) => atoms.filter((a) => varies(o, hop, a.dimension) === x));
    return decided!.every((a) => a.holds(valueAt(o, hop, a.dimension))) ? space.clause(open!) : undefined;
  };
  const ofRoute = (r: Route | undefined) => {
    const atoms = r ? routeAtoms(r, base, view.client.proxy === 'gateway') : [];
    const clause = clauseOf(atoms);
    const regex = atoms.flatMap((a) => a.tests).find((t) => t.kind === 'regex');
    if (clause && regex && !solve(space.sizes, [clause], []))
      doubts.add(
        `no example of what the regex ${'value' in regex ? regex.value : ''} takes is known, so no request that it takes is asked`,
      );
    return clause;
  };
  const ways = waysOf(view, base, ofRoute);
  const out = new Map<string, Region>();
  const put = (r: Region) => out.set(canonical([r.met, r.unmet, r.goes].map((x) => textOf(x))), r);
  ways.forEach(({ clause, passages }, i) => {
    if (!clause) return;
    const before = ways.slice(0, i).flatMap((w) => w.clause ?? []);
    put({ met: [clause], unmet: before, goes: [] });
    for (const { passage, arriving } of passages)
      for (const a of arriving) {
        const asked = (c: PolicyClause) => clauseOf(policyAtoms(c, passage, base, rules));
        for (const l of outcomes(view.side.verdictsAt(a, view.client), asked)) {
          if (l.met.includes(undefined)) continue;
          const [met, unmet] = [l.met, l.unmet].map((list) => list.flatMap((c) => c ?? []));
          put({ met: [clause, ...met!], unmet: [...before, ...unmet!], goes: l.allowed ? [keyOf(a.workload)] : [] });
        }
      }
    if (varies(o, hop, 'token')) for (const token of space.tokens) put({ met: [clause, token], unmet: before, goes: [] });
  });
  return [...out.values()];
}

const textOf = (list: readonly (Clause | string)[]) =>
  list.map((x) =>
    typeof x === 'string'
      ? x
      : [...x.masks]
          .map(([d, m]) => `${d}:${m}`)
          .sort()
          .join(),
  );
