import type { Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { AnalysisTemplate, type AnalysisTemplateSpec } from '../../imports/argoproj.io';
import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  MeshService,
  type MeshServiceProps,
  Port,
  path,
  type RolloutStep,
  StranglerMigration,
} from '../../src';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const STEPS: readonly RolloutStep[] = [{ setWeight: 5 }, { pause: '10m' }, { setWeight: 50 }, { pause: 'until promoted' }];

/** A page that calls a cart, which Argo Rollouts releases. */
function shop(steps = STEPS, o: Partial<MeshServiceProps<'live', 'http'>> = {}) {
  const chart = newChart();
  const cart = new MeshService(chart, 'Cart', {
    port: Port.http(80),
    versions: { live: { ...image, replicas: 3 } },
    calls: [],
    ...o,
  });
  const page = new MeshService(chart, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [cart] });
  const release = new CanaryRelease(chart, 'Release', { engine: 'argo-rollouts', service: cart, steps });
  return { chart, cart, page, release };
}
const rollout = (chart: Chart) => object(chart, 'Rollout', 'cart').spec;
const istio = (chart: Chart) => rollout(chart).strategy.canary.trafficRouting.istio;

test('a Rollout over the Deployment, and routes with both versions', () => {
  const { chart } = shop();
  expect(yamlOf(chart, 'Rollout', 'VirtualService', 'DestinationRule')).toMatchSnapshot();
  expect(object(chart, 'Deployment', 'cart-live').spec.replicas).toBeUndefined();
});

test('of a service with several ports each has a route with a name of its own', () => {
  const ports = [Port.http(80), Port.grpc(90), Port.redis(6379)];
  const { chart, cart, page } = shop(STEPS, { port: undefined, ports } as never);
  new IngressGateway(chart, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/'), cart, { port: 80 });
  expect(rollout(chart).strategy.canary.trafficRouting.istio.virtualServices).toEqual([
    { name: 'cart', routes: ['release-80', 'release-90'] },
    { name: 'edge-a-example-com', routes: ['cart.release-80'] },
  ]);
  const mesh = meshOf(chart).duringRelease('shop/cart', 2);
  for (const port of [80, 90, 6379])
    expect(mesh.request({ from: page, to: cart, port })).toSplit({ 'cart@stable': 50, 'cart@canary': 50 });
  expect(mesh.request({ from: 'gateway:shop/edge', to: 'a.example.com' })).toSplit({ 'cart@stable': 50, 'cart@canary': 50 });
});

describe('metrics', () => {
  const prometheus = 'http://prometheus.istio-system:9090';
  const steps: readonly RolloutStep[] = [{ setCanaryScale: { replicas: 1 } }, ...STEPS];
  const measured = (metrics: object, port: Port<any> = Port.http(80), of = steps) => {
    const chart = newChart();
    const cart = new MeshService(chart, 'Cart', { port, versions: { live: image } }) as MeshService<'live', 'http'>;
    new CanaryRelease(chart, 'Release', {
      engine: 'argo-rollouts',
      service: cart,
      steps: of,
      metrics: { prometheus, ...metrics },
    });
    return chart;
  };

  test('an AnalysisTemplate, which the release asks from the first step with requests', () => {
    const chart = measured({ successRate: 99.5, p99: '300ms', interval: '30s', threshold: 3 });
    expect(yamlOf(chart, 'AnalysisTemplate')).toMatchSnapshot();
    expect(rollout(chart).strategy.canary.analysis).toEqual({
      templates: [{ templateName: 'cart-release' }],
      args: [{ name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } }],
      startingStep: 1,
    });
  });

  test('gRPC statuses that are failures of the server count too', () => {
    const [metric, ...others] = object(measured({}, Port.grpc(80)), 'AnalysisTemplate', 'cart-release').spec.metrics;
    expect([others, metric.successCondition]).toEqual([[], 'len(result) > 0 && result[0] >= 99']);
    expect(metric.provider.prometheus.query).toContain('grpc_response_status=~"2|4|12|13|14|15"');
  });

  test.each([
    [{ prometheus: 'prometheus:9090' }, 'prometheus of metrics of "chart/Release" is "prometheus:9090", which is no URL'],
    [{ interval: '5s' }, 'interval of metrics of "chart/Release" is 5s: it has to be 10s at least'],
    [{ threshold: 0 }, 'threshold of metrics of "chart/Release" is 0: it has to be a whole number, at least 1'],
    [{ successRate: 101 }, 'successRate of metrics of "chart/Release" is 101'],
  ])('%j is refused', (metrics, message) => {
    expect(() => measured(metrics)).toThrow(message);
  });

  test('that nobody would be asked are refused, and those of connections', () => {
    expect(() => measured({}, Port.http(80), [{ pause: '1m' }, { setWeight: 10 }])).toThrow('would be asked of nobody');
    expect(() => measured({}, Port.redis(6379))).toThrow('needs an HTTP port');
  });
});

describe('a step that asks AnalysisTemplates', () => {
  const template = (chart: Chart, args: AnalysisTemplateSpec['args'] = [], namespace?: string) =>
    new AnalysisTemplate(chart, 'Smoke', {
      metadata: { name: 'smoke', ...(namespace ? { namespace } : {}) },
      spec: { args, metrics: [{ name: 'smoke', provider: { web: { url: 'http://smoke/' } } }] },
    });
  const asking = (analysis: (chart: Chart) => RolloutStep['analysis']) => {
    const chart = newChart();
    const service = new MeshService(chart, 'Cart', { port: Port.http(80), versions: { live: image } });
    const steps = [{ setWeight: 5 }, { analysis: analysis(chart)! }];
    new CanaryRelease(chart, 'Release', { engine: 'argo-rollouts', service, steps });
    return rollout(chart).strategy.canary.steps[1].analysis;
  };

  test('by name, or as objects, whose hashes of pods they are told', () => {
    const args = [{ name: 'stable-hash' }, { name: 'canary-hash' }, { name: 'env', value: 'prod' }];
    expect(asking((c) => ['there-already', template(c, args)])).toEqual({
      templates: [{ templateName: 'there-already' }, { templateName: 'smoke' }],
      args: [
        { name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } },
        { name: 'stable-hash', valueFrom: { podTemplateHashValue: 'Stable' } },
      ],
    });
  });

  test('what it would not find, or not understand, is refused', () => {
    expect(() => asking((c) => [template(c, [{ name: 'env' }])])).toThrow('whose arguments "env" have no value');
    expect(() => asking((c) => [template(c, [], 'other')])).toThrow('which is in namespace "other"');
    expect(() => asking(() => [])).toThrow('names no AnalysisTemplate: leave the step out');
    expect(() => asking(() => [{} as never])).toThrow('has what is no AnalysisTemplate');
  });
});

test('each step, as the controller sets it', () => {
  const { chart, cart, page } = shop();
  const mesh = meshOf(chart);
  const at = (step: number) => mesh.duringRelease(cart, step).request({ from: page, to: cart });
  expect(mesh.request({ from: page, to: cart })).toReach('cart@stable');
  expect(at(0)).toSplit({ 'shop/cart-stable': 95, 'shop/cart-canary': 5 });
  expect(at(1)).toSplit({ 'shop/cart-stable': 95, 'shop/cart-canary': 5 });
  expect(at(2)).toSplit({ 'cart@stable': 50, 'cart@canary': 50 });
});

test('a fault, a timeout and an environment hold at each step, since all routes of the release are moved', () => {
  const { chart, cart, page } = shop(STEPS, { callPolicy: { timeout: '3s' } });
  new FaultInjection(chart, 'Alice', { service: cart, when: header('end-user').is('alice'), delay: '2s' });
  new HeaderRoutedDevEnv(chart, 'Dev1', { name: 'dev1', header: 'x-dev', forks: [cart.fork({ image: 'x:dev' })] });
  expect(istio(chart).virtualService).toEqual({ name: 'cart', routes: ['release.alice', 'release'] });
  const mesh = meshOf(chart).duringRelease('shop/cart', 2);
  const ask = (headers = {}) => mesh.request({ from: page, to: cart, headers });
  for (const t of [ask(), ask({ 'end-user': 'alice' })]) {
    expect(t).toSplit({ 'cart@stable': 50, 'cart@canary': 50 });
    expect(t).toTimeOutAfter('3s');
  }
  expect(ask({ 'end-user': 'alice' })).toBeDelayed('2s');
  expect(ask()).not.toBeDelayed('2s');
  expect(ask({ 'x-dev': 'dev1' })).toReach('shop/cart-dev1');
});

test('a header and copies, by routes before all others, and out again', () => {
  const { chart, cart, page } = shop([
    { setCanaryScale: { replicas: 1 } },
    { setHeaderRoute: { name: 'beta', when: header('X-Beta').is('yes').or(header('x-beta').startsWith('y')) } },
    { setMirrorRoute: { name: 'copies', when: path.prefix('/api'), percent: 20 } },
    { setWeight: 10 },
    { setHeaderRoute: { name: 'beta' } },
    { setMirrorRoute: { name: 'copies' } },
  ]);
  expect(rollout(chart).strategy.canary.trafficRouting.managedRoutes).toEqual([{ name: 'beta' }, { name: 'copies' }]);
  const mesh = meshOf(chart);
  const at = (step: number, o = {}) => mesh.duringRelease(cart, step).request({ from: page, to: cart, ...o });
  const beta = { headers: { 'x-beta': 'yes' } };
  const api = { path: '/api/x' };
  expect(at(0, beta)).toReach('cart@stable');
  expect(at(1, beta)).toReach('cart@canary');
  expect(at(1)).toReach('cart@stable');
  expect(at(1, api)).not.toMirrorTo('cart@canary', 20);
  expect(at(2, api)).toReach('cart@stable');
  expect(at(2, api)).toMirrorTo('cart@canary', 20);
  expect(at(2)).not.toMirrorTo('cart@canary', 20);
  expect(at(3, api)).toSplit({ 'cart@stable': 90, 'cart@canary': 10 });
  expect(at(3, api)).toMirrorTo('cart@canary', 20);
  expect(at(3, { ...beta, ...api })).toReach('cart@canary');
  expect(at(4, beta)).toSplit({ 'cart@stable': 90, 'cart@canary': 10 });
  expect(at(5, api)).not.toMirrorTo('cart@canary', 20);
});

test('at a gateway the same release, of each of its hosts', () => {
  const { chart, cart, page } = shop();
  new IngressGateway(chart, 'Edge', { hosts: ['a.example.com', 'b.example.com'] })
    .route(path.prefix('/cart'), cart)
    .route(path.prefix('/'), page);
  expect(istio(chart).virtualServices).toEqual([
    { name: 'cart', routes: ['release'] },
    { name: 'edge-a-example-com', routes: ['cart.release'] },
    { name: 'edge-b-example-com', routes: ['cart.release'] },
  ]);
  const mesh = meshOf(chart).duringRelease(cart, 2);
  const at = (to: string, p: string) => mesh.request({ from: 'gateway:shop/edge', to, path: p });
  for (const host of ['a.example.com', 'b.example.com']) {
    expect(at(host, '/cart')).toSplit({ 'cart@stable': 50, 'cart@canary': 50 });
    expect(at(host, '/')).toReach('shop/page');
  }
});

test('an autoscaler counts the pods of the Rollout', () => {
  const { chart } = shop(STEPS, {
    versions: { live: { ...image, autoscale: { min: 2, max: 4 }, resources: { cpu: { request: Cpu.millis(100) } } } },
  });
  expect(rollout(chart).replicas).toBeUndefined();
  const target = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'cart' };
  expect(object(chart, 'HorizontalPodAutoscaler', 'cart-live').spec.scaleTargetRef).toEqual(target);
});

test('connections of TCP ports, port by port', () => {
  const chart = newChart();
  const service = new MeshService(chart, 'Cache', {
    ports: [Port.redis(6379), Port.tcp(9000)],
    versions: { live: image },
  });
  new CanaryRelease(chart, 'Release', { engine: 'argo-rollouts', service, steps: [{ setWeight: 20 }] });
  expect(object(chart, 'Rollout', 'cache').spec.strategy.canary.trafficRouting.istio.virtualService).toEqual({
    name: 'cache',
    tcpRoutes: [{ port: 6379 }, { port: 9000 }],
  });
  const { tcp } = object(chart, 'VirtualService', 'cache').spec;
  for (const r of tcp)
    expect(r.route.map((d: any) => [d.destination.subset, d.weight])).toEqual([
      ['stable', 100],
      ['canary', 0],
    ]);
  const page = new MeshService(chart, 'Page', { port: Port.http(80), versions: { v1: image } });
  const mesh = meshOf(chart).duringRelease(service, 0);
  for (const port of [6379, 9000])
    expect(mesh.request({ from: page, to: service, port, alpn: [] })).toSplit({
      'shop/cache-stable': 80,
      'shop/cache-canary': 20,
    });
});

test('what a Rollout cannot move is refused when the app is settled', () => {
  const migrated = shop();
  const old = new ExternalService(migrated.chart, 'Old', { host: 'old.example.com', port: Port.http(80) });
  new StranglerMigration(migrated.chart, 'Migration', { from: old, to: migrated.cart, percent: 50 });
  expect(() => yamlOf(migrated.chart)).toThrow(
    /route "migration.release" of VirtualService "cart" shares requests between service "cart" and others/,
  );
  const routed = shop();
  routed.cart.routeTo('live', header('a').is('b'), 'all');
  expect(() => yamlOf(routed.chart)).toThrow(/route "all" of VirtualService "cart" leads to all pods of service "cart"/);
  const edge = shop([{ setWeight: 5 }, { setHeaderRoute: { name: 'beta', when: header('a').is('b') } }]);
  new IngressGateway(edge.chart, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/cart'), edge.cart);
  expect(() => yamlOf(edge.chart)).toThrow(/before all routes of VirtualService "edge-a-example-com"/);
  const named = shop([{ setWeight: 5 }, { setHeaderRoute: { name: 'release', when: header('a').is('b') } }]);
  expect(() => yamlOf(named.chart)).toThrow(/make routes "release", which VirtualService "cart" has already/);
  const caller = shop();
  caller.cart.callPolicyFrom(caller.page, { circuitBreaker: { maxConnections: 1 } });
  expect(() => yamlOf(caller.chart)).toThrow(/the policy of service "page" for connections to service "cart" would be/);
});
