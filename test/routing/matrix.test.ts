import { compile } from '../../src/routing/compile';
import type { Effect } from '../../src/routing/effects';
import { renderRoute } from '../../src/routing/render-http';
import type { Action, HttpTable } from '../../src/routing/table';

// Which effect goes with which action: Istio refuses most effects on a redirect or a response of its own.
const effects: Effect[] = [
  { kind: 'delay', percent: 5, ms: 1500 },
  { kind: 'abort', percent: 10, status: { grpc: 'UNAVAILABLE' } },
  { kind: 'mirror', mirror: { host: 'm', port: 1, percent: 5 } },
  { kind: 'timeout', ms: 250 },
  { kind: 'retries', retries: { attempts: 2, perTryTimeout: 100, on: '5xx', backoff: 25 } },
  { kind: 'cors', cors: { allowOrigins: [{ exact: 'https://a' }], maxAge: 60 } },
  { kind: 'headers', changes: { request: { set: { a: '1' } }, response: { add: { b: '2' } } } },
  { kind: 'rewrite', path: { replaceFull: '/x' }, authority: 'y' },
];
const origin = { construct: 'test' };
const table = (action: Action): HttpTable => ({
  host: 's',
  ports: [80],
  rules: [{ name: 'rule', tier: 'default', order: 0, when: [{}], origin, action }],
  overlays: effects.map((effect, i) => ({
    name: `o${i}`,
    tier: 'service',
    order: i,
    when: [{}],
    origin,
    over: 'everything',
    effect,
  })),
});
const rendered = (action: Action) => compile(table(action), { kind: 'mesh' }).map(renderRoute);

test('a split takes every effect', () => expect(rendered({ kind: 'split', to: [{ host: 's' }] })).toMatchSnapshot());
test('a redirect keeps changes of response headers alone', () =>
  expect(rendered({ kind: 'redirect', uri: '/to', code: 302 })).toEqual([
    { name: 'rule', redirect: { uri: '/to', redirectCode: 302 }, headers: { response: { add: { b: '2' } } } },
  ]));
test('a response keeps changes of response headers alone', () =>
  expect(rendered({ kind: 'respond', status: 503, body: 'x' })).toEqual([
    { name: 'rule', directResponse: { status: 503, body: { string: 'x' } }, headers: { response: { add: { b: '2' } } } },
  ]));
