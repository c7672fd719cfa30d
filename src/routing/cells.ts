import { apart } from './apart';
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
import { CELLS, LIMIT, tooMany } from './too-many';
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
  /** The overlays that it has taken, the outermost first. */
  readonly overlays: readonly Overlay[];
}

/**
 * A table as an ordered list of cells: for any request, the first cell that accepts it has the rule's action and
 * exactly the effects.
 *
 * Each rule is cut by the overlays in the order of their ladder: first the cells that take one, then those that do not. So
 * the first cell that accepts a request takes of each kind the first overlay that does, and of overlays that are
 * {@link apart} the first. A share that goes to a host with a table of its own is multiplied by that table's cells.
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
    const options = optionsFor(rule, overlays, binding);
    for (const when of rule.when) {
      const folded = fold(when, binding);
      if (!folded || isEmpty(folded)) continue;
      for (const ported of byPort(folded, rule, table, binding)) {
        for (const cell of cut(table.host, rule, ported.match, ported.action, options)) {
          for (const expanded of expand(cell, binding, [...visited, self])) out.push(expanded);
          if (out.length > CELLS) throw tooMany(table.host, MANY_CELLS, out);
        }
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

const MANY_CELLS = `more than ${LIMIT} routes in Envoy`;

/** One way to meet an overlay. */
interface Option {
  readonly match: Match;
  readonly conditional: boolean;
  readonly overlay: Overlay;
}

/** The overlays that can affect what a rule decides, in the order of their ladder. */
function optionsFor(rule: Rule, overlays: readonly Overlay[], binding: Binding): Option[][] {
  return overlays.flatMap((o) => {
    if (o.over === 'base' && !BASE_TIERS.includes(rule.tier)) return [];
    if (rule.shares && !ofCalls(o.effect)) return [];
    if (!addsUp(o.effect) && rule.effects?.some((e) => e.kind === o.effect.kind)) return [];
    const options = o.when.flatMap((when): Option[] => {
      const match = fold(when, binding);
      return match ? [{ match, overlay: o, conditional: Object.keys(when).length > 0 }] : [];
    });
    return options.length > 0 ? [options] : [];
  });
}

/** What of a cell is settled while its rule is cut: the overlays that it has taken, by which match, and what it has passed. */
interface Path {
  readonly match: Match;
  readonly taken: readonly Option[];
  /** Requests that cells before it took. */
  readonly passed: readonly Match[];
}

function cut(host: string, rule: Rule, match: Match, action: Action, overlays: readonly Option[][]): Cell[] {
  const out: Cell[] = [];
  const put = ({ match, taken }: Path) => {
    const by = taken.map((t) => t.overlay);
    const names = taken.filter((t) => t.conditional).map((t) => t.overlay.name);
    const layer = [...(rule.effects ?? []), ...by.map((o) => o.effect)];
    out.push({ name: nameOf(rule, [...new Set(names)]), match, action, layers: [layer], rules: [rule], overlays: by });
    if (out.length > CELLS / 2) throw tooMany(host, MANY_CELLS, out);
  };
  const walk = (start: Path, from: number): void => {
    let path = start;
    for (let i = from; i < overlays.length; i++) {
      for (const option of overlays[i]!) {
        if (!mayTake(option, path, match)) continue;
        const by = () => path.taken.map((t) => t.overlay);
        const both = combine(path.match, option.match, () => rivalOf(option, rule, by()), option.overlay);
        if (!both || path.passed.some((p) => implies(both, p))) continue;
        const taking: Path = { ...path, match: both, taken: [...path.taken, option] };
        if (implies(path.match, option.match)) {
          path = taking;
          break;
        }
        walk(taking, i + 1);
        path = { ...path, passed: [...path.passed, option.match] };
      }
    }
    put(path);
  };
  walk({ match, taken: [], passed: [] }, 0);
  return out;
}

/** Whether an overlay holds beside those that are taken: of its kind none is, and none of them, nor the rule, is apart from it. */
function mayTake({ match, overlay }: Option, { taken }: Path, ofRule: Match): boolean {
  if (!addsUp(overlay.effect) && taken.some((t) => t.overlay.effect.kind === overlay.effect.kind)) return false;
  return !apart(ofRule, match) && !taken.some((t) => apart(t.match, match));
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
    overlays: [...outer.overlays, ...inner.overlays],
  };
}
