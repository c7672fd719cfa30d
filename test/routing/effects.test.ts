import { collect, type Effect, forShare, headersOf, mergeChanges } from '../../src/routing/effects';
import { afterEffects, rewritten } from '../../src/routing/rewrite';

// The specification and the compiler share these, so they are held to plain examples here.

test('of each kind the first wins, and of the layers the smallest timeout holds', () => {
  const retries = (attempts: number) => ({ kind: 'retries', retries: { attempts } }) as const;
  const gateway = [{ kind: 'timeout', ms: 500 }, retries(1)] as const;
  const service = [{ kind: 'timeout', ms: 200 }, { kind: 'timeout', ms: 100 }, retries(3)] as const;
  expect(collect([gateway, service])).toEqual({ timeout: 200, retries: { attempts: 1 } });
  expect(collect([service, gateway])).toEqual({ timeout: 200, retries: { attempts: 3 } });
});

test('of the layers the first fault and the first change of a header stand', () => {
  const layer = (n: number) =>
    [
      { kind: 'abort', percent: 100, status: { http: 500 + n } },
      { kind: 'delay', percent: 100, ms: n },
      { kind: 'headers', changes: { request: { set: { a: `${n}`, [`b${n}`]: '' } } } },
    ] as const;
  expect(collect([layer(1), layer(2)])).toEqual({
    abort: layer(1)[0],
    delay: layer(1)[1],
    headers: { request: { set: { a: '1', b1: '', b2: '' } } },
  });
});

test('mirrors add up, equal ones once', () => {
  const mirror = (host: string) => ({ kind: 'mirror', mirror: { host, percent: 100 } }) as const;
  expect(collect([[mirror('a'), mirror('b')], [mirror('a')]]).mirrors?.map((m) => m.host)).toEqual(['a', 'b']);
});

test('header changes merge header by header: the first change of a header stands', () => {
  expect(
    mergeChanges(
      { request: { set: { a: '1' }, remove: ['b'] } },
      { request: { set: { a: '2', c: '3' }, add: { b: '4' }, remove: ['a', 'd'] }, response: { add: { r: '5' } } },
    ),
  ).toEqual({
    request: { set: { a: '1', c: '3' }, remove: ['b', 'd'] },
    response: { add: { r: '5' } },
  });
});

test.each([
  ['/api/x', { replacePrefix: '/api', with: '/' }, '/x'],
  ['/api', { replacePrefix: '/api', with: '/' }, '/'],
  ['/api', { replacePrefix: '/api', with: '' }, '/'],
  ['/api/x', { replacePrefix: '/api/', with: '/v1' }, '/v1/x'],
  ['/api/x', { replacePrefix: '/api', with: '/v1/' }, '/v1/x'],
  ['/other', { replacePrefix: '/api', with: '/v1' }, '/other'],
  ['/any', { replaceFull: '/one' }, '/one'],
  ['/users/7/cart', { regex: '^/users/([0-9]+)/cart', with: '/cart/\\1' }, '/cart/7'],
] as const)('%s rewritten by %j is %s', (path, rewrite, result) => expect(rewritten(path, rewrite)).toBe(result));

test('what the destination sees: headers set, added and removed, authority and path changed', () => {
  const request = {
    path: '/a',
    method: 'GET',
    scheme: 'http',
    authority: 'x',
    port: 80,
    headers: { k: ['1'], gone: ['1'], more: ['1'] },
    query: {},
    source: { labels: {}, namespace: 'n' },
  };
  const after = afterEffects(request, {
    headers: { request: { set: { k: '2' }, add: { more: '2' }, remove: ['gone'] } },
    rewrites: [
      { kind: 'rewrite', authority: 'y' },
      { kind: 'rewrite', path: { replaceFull: '/b' } },
    ],
  });
  expect(after).toMatchObject({ path: '/b', authority: 'y', headers: { k: ['2'], more: ['1', '2'] } });
  expect(after.headers).not.toHaveProperty('gone');
});

test('of a share: what is about calls holds for all, faults and mirrors for as many as it gets, header changes go with it', () => {
  const layer: Effect[] = [
    { kind: 'timeout', ms: 5 },
    { kind: 'retries', retries: { attempts: 1 } },
    { kind: 'delay', percent: 50, ms: 1 },
    { kind: 'abort', percent: 0.0001, status: { http: 500 } },
    { kind: 'mirror', mirror: { host: 'm', percent: 100 } },
    { kind: 'headers', changes: { request: { set: { a: '1' } } } },
    { kind: 'rewrite', authority: 'x' },
  ];
  expect(forShare(layer, 1 / 3)).toEqual([
    { kind: 'timeout', ms: 5 },
    { kind: 'retries', retries: { attempts: 1 } },
    { kind: 'delay', percent: 16.6667, ms: 1 },
    { kind: 'abort', percent: 0.0001, status: { http: 500 } },
    { kind: 'mirror', mirror: { host: 'm', percent: 33.3333 } },
  ]);
  expect(headersOf([layer])).toEqual({ request: { set: { a: '1' } } });
});
