import fc from 'fast-check';
import { diff } from '../../src/diff/diff';
import { manifestOf } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import type { TraceRequest } from '../../src/trace/request';
import { callerOf } from './caller';
import { deployment, istio, linesOf, meshOf, type Obj, routes, service, subsets, to } from './support';

// Small alphabets, so that rules meet, hide and contradict each other often.
const text = fc.oneof(
  fc.constantFrom('a', 'ab', 'b', '').map((exact) => ({ exact })),
  fc.constantFrom('a', 'b').map((prefix) => ({ prefix })),
  fc.constantFrom('a.*', '[ab]', 'b|ab').map((regex) => ({ regex })),
);
const uri = fc.oneof(
  fc.constantFrom('/', '/a', '/a/b', '/ab').map((exact) => ({ exact })),
  fc.constantFrom('/', '/a', '/a/', '/b').map((prefix) => ({ prefix })),
  fc.constantFrom('/a/[0-9]+', '/(a|b)/.*').map((regex) => ({ regex })),
);
const maybe = <T>(a: fc.Arbitrary<T>, freq = 2) => fc.option(a, { nil: undefined, freq });
const dense = (o: Obj): Obj => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
const match = fc
  .record({
    uri: maybe(uri, 1),
    ignoreUriCase: maybe(fc.constant(true), 6),
    headers: maybe(fc.dictionary(fc.constantFrom('h', 'k'), fc.oneof(text, fc.constant({})), { minKeys: 1 })),
    withoutHeaders: maybe(fc.dictionary(fc.constant('h'), text, { minKeys: 1 }), 5),
    queryParams: maybe(fc.dictionary(fc.constant('q'), text, { minKeys: 1 }), 5),
    method: maybe(
      fc.constantFrom('GET', 'POST').map((exact) => ({ exact })),
      5,
    ),
    scheme: maybe(fc.constant({ exact: 'https' }), 12),
    authority: maybe(
      fc.constantFrom('b', 'b.shop').map((exact) => ({ exact })),
      12,
    ),
    sourceLabels: maybe(fc.constantFrom({ app: 'page' }, { app: 'other' }), 8),
  })
  .map(dense);
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom([to('b', 'v1')], [to('b', 'v2')], [to('b', 'v1', 90), to('b', 'v2', 10)])
      .map((route) => ({ route })),
  },
  { weight: 1, arbitrary: fc.constantFrom(200, 404).map((status) => ({ directResponse: { status } })) },
  { weight: 1, arbitrary: fc.constant({ redirect: { uri: '/elsewhere' } }) },
);
const rule = fc
  .tuple(
    fc.array(match, { maxLength: 2 }),
    action,
    maybe(
      fc.constantFrom(
        { timeout: '2s' },
        { rewrite: { uri: '/a' } },
        { headers: { request: { set: { h: 'a' } } } },
        { fault: { abort: { httpStatus: 500, percentage: { value: 100 } } } },
      ),
      3,
    ),
  )
  .map(([m, a, more]) => ({ ...(m.length > 0 ? { match: m } : {}), ...a, ...('route' in a ? more : {}) }) as Obj);
const operation = fc
  .record({
    paths: maybe(fc.array(fc.constantFrom('/a', '/a/*', '*b', '/'), { minLength: 1, maxLength: 2 })),
    notPaths: maybe(fc.array(fc.constantFrom('/a', '/a/*'), { minLength: 1, maxLength: 1 }), 4),
    methods: maybe(fc.constantFrom(['GET'], ['POST'])),
  })
  .map(dense)
  .filter((o) => Object.keys(o).length > 0);
const access = fc
  .record({
    from: maybe(
      fc.constantFrom([{ source: { principals: ['cluster.local/ns/shop/sa/page'] } }], [{ source: { namespaces: ['shop'] } }]),
    ),
    to: maybe(
      fc.array(
        operation.map((o) => ({ operation: o })),
        { minLength: 1, maxLength: 2 },
      ),
      1,
    ),
    when: maybe(
      fc.constantFrom([{ key: 'request.headers[h]', values: ['a*'] }], [{ key: 'request.headers[k]', notValues: ['b'] }]),
      4,
    ),
  })
  .map(dense);
const policy = fc.tuple(
  fc.constantFrom('ALLOW', 'DENY'),
  fc.array(access, { minLength: 1, maxLength: 2 }),
  fc.constantFrom('v1', undefined),
);

interface Mesh {
  readonly http: readonly Obj[];
  readonly policies: readonly (readonly ['ALLOW' | 'DENY', readonly Obj[], string | undefined])[];
  readonly mode: string | undefined;
}
const mesh: fc.Arbitrary<Mesh> = fc.record({
  http: fc.array(rule, { minLength: 1, maxLength: 4 }),
  policies: fc.array(policy, { maxLength: 2 }) as fc.Arbitrary<Mesh['policies']>,
  mode: fc.constantFrom(undefined, 'STRICT'),
});

/** A change that often means nothing, so that empty answers are common: order, repetition, rules that never get a request. */
const changed = (m: Mesh): fc.Arbitrary<Mesh> =>
  fc.oneof(
    fc.nat(8).map((n) => {
      const http = [...m.http];
      const i = n % http.length;
      http.splice(i, 1, http.at((i + 1) % http.length)!);
      http.splice((i + 1) % http.length, 1, m.http[i]!);
      return { ...m, http };
    }),
    rule.map((r) => ({ ...m, http: [...m.http, r] })),
    fc.nat(3).map((i) => ({ ...m, http: [...m.http.slice(0, i), m.http[i % m.http.length]!, ...m.http.slice(i)] })),
    fc.nat(3).map((i) => ({ ...m, http: m.http.length > 1 ? m.http.filter((_, j) => j !== i % m.http.length) : m.http })),
    fc.tuple(fc.nat(3), rule).map(([i, r]) => ({ ...m, http: m.http.map((x, j) => (j === i ? r : x)) })),
    policy.map((p) => ({ ...m, policies: [...m.policies, p as Mesh['policies'][number]] })),
    fc.constant({ ...m, policies: m.policies.map(([a, rules, s]) => [a, [...rules, ...rules].reverse(), s] as const) }),
    mesh,
  );

const objects = ({ http, policies, mode }: Mesh): Obj[] => [
  service('page'),
  service('b'),
  deployment('page', 'v1'),
  deployment('other', 'v1', 'shop', false),
  deployment('third', 'v1', 'side'),
  deployment('b', 'v1'),
  deployment('b', 'v2'),
  subsets('b'),
  istio('Gateway', 'edge', {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  }),
  routes('b', http, { hosts: ['b', '*.example.com'], gateways: ['mesh', 'edge'] }),
  ...policies.map(([a, rules, version], i) =>
    istio('AuthorizationPolicy', `p${i}`, {
      action: a,
      rules,
      selector: { matchLabels: { app: 'b', ...(version ? { version } : {}) } },
    }),
  ),
  ...(mode ? [istio('PeerAuthentication', 'default', { mtls: { mode } })] : []),
];

const HOSTS = ['b.shop.svc.cluster.local', 'b', 'b.shop', 'page.shop.svc.cluster.local'];
const value = fc.constantFrom('a', 'ab', 'b', '', 'abc', 'x');
const asked = fc.record({
  client: fc.constantFrom('shop/page-v1', 'shop/other-v1', 'side/third-v1', 'outside', 'gateway shop/edge'),
  host: fc.constantFrom(...HOSTS),
  path: fc.constantFrom('/', '/a', '/A', '/a/', '/a/b', '/ab', '/b', '/b/1', '/a/12', '/a/x', '/c', '/elsewhere'),
  query: maybe(value, 2),
  method: fc.constantFrom('GET', 'GET', 'POST', 'PUT'),
  headers: fc.record({ h: maybe(value), k: maybe(value), 'x-forwarded-proto': maybe(fc.constantFrom('https', 'http'), 8) }),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const hostOf = ({ client, host }: Asked): string => {
  if (client.startsWith('gateway'))
    return host === 'b' ? 'b.example.com' : host === 'b.shop' ? 'example.com' : `${host.length}.example.com`;
  // someone outside the mesh knows the whole name alone
  return client === 'outside' || client.startsWith('side') ? host.replace(/^b(\.shop)?$/, HOSTS[0]!) : host;
};

const requestOf = (a: Asked): TraceRequest => ({
  method: a.method,
  path: a.path + (a.query === undefined ? '' : `?q=${a.query}`),
  host: hostOf(a),
  port: 80,
  headers: Object.fromEntries(Object.entries(a.headers).flatMap(([k, v]) => (v === undefined ? [] : [[k, [v]]]))),
  tls: false,
  sni: undefined,
  alpn: ['http/1.1'],
  dialled: undefined,
});

/** All of a trace that a client or a server sees, told apart here on its own. */
function seen(model: MeshModel, client: string, request: TraceRequest): string {
  const t = trace(model, findClient(model, client.replace('gateway ', 'gateway:')), request);
  const o = t.outbound;
  const { ends, letIn, gets } = callerOf(t, (e) => [e.status, e.where.split(', ').sort(), e.subset]);
  return JSON.stringify([
    ends,
    o && [letIn && [o.timeoutMs, o.retry], o.mirrors, o.fault, o.redirect, o.directResponse],
    o &&
      !o.local &&
      o.destinations
        ?.filter((d) => gets(d.cluster))
        .map((d) => [d.cluster, d.path, d.host, d.requestHeaders, d.requestHeadersRemoved, d.response]),
  ]);
}

const RUNS = 250;
const REQUESTS = 40;

test(`random pairs: whatever differs for ${RUNS * REQUESTS} requests is told, and what is told differs`, () => {
  let empty = 0;
  let asks = 0;
  let told = 0;
  fc.assert(
    fc.property(
      mesh.chain((m) => fc.tuple(fc.constant(m), changed(m))),
      fc.array(asked, { minLength: REQUESTS, maxLength: REQUESTS }),
      ([a, b], requests) => {
        const [old, now] = [meshOf(objects(a)), meshOf(objects(b))];
        const differences = diff(old, now);
        if (differences.length === 0) empty++;
        for (const d of differences) {
          const w = d.witness;
          if (!w) continue;
          told++;
          expect([d.text, seen(old, w.client, w.request)]).not.toEqual([d.text, seen(now, w.client, w.request)]);
        }
        for (const r of requests) {
          asks++;
          const request = requestOf(r);
          if (seen(old, r.client, request) === seen(now, r.client, request)) continue;
          const host = request.host.startsWith('page')
            ? 'page.shop'
            : r.client.startsWith('gateway')
              ? 'any.example.com'
              : 'b.shop';
          if (differences.some((d) => d.clients.includes(r.client) && d.hosts.includes(host))) continue;
          throw new Error(
            `${JSON.stringify(r)}\n${seen(old, r.client, request)}\n${seen(now, r.client, request)}\n${linesOf(differences).join('\n')}`,
          );
        }
      },
    ),
    { numRuns: RUNS, seed: 20261121 },
  );
  expect(asks).toBeGreaterThanOrEqual(10_000);
  // both kinds were there, so the property means something
  expect(empty).toBeGreaterThan(RUNS / 10);
  expect(told).toBeGreaterThan(RUNS);
});

test('the same mesh in another order, with keys in another order, is no difference', () => {
  const turned = (v: any): any =>
    Array.isArray(v)
      ? v.map(turned)
      : typeof v === 'object' && v !== null
        ? Object.fromEntries(
            Object.entries(v)
              .reverse()
              .map(([k, x]) => [k, turned(x)]),
          )
        : v;
  fc.assert(
    fc.property(mesh, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (m, order) => {
      const list = objects(m);
      const other = list.map((o, i) => ({ o: turned(o), n: order[i % order.length]! })).sort((x, y) => x.n - y.n);
      const there = new MeshModel(other.map(({ o }) => manifestOf(o, () => ({ file: 'x', line: 1, column: 1 }))));
      expect(linesOf(diff(meshOf(list), there))).toEqual([]);
    }),
    { numRuns: 100, seed: 1 },
  );
});
