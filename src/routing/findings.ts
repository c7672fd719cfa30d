import { apart } from './apart';
import { type Binding, fold } from './cells';
import { applicable } from './compile';
import { describeMatches } from './describe';
import { collect, ofCalls } from './effects';
import { keptPart } from './held';
import { disjoint, implies, isEmpty, type Match } from './match';
import { keptShare } from './sharing';
import { BASE_TIERS, type HttpTable, type Origin, type Overlay, overlayLadder, type Rule, ruleLadder } from './table';

/** Something in a table that is surely, or very likely, not what its author means. */
export interface Finding {
  readonly code: /** Its matches contradict themselves, or mean no client here. */
    | 'impossible-rule'
    /** A rule that decides before it takes every request. */
    | 'shadowed-rule'
    /** Which of two rules decides depends on their names. */
    | 'ordered-by-name'
    /** An overlay meets a redirect or a response, with which it does nothing; or a share sends all its requests elsewhere. */
    | 'overlay-without-effect';
  readonly message: string;
  /** Name of the rule or overlay that it is about. */
  readonly name: string;
  readonly origin: Origin;
  /** The other rule: the one that covers it, goes first, or answers by itself. */
  readonly other?: { readonly name: string; readonly origin: Origin };
}

type Named = Rule | Overlay;
const at = (x: Named) => `"${x.name}" (${x.origin.construct}${x.origin.source ? `, ${x.origin.source}` : ''})`;
const other = (x: Named) => ({ other: { name: x.name, origin: x.origin } });

/** The matches that some request of this binding can meet. */
function possible(entry: Named, binding: Binding): Match[] {
  return entry.when.flatMap((m) => {
    const folded = fold(m, binding);
    return folded && !isEmpty(folded) ? [folded] : [];
  });
}

/** What is wrong, or likely so, in a table where it is compiled for: pure, and in the order of the ladder. */
export function findings(table: HttpTable, binding: Binding): Finding[] {
  const rules = ruleLadder(table).map((rule) => ({ rule, when: possible(rule, binding) }));
  const alive: typeof rules = [];
  const out: Finding[] = [];
  for (const entry of rules) {
    const never = neverDecides(entry, alive, table, binding);
    if (never) out.push(never);
    else alive.push(entry);
  }
  for (const [i, a] of alive.entries())
    for (const b of alive.slice(i + 1)) if (byNameAlone(a, b)) out.push(orderedByName(table, a.rule, b.rule));
  for (const overlay of overlayLadder(table)) out.push(...withoutEffect(overlay, alive, table.host, binding));
  for (const { rule } of alive) {
    const kept = keptShare(rule, table.host);
    if (kept) out.push(...findings(kept, binding));
  }
  return out;
}

interface Live {
  readonly rule: Rule;
  readonly when: readonly Match[];
}

function neverDecides({ rule, when }: Live, before: readonly Live[], table: HttpTable, binding: Binding): Finding | undefined {
  const about = { name: rule.name, origin: rule.origin };
  if (when.length === 0) {
    const folded = rule.when.some((m) => !isEmpty(m));
    const why =
      rule.when.length === 0
        ? 'it has no match'
        : folded && binding.kind === 'gateway'
          ? 'at this gateway it is about clients that the gateway is not'
          : `its conditions contradict each other: ${describeMatches(rule.when)}`;
    return { code: 'impossible-rule', message: `rule ${at(rule)} of "${table.host}" can never decide: ${why}`, ...about };
  }
  if (rule.tier === 'default' && when.some((m) => Object.keys(m).length === 0)) return undefined; // the net under a table
  const covering = before.filter((b) => when.some((m) => b.when.some((w) => implies(m, w))));
  if (!when.every((m) => covering.some((b) => b.when.some((w) => implies(m, w))))) return undefined;
  // the one that takes the most of it is named as the culprit, and the others after it
  const taken = (b: Live) => when.filter((m) => b.when.some((w) => implies(m, w))).length;
  const [first, ...more] = [...covering].sort((a, b) => taken(b) - taken(a));
  const needed = taken(first!) === when.length ? [first!] : [first!, ...more];
  const names = needed.map((b) => at(b.rule)).join(' and ');
  return {
    code: 'shadowed-rule',
    message: `rule ${at(rule)} of "${table.host}" can never decide: ${names} take${needed.length > 1 ? '' : 's'} every request of it first`,
    ...about,
    ...other(first!.rule),
  };
}

/** Whether two rules, of which the first decides before the second, meet and could as well go the other way round. */
function byNameAlone(a: Live, b: Live): boolean {
  if (a.rule.tier !== b.rule.tier || a.rule.order !== b.rule.order) return false;
  if (!a.when.some((x) => b.when.some((y) => !disjoint(x, y) && !apart(x, y)))) return false;
  if (within(a.when, b.when) || within(b.when, a.when)) return false;
  const said = ({ rule }: Live) => JSON.stringify([rule.action, rule.effects ?? []]);
  return said(a) !== said(b);
}

const within = (a: readonly Match[], b: readonly Match[]) => a.every((x) => b.some((y) => implies(x, y)));

const orderedByName = (table: HttpTable, a: Rule, b: Rule): Finding => ({
  code: 'ordered-by-name',
  message: `rules ${at(a)} and ${at(b)} of "${table.host}" meet in tier "${a.tier}" and say different things: "${a.name}" goes first by its name alone; give one of them an order, or keep them apart by a condition`,
  name: b.name,
  origin: b.origin,
  ...other(a),
});

/** Where an overlay does nothing: at the redirects and responses that it meets, or at all. */
function withoutEffect(overlay: Overlay, rules: readonly Live[], host: string, binding: Binding): Finding[] {
  const when = possible(overlay, binding);
  const met = rules.filter(
    ({ rule, when: decided }) =>
      (overlay.over === 'everything' || BASE_TIERS.includes(rule.tier)) && when.some((x) => decided.some((y) => !disjoint(x, y))),
  );
  const found = (why: string, by: Rule): Finding => ({
    code: 'overlay-without-effect',
    message: `${overlay.effect.kind} ${at(overlay)} does nothing ${why}`,
    name: overlay.name,
    origin: overlay.origin,
    ...other(by),
  });
  const away = met.filter(({ rule }) => !ofCalls(overlay.effect) && keptPart(rule, host) === 0);
  if (away.length > 0 && away.length === met.length)
    return [found(`at all: ${at(away[0]!.rule)} leaves no requests to "${host}"`, away[0]!.rule)];
  return met.flatMap(({ rule }): Finding[] => {
    const { action } = rule;
    if (action.kind !== 'redirect' && action.kind !== 'respond') return [];
    if (Object.keys(applicable(action, collect([[overlay.effect]]))).length > 0) return [];
    const what = action.kind === 'redirect' ? 'redirects' : `answers ${action.status} by itself`;
    return [found(`where ${at(rule)} decides, which ${what}: nothing is sent on`, rule)];
  });
}
