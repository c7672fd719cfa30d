import { type Binding, type Cell, cellsOf } from './cells';
import { collect, type Effects } from './effects';
import { headerAnd } from './header-match';
import { and, disjoint, implies, impliesEither, type Match } from './match';
import { renderRewrite, splitForRewrite } from './rewrite';
import { RoutingError } from './routing-error';
import type { Action, HttpTable, Rule } from './table';
import { CELLS, LIMIT, tooMany } from './too-many';

/** An entry of the compiled list: the first entry that accepts a request decides it. */
export interface HttpRoute {
  readonly name: string;
  /** Each is one route in Envoy. */
  readonly matches: readonly Match[];
  readonly action: Action;
  readonly effects: Effects;
  /** Istio's `rewrite`, made for the path that the matches share. */
  readonly rewrite?: Record<string, unknown>;
  readonly rules: readonly Rule[];
}

/** The table as an ordered list of routes that decide and affect exactly as the table says. */
export function compile(table: HttpTable, binding: Binding): readonly HttpRoute[] {
  const cells = cellsOf(table, binding);
  const every = (port?: number) => (m: Match) => Object.keys(m).length === 0 || (m.port === port && Object.keys(m).length === 1);
  const covered = (port?: number) => table.rules.some((r) => r.when.some(every(port)));
  const total = table.ports.length > 0 ? table.ports.every(covered) : covered();
  const plain = writable(table.host, cells, total).flatMap(asRoute);
  const routes = share(withoutDead(plain));
  if (envoyRoutes(routes) > LIMIT) throw tooMany(table.host, `${envoyRoutes(routes)} routes in Envoy, more than ${LIMIT}`, cells);
  return routes;
}

/**
 * Istio holds one condition a header, so "A and B" on one header goes by order: first the rest of the list for
 * "A without B", which leaves only "A and B" for a plain "A". Where no default ends the list, what it
 * leaves of "A without B" is answered as Envoy would: with {@link nothing}.
 */
function writable(host: string, cells: readonly Cell[], total: boolean): Cell[] {
  const out: Cell[] = [];
  let left = cells;
  let made = cells.length;
  for (let i = 0; i < left.length; i++) {
    const cell = left[i]!;
    const name = Object.keys(cell.match.headers ?? {}).find((n) => cell.match.headers![n]!.all.length > 1);
    if (name === undefined) {
      out.push(cell);
      continue;
    }
    const { all, none } = cell.match.headers![name]!;
    const [dropped, ...kept] = [...all].reverse();
    const loose: Match = { ...cell.match, headers: { ...cell.match.headers, [name]: { all: kept.reverse(), none } } };
    const without = headerAnd({ all: kept, none }, { all: [], none: [dropped!] });
    const rest = left.slice(i + 1);
    let before: Cell[] = [];
    if (without) {
      const region: Match = { ...loose, headers: { ...loose.headers, [name]: without } };
      const otherwise = [...rest, ...(total ? [] : [nothing(cell)])].flatMap((c) => {
        const match = meet(c, region);
        return match ? [{ ...c, match }] : [];
      });
      before = withoutDead(otherwise);
    }
    made += before.length;
    if (made > CELLS)
      throw tooMany(host, `more than ${LIMIT} routes in Envoy, since its conditions on header "${name}" go by order`, cells);
    left = [...before, { ...cell, match: loose }, ...rest];
    i = -1;
  }
  return out;
}

function meet(cell: Cell, region: Match): Match | undefined {
  try {
    return and(cell.match, region);
  } catch (e) {
    throw new RoutingError(`rule "${cell.name}" cannot be ordered among the others on one header: ${(e as Error).message}`);
  }
}

/** What Envoy answers where no route matches. */
const nothing = (cell: Cell): Cell => ({
  name: 'no-route',
  match: {},
  action: { kind: 'respond', status: 404 },
  layers: [],
  rules: cell.rules,
  overlays: [],
});

function asRoute(cell: Cell): HttpRoute[] {
  const effects = applicable(cell.action, collect(cell.layers));
  return splitForRewrite(cell.match, effects).map((match) => {
    const rewrite = rewriteOf(cell, match, effects);
    return {
      name: cell.name,
      matches: [match],
      action: cell.action,
      effects,
      rules: cell.rules,
      ...(rewrite ? { rewrite } : {}),
    };
  });
}

function rewriteOf(cell: Cell, match: Match, effects: Effects): Record<string, unknown> | undefined {
  try {
    return renderRewrite(match, effects);
  } catch (e) {
    throw new RoutingError(
      `route "${cell.name}": ${(e as Error).message}; give the rewrite a condition on the path that begins with what it replaces`,
    );
  }
}

/** With a redirect or a response of its own nothing is sent on: only changes of response headers still mean something. */
export function applicable(action: Action, e: Effects): Effects {
  if (action.kind === 'split' || action.kind === 'delegate') return e;
  return e.headers?.response ? { headers: { response: e.headers.response } } : {};
}

/** Drops what an earlier match covers whole. */
function withoutDead<T extends { match?: Match; matches?: readonly Match[] }>(list: readonly T[]): T[] {
  const seen: Match[] = [];
  return list.filter((x) => {
    const m = x.match ?? x.matches![0]!;
    if (seen.some((s) => implies(m, s))) return false;
    seen.push(m);
    return true;
  });
}

/**
 * Routes with the same outcome share one entry with many matches. A match moves up to that entry where what it passes
 * is either apart from it or, where they meet, decided before both.
 */
function share(routes: readonly HttpRoute[]): readonly HttpRoute[] {
  if (routes.length < 2) return routes;
  const entries: { route: HttpRoute; matches: Match[] }[] = [];
  const byOutcome = new Map<string, number>();
  for (const route of routes) {
    const [match] = route.matches;
    const key = JSON.stringify([route.name, route.action, route.effects, route.rewrite]);
    const at = byOutcome.get(key);
    const earlier = at === undefined ? undefined : entries[at];
    if (at !== undefined && earlier && mayPass(match!, entries, at)) {
      earlier.matches.push(match!);
      continue;
    }
    byOutcome.set(key, entries.length);
    entries.push({ route, matches: [match!] });
  }
  return entries.map(({ route, matches }) => ({ ...route, matches: withoutCovered(matches) }));
}

/** Whether a match may move up to entry `at`: nothing that it passes there would lose a request to it. */
function mayPass(m: Match, entries: readonly { readonly matches: readonly Match[] }[], at: number): boolean {
  const decided = (p: Match) => {
    // the entry itself first: it holds the same outcome for the narrower condition, as products make them
    for (let i = at; i >= 0; i--) for (const b of entries[i]!.matches) if (impliesEither(m, p, b)) return true;
    return false;
  };
  for (let i = at + 1; i < entries.length; i++)
    for (const p of entries[i]!.matches) if (!disjoint(m, p) && !decided(p)) return false;
  return true;
}

/** Within one entry a match that a later one includes is needless (what an earlier one includes is dead already). */
function withoutCovered(matches: readonly Match[]): Match[] {
  return matches.filter((m, i) => !matches.slice(i + 1).some((other) => implies(m, other)));
}

/** The number of routes that Envoy will hold. */
export const envoyRoutes = (routes: readonly HttpRoute[]): number => routes.reduce((n, r) => n + r.matches.length, 0);
