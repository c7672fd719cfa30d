import type { Manifest } from '../../../src/manifests/manifest';
import { factText } from '../../../src/order/facts/fact-sorts';
import { podFacts } from '../../../src/order/facts/pods-behind';
import { phasesOf } from '../../../src/order/phases';
import { manifest, service, shown } from '../support';

const API = 'gateway.networking.k8s.io/v1';
const plan = (live: Manifest[], desired: Manifest[]) => {
  const phases = phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));
  expect(phases.knots).toEqual([]);
  return phases;
};
const order = (live: Manifest[], desired: Manifest[]) => shown(plan(live, desired));
const workload = (app: string) =>
  manifest('apps/v1', 'Deployment', app, { selector: {}, template: { metadata: { labels: { app } }, spec: {} } });
const to = (name: string, more: object = {}) => ({ backendRefs: [{ name, port: 80, ...more }] });
const route = (kind: string, rules: object[], more: object = {}) => manifest(API, kind, 'in', { rules, ...more });
const edge = (name: string) =>
  manifest(API, 'Gateway', 'edge', { listeners: [{ name: 'a', tls: { certificateRefs: [{ name }] } }] });
const ingress = (name: string, port: object = { number: 80 }) =>
  manifest('networking.k8s.io/v1', 'Ingress', 'in', { rules: [{ http: { paths: [{ backend: { service: { name, port } } }] } }] });

describe.each<readonly [kind: string, leads: (name: string) => Manifest]>([
  ['Ingress', (name: string) => ingress(name)],
  ['Ingress', (name: string) => ingress(name, { name: 'http' })],
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(
    (kind) => [kind, (name: string) => route(kind, [to(name)])] as const,
  ),
])('%s', (kind, leads) => {
  test('leads to a Service when that is there, and its pods are ready; the one before goes after that', () => {
    const phases = plan([workload('web'), service('web'), leads('web')], [workload('next'), service('next'), leads('next')]);
    expect(shown(phases)).toEqual([
      ['create Deployment next', 'create Service next'],
      [`change ${kind} in`],
      ['delete Deployment web', 'delete Service web'],
    ]);
    expect(phases.phases[0]!.pods.map((m) => m.name)).toEqual(['next']);
  });
});

test('a port is there before a route leads to it, and as long as one does', () => {
  const web = (port: number) =>
    manifest('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [{ name: `http-${port}`, port }] });
  for (const [kind, leads] of [
    ['HTTPRoute', (port: number) => route('HTTPRoute', [to('web', { port })])],
    ['Ingress', (number: number) => ingress('web', { number })],
  ] as const)
    expect(order([web(80), leads(80)], [web(81), leads(81)])).toEqual([
      ['change Service web (wide)'],
      [`change ${kind} in`],
      ['change Service web'],
    ]);
});

test('copies need a Service, and nobody waits for its pods', () => {
  const copied = (...names: string[]) =>
    route('HTTPRoute', [
      {
        ...to('web'),
        filters: names.map((name) => ({ type: 'RequestMirror', requestMirror: { backendRef: { name, port: 80 } } })),
      },
    ]);
  const phases = plan([service('web'), copied()], [service('web'), service('copy'), workload('copy'), copied('copy')]);
  expect(shown(phases)).toEqual([['create Deployment copy', 'create Service copy'], ['change HTTPRoute in']]);
  expect(phases.phases[0]!.pods).toEqual([]);
});

test('routes are attached to Gateways that are there, and to Services', () => {
  const gateway = (name: string) => manifest(API, 'Gateway', name, { listeners: [] });
  const at = (name: string, more: object = {}) => route('HTTPRoute', [to('web')], { parentRefs: [{ name, ...more }] });
  expect(order([service('web'), gateway('old'), at('old')], [service('web'), gateway('new'), at('new')])).toEqual([
    ['create Gateway new'],
    ['change HTTPRoute in'],
    ['delete Gateway old'],
  ]);
  const inMesh = { group: '', kind: 'Service' };
  expect(order([service('web')], [service('web'), service('api'), at('api', inMesh)])).toEqual([
    ['create Service api'],
    ['create HTTPRoute in'],
  ]);
});

test.each([
  ['Gateway', (name: string) => edge(name)],
  ['Ingress', (name: string) => manifest('networking.k8s.io/v1', 'Ingress', 'edge', { tls: [{}, { secretName: name }] })],
])("a %s's certificates are there before it, and go after it", (kind, edge) => {
  const secret = (name: string) => manifest('v1', 'Secret', name, {});
  expect(order([secret('old'), edge('old')], [secret('new'), edge('new')])).toEqual([
    ['create Secret new'],
    [`change ${kind} edge`],
    ['delete Secret old'],
  ]);
});

describe('what is in another namespace', () => {
  const there = manifest('v1', 'Service', 'api', { selector: {}, ports: [{ name: 'http', port: 80 }] }, 'back');
  const grant = (name: string, to: object, from: object = {}) =>
    manifest(
      'gateway.networking.k8s.io/v1beta1',
      'ReferenceGrant',
      name,
      {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', ...from }],
        to: [{ group: '', kind: 'Service', ...to }],
      },
      'back',
    );
  const leads = route('HTTPRoute', [to('api', { namespace: 'back' })]);

  test('is granted before, and as long as a route leads there', () => {
    const all = grant('all', {});
    expect(order([there], [there, leads, all])).toEqual([['create ReferenceGrant all'], ['create HTTPRoute in']]);
    expect(order([there, leads, all], [there])).toEqual([['delete HTTPRoute in'], ['delete ReferenceGrant all']]);
  });

  test('one grant follows another, when that is there', () =>
    expect(order([there, leads, grant('all', {})], [there, leads, grant('one', { name: 'api' })])).toEqual([
      ['create ReferenceGrant one'],
      ['delete ReferenceGrant all'],
    ]));

  test.each([
    ['another name', grant('other', { name: 'web' })],
    ['routes of another namespace', grant('other', {}, { namespace: 'front' })],
    ['routes of another kind', grant('other', {}, { kind: 'GRPCRoute' })],
  ])('a grant for %s is nothing to it', (_, other) =>
    expect(order([there], [there, leads, other])).toEqual([['create HTTPRoute in', 'create ReferenceGrant other']]),
  );

  test('without a way there are words for it', () => {
    const text = factText('grant HTTPRoute shop /Service back/api');
    expect(text).toBe('a ReferenceGrant that lets each HTTPRoute of namespace "shop" name Service/back/api');
    expect(factText('parent shop/edge')).toBe('the Gateway shop/edge');
  });

  test('certificates, too', () => {
    const edge = manifest(API, 'Gateway', 'edge', {
      listeners: [{ name: 'a', tls: { certificateRefs: [{ name: 'tls', namespace: 'back' }] } }],
    });
    const secret = manifest('v1', 'Secret', 'tls', {}, 'back');
    const lets = grant('edge', { kind: 'Secret' }, { kind: 'Gateway' });
    expect(order([], [edge, secret, lets])).toEqual([
      ['create ReferenceGrant edge', 'create Secret tls'],
      ['create Gateway edge'],
    ]);
  });
});

test('fields that hold anything are no fault', () => {
  for (const spec of [
    null,
    { rules: 'x', parentRefs: [null, 1] },
    { rules: [{ backendRefs: [{ name: 3 }, null], filters: [null] }] },
  ])
    for (const kind of ['HTTPRoute', 'Gateway', 'ReferenceGrant'])
      expect(order([], [manifest(API, kind, 'x', spec as object)])).toEqual([[`create ${kind} x`]]);
  const rule = { http: { paths: [null, { backend: null }] } };
  expect(order([], [manifest('networking.k8s.io/v1', 'Ingress', 'x', { rules: [null, {}, rule] })])).toHaveLength(1);
});
