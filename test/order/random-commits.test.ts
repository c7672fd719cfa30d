import { Dice } from '../real/trace/dice';
import { randomRelease } from './random-release';
import { harmByCommits } from './synchronized';

/** More with COMMITS_PAIRS=1000; others with COMMITS_FROM=5000. */
const PAIRS = Number(process.env.COMMITS_PAIRS ?? 5);
const FROM = Number(process.env.COMMITS_FROM ?? 1);

test.each([
  ['what is called', false],
  ['who may call', true],
])('%s moves by chance, commit by commit, and nobody notices the way', (_, isGuarded) => {
  let [looked, refused] = [0, 0];
  const counts: number[] = [];
  for (let seed = FROM; seed < FROM + PAIRS; seed++) {
    const dice = new Dice(seed);
    const { live, desired } = randomRelease(seed, isGuarded);
    const made = harmByCommits(live, desired, (n) => dice.int(0, n - 1), 2, 40);
    looked += made.looked;
    if (made.isRefused) refused++;
    else counts.push(made.commits);
    expect({ seed, lines: made.lines }).toEqual({ seed, lines: [] });
  }
  expect(looked).toBeGreaterThan(PAIRS);
  expect(refused / PAIRS).toBeLessThan(0.3);
  // much changes in each, and an apply takes more phases than that
  expect(counts.reduce((a, b) => a + b, 0) / counts.length).toBeLessThan(3);
});
