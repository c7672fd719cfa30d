import { multiplied, simplified } from '../../src/routing/weights';

const shares = (...weights: number[]) => weights.map((weight, i) => ({ host: `h${i}`, weight }));
const of = (to: readonly { weight?: number }[]) => to.map((d) => d.weight);

test.each([
  ['percent', [9, 1], [90, 10]],
  ['percent, whatever the sum', [180, 20], [90, 10]],
  ['tenths of a percent', [199, 1], [995, 5]],
  ['the smallest step', [999_999, 1], [999_999, 1]],
  ['thirds', [2, 1], [2, 1]],
  ['none without traffic', [1, 0, 1], [50, 50]],
  ['one alone', [7], [undefined]],
])('weights read as %s', (_, given, shown) => expect(of(simplified(shares(...given)))).toEqual(shown));

test('shares of shares are exact', () => {
  const inner = [
    { weight: 95, to: shares(90, 10) },
    { weight: 5, to: [{ host: 'old' }] },
  ];
  expect(of(multiplied(inner))).toEqual([855, 95, 50]);
  expect(
    of(
      multiplied([
        { weight: 40, to: shares(75, 25) },
        { weight: 60, to: [{ host: 'old' }] },
      ]),
    ),
  ).toEqual([30, 10, 60]);
});

test('what the API server and Envoy cannot hold is rounded, to nothing never', () => {
  const thin = shares(999_999, 1);
  const twice = multiplied([
    { weight: 1, to: thin },
    { weight: 999_999, to: thin.map((d) => ({ ...d, host: `x${d.host}` })) },
  ]);
  const weights = of(twice) as number[];
  expect(weights).toEqual([1000, 1, 999_998_000, 1000].map((w) => expect.closeTo(w, -1)));
  for (const w of weights) expect(Number.isInteger(w) && w >= 1 && w < 2 ** 31).toBe(true);
  expect(weights.reduce((a, b) => a + b)).toBeLessThan(2 ** 32);
});
