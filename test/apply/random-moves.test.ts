import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { randomChange, randomState } from './random-release';
import { shown } from './support';

/** More with MOVES_PAIRS=1000. */
const PAIRS = Number(process.env.MOVES_PAIRS ?? 25);

test('what is called moves by chance, and nobody notices the way', () => {
  let looked = 0;
  for (let seed = 1; seed <= PAIRS; seed++) {
    const dice = new Dice(seed);
    const live = randomState(dice, false);
    const made = harm(live, randomChange(dice, live, false), (n) => dice.int(0, n - 1), 2, 40);
    looked += made.looked;
    const { lines } = made;
    expect({ seed, lines, phases: lines.length > 0 ? shown(made.phases) : [] }).toEqual({ seed, lines: [], phases: [] });
  }
  expect(looked).toBeGreaterThan(PAIRS);
});
