import fc from 'fast-check';
import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { phasesOf } from '../../src/order/phases';
import { mesh } from './meshes';
import { after, gaps, host, manifest, routes, service, shown, subsets } from './support';

const first = () => 0;
const plan = (live: Manifest[], desired: Manifest[]) => {
  const phases = phasesOf({ live, desired });
  expect(gaps(live, phases, first)).toEqual([]);
  expect(phases.knots).toEqual([]);
  return phases;
};

test.each([
  ['Job', { template: { spec: { serviceAccountName: 'report' } } }],
  ['CronJob', { jobTemplate: { spec: { template: { spec: { serviceAccountName: 'report' } } } } }],
])('a %s begins when all that it calls is there, and who lets it in', (kind, spec) => {
  const account = manifest('v1', 'ServiceAccount', 'report', {});
  const job = manifest('batch/v1', kind, 'report', spec);
  const policy = (name: string, rules: object) => manifest('security.istio.io/v1', 'AuthorizationPolicy', name, rules);
  const lets = policy('web', { selector: { matchLabels: { app: 'web' } }, rules: [{}] });
  const phases = shown(plan([], [job, policy('none', {}), lets, account, service('web')]));
  expect(phases.at(-1)).toEqual([`create ${kind} report`]);
  expect(phases.flat()).toHaveLength(5);
  expect(shown(plan([account, job], []))).toEqual([[`delete ${kind} report`], ['delete ServiceAccount report']]);
});

test('what old pods need goes when the last of them are gone, whenever these were changed', () => {
  const app = (name: string, pod: object) =>
    manifest('apps/v1', 'Deployment', name, { template: { metadata: { labels: { app: name } }, spec: pod } });
  const account = manifest('v1', 'ServiceAccount', 'old', {});
  const live = [account, app('a', { serviceAccountName: 'old' }), app('b', { serviceAccountName: 'old' })];
  const config = manifest('v1', 'ConfigMap', 'new', {});
  const b = app('b', { containers: [{ name: 'b', envFrom: [{ configMapRef: { name: 'new' } }] }] });
  const phases = plan(live, [app('a', {}), b, config]);
  expect(shown(phases)).toEqual([
    ['change Deployment a', 'create ConfigMap new'],
    ['change Deployment b'],
    ['delete ServiceAccount old'],
  ]);
  expect(phases.phases.map((p) => p.pods.map((m) => m.name).sort())).toEqual([[], ['a', 'b'], []]);
});

test('what a workload needs whose pods are waited for goes when these are gone', () => {
  const old = manifest('apps/v1', 'Deployment', 'old', {
    template: { metadata: { labels: { app: 'web' } }, spec: { serviceAccountName: 'old' } },
  });
  const account = manifest('v1', 'ServiceAccount', 'old', {});
  const guard = manifest('security.istio.io/v1', 'AuthorizationPolicy', 'web', { selector: { matchLabels: { app: 'web' } } });
  const { phases } = plan([old, account, guard], []);
  const gone = phases.findIndex((p) => p.gone.some((m) => m.name === 'old'));
  const phaseOf = (name: string, kind: string) =>
    phases.findIndex((p) => p.writes.some((w) => w.object.name === name && w.object.kind === kind));
  expect(gone).toBe(phaseOf('old', 'Deployment'));
  expect(phaseOf('old', 'ServiceAccount')).toBeGreaterThan(gone);
  expect(phaseOf('web', 'AuthorizationPolicy')).toBeGreaterThan(gone);
});

describe('one release', () => {
  test('a subset that is added is there before the route', () => {
    expect(
      shown(
        plan(
          [service('web'), subsets('web', 'v1'), routes('web', 'web/v1')],
          [service('web'), subsets('web', 'v1', 'v2'), routes('web', 'web/v1', 'web/v2')],
        ),
      ),
    ).toEqual([['change DestinationRule web'], ['change VirtualService web']]);
  });

  test('a subset that is dropped goes after the route', () => {
    expect(
      shown(
        plan(
          [service('web'), subsets('web', 'v1', 'v2'), routes('web', 'web/v1', 'web/v2')],
          [service('web'), subsets('web', 'v2'), routes('web', 'web/v2')],
        ),
      ),
    ).toEqual([['change VirtualService web'], ['change DestinationRule web']]);
  });

  test('one added and one dropped at once go by way of both', () => {
    const phases = plan(
      [service('web'), subsets('web', 'v1'), routes('web', 'web/v1')],
      [service('web'), subsets('web', 'v2'), routes('web', 'web/v2')],
    );
    expect(shown(phases)).toEqual([
      ['change DestinationRule web (wide)'],
      ['change VirtualService web'],
      ['change DestinationRule web'],
    ]);
    expect(phases.phases.map((p) => p.awaited)).toEqual([
      ['subset web.shop.svc.cluster.local v2'],
      ['subset web.shop.svc.cluster.local v1'],
      [],
    ]);
  });

  test('a Sidecar that only knows more comes with what opens, one that knows less with what closes', () => {
    const pods = manifest('apps/v1', 'Deployment', 'page', { template: { metadata: { labels: { app: 'page' } } } });
    const knows = (...hosts: string[]) => manifest('networking.istio.io/v1', 'Sidecar', 'page', { egress: [{ hosts }] });
    const one = [pods, service('web'), knows('./web'), routes('web', 'web')];
    const two = [pods, service('web'), knows('./web', './api'), service('api'), routes('web', 'api')];
    expect(shown(plan(one, two))).toEqual([['change Sidecar page', 'create Service api'], ['change VirtualService web']]);
    expect(shown(plan(two, one))).toEqual([['change VirtualService web'], ['change Sidecar page', 'delete Service api']]);
  });

  test('who counts for an EnvoyFilter is there before it, and goes after it', () => {
    const cluster_name = 'outbound|80||limits.shop.svc.cluster.local';
    const asks = { rate_limit_service: { grpc_service: { envoy_grpc: { cluster_name } } } };
    const filter = manifest('networking.istio.io/v1alpha3', 'EnvoyFilter', 'web', {
      configPatches: [{ patch: { value: { typed_config: asks } } }],
    });
    const all = [service('web'), service('limits'), filter];
    expect(shown(plan([service('web')], all))).toEqual([['create Service limits'], ['create EnvoyFilter web']]);
    expect(shown(plan(all, [service('web')]))).toEqual([['delete EnvoyFilter web'], ['delete Service limits']]);
  });

  test('from nothing, and to nothing', () => {
    const all = [manifest('v1', 'Namespace', 'shop', {}, ''), service('web'), subsets('web', 'v1'), routes('web', 'web/v1')];
    expect(shown(plan([], all))).toEqual([
      ['create Namespace shop'],
      ['create DestinationRule web', 'create Service web'],
      ['create VirtualService web'],
    ]);
    expect(shown(plan(all, []))).toEqual([
      ['delete VirtualService web'],
      ['delete DestinationRule web', 'delete Service web'],
      ['delete Namespace shop'],
    ]);
  });

  test('proxies are waited for where requests that are served now lead elsewhere, and nowhere else', () => {
    const made = (name: string, ...versions: string[]) => [
      service(name),
      subsets(name, ...versions),
      routes(name, ...versions.map((v) => `${name}/${v}`)),
    ];
    const phases = plan([...made('web', 'v1'), ...made('page', 'v1')], [...made('web', 'v1', 'v2'), ...made('news', 'v1')]);
    expect(phases.phases.map((p, i) => [p.settles, ...shown(phases)[i]!])).toEqual([
      // news is nobody's yet
      [true, 'change DestinationRule web', 'create DestinationRule news', 'create Service news'],
      [false, 'change VirtualService web', 'create VirtualService news'],
      [true, 'delete VirtualService page'],
      [false, 'delete DestinationRule page', 'delete Service page'],
    ]);
  });

  test('routes that delegate to each other have no order, whether they come or go', () => {
    const delegates = (name: string, to: string) =>
      manifest('networking.istio.io/v1', 'VirtualService', name, { http: [{ delegate: { name: to } }] });
    const circle = [delegates('a', 'b'), delegates('b', 'a')];
    const knots = phasesOf({ live: [], desired: circle }).knots.map(({ key, facts, waits }) => [key, ...facts, waits]);
    expect(knots).toEqual([
      ['networking.istio.io/VirtualService shop/a', 'delegate shop/b', true],
      ['networking.istio.io/VirtualService shop/b', 'delegate shop/a', true],
    ]);
    expect(phasesOf({ live: circle, desired: [] }).knots.map((k) => k.waits)).toEqual([false, false]);
  });

  test('nothing to do is no phase', () => {
    const all = [service('web'), subsets('web', 'v1')];
    expect(plan(all, all).phases).toEqual([]);
  });
});

test('from any mesh to any other nothing is missing at any moment, in any order within a phase', () => {
  fc.assert(
    fc.property(mesh, mesh, fc.array(fc.nat(), { minLength: 50, maxLength: 50 }), (live, desired, picks) => {
      const phases = phasesOf({ live, desired });
      let i = 0;
      expect(gaps(live, phases, (n) => picks[i++ % picks.length]! % n)).toEqual([]);
      expect(phases.knots).toEqual([]);
      expect(after(live, phases)).toEqual(new Map(desired.map((m) => [keyOf(m), m.object])));
    }),
    { numRuns: 500 },
  );
});

describe('certificates of Gateways', () => {
  const secret = (name: string, namespace: string) => manifest('v1', 'Secret', name, {}, namespace);
  const edge = (credentialName: string) =>
    manifest('networking.istio.io/v1', 'Gateway', 'edge', {
      selector: { istio: 'edge' },
      servers: [{ port: { number: 443, protocol: 'HTTPS' }, tls: { mode: 'SIMPLE', credentialName }, hosts: ['a.b'] }],
    });
  const gateway = manifest('apps/v1', 'Deployment', 'edge', { template: { metadata: { labels: { istio: 'edge' } } } }, 'edge');
  const order = [['create Secret new'], ['change Gateway edge'], ['delete Secret old']];

  test('are in the namespace of the pods, and go when the proxies have heard', () => {
    const made = plan([gateway, secret('old', 'edge'), edge('old')], [gateway, secret('new', 'edge'), edge('new')]);
    expect(shown(made)).toEqual(order);
    expect(made.phases.map((p) => p.settles)).toEqual([true, true, false]);
    // a Secret of the same name elsewhere is another
    const other = [gateway, secret('old', 'edge'), secret('new', 'shop'), edge('old')];
    expect(shown(plan(other, [gateway, secret('new', 'edge'), secret('new', 'shop'), edge('new')]))).toEqual(order);
  });

  test('may be anywhere, where nobody says where the pods are', () =>
    expect(shown(plan([secret('old', 'any'), edge('old')], [secret('new', 'any'), edge('new')]))).toEqual(order));
});

test('what is said about a host is known before requests come to go there', () => {
  const tls = manifest('networking.istio.io/v1', 'DestinationRule', 'api', {
    host: host('api'),
    trafficPolicy: { tls: { mode: 'SIMPLE' } },
  });
  const one = [service('web'), service('api'), routes('web', 'web')];
  const made = plan(one, [service('web'), service('api'), tls, routes('web', 'api')]);
  expect(shown(made)).toEqual([['create DestinationRule api'], ['change VirtualService web']]);
  expect(made.phases[0]!.settles).toBe(true);
  // it may go, and come, where requests go there already
  const there = [service('web'), service('api'), routes('web', 'api')];
  expect(shown(plan(there, [...there, tls]))).toEqual([['create DestinationRule api']]);
  expect(shown(plan([...there, tls], there))).toEqual([['delete DestinationRule api']]);
});
