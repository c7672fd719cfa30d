import type { Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  type FlaggerCanaryProps,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  MeshService,
  type MeshServiceProps,
  Port,
  path,
  SecureNamespace,
  StranglerMigration,
} from '../../src';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
type Props = Partial<Omit<FlaggerCanaryProps<'live'>, 'engine' | 'service'>>;

/** A page that calls a cart, which Flagger releases, in a namespace where nobody may call unless allowed. */
function shop(props: Props = {}, o: Partial<MeshServiceProps<'live', 'http'>> = {}) {
  const chart = newChart();
  new SecureNamespace(chart, 'Namespace', { name: 'shop' });
  const cart = new MeshService(chart, 'Cart', { port: Port.http(80), versions: { live: image }, calls: [], ...o });
  const page = new MeshService(chart, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [cart] });
  const other = new MeshService(chart, 'Other', { port: Port.http(80), versions: { v1: image }, calls: [] });
  const how = 'audience' in props ? {} : { steps: [5, 25, 50] };
  const release = new CanaryRelease(chart, 'Release', { engine: 'flagger', service: cart, ...how, ...props } as any);
  return { chart, cart, page, other, release };
}
const canary = (chart: Chart) => object(chart, 'Canary', 'cart').spec;
const kinds = (chart: Chart, name: string) =>
  chart
    .toJson()
    .filter((o: any) => o.metadata.name === name)
    .map((o: any) => o.kind);

test('a Canary and its Deployment; Flagger makes the Service, the routes and the policies', () => {
  const { chart } = shop();
  expect(yamlOf(chart, 'Canary', 'VirtualService', 'DestinationRule')).toMatchSnapshot();
  expect(kinds(chart, 'cart').sort()).toEqual(['AuthorizationPolicy', 'Canary', 'ServiceAccount', 'Sidecar']);
});

test('each step, as the controller sets it', () => {
  const { chart, cart, page } = shop({ mirrorFirst: 10 } as Props);
  const mesh = meshOf(chart);
  const at = (step: number) => mesh.duringRelease(cart, step).request({ from: page, to: cart });
  expect(mesh.request({ from: page, to: cart })).toReach('shop/cart-live-primary');
  expect(at(0)).toReach('shop/cart-live-primary');
  expect(at(0)).toMirrorTo('shop/cart-live', 10);
  expect(at(1)).not.toMirrorTo('shop/cart-live', 10);
  for (const [step, percent] of [5, 25, 50].entries())
    expect(at(step + 1)).toSplit({ 'shop/cart-live-primary': 100 - percent, 'shop/cart-live': percent });
  expect(() => mesh.duringRelease(cart, 4)).toThrow('Canary "shop/cart" has 4 steps, counted from 0: there is no step 4');
  expect(() => mesh.duringRelease('shop/kart', 0)).toThrow(
    'there is no Rollout or Canary "shop/kart" (did you mean "shop/cart"?)',
  );
});

test('both versions let in the same callers, and call the same: policies do not see which one a pod is', () => {
  const { chart, page, other, cart } = shop();
  const mesh = meshOf(chart).duringRelease(cart, 2);
  for (const host of ['cart', 'cart-primary', 'cart-canary']) {
    expect(mesh.request({ from: other, to: host, acceptDoubts: true })).not.toReach('shop/cart-live');
    expect(mesh.request({ from: other, to: host, acceptDoubts: true })).not.toReach('shop/cart-live-primary');
  }
  expect(mesh.request({ from: page, to: 'cart-canary' })).toReach('shop/cart-live');
  expect(mesh.request({ from: 'shop/cart-live-primary', to: 'other', acceptDoubts: true })).not.toReach('other');
});

test('what else is said about the host is a root that delegates', () => {
  const { chart, cart, page } = shop({}, { callPolicy: { timeout: '3s' } });
  new FaultInjection(chart, 'Alice', { service: cart, when: header('end-user').is('alice'), delay: '2s' });
  new HeaderRoutedDevEnv(chart, 'Dev1', { name: 'dev1', header: 'x-dev', forks: [cart.fork({ image: 'x:dev' })] });
  cart.answer('closed', { kind: 'respond', status: 503 }, path.exact('/closed'));
  expect(yamlOf(chart, 'VirtualService')).toMatchSnapshot();
  expect(canary(chart).service.delegation).toBe(true);
  const mesh = meshOf(chart).duringRelease(cart, 1);
  const ask = (headers = {}, p = '/') => mesh.request({ from: page, to: cart, headers, path: p });
  for (const t of [ask(), ask({ 'end-user': 'alice' })]) {
    expect(t).toSplit({ 'shop/cart-live-primary': 75, 'shop/cart-live': 25 });
    expect(t).toTimeOutAfter('3s');
  }
  expect(ask({ 'end-user': 'alice' })).toBeDelayed('2s');
  expect(ask()).not.toBeDelayed('2s');
  expect(ask({ 'x-dev': 'dev1' })).toReach('shop/cart-dev1');
  expect(ask({}, '/closed')).toAnswer(503);
});

test('a gateway delegates, too', () => {
  const { chart, cart, page } = shop();
  new IngressGateway(chart, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/cart'), cart).route(path.prefix('/'), page);
  expect(canary(chart).service.delegation).toBe(true);
  const mesh = meshOf(chart).duringRelease(cart, 0);
  const at = (p: string) => mesh.request({ from: 'gateway:shop/edge', to: 'a.example.com', path: p });
  const shares = { 'shop/cart-live-primary': 95, 'shop/cart-live': 5 };
  expect(at('/cart')).toSplit(shares);
  expect(at('/')).toReach('shop/page');
  expect(mesh.request({ from: page, to: cart })).toSplit(shares);
});

test('an audience alone gets the canary, for some intervals', () => {
  const audience = header('X-Beta').is('yes').or(header('cookie').matches('.*beta.*'));
  const { chart, cart, page } = shop({ audience, iterations: 10 } as Props, { callPolicy: { timeout: '3s' } });
  expect(canary(chart).analysis).toMatchObject({ iterations: 10, match: [{ headers: { 'x-beta': { exact: 'yes' } } }, {}] });
  const mesh = meshOf(chart).duringRelease(cart, 0);
  const ask = (headers = {}) => mesh.request({ from: page, to: cart, headers });
  expect(ask()).toReach('shop/cart-live-primary');
  expect(ask({ 'x-beta': 'yes' })).toReach('shop/cart-live');
  expect(ask({ cookie: 'a=b; beta=1' })).toReach('shop/cart-live');
});

test('policies for connections are Flagger’s to write, for both versions', () => {
  const { chart, cart, page } = shop({}, { callPolicy: { circuitBreaker: { maxRequests: 9, eject: { after: 3 } } } });
  expect(yamlOf(chart, 'DestinationRule')).toBe('');
  expect(canary(chart).service.trafficPolicy).toEqual({
    connectionPool: { http: { http2MaxRequests: 9 } },
    outlierDetection: { consecutive5xxErrors: 3 },
  });
  const trace: any = meshOf(chart).request({ from: page, to: cart });
  expect(trace.endings).toHaveLength(1);
});

test('an autoscaler is Flagger’s to copy; another target port and a protocol are told', () => {
  const versions = { live: { ...image, autoscale: { min: 2, max: 4 }, resources: { cpu: { request: Cpu.millis(100) } } } };
  const { chart } = shop({ interval: '2m', threshold: 3, metrics: { successRate: 99.5, p99: '500ms' } } as Props, {
    versions,
    port: Port.http(80, { target: 8080 }),
  });
  const { autoscalerRef, service, analysis } = canary(chart);
  expect(autoscalerRef).toEqual({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'cart-live' });
  expect(service).toEqual({ name: 'cart', port: 80, targetPort: 8080, portName: 'http', appProtocol: 'http' });
  expect(analysis).toMatchObject({
    interval: '120s',
    threshold: 3,
    metrics: [
      { name: 'request-success-rate', thresholdRange: { min: 99.5 } },
      { name: 'request-duration', thresholdRange: { max: 500 } },
    ],
  });
});

test('what Flagger cannot do is refused when the app is settled', () => {
  const migrated = shop();
  const old = new ExternalService(migrated.chart, 'Old', { host: 'old.example.com', port: Port.http(80) });
  new StranglerMigration(migrated.chart, 'Migration', { from: old, to: migrated.cart, percent: 50 });
  expect(() => yamlOf(migrated.chart)).toThrow(/whose rule "release" is a delegate: a share of a split cannot be one/);
  const limited = shop({}, { callPolicy: { circuitBreaker: { maxConnections: 9 } } });
  expect(() => yamlOf(limited.chart)).toThrow(
    /compiles to connectionPool.tcp, for which the Canary of "chart\/Release" has no place/,
  );
  const caller = shop();
  caller.cart.callPolicyFrom(caller.page, { circuitBreaker: { maxRequests: 1 } });
  expect(() => yamlOf(caller.chart)).toThrow(/the policy of service "page" for connections to service "cart" would be/);
  const same = shop({ audience: header('end-user').is('eve'), iterations: 2 } as Props);
  new FaultInjection(same.chart, 'Alice', { service: same.cart, when: header('End-User').is('alice'), abort: { status: 500 } });
  expect(() => yamlOf(same.chart)).toThrow(/asks for "end-user", as the audience of "release" does/);
});
