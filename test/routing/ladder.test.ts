import { implies } from '../../src/routing/match';
import { BASE_TIERS, ladder, OVERLAY_TIERS, RULE_TIERS, type Rule } from '../../src/routing/table';

// The specification and the compiler share the ladder, so it is held to plain examples here.
const rule = (name: string, tier: Rule['tier'], when: Rule['when'] = [{}], order = 0): Rule => ({
  name,
  tier,
  when,
  order,
  origin: { construct: name },
  action: { kind: 'respond', status: 200 },
});
const names = (rules: Rule[]) => ladder(rules, RULE_TIERS, implies).map((r) => r.name);
const path = (prefix: string) => [{ path: { match: { prefix } } }];

test('tiers decide first, whatever the order within them', () => {
  const tiers = ['platform', 'development', 'audience', 'experiment', 'release', 'default'] as const;
  expect(RULE_TIERS).toEqual(tiers);
  expect(OVERLAY_TIERS).toEqual(['platform', 'experiment', 'development', 'service', 'default']);
  expect(BASE_TIERS).toEqual(['release', 'default']);
  expect(names([...tiers].reverse().map((t, i) => rule(t, t, [{}], i)))).toEqual(tiers);
});

test('within a tier the narrower goes first, even with a later order', () => {
  expect(
    names([
      rule('all', 'audience', [{}], 0),
      rule('api', 'audience', path('/api'), 5),
      rule('v1', 'audience', path('/api/v1'), 9),
    ]),
  ).toEqual(['v1', 'api', 'all']);
});

test('a union is narrower when each of its matches is in one of the other', () => {
  expect(
    names([
      rule('wide', 'audience', [...path('/a'), ...path('/b')]),
      rule('two', 'audience', [...path('/b/x'), ...path('/a/y')], 3),
    ]),
  ).toEqual(['two', 'wide']);
});

test('what neither includes goes by order, then by name', () => {
  expect(
    names([rule('b', 'audience', path('/b')), rule('c', 'audience', path('/c'), -1), rule('a', 'audience', path('/a'))]),
  ).toEqual(['c', 'a', 'b']);
});

test('a union of which one match alone is in the other is not narrower', () => {
  expect(names([rule('mixed', 'audience', [...path('/a/x'), ...path('/z')], 1), rule('wide', 'audience', path('/a'))])).toEqual([
    'wide',
    'mixed',
  ]);
});
