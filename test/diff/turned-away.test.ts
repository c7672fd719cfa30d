import { deployment, istio, lines, type Obj, routes, service, subsets, to } from './support';

const shop: readonly Obj[] = [
  service('page'),
  service('reviews'),
  deployment('page', 'v1'),
  deployment('other', 'v1'),
  deployment('reviews', 'v1'),
  deployment('reviews', 'v2'),
];
/** All workloads; someone outside has no mutual TLS, and is kept out. */
const EVERY = '4 clients';
const NOT_PAGE = 'shop/other-v1, shop/reviews-v1, shop/reviews-v2';
const v1 = [{ route: [to('reviews', 'v1')] }];
const v2 = [{ route: [to('reviews', 'v2')] }];
const split = (percent: number) => [{ route: [to('reviews', 'v1', 100 - percent), to('reviews', 'v2', percent)] }];
const policy = (action: string, rules: readonly Obj[], labels: Obj = { app: 'reviews' }) =>
  istio('AuthorizationPolicy', `${action.toLowerCase()}-some`, { action, rules, selector: { matchLabels: labels } });
const fromPage = { from: [{ source: { principals: ['cluster.local/ns/shop/sa/page'] } }] };
const peers = istio('PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } });

/** What is told of routes that change, for others than those outside the mesh. */
const told = (policies: readonly Obj[], old: readonly Obj[], now: readonly Obj[], rule: readonly [Obj, Obj] = [{}, {}]) =>
  lines(
    [...shop, subsets('reviews', rule[0]), peers, ...policies, routes('reviews', old)],
    [...shop, subsets('reviews', rule[1]), peers, ...policies, routes('reviews', now)],
  );

describe('who is turned away before and after sees nothing of what is behind', () => {
  const breaker = (maxConnections: number) => ({ trafficPolicy: { connectionPool: { tcp: { maxConnections } } } });
  test.each<[string, readonly Obj[], readonly Obj[]]>([
    ['another version', v1, v2],
    ['shares', split(10), split(25)],
    ['a canary', v1, split(10)],
    ['a timeout', [{ ...v1[0], timeout: '5s' }], [{ ...v1[0], timeout: '2s' }]],
    [
      'a regex',
      [{ match: [{ uri: { regex: '/a[0-9]+' } }], ...v1[0] }, ...v1],
      [{ match: [{ uri: { regex: '/a[0-9]+' } }], ...v2[0] }, ...v1],
    ],
    ['another refusal', v1, [{ fault: { abort: { httpStatus: 403, percentage: { value: 0 } } }, ...v2[0] }]],
  ])('%s', (_, old, now) => {
    expect(told([policy('DENY', [{}])], old, now)).toEqual([]);
    // whom a rule lets in is told, and nobody else
    expect(told([policy('ALLOW', [fromPage])], old, now).map((l) => l.replace(/ ->.*/, ''))).toEqual(['shop/page-v1']);
  });

  test('a circuit breaker of what is not reached', () => {
    expect(told([policy('DENY', [{}])], v1, v1, [breaker(1), breaker(2)])).toEqual([]);
    expect(told([policy('DENY', [fromPage])], v1, v1, [breaker(1), breaker(2)])).toEqual([
      `${NOT_PAGE} -> reviews.shop: circuit breaker of reviews.shop v1 max_connections 1 -> max_connections 2`,
    ]);
  });

  test('a subset that is not there, and another one', () =>
    expect(told([], [{ route: [to('reviews', 'v8')] }], [{ route: [to('reviews', 'v9')] }])).toEqual([]));

  test('another status, copies and a delay are seen', () => {
    const denied = [policy('DENY', [{}])];
    expect(told(denied, v1, [{ route: [to('reviews', 'v9')] }])).toEqual([
      `${EVERY} -> reviews.shop: 403 (a rule denies it) -> 503 (there is no cluster outbound|80|v9|reviews.shop.svc.cluster.local)`,
    ]);
    expect(told(denied, v1, [{ ...v1[0], mirror: { host: 'page' } }])).toEqual([
      `${EVERY} -> reviews.shop: copies none -> 100 % to page.shop`,
    ]);
    expect(told(denied, v1, [{ ...v1[0], fault: { delay: { fixedDelay: '7s', percentage: { value: 100 } } } }])).toEqual([
      `${EVERY} -> reviews.shop: fault none -> 7s late for 100 %`,
    ]);
  });
});

describe('where one of the destinations turns away', () => {
  const deny = (version: string) => [policy('DENY', [{}], { app: 'reviews', version })];
  test.each<[string, readonly Obj[], readonly Obj[], string, string]>([
    ['more of the requests', split(10), split(25), 'v2', 'v1 90 % -> 75 %, 403 (a rule denies it) 10 % -> 25 %'],
    ['less of them', split(25), split(10), 'v1', 'v2 25 % -> 10 %, 403 (a rule denies it) 75 % -> 90 %'],
    ['all of them', v1, v2, 'v2', 'v1 -> 403 (a rule denies it)'],
    ['none of them', v1, v2, 'v1', '403 -> v2'],
  ])('%s', (_, old, now, version, text) => expect(told(deny(version), old, now)).toEqual([`${EVERY} -> reviews.shop: ${text}`]));

  test('what is let in is found by what the policy asks', () => {
    const rules = [
      { to: [{ operation: { paths: ['/api'], methods: ['POST'] } }], when: [{ key: 'request.headers[x]', values: ['1'] }] },
    ];
    expect(told([policy('ALLOW', rules)], v1, v2)).toEqual([
      `${EVERY} -> reviews.shop, method POST, path /api, header x 1: v1 -> v2`,
    ]);
    expect(
      told(
        [policy('ALLOW', rules)],
        [{ match: [{ method: { exact: 'GET' } }], ...v1[0] }, ...v1],
        [{ match: [{ method: { exact: 'GET' } }], ...v2[0] }, ...v1],
      ),
    ).toEqual([]);
  });
});

test('a share that a fault answers is called so', () => {
  const fault = (value: number) => [{ ...v1[0], fault: { abort: { httpStatus: 503, percentage: { value } } } }];
  expect(told([], fault(10), fault(20))).toEqual([
    `${EVERY} -> reviews.shop: v1 90 % -> 80 %, 503 (a fault answers it) 10 % -> 20 %`,
  ]);
});
