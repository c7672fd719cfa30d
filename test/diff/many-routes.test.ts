import fc from 'fast-check';
import { keptOf } from '../../src/diff/kept';
import { Meeting } from '../../src/diff/meeting';
import { type Clause, compatible } from '../../src/diff/solve';
import { deployment, istio, lines, type Obj, routes, service, subsets, to } from './support';

const MANY = 400;
const shop: readonly Obj[] = [
  service('reviews'),
  deployment('page', 'v1'),
  deployment('reviews', 'v1'),
  deployment('reviews', 'v2'),
  subsets('reviews'),
];
const each = <T>(of: (i: number) => T): T[] => Array.from({ length: MANY }, (_, i) => of(i));
const v = (subset: string, match?: Obj) => ({ ...(match ? { match: [match] } : {}), route: [to('reviews', subset)] });
const WHO = 'shop/page-v1, shop/reviews-v1, shop/reviews-v2 -> reviews.shop';

describe(`${MANY} routes`, () => {
  test.each<[string, (i: number) => Obj, string]>([
    ['paths', (i) => ({ uri: { exact: `/item/${i}` } }), ', path /item/200'],
    ['prefixes', (i) => ({ uri: { prefix: `/item/${i}/` } }), ', path /item/200/'],
    ['values of a header', (i) => ({ headers: { user: { exact: `u${i}` } } }), ', header user u200'],
    ['headers', (i) => ({ headers: { [`user-${i}`]: { exact: 'on' } } }), ', header user-200 on'],
    ['regexes', (i) => ({ uri: { regex: `/item/${i}/x` } }), ', path /item/200/x'],
  ])(
    'by %s: the one that differs is told, and the last one',
    (_, match, when) => {
      const http = (middle: string, last: string) => [...each((i) => v(i === MANY / 2 ? middle : 'v1', match(i))), v(last)];
      const told = (middle: string, last: string) =>
        lines([...shop, routes('reviews', http('v1', 'v1'))], [...shop, routes('reviews', http(middle, last))]);
      expect(told('v2', 'v1')).toEqual([`${WHO}${when}: v1 -> v2`]);
      expect(told('v1', 'v2')).toEqual([`${WHO}: v1 -> v2`]);
    },
    60_000,
  );

  test('what none of them takes is found behind all of them', () => {
    const http = (last: string) => [
      v('v1', { uri: { exact: '/' } }),
      ...Array.from({ length: 4000 }, (_, i) => v('v1', { uri: { exact: `/${i}` } })),
      v(last),
    ];
    expect(lines([...shop, routes('reviews', http('v1'))], [...shop, routes('reviews', http('v2'))])).toEqual([
      `${WHO}, path /~: v1 -> v2`,
    ]);
  }, 60_000);

  test('of as many VirtualServices of one host of a gateway, by age', () => {
    const gateway = istio('Gateway', 'edge', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    });
    const all = (subset: string) =>
      each((i) =>
        istio('VirtualService', `vs-${i}`, {
          hosts: ['shop.example.com'],
          gateways: ['edge'],
          http: [v(i === 7 ? subset : 'v1', { uri: { prefix: `/${i}/` } })],
        }),
      );
    expect(lines([...shop, gateway, ...all('v1')], [...shop, gateway, ...all('v2')])).toEqual([
      'gateway shop/edge -> shop.example.com, path /7/: shop/reviews-v1 (v1) -> shop/reviews-v2 (v2)',
    ]);
  }, 60_000);
});

test('a policy with as many rules', () => {
  const policy = (method: string) =>
    istio('AuthorizationPolicy', 'allow', {
      selector: { matchLabels: { app: 'reviews' } },
      rules: each((i) => ({ to: [{ operation: { paths: [`/p${i}`], methods: [i === 9 ? method : 'GET'] } }] })),
    });
  const told = lines([...shop, policy('GET')], [...shop, policy('POST')]);
  expect(told.map((l) => l.replace(/.* -> reviews.shop/, ''))).toEqual([
    ', path /p9: 200 -> 403 (no rule allows it, and there is one that allows others)',
    ', method POST, path /p9: 403 -> 200',
  ]);
}, 60_000);

test('what two lists have in common is in order in both, and as much as there is', () => {
  const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      const { old, now } = keptOf(a, b);
      expect(a.filter((_, i) => old.has(i))).toEqual(b.filter((_, j) => now.has(j)));
    }),
  );
  const letters = [...'abcdefgh'];
  expect(keptOf(letters, letters).old.size).toBe(8);
  expect(keptOf(letters, [...'xbacdehg']).old.size).toBe(5);
});

test('clauses that meet one are those that have values in common with it', () => {
  const clause = fc
    .dictionary(fc.constantFrom('0', '1', '2'), fc.bigInt({ min: 0n, max: 31n }))
    .map((o): Clause => ({ masks: new Map(Object.entries(o).map(([d, m]) => [Number(d), m])) }));
  fc.assert(
    fc.property(fc.array(clause, { maxLength: 8 }), clause, (all, one) => {
      const expected = [...all.keys()].filter((n) => compatible(all[n]!, one));
      expect(new Meeting(all).with(one)).toEqual(expected);
    }),
  );
});
