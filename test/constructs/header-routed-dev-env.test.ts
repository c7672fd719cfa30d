import * as kplus from 'cdk8s-plus-27';
import {
  CanaryRelease,
  FaultInjection,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  LoadBalancer,
  MeshService,
  Port,
  path,
  SecureNamespace,
} from '../../src';
import { meshOf } from '../../src/testing/jest';
import { goes, newChart, object, routeOf, yamlOf } from './support';

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
  for (const [kind, name] of [
    ['VirtualService', 'reviews'],
    ['Deployment', 'reviews-dev1'],
    ['Service', 'reviews-dev1'],
  ] as const)
    expect(object(c, kind, name).metadata.annotations).toEqual({ 'expires.mesh.cdk8s.io/dev1': '2026-12-24' });
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

test('each environment has an expiry of its own', () => {
  const { c, reviews } = shop();
  for (const name of ['dev1', 'dev2'])
    new HeaderRoutedDevEnv(c, name, { name, header: 'x-env', forks: [reviews.fork()], until: '2026-12-24' });
  expect(Object.keys(object(c, 'VirtualService', 'reviews').metadata.annotations)).toEqual([
    'expires.mesh.cdk8s.io/dev1',
    'expires.mesh.cdk8s.io/dev2',
  ]);
  expect(Object.keys(object(c, 'Deployment', 'reviews-dev2').metadata.annotations)).toEqual(['expires.mesh.cdk8s.io/dev2']);
});

test('a fork runs as the version that it stands for, which its callees let in', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const db = new MeshService(c, 'Db', { port: Port.http(80), versions: { v1: image }, calls: [] });
  const account = kplus.ServiceAccount.fromServiceAccountName(c, 'Given', 'given');
  const api = new MeshService(c, 'Api', {
    port: Port.http(80),
    versions: { v1: { ...image, serviceAccount: 'own' }, v2: { ...image, serviceAccount: account as never }, v3: image },
    defaultVersion: 'v1',
    calls: [db],
  });
  const accountOf = (env: string) => object(c, 'Deployment', `api-${env}`).spec.template.spec.serviceAccountName;
  for (const version of ['v1', 'v2', 'v3'] as const)
    new HeaderRoutedDevEnv(c, version, { name: `for-${version}`, header: 'x-env', forks: [api.fork({ version })] });
  new HeaderRoutedDevEnv(c, 'Default', { name: 'default-one', header: 'x-env', forks: [api.fork()] });
  expect(['for-v1', 'for-v2', 'for-v3', 'default-one'].map(accountOf)).toEqual(['api-v1', 'given', 'api', 'api-v1']);
  const [{ from }] = object(c, 'AuthorizationPolicy', 'db').spec.rules;
  for (const name of ['api-v1', 'given', 'api']) expect(from[0].source.principals).toContain(`cluster.local/ns/shop/sa/${name}`);
});

test("a fork's callers treat it as the version that it stands for, also by what is said later", () => {
  const c = newChart();
  const port = Port.http(80);
  const page = new MeshService(c, 'Page', { port, versions: { v1: image } });
  const api = new MeshService(c, 'Api', {
    port,
    versions: { v1: image, v2: { ...image, callPolicy: { circuitBreaker: { maxConnections: 2 } } } },
    defaultVersion: 'v1',
  });
  new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [api.fork({ version: 'v2' })] });
  api.portPolicy(port, { loadBalancer: LoadBalancer.random, timeout: '3s' });
  api.callPolicyFrom(page, { loadBalancer: LoadBalancer.roundRobin });
  const policyOf = (name: string) => object(c, 'DestinationRule', name).spec.trafficPolicy;
  expect(policyOf('api-dev1')).toEqual({
    connectionPool: { tcp: { maxConnections: 2 } },
    portLevelSettings: [
      { port: { number: 80 }, connectionPool: { tcp: { maxConnections: 2 } }, loadBalancer: { simple: 'RANDOM' } },
    ],
  });
  expect(policyOf('api-dev1-from-page').portLevelSettings[0].loadBalancer).toEqual({ simple: 'ROUND_ROBIN' });
  expect(routeOf(c, 'api', { headers: { 'x-env': 'dev1' } })).toMatchObject({
    route: [{ destination: { host: 'api-dev1.shop.svc.cluster.local' } }],
    timeout: '3s',
  });
});

test('a fork is one pod with the variables of its version and its own, and a version that telemetry can tell', () => {
  const c = newChart();
  const api = new MeshService(c, 'Api', {
    port: Port.http(80),
    versions: {
      v1: {
        ...image,
        env: { A: '1', B: '1' },
        autoscale: { max: 9 },
        minAvailable: 2,
        resources: { cpu: { request: kplus.Cpu.millis(100) } },
        args: ['x'],
      },
    },
  });
  new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [api.fork({ env: { B: '2', C: '2' } })] });
  const { spec } = object(c, 'Deployment', 'api-dev1');
  expect(spec.replicas).toBeUndefined();
  const [container] = spec.template.spec.containers;
  expect(container.env.map((e: any) => `${e.name}=${e.value}`)).toEqual(['A=1', 'B=2', 'C=2']);
  expect(container.args).toEqual(['x']);
  expect(spec.template.metadata.labels).toMatchObject({ version: 'dev1', 'app.kubernetes.io/name': 'api' });
  expect(yamlOf(c, 'HorizontalPodAutoscaler', 'PodDisruptionBudget')).not.toContain('dev1');
  new HeaderRoutedDevEnv(c, 'Dev2', { name: 'dev2', header: 'x-env', forks: [api.fork({ replicas: 3, minAvailable: 1 })] });
  expect(object(c, 'Deployment', 'api-dev2').spec.replicas).toBe(3);
  expect(object(c, 'PodDisruptionBudget', 'api-dev2').spec.minAvailable).toBe(1);
});

test('a service whose objects exist is forked too: its account, its ports, and what it is told', () => {
  const c = newChart();
  const legacy = MeshService.adopt(c, 'Legacy', {
    port: Port.http(80, { target: 8080 }),
    versions: { v1: {} },
    podLabels: { 'app.kubernetes.io/name': 'legacy' },
    serviceAccount: 'old',
  });
  new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [legacy.fork({ image: 'new:1' })] });
  expect(goes(c, 'legacy', { headers: { 'x-env': 'dev1' } })).toBe('legacy-dev1');
  expect(goes(c, 'legacy')).toBe('legacy');
  const { template } = object(c, 'Deployment', 'legacy-dev1').spec;
  expect(template.spec.serviceAccountName).toBe('old');
  expect(template.spec.containers[0]).toMatchObject({ image: 'new:1', ports: [{ containerPort: 8080 }] });
  expect(template.metadata.labels['app.kubernetes.io/name']).not.toBe('legacy');
  expect(object(c, 'Service', 'legacy-dev1').spec.ports[0].targetPort).toBe(8080);
});

test('what is said for calls of a service is said for those of its forks', () => {
  const { c, reviews, page, db } = shop();
  const web = new MeshService(c, 'Web', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    calls: [db],
    defaultVersion: 'v1',
  });
  const [env] = [new HeaderRoutedDevEnv(c, 'Dev', { name: 'dev1', header: 'x-env', forks: [web.fork({ version: 'v2' })] })];
  db.callPolicyFrom(web, { timeout: '30s', circuitBreaker: { maxConnections: 3 } });
  new FaultInjection(c, 'Fault', { service: db, from: web.version('v2'), when: header('u').is('alice'), abort: { status: 500 } });
  new FaultInjection(c, 'Other', { service: db, from: web.version('v1'), when: header('u').is('bob'), abort: { status: 501 } });
  const mesh = meshOf(c);
  const [fork] = env!.forks;
  const as = (user: string) => mesh.request({ from: fork!, to: db, headers: { u: user } });
  expect(as('carol')).toTimeOutAfter('30s');
  expect(as('alice')).toAbort(500);
  expect(as('bob')).toReach(db); // a fault of the version that the fork does not stand for
  expect(mesh.request({ from: page, to: reviews })).toTimeOutAfter('0s');
  const rules = c.toJson().filter((o: any) => o.kind === 'DestinationRule' && o.spec.workloadSelector);
  expect(rules.map((o: any) => [o.metadata.name, o.spec.workloadSelector.matchLabels, o.spec.trafficPolicy])).toEqual([
    ['db-from-web', { app: 'web' }, { connectionPool: { tcp: { maxConnections: 3 } } }],
    ['db-from-web-dev1', { app: 'web-dev1' }, { connectionPool: { tcp: { maxConnections: 3 } } }],
  ]);
});
