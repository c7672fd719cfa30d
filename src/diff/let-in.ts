import type { Passage } from './atoms';
import { canonical } from './canonical';
import { keyOf } from './facts';
import type { PolicyClause } from './policy-clauses';
import type { Clause } from './solve';
import { outcomes, serverPrint, type View, type Way } from './ways';

/** A policy's clause on the grid, as requests of a passage meet it: the same for the same. */
export type Asks = (through: Passage) => (c: PolicyClause) => Clause;

/** The requests that go one way on each side. */
export interface Within {
  readonly old: View;
  readonly now: View;
  /** The way on the old side. */
  readonly a: Way<Clause>;
  /** The way on the new side. */
  readonly b: Way<Clause>;
  readonly asks: Asks;
  /** Visits one of them that meets conditions, and does not meet others: whether it is answered otherwise. */
  readonly visit: (met: readonly Clause[], unmet: readonly Clause[]) => boolean;
}

/** Visits each way to be let in on one side and kept out on the other, and each token: whether one is answered otherwise. */
export function letInByOne({ old, now, a, b, asks, visit }: Within, tokens: readonly Clause[]): boolean {
  let found = false;
  const tried = new Set<string>();
  for (const p of a.passages)
    for (const q of b.passages)
      for (const x of p.arriving) {
        const y = q.arriving.find((o) => keyOf(o.workload) === keyOf(x.workload) && o.port === x.port);
        if (!y || serverPrint(old, x) === serverPrint(now, y)) continue;
        const key = canonical([p.passage.print, q.passage.print, serverPrint(old, x), serverPrint(now, y)]);
        if (tried.has(key)) continue;
        tried.add(key);
        for (const token of tokens) found = visit([token], []) || found;
        const left = outcomes(old.side.verdictsAt(x, old.client), asks(p.passage));
        const right = outcomes(now.side.verdictsAt(y, now.client), asks(q.passage));
        const never = new Map([...left, ...right].map((l) => [l, new Set(l.unmet)]));
        for (const l of left)
          for (const r of right)
            if (l.allowed !== r.allowed && !l.met.some((c) => never.get(r)!.has(c)) && !r.met.some((c) => never.get(l)!.has(c)))
              found = visit([...l.met, ...r.met], [...l.unmet, ...r.unmet]) || found;
      }
  return found;
}

/** Visits each way to be let in on one of the sides: whether one is answered otherwise. */
export function letIn({ old, now, a, b, asks, visit }: Within): boolean {
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
        for (const l of outcomes(verdicts, asks(passage))) if (l.allowed) found = visit(l.met, l.unmet) || found;
      }
  return found;
}
