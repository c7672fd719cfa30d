import { App, Chart } from 'cdk8s';
import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  header,
  IngressGateway,
  MeshService,
  Port,
  path,
  SecureNamespace,
  TrafficMirror,
} from '../../src';
import { endingsText, meshOf, traceMatchers } from '../../src/testing/jest';

const image = { image: 'x:1' };
const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
new SecureNamespace(chart, 'Namespace');
const ratings = new MeshService(chart, 'Ratings', { port: Port.http(80), versions: { v1: image }, calls: [] });
const reviews = new MeshService(chart, 'Reviews', {
  port: Port.http(80),
  versions: { v1: image, v2: image },
  calls: [ratings],
  callPolicy: { timeout: '3s', retries: { attempts: 4 } },
});
const page = new MeshService(chart, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [reviews] });
new CanaryRelease(chart, 'Canary', { service: reviews, stable: 'v1', canary: 'v2', percent: 10 });
reviews.routeTo('v2', header('end-user').is('jason'), 'jason');
new FaultInjection(chart, 'Alice', {
  service: reviews,
  when: header('end-user').is('alice'),
  abort: { status: 500 },
  over: 'everything',
});
new FaultInjection(chart, 'Slow', { service: ratings, percent: 20, delay: '2s' });
new TrafficMirror(chart, 'Copies', { service: ratings, to: reviews, version: 'v2', percent: 5 });
const bank = new ExternalService(chart, 'Bank', { host: 'bank.example.com', port: Port.http(80) });
page.mayCall(bank);
const edge = new IngressGateway(chart, 'Edge', { hosts: ['shop.example.com'] })
  .route(path.prefix('/'), page)
  .redirect(path.exact('/old'), { uri: '/new', code: 302 });
const mesh = meshOf(app);
const as = (user: string) => mesh.request({ from: page, to: reviews, headers: { 'end-user': user } });

test('a header "host" says for whom the request is that goes to a service', () => {
  const { request } = mesh.request({ from: page, to: reviews, headers: { Host: 'x.example.com' } });
  expect(request).toMatchObject({ host: 'x.example.com', headers: {}, dialled: expect.stringMatching(/^10\.96\./) });
  expect(() => mesh.request({ from: page, to: reviews, headers: { ':path': '/a' } })).toThrow('":path" is no header');
});

test('what happens to requests', () => {
  expect(mesh.request({ from: page, to: bank })).toReach(bank);
  expect(mesh.request({ from: page, to: bank })).toSplit({ 'bank.example.com': 100 });
  expect(as('jason')).toReach(reviews.version('v2'));
  expect(as('jason')).toReach('v2');
  expect(as('jason')).toReach('shop/reviews');
  expect(as('jason')).not.toReach(reviews.version('v1'));
  expect(as('bob')).toReach(reviews);
  expect(as('bob')).toSplit({ v1: 90, v2: 10 });
  expect(as('bob')).toSplit({ reviews: 100 });
  expect(as('alice')).toAbort(500);
  expect(as('alice')).toAnswer(500);
  expect(as('alice')).not.toReach(reviews);
  expect(as('bob')).toTimeOutAfter('3s');
  expect(as('bob')).toRetry(4);
  expect(as('bob')).toUseMutualTls();
  expect(mesh.request({ from: page, to: ratings, port: 80 })).not.toReach(ratings);
  const rated = mesh.request({ from: reviews.version('v1'), to: ratings });
  expect(rated).toBeDelayed('2s', 20);
  expect(rated).toMirrorTo(reviews.version('v2'), 5);
  expect(rated).toReach(ratings);
  expect(mesh.request({ from: edge, to: 'shop.example.com', path: '/old' })).toRedirectTo('http://shop.example.com/new', 302);
  expect(mesh.request({ from: edge, to: 'shop.example.com' })).toReach(page);
  expect(mesh.request({ to: page })).toBeDenied();
});

describe('each matcher can fail, and shows the trace', () => {
  const bob = as('bob');
  test.each([
    ['toReach', [reviews.version('v2')], 'reaches shop/reviews@v2'],
    ['toReach', ['v1'], 'reaches v1'],
    ['toSplit', [{ v1: 91, v2: 9 }], 'splits {"v1":91,"v2":9}'],
    ['toSplit', [{ v1: 90 }], 'splits {"v1":90}'],
    ['toAnswer', [404], 'is answered with 404'],
    ['toAbort', [500], 'is aborted with 500'],
    ['toBeDelayed', ['1s'], 'is delayed by 1s'],
    ['toRedirectTo', ['http://x/'], 'is redirected to http://x/'],
    ['toMirrorTo', [reviews], 'is copied to shop/reviews'],
    ['toBeDenied', [], 'is denied'],
    ['toRetry', [0], 'is tried again 0 times at most'],
    ['toTimeOutAfter', ['1s'], 'is given up after 1s'],
  ] as const)('%s(%j)', (name, args, says) => {
    const { pass, message } = (traceMatchers as any)[name](bob, ...args);
    expect(pass).toBe(false);
    expect(message()).toContain(`expected that the request ${says}\n\nshop/page-v1  GET reviews.shop.svc.cluster.local:80/`);
    expect(message()).toContain('VirtualService shop/reviews spec.http');
  });

  test('plain text is no mutual TLS', () => {
    expect(mesh.request({ to: page })).not.toUseMutualTls();
  });

  test('what is no trace is said to be none', () => {
    expect(() => expect(5).toReach('v1')).toThrow('this matcher is for traces');
  });
});

test('properties of all requests about a host', () => {
  const all = mesh.requests({ from: page, to: reviews }, { count: 300, seed: 7 });
  expect(all).toHaveLength(300);
  expect(new Set(all.map(endingsText)).size).toBe(3);
  for (const t of all) expect(t).not.toReach(ratings);
});

describe('of a service with several versions each is asked', () => {
  const other = new App();
  const c = new Chart(other, 'shop', { namespace: 'shop' });
  const db = new MeshService(c, 'Db', { port: Port.http(80), versions: { v1: image }, calls: [] });
  const web = new MeshService(c, 'Web', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    calls: [db],
    defaultVersion: 'v1',
  });
  new FaultInjection(c, 'Broken', {
    service: db,
    from: web.version('v2'),
    abort: { status: 500 },
    percent: 100,
    over: 'everything',
  });
  const m = meshOf(other);

  test('and all have to be as expected', () => {
    const one = m.request({ from: web, to: db, headers: { host: 'web' } });
    expect(one.others).toBeUndefined();
    expect(one.client.name).toBe('shop/web-v1, shop/web-v2');
    const asked = m.request({ from: web, to: db });
    expect(asked.others).toHaveLength(1);
    expect(endingsText(asked)).toBe(
      [
        'shop/web-v1',
        '100 %  200  shop/db-v1',
        'shop/web-v2',
        '100 %  500 FI  the proxy of shop/web-v2  a fault answers it with 500',
      ].join('\n'),
    );
    expect(() => expect(asked).toReach(db)).toThrow('reaches shop/db\n\nshop/web-v2  GET');
    expect(() => expect(asked).not.toReach(db)).toThrow('does not: reaches shop/db\n\nshop/web-v1  GET');
    expect(() => expect(asked).toAbort(500)).toThrow('is aborted with 500\n\nshop/web-v1  GET');
    expect(asked).not.toAbort(418);
    const flow = m.flow({ from: web, to: db, next: [] });
    expect(() => expect(flow).toReach(db)).toThrow('reaches shop/db\n\nshop/web-v2  GET');
    expect(m.requests({ from: web, to: db }, { count: 3 }).map(endingsText)).toHaveLength(6);
    expect(m.routes({ from: web, to: db }).split('\n\n')).toHaveLength(2);
  });
});

test('routes as a person reads them', () => {
  expect(mesh.routes({ from: page, to: reviews })).toMatchInlineSnapshot(`
"reviews.shop.svc.cluster.local:80 for shop/page-v1
  1  header end-user is "jason"  ->  reviews.shop.svc.cluster.local:80 v2, timeout 3000 ms
  2  header end-user is "alice"  ->  90 % reviews.shop.svc.cluster.local:80 v1, 10 % reviews.shop.svc.cluster.local:80 v2, abort 500 for 100 %, timeout 3000 ms
  3  always  ->  90 % reviews.shop.svc.cluster.local:80 v1, 10 % reviews.shop.svc.cluster.local:80 v2, timeout 3000 ms"
`);
});

test('YAML of anyone', () => {
  const bookinfo = meshOf('dist/bookinfo');
  expect(bookinfo.request({ from: 'bookinfo/productpage', to: 'reviews', headers: { 'end-user': 'jason' } })).toReach('v2');
  expect(() => bookinfo.request({ from: 'nobody', to: 'reviews' })).toThrow('there is no client "nobody"');
  expect(() => meshOf('nowhere')).toThrow('there is no file or folder "nowhere"');
  expect(() => meshOf(['dist/bookinfo', ''])).toThrow('is empty text');
});

test('a name of nothing in the mesh, or of no property, is an error', () => {
  expect(() => expect(as('bob')).not.toReach('v9')).toThrow('there is no "v9" in this mesh');
  expect(() => expect(as('bob')).not.toReach('shop/review')).toThrow('did you mean "shop/reviews"');
  expect(() => expect(as('bob')).not.toMirrorTo('reviews@v7')).toThrow('there is no "reviews@v7"');
  expect(() => mesh.request({ from: page, to: reviews, header: {} } as never)).toThrow('no property "header"');
  expect(as('bob')).not.toReach('shop/page');
});

describe('a request that goes on', () => {
  const user = (name: string, o: object = {}) =>
    mesh.flow({
      from: edge,
      to: 'shop.example.com',
      headers: { 'end-user': name },
      next: [reviews, ratings],
      propagate: ['End-User'],
      ...o,
    });

  test('ends where the last service is, with the shares of all hops', () => {
    const versions = mesh.flow({ from: edge, to: 'shop.example.com', next: [reviews] });
    expect(versions).toSplit({ v1: 90, v2: 10 });
    expect(versions).toRetry(4);
    expect(user('jason')).toReach(ratings);
    expect(user('jason')).toBeDelayed('2s', 20);
    expect(user('jason')).not.toReach(reviews);
    expect(user('jason')).toUseMutualTls();
    expect(user('jason').hops.map((h) => h.depth)).toEqual([0, 1, 2]);
  });

  test('ends before, where a hop answers it', () => {
    expect(user('alice')).toAnswer(500);
    expect(user('alice')).not.toReach(ratings);
    // nothing gets to the last hop, so nothing is said of it
    expect(user('alice')).not.toBeDelayed('2s', 20);
    expect(mesh.flow({ from: edge, to: 'shop.example.com', next: [{ to: ratings, path: '/r', port: 80 }] })).toAnswer(502);
  });

  test('forgets the headers that no service passes on', () => {
    expect(user('alice', { propagate: [] })).toReach(ratings);
    expect(user('alice', { propagate: ['end-*'] })).toAnswer(500);
  });

  test('a failure shows every hop', () => {
    const { message } = traceMatchers.toAnswer(user('jason', { propagate: [] }), 418);
    expect(message()).toMatch(/lost on the way: end-user[\s\S]*then, for 10 % of the requests/);
  });

  test.each([
    ['a hop that is no host', { next: [{ path: '/' }] }, 'a hop of the flow lacks its property "to"'],
    ['a hop with a misspelt property', { next: [{ to: reviews, pth: '/' }] }, 'a hop of the flow has no property "pth"'],
    ['no hops', { next: undefined }, 'the flow lacks its property "next"'],
  ])('%s', (_what, o, says) => expect(() => user('jason', o)).toThrow(says));
});
