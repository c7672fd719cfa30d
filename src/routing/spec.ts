import { apart } from './apart';
import { applicable } from './compile';
import { addsUp, collect, type Effect, type Effects, forShare, headersOf, mergeChanges } from './effects';
import { accepts, acceptsAny, type Match } from './match';
import type { Request } from './request';
import { afterEffects } from './rewrite';
import { type Action, BASE_TIERS, type Destination, type HttpTable, overlayLadder, type Rule, ruleLadder } from './table';

/** What a table says about one request. */
export interface Decision {
  readonly rule: Rule;
  readonly action: Action;
  readonly effects: Effects;
}

/**
 * The meaning of a table, as plainly as it can be said: the first rule that accepts the request decides; of each kind
 * of effect the first overlay that accepts it applies; a share that goes to a host with a table of its own asks that
 * table, about the request as it has become. `undefined`: no rule (Envoy answers 404).
 *
 * A request that sends two values of one header counts for the first that is asked of it, by the rule and then by the
 * overlays in their order: an overlay for another value of it does not apply. See {@link apart}.
 *
 * The compiler is judged by this. It is not fast, and not meant to be.
 */
export function decide(table: HttpTable, request: Request): Decision | undefined {
  const found = look(table, request);
  return found && { ...found, effects: applicable(found.action, collect(found.layers)) };
}

function look(table: HttpTable, request: Request): { rule: Rule; action: Action; layers: Effect[][] } | undefined {
  const rule = ruleLadder(table).find((r) => acceptsAny(r.when, request));
  if (!rule) return undefined;
  const overlays = overlayLadder(table).filter(
    (o) =>
      (o.over === 'everything' || BASE_TIERS.includes(rule.tier)) &&
      (!rule.shares || ['timeout', 'retries'].includes(o.effect.kind)),
  );
  const mine: Effect[] = [...(rule.effects ?? [])];
  const met: Match[] = [rule.when.find((m) => accepts(m, request))!];
  for (const { effect, when } of overlays) {
    if (!addsUp(effect) && mine.some((e) => e.kind === effect.kind)) continue;
    const match = when.find((m) => accepts(m, request) && !met.some((other) => apart(other, m)));
    if (!match) continue;
    met.push(match);
    mine.push(effect);
  }
  if (rule.action.kind !== 'split') return { rule, action: rule.action, layers: [mine] };

  const sent = afterEffects(request, collect([mine]));
  const layers: Effect[][] = [mine];
  const to: { share: number; destination: Destination }[] = [];
  const taking = rule.action.to.filter((d, _, all) => all.length === 1 || d.weight !== 0);
  const total = taking.reduce((n, d) => n + (d.weight ?? 1), 0);
  const single = taking.length === 1;
  for (const d of taking) {
    const share = single ? 1 : (d.weight ?? 1) / total;
    const port = d.port ?? (table.ports.length === 1 ? table.ports[0] : request.port);
    if (!d.table) {
      to.push({ share, destination: { ...d, ...(port === undefined ? {} : { port }) } });
      continue;
    }
    const at = d.port ?? (d.table.ports.length === 1 ? d.table.ports[0]! : request.port);
    const inner = look({ ...d.table, ports: [at] }, { ...sent, port: at });
    if (!inner) return undefined;
    layers.push(...(single ? inner.layers : inner.layers.map((l) => forShare(l, share))));
    if (inner.action.kind !== 'split') return { rule, action: inner.action, layers };
    const sum = inner.action.to.reduce((n, i) => n + (i.weight ?? 1), 0);
    const outerHeaders = [d.headers, single ? undefined : headersOf(inner.layers)];
    for (const i of inner.action.to) {
      const headers = [...outerHeaders, i.headers].reduce((a, b) => (b ? mergeChanges(a, b) : a), undefined);
      to.push({
        share: share * (inner.action.to.length === 1 ? 1 : (i.weight ?? 1) / sum),
        destination: { ...i, ...(headers ? { headers } : {}) },
      });
    }
  }
  return { rule, action: { kind: 'split', to: to.map(({ share, destination }) => ({ ...destination, weight: share })) }, layers };
}
