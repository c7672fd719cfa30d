import type { Effects } from '../../src/routing/effects';
import { accepts, CannotCombine, type Match } from '../../src/routing/match';
import { afterEffects, pullBack } from '../../src/routing/rewrite';

const path = (match: { exact: string } | { prefix: string } | { regex: string }): Match => ({ path: { match } });
const rewrite = (replacePrefix: string, to: string): Effects => ({
  rewrites: [{ kind: 'rewrite', path: { replacePrefix, with: to } }],
});
const request = (p: string, headers = {}) => ({
  path: p,
  method: 'GET',
  scheme: 'http',
  authority: 'x',
  port: 80,
  headers,
  query: {},
  source: { labels: {}, namespace: 'n' },
});

test.each([
  ['an exact path', path({ exact: '/v1/users' }), path({ exact: '/api/users' })],
  ['a longer prefix', path({ prefix: '/v1/users' }), path({ prefix: '/api/users' })],
  ['a shorter prefix is always met', path({ prefix: '/v' }), {}],
  ['another path is never met', path({ exact: '/v2/users' }), undefined],
])('behind a rewrite of /api/ to /v1/: %s', (_, inner, result) => {
  const outer = path({ prefix: '/api/' });
  const effects = rewrite('/api', '/v1');
  expect(pullBack(inner, outer, effects)).toEqual(result);
  for (const p of ['/api/users', '/api/users/7', '/api/', '/api/x']) {
    expect(result !== undefined && accepts(result, request(p))).toBe(accepts(inner, afterEffects(request(p), effects)));
  }
});

test('an exact path in front makes the path behind a constant', () => {
  const effects = rewrite('/api', '/v1');
  expect(pullBack(path({ regex: '/v1/u.*' }), path({ exact: '/api/users' }), effects)).toEqual({});
  expect(pullBack(path({ regex: '/v2/u.*' }), path({ exact: '/api/users' }), effects)).toBeUndefined();
});

test('a regex behind a rewritten prefix has no pre-image that can be written', () => {
  expect(() => pullBack(path({ regex: '/v1/u.*' }), path({ prefix: '/api/' }), rewrite('/api', '/v1'))).toThrow(CannotCombine);
});

test('conditions on headers that the gateway changes are settled', () => {
  const header = (all: string[], none: string[] = []): Match => ({
    headers: { h: { all: all.map((exact) => ({ exact })), none: none.map((exact) => ({ exact })) } },
  });
  expect(pullBack(header(['a']), {}, { headers: { request: { set: { h: 'a' } } } })).toEqual({});
  expect(pullBack(header(['b']), {}, { headers: { request: { set: { h: 'a' } } } })).toBeUndefined();
  expect(pullBack(header(['a']), {}, { headers: { request: { remove: ['h'] } } })).toBeUndefined();
  expect(pullBack(header(['a', 'b']), {}, { headers: { request: { add: { h: 'a' } } } })).toEqual(header(['b']));
  expect(pullBack(header([], ['a']), {}, { headers: { request: { add: { h: 'a' } } } })).toBeUndefined();
});
