import {
  addsUp,
  collect,
  type Effect,
  type Effects,
  forShare,
  type HeaderChanges,
  headersOf,
  mergeChanges,
  ofCalls,
} from './effects';
import { and, disjoint, implies, isEmpty, type Match } from './match';
import { pullBack } from './rewrite';
import { combine, explain, RoutingError } from './routing-error';
import {
  type Action,
  BASE_TIERS,
  type Destination,
  type HttpTable,
  type Overlay,
  overlayLadder,
  type Rule,
  ruleLadder,
} from './table';
import { multiplied, simplified } from './weights';

/** Where a table is compiled for. */
export type Binding =
  | { readonly kind: 'mesh' }
  /** At a gateway conditions on the source are constants: the gateway's own labels and namespace. */
  | { readonly kind: 'gateway'; readonly labels: Readonly<Record<string, string>>; readonly namespace: string };

/** Requests that one rule decides and the same overlays affect. */
export interface Cell {
  readonly name: string;
  readonly match: Match;
  readonly action: Action;
  /** By table, the outermost first. */
  readonly layers: readonly (readonly Effect[])[];
  /** The rules that decided, the outermost first. */
  readonly rules: readonly Rule[];
}

/**
 * A table as an ordered list of cells: for any request, the first cell that accepts it has the rule's action and
 * exactly the effects.
 *
 * For each rule, every kind of effect is a ladder of overlays: cells come in lexicographic order of which overlay of
 * each ladder they take ("none" last), so the first cell that accepts a request takes from each ladder the first
 * overlay that does. A share that goes to a host with a table of its own is multiplied by that table's cells.
 */
export function cellsOf(table: HttpTable, binding: Binding, visited: readonly string[] = []): Cell[] {
  const self = JSON.stringify([table.host, ...table.rules.map((r) => r.name)]);
  if (visited.includes(self))
    throw new RoutingError(
      `the table of "${table.host}" leads back to itself: ${[...visited, self].map((v) => JSON.parse(v)[0]).join(' -> ')}`,
    );
  const overlays = overlayLadder(table);
  const out: Cell[] = [];
  for (const rule of ruleLadder(table)) {
    const ladders = laddersFor(rule, overlays, binding);
    for (const when of rule.when) {
      const folded = fold(when, binding);
      if (!folded || isEmpty(folded)) continue;
      for (const ported of byPort(folded, rule, table, binding)) {
        for (const cell of cut(rule, ported.match, ported.action, ladders))
          out.push(...expand(cell, binding, [...visited, self]));
      }
    }
  }
  return out;
}

/** With several HTTP ports "the same port" has to be said: one match a port. */
function byPort(match: Match, rule: Rule, table: HttpTable, binding: Binding): { match: Match; action: Action }[] {
  const { action } = rule;
  const open = action.kind === 'split' && action.to.some((d) => d.port === undefined);
  if (!open || (binding.kind === 'gateway' && table.ports.length === 0)) return [{ match, action }];
  const at = (port: number): Action => ({
    kind: 'split',
    to: action.to.map((d) => (d.port !== undefined || (d.table && d.table.ports.length === 1) ? d : { ...d, port })),
  });
  const [only] = table.ports;
  if (table.ports.length === 1 && only !== undefined) return [{ match, action: at(only) }];
  return table.ports.flatMap((port) =>
    match.port !== undefined && match.port !== port ? [] : [{ match: { ...match, port }, action: at(port) }],
  );
}

interface Option {
  readonly name: string;
  readonly match: Match;
  readonly effect: Effect;
  readonly conditional: boolean;
  readonly overlay: Overlay;
}

function laddersFor(rule: Rule, overlays: readonly Overlay[], binding: Binding): Option[][] {
  const ladders = new Map<unknown, Option[]>();
  for (const o of overlays) {
    if (o.over === 'base' && !BASE_TIERS.includes(rule.tier)) continue;
    if (rule.shares && !ofCalls(o.effect)) continue;
    if (!addsUp(o.effect) && rule.effects?.some((e) => e.kind === o.effect.kind)) continue;
    // mirrors and header changes add up: each overlay is a ladder of its own
    const key = addsUp(o.effect) ? o : o.effect.kind;
    const ladder = ladders.get(key) ?? [];
    ladders.set(key, ladder);
    for (const when of o.when) {
      const match = fold(when, binding);
      if (match) ladder.push({ name: o.name, match, effect: o.effect, conditional: Object.keys(when).length > 0, overlay: o });
    }
  }
  return [...ladders.values()];
}

function cut(rule: Rule, match: Match, action: Action, ladders: readonly Option[][]): Cell[] {
  const walk = (
    m: Match,
    left: readonly Option[][],
    names: readonly string[],
    effects: readonly Effect[],
    by: readonly Overlay[],
  ): Cell[] => {
    const [ladder, ...rest] = left;
    if (!ladder) return [{ name: nameOf(rule, names), match: m, action, layers: [effects], rules: [rule] }];
    const out: Cell[] = [];
    for (const option of ladder) {
      const both = combine(m, option.match, () => rivalOf(option, rule, by), option.overlay);
      if (!both) continue;
      out.push(
        ...walk(
          both,
          rest,
          option.conditional && !names.includes(option.name) ? [...names, option.name] : names,
          [...effects, option.effect],
          [...by, option.overlay],
        ),
      );
      if (implies(m, option.match)) return out;
    }
    return [...out, ...walk(m, rest, names, effects, by)];
  };
  return walk(match, ladders, [], rule.effects ?? [], []);
}

/** What an overlay cannot meet: one of the overlays that cut the rule before it, else the rule itself. */
function rivalOf(option: Option, rule: Rule, by: readonly Overlay[]): Rule | Overlay {
  const cannotMeet = (o: Overlay) =>
    o.when.some((when) => {
      try {
        and(when, option.match);
        return false;
      } catch {
        return true;
      }
    });
  return by.find(cannotMeet) ?? rule;
}

const nameOf = (rule: Rule, overlays: readonly string[]) =>
  [...(rule.tier === 'default' && overlays.length > 0 ? [] : [rule.name]), ...overlays].join('.');

/** The match as the binding sees it: at a gateway conditions on the source are constants. `undefined`: never met. */
export function fold(m: Match, binding: Binding): Match | undefined {
  if (binding.kind === 'mesh' || (m.sourceLabels === undefined && m.sourceNamespace === undefined)) return m;
  if (m.sourceNamespace !== undefined && m.sourceNamespace !== binding.namespace) return undefined;
  for (const [k, v] of Object.entries(m.sourceLabels ?? {})) if (binding.labels[k] !== v) return undefined;
  const { sourceLabels: _labels, sourceNamespace: _namespace, ...rest } = m;
  return rest;
}

/** Multiplies a cell by the tables of the hosts that it leads to. */
function expand(cell: Cell, binding: Binding, visited: readonly string[]): Cell[] {
  const { action } = cell;
  if (action.kind !== 'split' || !action.to.some((d) => d.table))
    return [{ ...cell, action: action.kind === 'split' ? { kind: 'split', to: simplified(action.to) } : action }];
  const to = action.to.filter((d) => action.to.length === 1 || (d.weight ?? 1) > 0);
  const outer = collect(cell.layers);
  const total = to.reduce((n, d) => n + (d.weight ?? 1), 0);
  let partial: { cell: Cell; shares: { weight: number; to: readonly Destination[] }[]; only?: Action }[] = [{ cell, shares: [] }];
  for (const d of to) {
    const weight = d.weight ?? 1;
    if (!d.table) {
      partial = partial.map((p) => ({ ...p, shares: [...p.shares, { weight, to: [d] }] }));
      continue;
    }
    const inner = innerCells(d, cell, outer, binding, visited);
    partial = partial.flatMap((p) =>
      inner.flatMap((i) => {
        const match = combine(p.cell.match, i.match, () => cell.rules[0]!, i.rules[0]!);
        if (!match) return [];
        if (i.action.kind !== 'split' && to.length > 1) {
          throw new RoutingError(
            `"${cell.name}" splits traffic to "${d.host}", whose rule "${i.name}" is a ${i.action.kind}: a share of a split cannot be one, so take the rule out, or send all or nothing there`,
          );
        }
        const part = to.length > 1 ? weight / total : undefined;
        const headers = [d.headers, part === undefined ? undefined : headersOf(i.layers)];
        const shares =
          i.action.kind === 'split' ? [...p.shares, { weight, to: i.action.to.map((x) => own(x, headers)) }] : p.shares;
        return [{ cell: joined(p.cell, i, match, part), shares, ...(i.action.kind === 'split' ? {} : { only: i.action }) }];
      }),
    );
  }
  return partial.map((p) => ({ ...p.cell, action: p.only ?? { kind: 'split', to: multiplied(p.shares) } }));
}

/** What a share changes about headers holds for each of the inner shares, the outer change first. */
function own(inner: Destination, outer: readonly (HeaderChanges | undefined)[]): Destination {
  const headers = [...outer, inner.headers].reduce((a, b) => (b ? mergeChanges(a, b) : a), undefined);
  return headers ? { ...inner, headers } : inner;
}

function innerCells(d: Destination, cell: Cell, outer: Effects, binding: Binding, visited: readonly string[]): Cell[] {
  const port = d.port ?? (d.table!.ports.length === 1 ? d.table!.ports[0] : undefined);
  const at = port === undefined ? d.table! : { ...d.table!, ports: [port] };
  return cellsOf(at, binding, visited).flatMap((i) => {
    // the port is a constant now: the one that the outer rule sends to
    if (i.match.port !== undefined && i.match.port !== port) return [];
    const { port: _port, ...rest } = i.match;
    try {
      const match = pullBack(rest, cell.match, outer);
      return match && !disjoint(match, cell.match) ? [{ ...i, match }] : [];
    } catch (e) {
      throw explain(e, cell.rules[0]!, i.rules[0]!);
    }
  });
}

/** `part`: how much of the traffic the inner cell gets, where it is not all. */
function joined(outer: Cell, inner: Cell, match: Match, part: number | undefined): Cell {
  const plain = inner.rules.at(-1)!.tier === 'default' && inner.name === inner.rules.at(-1)!.name;
  const layers = part === undefined ? inner.layers : inner.layers.map((l) => forShare(l, part));
  return {
    ...outer,
    match,
    name: plain ? outer.name : `${outer.name}.${inner.name}`,
    layers: [...outer.layers, ...layers],
    rules: [...outer.rules, ...inner.rules],
  };
}
