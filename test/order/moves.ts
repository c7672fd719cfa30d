import type { Manifest } from '../../src/manifests/manifest';
import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { shown } from './support';
import { harmByCommits } from './synchronized';

/** A release where both states are right, and can be reached from each other. */
export type Row = readonly [name: string, old: readonly Manifest[], now: readonly Manifest[]];

/** Orders of the writes that are tried, each way; more with MOVES=100. */
const ORDERS = Number(process.env.MOVES ?? 4);

/** Each release, there and back: nobody notices the way. */
export function movesIn(rows: readonly Row[]): void {
  describe.each([
    ['there', false],
    ['back', true],
  ] as const)('%s', (_, back) => {
    test.each(rows)('%s', (_name, a, b) => {
      const [live, desired] = back ? [b, a] : [a, b];
      const dice = new Dice(1);
      const { lines, looked, phases } = harm(live, desired, (n) => dice.int(0, n - 1), ORDERS);
      expect(phases.knots).toEqual([]);
      expect({ lines, phases: lines.length > 0 ? shown(phases) : [] }).toEqual({ lines: [], phases: [] });
      expect(looked).toBeGreaterThan(0);
    });
    test.each(rows)('%s, by commits', (_name, a, b) => {
      const [live, desired] = back ? [b, a] : [a, b];
      const dice = new Dice(1);
      const pick = (n: number) => dice.int(0, n - 1);
      const { lines, commits } = harmByCommits(live, desired, pick, Math.ceil(ORDERS / 2));
      expect({ lines, commits }).toEqual({ lines: [], commits });
      // no more than an apply has phases, but for what is deleted at some time
      expect(commits).toBeLessThanOrEqual(4);
    });
  });
}
