import { describeEffect } from './describe';
import { type Effect, forShare, ofCalls } from './effects';
import { disjoint, type Match } from './match';
import { keptShare } from './sharing';
import { BASE_TIERS, type HttpTable, type Overlay, type Rule, ruleLadder } from './table';

/** Part of the requests that a rule decides which a host keeps to itself: less than 1 where the rule shares them. */
export function keptPart(rule: Rule, host: string): number {
  if (!rule.shares || rule.action.kind !== 'split') return 1;
  const taking = rule.action.to.filter((d, _, all) => all.length === 1 || d.weight !== 0);
  const weight = (all: typeof taking) => all.reduce((n, d) => n + (d.weight ?? 1), 0);
  return weight(taking.filter((d) => d.host === host && d.table)) / weight(taking);
}

const meet = (a: readonly Match[], b: readonly Match[]) => a.some((x) => b.some((y) => !disjoint(x, y)));

/** For each rule whose requests an overlay can meet the parts of them for which it holds, several where shares are shared. */
function partsOf(
  table: HttpTable,
  overlay: Overlay,
  asked: readonly Match[] = [{}],
): { readonly rule: Rule; readonly part: number }[] {
  const met = ruleLadder(table).filter(
    (r) => (overlay.over === 'everything' || BASE_TIERS.includes(r.tier)) && meet(r.when, overlay.when) && meet(r.when, asked),
  );
  return met.flatMap((rule) => {
    if (!rule.shares || ofCalls(overlay.effect)) return [{ rule, part: 1 }];
    const part = keptPart(rule, table.host);
    const kept = part > 0 ? keptShare(rule, table.host) : undefined;
    const within = kept ? partsOf(kept, overlay, rule.when) : [];
    return within.length > 0 ? within.map((w) => ({ rule, part: part * w.part })) : [{ rule, part: 0 }];
  });
}

/**
 * What holds of an overlay, in words: `abort 500 for 10 %`. Where a rule shares the host's traffic, only what it leaves here
 * is met, so it is less: `abort 500 for 9.5 % ("moving" leaves 95 % here)`.
 */
export function describeHeld(table: HttpTable, overlay: Overlay): string {
  const parts = partsOf(table, overlay);
  const shared = new Map(parts.filter((p) => p.part < 1).map((p) => [JSON.stringify([p.rule.name, p.part]), p]));
  const whole = shared.size === 0 || parts.some((p) => p.part === 1) ? [describeEffect(overlay.effect)] : [];
  const less = [...shared.values()].map(({ rule, part }) => {
    const left = part === 0 ? 'nothing' : percent(part);
    return `${part === 0 ? 'nothing' : scaled(overlay.effect, part)} ("${rule.name}" leaves ${left} here)`;
  });
  return [...whole, ...less].join('; ');
}

const percent = (part: number) => `${Math.round(part * 1_000_000) / 10_000} %`;

function scaled(effect: Effect, part: number): string {
  const [less] = forShare([effect], part);
  return less ? describeEffect(less) : `${describeEffect(effect)} for ${percent(part)}`;
}
