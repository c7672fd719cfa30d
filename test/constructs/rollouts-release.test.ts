import type { Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
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
