import { keyOf } from '../../src/manifests/key-of';
import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { sortOf } from '../../src/order/facts/fact-sorts';
import type { Knot } from '../../src/order/phase';
import { isEqual } from '../../src/values/equal';
import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { randomRelease } from './random-release';
import { shown } from './support';

/** More with MOVES_PAIRS=1000; others with MOVES_FROM=5000. */
const PAIRS = Number(process.env.MOVES_PAIRS ?? 8);
const FROM = Number(process.env.MOVES_FROM ?? 1);

const isSpoken = (key: string): boolean => /\/DestinationRule /.test(key);
const isPolicy = (m: Manifest): boolean => m.group === 'security.istio.io';

/** The rest first, and then what decides who gets in. */
function restFirst(live: readonly Manifest[], desired: readonly Manifest[], knots: readonly Knot[]) {
  // what decides besides policies: the TLS that clients speak
  const named = new Set(knots.flatMap((k) => (k.facts.some((f) => sortOf(f).isAccess) ? [k.key, ...k.by] : [])).filter(isSpoken));
  const isLast = (m: Manifest) => isPolicy(m) || named.has(keyOf(m));
  return [live, [...live.filter(isLast), ...desired.filter((m) => !isLast(m))], desired];
}

/** What changes of policies comes by another name beside them, then the rest changes, and the old ones go last. */
function besides(live: readonly Manifest[], desired: readonly Manifest[]) {
  const old = new Map(live.filter(isPolicy).map((m) => [keyOf(m), m]));
  const isMoved = (m: Manifest) => old.has(keyOf(m)) && !isEqual(old.get(keyOf(m))!.object, m.object);
  const renamed = desired.map((m) => (isPolicy(m) && isMoved(m) ? named(m, `${m.name}-next`) : m));
  const coming = renamed.filter((m) => isPolicy(m) && !old.has(keyOf(m)));
  return [live, [...live, ...coming], [...old.values(), ...renamed.filter((m) => !old.has(keyOf(m)))], renamed];
}

function named(m: Manifest, name: string): Manifest {
  const object = { ...m.object, metadata: { ...m.object.metadata, name } };
  return { ...manifestOf(object, m.place), created: m.created };
}

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
      if (!made.phases.knots.some((k) => k.facts.some((f) => sortOf(f).isAccess))) continue;
      // the ways out that a refusal names
      const problems = [restFirst(live, desired, made.phases.knots), besides(live, desired)].map((states) =>
        states.slice(1).flatMap((to, i) => {
          const { phases, lines } = harm(states[i]!, to, pick, 1, 20);
          return [...phases.knots, ...lines];
        }),
      );
      expect({ seed, problems: problems.some((p) => p.length === 0) ? [] : problems }).toEqual({ seed, problems: [] });
      continue;
    }
    const { lines } = made;
    expect({ seed, lines, phases: lines.length > 0 ? shown(made.phases) : [] }).toEqual({ seed, lines: [], phases: [] });
  }
  expect(looked).toBeGreaterThan(PAIRS);
  expect(refused / PAIRS).toBeLessThan(0.35);
});
