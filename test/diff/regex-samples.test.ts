import { regexSamples } from '../../src/diff/regex-samples';
import { type Clause, solve } from '../../src/diff/solve';
import { re2 } from '../../src/routing/string-match';

test.each([
  '/api/v[0-9]+/.*',
  '(jason|alice)',
  '^(.*?;)?(user=jason)(;.*)?$',
  '[a-f0-9]{8}-[a-f0-9]{4}',
  '(?i)chrome.*',
  '[^/]+\\.png',
  '\\d{3}',
  '.*',
  'a?b*c+',
  '[]x-]y',
  '/(?P<id>\\w+)/edit',
])('%s has samples that the engine accepts', (pattern) => {
  const found = regexSamples(pattern);
  expect(found).not.toEqual([]);
  expect(found.filter((t) => !re2(pattern).matches(t))).toEqual([]);
});

test('each branch has one', () => expect(regexSamples('a|bc|(d|e)f')).toEqual(expect.arrayContaining(['a', 'bc', 'df', 'ef'])));

test.each(['\\pL+', '\\x41'])('%s is not known, and has none', (pattern) => expect(regexSamples(pattern)).toEqual([]));

describe('solve', () => {
  const clause = (o: Record<number, readonly number[]>): Clause => ({
    masks: new Map(Object.entries(o).map(([d, v]) => [Number(d), v.reduce((m, i) => m | (1n << BigInt(i)), 0n)])),
  });
  test('takes the plain values where it can', () => expect(solve([3, 3], [clause({ 0: [1, 2] })], [])).toEqual([1, 0]));
  test('keeps out of what must not be met', () =>
    expect(solve([3, 3], [clause({ 0: [1, 2] })], [clause({ 0: [1] }), clause({ 0: [2], 1: [0, 1] })])).toEqual([2, 2]));
  test('says that there is none', () =>
    expect(solve([2, 2], [clause({ 0: [1] })], [clause({ 0: [1], 1: [0] }), clause({ 1: [1] })])).toBeUndefined());
  test('a condition that everything meets leaves nothing', () => expect(solve([2], [], [clause({})])).toBeUndefined());
});
