import {
  CanaryRelease,
  FaultInjection,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  MeshService,
  Port,
  path,
  SecureNamespace,
} from '../../src';
import { goes, newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };

function shop() {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const db = new MeshService(c, 'Db', { port: Port.http(80), versions: { v1: image }, calls: [] });
  const reviews = new MeshService(c, 'Reviews', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    calls: [db],
    callPolicy: { circuitBreaker: { maxConnections: 9 } },
  });
  new CanaryRelease(c, 'Canary', { service: reviews, stable: 'v1', canary: 'v2', percent: 10 });
  const page = new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [reviews] });
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] })
    .route(path.prefix('/'), page)
    .route(path.prefix('/reviews'), reviews);
  return { c, db, reviews, page, edge };
}

test('a fork is a Service, a Deployment, and copies of policy, allows and Sidecar', () => {
  const { c, reviews } = shop();
  new HeaderRoutedDevEnv(c, 'Dev1', {
    name: 'dev1',
    header: 'x-env',
    forks: [reviews.fork({ image: 'reviews:pr-1', version: 'v1' })],
    until: '2026-12-24',
  });
  const fork = c.toJson().filter((o: any) => o.metadata.name === 'reviews-dev1');
  expect(fork.map((o: any) => o.kind).sort()).toEqual([
    'AuthorizationPolicy',
    'Deployment',
    'DestinationRule',
    'Service',
    'Sidecar',
  ]);
  expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
  expect(object(c, 'AuthorizationPolicy', 'reviews-dev1').spec.rules).toEqual(
    object(c, 'AuthorizationPolicy', 'reviews').spec.rules,
  );
  expect(object(c, 'Sidecar', 'reviews-dev1').spec.egress).toEqual(object(c, 'Sidecar', 'reviews').spec.egress);
  expect(object(c, 'DestinationRule', 'reviews-dev1').spec.trafficPolicy).toEqual({
    connectionPool: { tcp: { maxConnections: 9 } },
  });
  expect(object(c, 'VirtualService', 'reviews').metadata.annotations).toEqual({ 'mesh.cdk8s.io/expires': 'dev1=2026-12-24' });
});

test("no other request reaches a fork: its pods lack the service's own selector, and keep its identity", () => {
  const { c, reviews } = shop();
  new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [reviews.fork()] });
  const selector = object(c, 'Service', 'reviews').spec.selector;
  const pod = object(c, 'Deployment', 'reviews-dev1').spec.template;
  expect(Object.entries(selector).every(([k, v]) => pod.metadata.labels[k] === v)).toBe(false);
  expect(pod.spec.serviceAccountName).toBe('reviews');
  expect(object(c, 'Service', 'reviews-dev1').spec.selector).toEqual({ app: 'reviews-dev1' });
});

test.each([
  ['header', { header: 'x-env' }, { 'x-env': 'dev1' }, { 'x-env': 'dev10' }],
  ['baggage', { baggage: 'env' }, { baggage: 'a=1, env=dev1;ttl=3 ,b=2' }, { baggage: 'env=dev10,xenv=dev1' }],
  ['tracestate', { tracestate: 'env' }, { tracestate: 'x=1,env=dev1' }, { tracestate: 'env=dev10' }],
] as const)('carried by %s: dev1 is never dev10, in the mesh and at the gateway', (_, carrier, mine, others) => {
  const { c, reviews } = shop();
  new HeaderRoutedDevEnv(c, 'Dev1', { ...carrier, name: 'dev1', forks: [reviews.fork()] });
  expect(goes(c, 'reviews', { headers: mine })).toBe('reviews-dev1');
  expect(goes(c, 'reviews', { headers: others })).toBe('90 v1, 10 v2');
  expect(goes(c, 'edge-shop-example-com', { path: '/reviews/1', headers: mine })).toBe('reviews-dev1');
  expect(goes(c, 'edge-shop-example-com', { path: '/reviews/1', headers: others })).toBe('90 v1, 10 v2');
  expect(goes(c, 'edge-shop-example-com', { path: '/other', headers: mine })).toBe('page');
});

test('callers reach the fork: their Sidecars name it', () => {
  const { c, reviews } = shop();
  new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [reviews.fork()] });
  expect(object(c, 'Sidecar', 'page').spec.egress[0].hosts).toContain('shop/reviews-dev1.shop.svc.cluster.local');
});

test('who has to pass the header on: all that a declared call leads through', () => {
  const { c, db } = shop();
  expect(new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [db.fork()] }).propagators).toEqual([
    'page',
    'reviews',
  ]);
});

test('a fault over the base spares environments; over everything it does not', () => {
  for (const [over, to] of [
    ['base', 'reviews-dev1'],
    ['everything', 'abort 500 reviews-dev1'],
  ] as const) {
    const { c, reviews } = shop();
    new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [reviews.fork()] });
    new FaultInjection(c, 'Alice', { service: reviews, when: header('user').is('alice'), abort: { status: 500 }, over });
    expect(goes(c, 'reviews', { headers: { 'x-env': 'dev1', user: 'alice' } })).toBe(to);
    expect(goes(c, 'reviews', { headers: { 'x-env': 'dev1' } })).toBe('reviews-dev1');
  }
});

test('fifty environments behind ten paths stay small, and right', () => {
  const c = newChart();
  const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image, v2: image } });
  new CanaryRelease(c, 'Canary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  const edge = new IngressGateway(c, 'Edge', { hosts: ['*'] });
  for (let i = 0; i < 10; i++) edge.route(path.prefix(`/p${i}`), web);
  for (let i = 0; i < 50; i++) new HeaderRoutedDevEnv(c, `E${i}`, { name: `dev${i}`, baggage: 'env', forks: [web.fork()] });
  expect(object(c, 'VirtualService', 'web').spec.http).toHaveLength(51);
  expect(object(c, 'VirtualService', 'edge-any').spec.http).toHaveLength(51);
  for (const [env, to] of [
    ['dev7', 'web-dev7'],
    ['dev49', 'web-dev49'],
    ['dev50', '90 v1, 10 v2'],
  ] as const) {
    expect(goes(c, 'edge-any', { path: '/p3/x', headers: { baggage: `env=${env}` } })).toBe(to);
    expect(goes(c, 'edge-any', { path: '/p30', headers: { baggage: `env=${env}` } })).toBe('404');
  }
});
