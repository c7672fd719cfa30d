import type { Manifest } from '../../src/manifests/manifest';
import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { randomRelease } from './random-release';
import { shown } from './support';

/** More with MOVES_PAIRS=1000; others with MOVES_FROM=5000. */
const PAIRS = Number(process.env.MOVES_PAIRS ?? 8);
const FROM = Number(process.env.MOVES_FROM ?? 1);

/** Facts about who gets in. */
const ACCESS = /^(entry|exit|denied|shut) /;
const isPolicy = (m: Manifest): boolean => m.group === 'security.istio.io';

test.each([
  ['what is called', false],
  ['who may call', true],
])('%s moves by chance, and nobody notices the way', (_, isGuarded) => {
  let [looked, refused] = [0, 0];
  for (let seed = FROM; seed < FROM + PAIRS; seed++) {
    const dice = new Dice(seed);
    const { live, desired } = randomRelease(seed, isGuarded);
    const pick = (n: number) => dice.int(0, n - 1);
    const made = harm(live, desired, pick, 2, 40);
    looked += made.looked;
    if (made.phases.knots.length > 0) {
      refused++;
      if (!made.phases.knots.some((k) => k.facts.some((f) => ACCESS.test(f)))) continue;
      // the way out that a refusal names: the rest first, and then the policies
      const between = [...live.filter(isPolicy), ...desired.filter((m) => !isPolicy(m))];
      for (const [from, to] of [
        [live, between],
        [between, desired],
      ] as const) {
        const { phases, lines } = harm(from, to, pick, 1, 20);
        expect({ seed, knots: phases.knots, lines }).toEqual({ seed, knots: [], lines: [] });
      }
    }
    const { lines } = made;
    expect({ seed, lines, phases: lines.length > 0 ? shown(made.phases) : [] }).toEqual({ seed, lines: [], phases: [] });
  }
  expect(looked).toBeGreaterThan(PAIRS);
  expect(refused / PAIRS).toBeLessThan(0.35);
});
