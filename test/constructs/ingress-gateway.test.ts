import { App, Chart } from 'cdk8s';
import {
  CanaryRelease,
  type Condition,
  FaultInjection,
  header,
  IngressGateway,
  ignoringCase,
  MeshService,
  Port,
  path,
  query,
  SecureNamespace,
} from '../../src';
import { findings } from '../../src/routing/findings';
import { meshOf } from '../../src/testing/jest';
import { goes, newChart, object, routeOf, yamlOf } from './support';

const image = { image: 'x:1' };

function shop() {
  const c = newChart();
  const web = new MeshService(c, 'Web', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    callPolicy: { timeout: '5s' },
  });
  new CanaryRelease(c, 'Canary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  web.routeTo('v2', path.exact('/v2/users'), 'users');
  const api = new MeshService(c, 'Api', { port: Port.http(8080), versions: { v1: image } });
  return { c, web, api };
}

test('the canary is the same at the edge, behind the narrower route first', () => {
  const { c, web, api } = shop();
  new FaultInjection(c, 'Alice', { service: web, when: header('user').is('alice'), abort: { status: 500 } });
  new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] })
    .route(path.prefix('/'), web)
    .route(path.prefix('/api'), api, { timeout: '2s', name: 'api' });
  const at = (p: string, headers = {}) => goes(c, 'edge-shop-example-com', { path: p, headers });
  expect([at('/'), at('/', { user: 'alice' }), at('/api'), at('/api/x'), at('/apix')]).toEqual([
    '90 v1, 10 v2',
    'abort 500 90 v1, 10 v2',
    'api',
    'api',
    '90 v1, 10 v2',
  ]);
  expect(yamlOf(c, 'Gateway', 'VirtualService')).toMatchSnapshot();
});

test('a rewrite goes first: conditions of the service are about the rewritten path', () => {
  const { c, web } = shop();
  new IngressGateway(c, 'Edge', { hosts: ['*'] }).route(path.prefix('/shop'), web, {
    rewrite: { replacePrefix: '/shop', with: '/v2' },
  });
  expect(goes(c, 'edge-any', { path: '/shop/users' })).toBe('v2');
  expect(goes(c, 'edge-any', { path: '/shop/other' })).toBe('90 v1, 10 v2');
  const rewrites = object(c, 'VirtualService', 'edge-any').spec.http.flatMap((r: any) =>
    r.match.map((m: any) => [m.uri.exact ?? m.uri.prefix, r.rewrite.uri]),
  );
  expect(rewrites).toEqual([
    ['/shop', '/v2'],
    ['/shop/users', '/v2/users'],
    ['/shop/', '/v2/'],
  ]);
});

test('stripping a prefix never doubles a slash', () => {
  const { c, api } = shop();
  new IngressGateway(c, 'Edge', { hosts: ['*'] }).route(path.prefix('/api'), api, {
    rewrite: { replacePrefix: '/api', with: '/' },
  });
  const rewrites = object(c, 'VirtualService', 'edge-any').spec.http.flatMap((r: any) =>
    r.match.map((m: any) => [m.uri.exact ?? m.uri.prefix, r.rewrite.uri]),
  );
  expect(rewrites).toEqual([
    ['/api', '/'],
    ['/api/', '/'],
  ]);
});

test('of two timeouts the smaller holds', () => {
  const { c, web } = shop();
  new IngressGateway(c, 'Edge', { hosts: ['*'] })
    .route(path.prefix('/slow'), web, { timeout: '9s' })
    .route(path.prefix('/fast'), web, { timeout: '1s' });
  const of = (p: string) =>
    object(c, 'VirtualService', 'edge-any').spec.http.find((r: any) => r.match.some((m: any) => m.uri.exact === p)).timeout;
  expect([of('/slow'), of('/fast')]).toEqual(['5s', '1s']);
});

test('redirects and answers go before all routes; what nobody takes is 404', () => {
  const { c, api } = shop();
  new IngressGateway(c, 'Edge', { hosts: ['*'] })
    .route(ignoringCase(path.prefix('/Api')).and(query('v').is('1')), api)
    .redirect(path.exact('/api/old'), { uri: '/api/new', code: 308 })
    .respond(503, 'closed', header('x-closed').present());
  const at = (p: string, headers = {}, q = {}) => goes(c, 'edge-any', { path: p, headers, query: q });
  expect([at('/api/old'), at('/api', { 'x-closed': '1' }), at('/API/x', {}, { v: '1' }), at('/api/x'), at('/other')]).toEqual([
    'redirect /api/new',
    'answer 503',
    'api',
    '404',
    '404',
  ]);
});

test('each host has its routes, also where two look alike as names', () => {
  const { c, api } = shop();
  const hosts = ['a.b.com', 'a-b.com', '*.x.com', 'any.x.com', 'any-x.com', 'c.com', '*'];
  new IngressGateway(c, 'Edge', { hosts }).route(path.prefix('/'), api);
  const bound = c.toJson().filter((o: any) => o.kind === 'VirtualService' && o.spec.gateways);
  expect(bound.flatMap((o: any) => o.spec.hosts)).toEqual(hosts);
  expect(bound.map((o: any) => o.metadata.name)).toEqual([
    'edge-a.b.com',
    'edge-a-b.com',
    'edge-any--x.com',
    'edge-any.x.com',
    'edge-any-x.com',
    'edge-c-com',
    'edge-any',
  ]);
});

test('gateways on other pods, or in other namespaces, have ports of their own', () => {
  const { c, api } = shop();
  const at = (id: string, workload: object) =>
    new IngressGateway(c, id, { hosts: ['a.com'], workload }).route(path.prefix('/'), api);
  at('One', { labels: { istio: 'one' } });
  at('Two', { labels: { istio: 'two' } });
  at('Three', { labels: { istio: 'one' }, namespace: 'other' });
  expect(c.toJson().filter((o: any) => o.kind === 'Gateway')).toHaveLength(3);
});

test('TLS with a redirect and a certificate', () => {
  const { c, api } = shop();
  new IngressGateway(c, 'Edge', {
    hosts: ['a.example.com'],
    tls: { credentialName: 'edge-cert' },
    certificate: { issuer: 'letsencrypt' },
  }).route(path.prefix('/'), api);
  expect(yamlOf(c, 'Gateway', 'Certificate')).toMatchSnapshot();
});

test('pods of its own', () => {
  const c = newChart();
  const api = new MeshService(c, 'Api', { port: Port.http(80), versions: { v1: image }, allowFrom: [] });
  new IngressGateway(c, 'Edge', { hosts: ['*'], deploy: true, tls: { mode: 'mutual', credentialName: 'x' } }).route(
    path.prefix('/'),
    api,
  );
  expect(yamlOf(c, 'Gateway', 'Deployment', 'AuthorizationPolicy')).toMatchSnapshot();
});

test('a deployed gateway serves its own hosts alone, though selectors reach across namespaces', () => {
  const app = new App();
  const at = (namespace: string, name: string) => {
    const c = new Chart(app, `${namespace}-${name}`, { namespace });
    const api = new MeshService(c, `Api-${name}`, { port: Port.http(80), versions: { v1: image } });
    return new IngressGateway(c, 'Edge', { name, hosts: [`${name}.${namespace}.com`], deploy: true }).route(
      path.prefix('/'),
      api,
    );
  };
  const gateways = [at('one', 'edge'), at('two', 'edge'), at('one', 'ingressgateway'), at('a', 'edge-b'), at('b-a', 'edge')];
  const mesh = meshOf(app);
  for (const from of gateways)
    for (const { namespace, name } of gateways) {
      const { outbound } = mesh.request({ from, to: `${name}.${namespace}.com` });
      const own = from.name === name && from.namespace === namespace;
      expect([from.namespace, from.name, namespace, name, outbound?.action]).toEqual([
        from.namespace,
        from.name,
        namespace,
        name,
        own ? 'route' : 'noVirtualHost',
      ]);
    }
  expect(gateways.every((g) => Object.values(g.labels).every((v) => v !== 'ingressgateway'))).toBe(true);
});

const both = { path: '/a', headers: { x: '1' } };
type Calls = [name: string, when: Condition, options?: object][];

/** Where requests go that both routes are about, and what is found. */
function decided(calls: Calls) {
  const c = newChart();
  const edge = new IngressGateway(c, 'Edge', { hosts: ['a.com'] });
  const services = new Map<string, any>();
  for (const [name, when, o] of calls) {
    const known = services.get(name) ?? new MeshService(c, name, { port: Port.http(80), versions: { v1: image } });
    services.set(name, known);
    edge.route(when, known, o);
  }
  const decides = routeOf(c, 'edge-a-com', both);
  return {
    goes: decides.route[0].destination.host.split('.')[0],
    timeout: decides.timeout,
    found: findings(edge.table(), edge.binding),
  };
}

test.each<[string, Calls, string, string[]]>([
  [
    'the name decides where nothing else does, and that is found',
    [
      ['s', path.prefix('/a')],
      ['q', header('x').is('1')],
    ],
    'q',
    ['ordered-by-name'],
  ],
  [
    'an order decides',
    [
      ['s', path.prefix('/a'), { order: -1 }],
      ['q', header('x').is('1')],
    ],
    's',
    [],
  ],
  [
    'the lower order decides',
    [
      ['s', path.prefix('/a')],
      ['q', header('x').is('1'), { order: 1 }],
    ],
    's',
    [],
  ],
  [
    'the narrower one decides, whatever the order',
    [
      ['s', path.prefix('/a').and(header('x').is('1'))],
      ['q', header('x').is('1'), { order: -9 }],
    ],
    's',
    [],
  ],
])('%s; the order of calls is nothing', (_, calls, to, codes) => {
  for (const list of [calls, [...calls].reverse()]) {
    const { goes: where, found } = decided(list);
    expect([where, found.map((f) => f.code)]).toEqual([to, codes]);
  }
});

test('two routes to one service that meet are in one order, whatever the order of calls', () => {
  const calls: Calls = [
    ['s', path.prefix('/a'), { timeout: '1s' }],
    ['s', header('x').is('1'), { timeout: '2s' }],
  ];
  const [one, other] = [decided(calls), decided([...calls].reverse())];
  expect(one.timeout).toBe(other.timeout);
  expect(one.found.map((f) => f.code)).toEqual(['ordered-by-name']);
});

test('answers have an order too', () => {
  const answers = (swapped: boolean, order?: number) => {
    const c = newChart();
    const edge = new IngressGateway(c, 'Edge', { hosts: ['a.com'] });
    const steps = [
      () => edge.respond(503, 'later', path.prefix('/a'), 'later', order === undefined ? {} : { order }),
      () => edge.redirect(header('x').is('1'), { uri: '/b' }, 'away'),
    ];
    for (const step of swapped ? steps.reverse() : steps) step();
    return goes(c, 'edge-a-com', both);
  };
  expect([false, true].map((s) => answers(s))).toEqual(['redirect /b', 'redirect /b']);
  expect([false, true].map((s) => answers(s, -1))).toEqual(['answer 503', 'answer 503']);
});

test('routes to services of one name are called by the namespace too', () => {
  const app = new App();
  const [one, two] = ['one', 'two'].map((namespace) => {
    const c = new Chart(app, namespace, { namespace });
    return { c, web: new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image } }) };
  });
  const edge = new IngressGateway(one!.c, 'Edge', { hosts: ['a.com'] }).route(path.prefix('/one'), one!.web);
  const names = () => edge.table().rules.map((r) => r.name);
  expect(names()).toEqual(['web']);
  edge.route(path.prefix('/two'), two!.web).route(path.prefix('/three'), two!.web, { name: 'three' });
  expect(names().sort()).toEqual(['three', 'web-one', 'web-two']);
});

test('clients get in at pods that stand in a namespace which denies by default; pods elsewhere are not ours to open', () => {
  const c = newChart();
  const api = new MeshService(c, 'Api', { port: Port.http(80), versions: { v1: image }, calls: [] });
  new IngressGateway(c, 'Own', { hosts: ['a.com'], deploy: true }).route(path.prefix('/'), api);
  new IngressGateway(c, 'Here', {
    hosts: ['b.com'],
    workload: { namespace: 'shop', labels: { app: 'in' } },
  }).route(path.prefix('/'), api);
  new IngressGateway(c, 'There', { hosts: ['c.com'] }).route(path.prefix('/'), api);
  const clients = () => c.toJson().filter((o: any) => /-clients$/.test(o.metadata.name));
  expect(clients()).toEqual([]);
  new SecureNamespace(c, 'Namespace');
  expect(clients().map((o: any) => [o.kind, o.metadata.namespace, o.spec])).toEqual([
    ['AuthorizationPolicy', 'shop', { selector: { matchLabels: { istio: 'own.shop' } }, rules: [{}] }],
    ['AuthorizationPolicy', 'shop', { selector: { matchLabels: { app: 'in' } }, rules: [{}] }],
  ]);
});

test('TCP and TLS connections, split as the service splits them', () => {
  const c = newChart();
  const db = new MeshService(c, 'Db', { port: Port.tls(5432), versions: { v1: image, v2: image } });
  new CanaryRelease(c, 'Canary', { service: db, stable: 'v1', canary: 'v2', percent: 20 });
  new IngressGateway(c, 'Edge', { hosts: [] }).tcp(31400, db).passthrough(['db.example.com'], db);
  expect(yamlOf(c, 'Gateway', 'VirtualService')).toMatchSnapshot();
});

test('a route is a call: the gateway is let in where access is closed', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const api = new MeshService(c, 'Api', { port: Port.http(80), versions: { v1: image }, calls: [] });
  new IngressGateway(c, 'Edge', { hosts: ['*'] }).route(path.prefix('/'), api);
  expect(object(c, 'AuthorizationPolicy', 'api').spec.rules[0].from[0].source.principals).toEqual([
    'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
  ]);
});

test('a condition on the source is settled at a gateway', () => {
  const { c, web, api } = shop();
  web.callPolicyFrom(api, { timeout: '1s' });
  new IngressGateway(c, 'Edge', { hosts: ['*'] }).route(path.prefix('/'), web);
  expect(JSON.stringify(object(c, 'VirtualService', 'edge-any').spec)).not.toContain('source');
});

test('what Envoy and Istio take on the way is rendered as it is', () => {
  const c = newChart();
  const values = ['100%%', '%REQ(y?z)% over %PROTOCOL%', '%START_TIME(%Y-%m)%', '%DYNAMIC_METADATA(["a", "b"])%', ''];
  const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1' } } });
  const gateway = new IngressGateway(c, 'Edge', { hosts: ['a.example.com'], tls: { credentialName: 'shop.tls' } });
  gateway.route(path.prefix('/'), s, {
    headers: { request: { set: Object.fromEntries(values.map((v, i) => [`x-${i}`, v])) } },
    cors: {
      allowOrigins: [{ regex: 'https://.*' }],
      allowMethods: ['GET', '*'],
      allowHeaders: ['*', 'x-a'],
      exposeHeaders: ['x_b'],
      maxAge: '1m',
    },
    retries: { attempts: 3, on: ['503', 'reset-before-request'] },
  });
  for (const [i, authority] of ['b.com:8080', '10.0.0.1', '[::1]:80', 'b'].entries())
    gateway.route(path.prefix(`/p${i}`), s, { name: `p${i}`, rewrite: { replaceFull: '/', authority } });
  const http: any[] = object(c, 'VirtualService', 'edge-a-example-com').spec.http;
  const last = http.find((r) => r.name === 's');
  expect(Object.values(last.headers.request.set)).toEqual(values);
  expect(last.corsPolicy).toMatchObject({ allowMethods: ['GET', '*'], allowHeaders: ['*', 'x-a'], maxAge: '60s' });
  expect(last.retries).toMatchObject({ attempts: 3, retryOn: '503,reset-before-request' });
  expect(new Set(http.flatMap((r) => r.rewrite?.authority ?? []))).toEqual(new Set(['10.0.0.1', '[::1]:80', 'b', 'b.com:8080']));
});
