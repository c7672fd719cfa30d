import { outcomesOf } from '../../../src/trace/batch';
import { isSigned } from '../../../src/trace/signature';
import { asked } from './compare';
import { ROWS } from './rows';
import type { RandomCase } from './world';

/** Counts, for each row of docs/real-lane.md's rules, the requests that it took part in. */
export class RowCounts {
  readonly #counts = new Map<number, number>();

  /** Looks at what the trace says of a case's requests: it says the same as the real thing, or that is a failure of its own. */
  count(c: RandomCase): void {
    const { model, proxy, outcomes } = outcomesOf(asked(c), { isSigned });
    for (const [i, outcome] of outcomes.entries()) {
      const at = { c, request: c.requests[i]!, outcome, model, proxy };
      for (const [row, takesPart] of Object.entries(ROWS))
        if (takesPart(at)) this.#counts.set(Number(row), (this.#counts.get(Number(row)) ?? 0) + 1);
    }
  }

  of(row: number): number {
    return this.#counts.get(row) ?? 0;
  }

  /** `1: 230, 2: 71, …` */
  text(): string {
    return Object.keys(ROWS)
      .map((row) => `${row}: ${this.of(Number(row))}`)
      .join(', ');
  }
}

/** Rows that took part in fewer answers than are enough. */
export function rareRows(rows: RowCounts, enough: number): string[] {
  return Object.keys(ROWS)
    .map(Number)
    .filter((row) => rows.of(row) < enough)
    .map((row) => `row ${row}: ${rows.of(row)}`);
}
