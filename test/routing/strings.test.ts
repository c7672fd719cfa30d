import { headerAccepts, headerAnd, headerImplies, oneOf } from '../../src/routing/header-match';
import { pathAccepts, pathAnd, pathDisjoint } from '../../src/routing/path-match';
import { accepts, disjoint, implies, re2 } from '../../src/routing/string-match';

// Evaluation is what everything else is judged by, so it is held to what Envoy was seen to do.

test.each([
  ['regex has to match in full', { regex: 'a' }, 'ab', false],
  ['regex is RE2', { regex: '(?i)AB' }, 'ab', true],
  ['prefix', { prefix: '/a' }, '/ab', true],
  ['exact counts case', { exact: 'A' }, 'a', false],
  ['presence takes the empty string', { present: true }, '', true],
] as const)('%s', (_, m, s, yes) => expect(accepts(m, s)).toBe(yes));

test('what RE2 refuses is refused, with the pattern', () => {
  expect(() => re2('(?=a)')).toThrow('regex "(?=a)" is not valid RE2');
});

test.each([
  ['any line may match', { all: [{ exact: 'a' }], none: [] }, ['x', 'a'], true],
  ['lines are not joined', { all: [{ exact: 'x,a' }], none: [] }, ['x', 'a'], false],
  ['no line may match under none', { all: [], none: [{ exact: 'a' }] }, ['x', 'a'], false],
  ['a missing header is not "a"', { all: [], none: [{ exact: 'a' }] }, [], true],
  ['a missing header counts as empty under none', { all: [], none: [{ regex: '.*' }] }, [], false],
  ['a missing header meets no value', { all: [{ regex: '.*' }], none: [] }, [], false],
  ['absent', { all: [], none: [{ present: true }] }, [], true],
  ['not absent', { all: [], none: [{ present: true }] }, [''], false],
] as const)('header: %s', (_, h, lines, yes) => expect(headerAccepts(h, lines)).toBe(yes));

test('ignoring case does nothing for a regex', () => {
  expect(pathAccepts({ match: { prefix: '/API' }, ignoreCase: true }, '/api/x')).toBe(true);
  expect(pathAccepts({ match: { regex: '/API.*' }, ignoreCase: true }, '/api/x')).toBe(false);
});

test('inclusion and disjointness of conditions', () => {
  expect(implies({ prefix: 'ab' }, { prefix: 'a' })).toBe(true);
  expect(implies({ prefix: 'a' }, { prefix: 'ab' })).toBe(false);
  expect(implies({ exact: 'ab' }, { regex: 'a.' })).toBe(true);
  expect(disjoint({ exact: 'a' }, { prefix: 'b' })).toBe(true);
  expect(disjoint({ exact: 'ab' }, { prefix: 'a' })).toBe(false);
  expect(disjoint({ regex: 'a' }, { regex: 'b' })).toBe(false); // not known
});

test('a conjunction keeps what cannot be told, and drops what follows', () => {
  expect(headerAnd({ all: [{ exact: 'ab' }], none: [] }, { all: [{ prefix: 'a' }, { present: true }], none: [] })).toEqual({
    all: [{ exact: 'ab' }],
    none: [],
  });
  expect(headerAnd({ all: [], none: [{ present: true }] }, { all: [], none: [{ exact: 'a' }] })).toEqual({
    all: [],
    none: [{ present: true }],
  });
  expect(headerAnd({ all: [], none: [{ present: true }] }, { all: [], none: [{ regex: '.*' }] })).toBeUndefined();
});

test('several exclusions become one regex with the literals quoted', () => {
  const one = oneOf([{ exact: 'a.b' }, { prefix: 'c(' }, { regex: 'd|e' }]);
  expect(one).toEqual({ regex: 'a\\.b|c\\(.*|(?:d|e)' });
  for (const [s, yes] of [
    ['a.b', true],
    ['axb', false],
    ['c(x', true],
    ['e', true],
    ['ex', false],
  ] as const)
    expect(accepts(one, s)).toBe(yes);
});

test('a prefix as written and a longer one in any case: the first part as written, the rest in any case', () => {
  const both = pathAnd({ match: { prefix: '/Api' } }, { match: { prefix: '/api/Users' }, ignoreCase: true })!;
  for (const [path, yes] of [
    ['/Api/users/7', true],
    ['/Api/USERS', true],
    ['/api/users', false],
    ['/Api', false],
  ] as const)
    expect(pathAccepts(both, path)).toBe(yes);
});

test('an absent header meets the exclusions that do not take the empty string', () => {
  const absent = { all: [], none: [{ present: true }] } as const;
  expect(headerImplies(absent, { all: [], none: [{ exact: 'x' }] })).toBe(true);
  expect(headerImplies(absent, { all: [], none: [{ regex: '.*' }] })).toBe(false);
  expect(oneOf([{ exact: 'x' }, { present: true }])).toEqual({ present: true });
});

test('paths that differ in case alone are not apart where one ignores it', () => {
  expect(pathDisjoint({ match: { prefix: '/api' }, ignoreCase: true }, { match: { exact: '/API/x' } })).toBe(false);
  expect(pathDisjoint({ match: { prefix: '/api' } }, { match: { exact: '/API/x' } })).toBe(true);
});
