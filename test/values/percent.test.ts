import fc from 'fast-check';
import { checkPercent, weights } from '../../src/values/percent';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
/** Shares in Istio's smallest steps: 1 is 0.0001 %. */
const steps = fc.integer({ min: 0, max: 1_000_000 });
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

test('every step of 0.0001 from 0 to 100 is taken, as it is', () => {
  fc.assert(
    fc.property(steps, (n) => {
      expect(checkPercent(n / 10_000, 'percent')).toBe(n / 10_000);
    }),
    { numRuns: RUNS },
  );
});

test('what lies between two steps is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 9 }), (n, tenth) => {
      expect(() => checkPercent((n + tenth / 10) / 10_000, 'percent')).toThrow('shares go in steps of 0.0001 %');
    }),
    { numRuns: RUNS },
  );
});

test.each([
  [-1, /percent is -1: it has to be a number from 0 to 100/],
  [100.0001, /percent is 100\.0001: it has to be a number from 0 to 100/],
  [Number.NaN, /percent is NaN/],
  [Number.POSITIVE_INFINITY, /percent is Infinity/],
  ['10', /percent is "10": it has to be a number/],
  [undefined, /percent is undefined: it has to be a number/],
  [0.00009, /percent is 0\.00009: Istio's smallest share is 0\.0001 %/],
])('%j is refused', (value, says) => expect(() => checkPercent(value as never, 'percent')).toThrow(says));

test.each([
  [
    [99.5, 0.5],
    [199, 1],
  ],
  [
    [90, 10],
    [9, 1],
  ],
  [
    [100, 0],
    [1, 0],
  ],
  [
    [33.3333, 33.3333, 33.3334],
    [333333, 333333, 333334],
  ],
  [[100], [1]],
])('%j as weights is %j', (percents, whole) => expect(weights(percents, 'shares')).toEqual(whole));

test('weights are whole, in the ratio of the shares, and in lowest terms', () => {
  fc.assert(
    fc.property(steps, steps, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const cuts = [low, high - low, 1_000_000 - high];
      const w = weights(
        cuts.map((n) => n / 10_000),
        'shares',
      );
      expect(w.every((x) => Number.isInteger(x))).toBe(true);
      expect(w.reduce(gcd)).toBe(1);
      const sum = w.reduce((x, y) => x + y);
      expect(w.map((x) => (x * 1_000_000) / sum)).toEqual(cuts);
    }),
    { numRuns: RUNS },
  );
});

test('shares that do not make a whole are refused', () => {
  expect(() => weights([50, 49], 'the shares of "x"')).toThrow('the shares of "x" add up to 99 %: they have to make 100 %');
  expect(() => weights([], 'shares')).toThrow('shares add up to 0 %');
});
