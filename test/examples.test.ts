import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { meshOf } from '../src/testing/jest';
import { token } from './real/trace/tokens';

/** What the examples' YAML does with requests: the four posts, from the outside. */
describe('bookinfo', () => {
  const mesh = meshOf('dist/bookinfo');
  const reviews = (user: string) => mesh.request({ from: 'bookinfo/productpage', to: 'reviews', headers: { 'end-user': user } });

  test('a tenth of the reviews are v2’s, and all of jason’s; alice gets an error', () => {
    expect(mesh.request({ from: 'bookinfo/productpage', to: 'reviews' })).toSplit({ v1: 90, v2: 10 });
    expect(reviews('jason')).toReach('bookinfo/reviews@v2');
    expect(reviews('alice')).toAbort(500);
  });

  test('bob waits two seconds for ratings', () => {
    const ratings = (user: string) => mesh.request({ from: 'reviews@v3', to: 'ratings', headers: { 'end-user': user } });
    expect(ratings('bob')).toBeDelayed('2s');
    expect(ratings('eve')).not.toBeDelayed('2s');
    expect(ratings('eve')).toReach('bookinfo/ratings');
  });

  test('a fifth of the calls of details are copied to v2, which answers none', () => {
    const details = mesh.request({ from: 'productpage', to: 'details' });
    expect(details).toReach('v1');
    expect(details).toMirrorTo('bookinfo/details@v2', 20);
  });

  test('the product page is behind the gateway, at its paths alone', () => {
    const at = (path: string, host = 'bookinfo.example.com') =>
      mesh.request({ from: 'gateway:bookinfo/bookinfo', to: host, path });
    for (const p of ['/productpage', '/login', '/logout', '/static/x.css', '/api/v1/products/0/reviews'])
      expect(at(p)).toSplit({ 'bookinfo/productpage': 95, 'old.productpage.com': 5 });
    for (const p of ['/', '/productpage/x', '/staticx', '/api/v1']) expect(at(p)).toAnswer(404);
    expect(at('/productpage', 'other.example.com')).toAnswer(404);
  });

  test('95 % of what is sent to the old host arrives at the page', () => {
    const old = mesh.request({ from: 'productpage', to: 'old.productpage.com', port: 80 });
    expect(old).toSplit({ 'bookinfo/productpage': 95, 'old.productpage.com': 5 });
  });

  test('nobody waits longer than ten seconds for the partner', () => {
    expect(mesh.request({ from: 'productpage', to: 'bar.foo.com', port: 80 })).toTimeOutAfter('10s');
  });

  test('only who calls is let in', () => {
    expect(mesh.request({ from: 'ratings', to: 'details' })).not.toReach('bookinfo/details');
    expect(mesh.request({ from: 'outside', to: 'reviews.bookinfo', port: 9080 })).toBeDenied();
  });

  test('all that Istio is told about reviews fits on two screens', () => {
    const documents = parseAllDocuments(readFileSync('dist/bookinfo/bookinfo.k8s.yaml', 'utf8'));
    const lines = documents
      .filter((d) => /istio\.io/.test(String(d.get('apiVersion'))) && d.getIn(['metadata', 'name']) === 'reviews')
      .map((d) => String(d).split('\n').length);
    expect(lines.length).toBe(4);
    expect(lines.reduce((a, b) => a + b)).toBeLessThanOrEqual(120);
  });
});

test('weather forecast: one path, whatever the host', () => {
  const mesh = meshOf('dist/weather-forecast');
  const at = (path: string) => mesh.request({ from: 'gateway:weather-forecast/weather', to: '203.0.113.9', path });
  expect(at('/weatherforecast')).toReach('weather-forecast/weather-forecast');
  expect(at('/')).toAnswer(404);
});

describe('development environments', () => {
  const mesh = meshOf('dist/dev-environments');
  const b = (env?: string) =>
    mesh.request({
      from: 'shop/microservice-a',
      to: 'microservice-b',
      headers: env === undefined ? {} : { 'microservice-b-router': env },
    });
  const a = (env: string) =>
    mesh.request({
      from: 'gateway:shop/shop',
      to: 'shop.example.com',
      headers: { 'microservice-b-router': env },
    });

  test('the header decides, and everybody else gets the service', () => {
    for (const env of ['dev1', 'dev2', 'dev3']) expect(b(env)).toReach(`shop/microservice-b-${env}`);
    for (const env of [undefined, '', 'dev', 'dev4', 'DEV1']) expect(b(env)).toReach('microservice-b-v1');
  });

  test('dev3 has both services, dev1 only the second', () => {
    expect(a('dev3')).toReach('shop/microservice-a-dev3');
    expect(a('dev1')).toReach('shop/microservice-a-v1');
    expect(mesh.request({ from: 'shop/microservice-a-dev3', to: 'microservice-b' })).toReach('microservice-b-v1');
  });
});

describe('legacy rules', () => {
  const mesh = meshOf('dist/legacy-rules');

  test('a tenth of the calls of ratings wait, and v3 may not call', () => {
    const from = (v: string) => mesh.request({ from: `legacy/reviews@${v}`, to: 'ratings' });
    expect(from('v1')).toBeDelayed('5s', 10);
    expect(from('v1')).toReach('legacy/ratings');
    expect(from('v3')).toBeDenied();
  });
});

describe('releases by controllers', () => {
  const mesh = meshOf('dist/release-controllers');
  const page = (of = mesh) => of.request({ from: 'gateway:market/edge', to: 'market.example.com' });
  const cart = (of = mesh, headers = {}) => of.request({ from: 'market/web-live', to: 'cart', headers });

  test('between releases all goes to the version that is there', () => {
    expect(page()).toReach('market/web-live-primary');
    expect(cart()).toReach('cart@stable');
  });

  test('Flagger copies requests first, and then shifts 5, 25 and 50 percent of those at the gateway', () => {
    expect(page(mesh.duringRelease('market/web', 0))).toMirrorTo('market/web-live', 10);
    for (const [i, percent] of [5, 25, 50].entries())
      expect(page(mesh.duringRelease('market/web', i + 1))).toSplit({
        'market/web-live-primary': 100 - percent,
        'market/web-live': percent,
      });
  });

  test('testers get the new cart before all others; alice waits at each step', () => {
    const steps = [...Array(8).keys()].map((i) => mesh.duringRelease('market/cart', i));
    for (const [i, now] of steps.entries()) {
      if (i > 0) expect(cart(now, { 'x-tester': 'yes' })).toReach('cart@canary');
      if (i < 4) expect(cart(now)).toReach('cart@stable');
      if (i > 3)
        expect(cart(now)).toSplit(i < 6 ? { 'cart@stable': 90, 'cart@canary': 10 } : { 'cart@stable': 50, 'cart@canary': 50 });
      expect(cart(now, { 'end-user': 'alice' })).toBeDelayed('1s');
      expect(cart(now)).toTimeOutAfter('2s');
    }
  });
});

describe('zero-trust', () => {
  const mesh = meshOf('dist/zero-trust');
  const bearer = (claims: object) =>
    `Bearer ${token({ iss: 'https://login.example.com', sub: 'alice', aud: 'shop', ...claims })}`;
  /** The keys are at a URL, so that signatures count as right: that doubt is known. */
  const acceptDoubts = true;
  const at = (path: string, claims?: object, method = 'GET') =>
    mesh.request({
      from: 'gateway:vault/edge',
      to: 'shop.example.com',
      path,
      method,
      acceptDoubts,
      ...(claims ? { headers: { authorization: bearer(claims) } } : {}),
    });
  const orders = (from: string, o: { method?: string; claims?: object } = {}) =>
    mesh.request({
      from: `vault/${from}`,
      to: 'orders',
      method: o.method ?? 'GET',
      acceptDoubts,
      ...(o.claims ? { headers: { authorization: bearer(o.claims) } } : {}),
    });

  test('nobody comes in without a token that is for the shop', () => {
    expect(at('/')).toBeDenied();
    expect(at('/', { aud: 'else' })).toBeDenied();
    expect(at('/', { exp: 1 })).toAnswer(401);
    expect(at('/', {}, 'OPTIONS')).toReach('vault/shop');
    expect(at('/', undefined, 'OPTIONS')).toReach('vault/shop');
    expect(at('/healthz')).toReach('vault/shop');
  });

  test('who may see what is in the token', () => {
    expect(at('/', {})).toReach('vault/shop');
    expect(at('/', { groups: ['beta'] })).toReach('vault/preview');
    expect(at('/admin', { groups: 'admin' })).toReach('vault/admin');
    expect(at('/admin', {})).toReach('vault/shop');
  });

  test('services call what they declare, and no more', () => {
    expect(orders('shop')).toReach('vault/orders');
    expect(orders('audit')).toReach('vault/orders');
    expect(orders('audit', { method: 'POST' })).toBeDenied();
    expect(orders('admin')).toBeDenied();
    expect(orders('admin', { claims: {} })).toBeDenied();
    expect(orders('admin', { claims: { groups: ['x', 'admin'] } })).toReach('vault/orders');
    expect(mesh.request({ from: 'outside', to: 'orders.vault', port: 8080 })).toBeDenied();
    const charge = (path: string, method: string) => mesh.request({ from: 'vault/orders', to: 'payments', path, method });
    expect(charge('/charges', 'POST')).toReach('vault/payments');
    expect(charge('/charges', 'DELETE')).toBeDenied();
    expect(charge('/refunds', 'POST')).toBeDenied();
  });

  test('a dry run is told, and decides nothing', () => {
    const t = orders('shop', { method: 'DELETE' });
    expect(t).toReach('vault/orders');
    expect(t.arrivals.flatMap((a) => a.outcome?.steps ?? []).map((s) => s.text)).toContain(
      'by the policies that only log (dry run) it would be refused: a rule denies it',
    );
  });

  test('nothing leaves but what payments asks the bank, by the gateway', () => {
    const out = (from: string, to: string) => mesh.request({ from, to, port: 443, tls: true });
    const asked = out('vault/payments', 'api.bank.example');
    expect(asked).toReach('api.bank.example');
    expect(asked.unknown).toEqual([]);
    expect(asked.arrivals.map((a) => a.cluster)).toEqual([
      'outbound|443|api-bank-example|egress.egress.svc.cluster.local',
      'outbound|443||api.bank.example',
    ]);
    for (const other of ['vault/shop', 'vault/edge', 'outside'])
      expect(out(other, 'api.bank.example')).not.toReach('api.bank.example');
    expect(out('vault/payments', 'evil.example').endings.map((e) => e.reason)).toEqual([
      expect.stringContaining('knows nothing of evil.example'),
    ]);
  });

  test('no pod gets out past the gateway, and the gateway lets nobody but payments out', () => {
    const objects = ['vault', 'egress'].flatMap((n) => parseAllDocuments(readFileSync(`dist/zero-trust/${n}.k8s.yaml`, 'utf8')));
    const spec = (kind: string, name: string) =>
      objects.map((d) => d.toJS()).find((o) => o.kind === kind && o.metadata.name === name)?.spec;
    expect(spec('NetworkPolicy', 'egress-only').egress).toEqual([{ to: [{ namespaceSelector: {} }] }]);
    expect(spec('AuthorizationPolicy', 'egress-callers').rules).toEqual([
      {
        from: [{ source: { principals: ['cluster.local/ns/vault/sa/payments'] } }],
        when: [{ key: 'connection.sni', values: ['api.bank.example'] }],
      },
    ]);
  });
});

describe('limits and metrics', () => {
  const mesh = meshOf('dist/limits-and-metrics');
  /** The limits that count a request. */
  const counted = (from: string, to: string, headers: Record<string, string> = {}) => {
    const t = mesh.request({ from, to, headers, path: '/tickets' });
    expect(t.unknown).toEqual([]);
    const steps = [...(t.outbound?.steps ?? []), ...t.arrivals.flatMap((a) => a.outcome?.steps ?? [])];
    return [...new Set(steps.flatMap((s) => /^limit "(.+?)"/.exec(s.text)?.[1] ?? []))];
  };

  test('requests count at the edge, and at the service by key, the canary’s too', () => {
    expect(counted('gateway:tickets/edge', 'tickets.example.com')).toEqual(['all', 'client', 'key absent']);
    expect(counted('gateway:tickets/edge', 'tickets.example.com', { 'x-api-key': 'a' })).toEqual(['all', 'client', 'key']);
    expect(mesh.request({ from: 'gateway:tickets/edge', to: 'tickets.example.com', path: '/tickets' })).toSplit({
      v1: 90,
      v2: 10,
    });
  });

  test('the proxies in question ask who counts, and nobody else may', () => {
    expect(mesh.request({ from: 'tickets@v1', to: 'rate-limits', port: 8081 })).toReach('tickets/rate-limits');
    expect(mesh.request({ from: 'rate-limits-redis', to: 'rate-limits', port: 8081 })).not.toReach('tickets/rate-limits');
  });
});

describe('polyglot', () => {
  const mesh = meshOf('dist/polyglot');
  const connect = (from: string, to: string, port?: number) =>
    mesh.request({ from: `bazaar/${from}`, to, ...(port === undefined ? {} : { port }) });

  test('a tenth of the connections to the cache go to its new version', () => {
    const asked = connect('ranking', 'cache');
    expect(asked).toSplit({ 'cache@v1': 90, 'cache@v2': 10 });
    expect(asked.outbound?.action).toBe('l4');
    expect(asked.clusters.map((c) => c.lb)).toEqual(['RING_HASH', 'RING_HASH']);
  });

  test.each([
    ['web', 'sessions', 'bazaar/sessions'],
    ['checkout', 'orders-db', 'bazaar/orders-db'],
    ['catalog', 'profiles', 'bazaar/profiles'],
    ['catalog', 'profiles-2.profiles-headless', 'bazaar/profiles'],
    ['checkout', 'events', 'bazaar/events'],
    ['checkout', 'events-1.events-headless:9092', 'bazaar/events'],
    ['checkout', 'b-3.kafka.partner.example', 'b-3.kafka.partner.example'],
    ['stock@v1', 'billing.mysql.example', 'billing.mysql.example'],
  ])('%s is connected to %s', (from, to, end) => {
    const asked = connect(from, to);
    expect(asked).toReach(end);
    expect(asked.outbound?.action).toBe('l4');
  });

  test.each([
    ['web', 'orders-db'],
    ['ranking', 'sessions'],
    ['catalog', 'events'],
    ['catalog', 'billing.mysql.example'],
    ['web', 'b-1.kafka.partner.example'],
  ])('%s is not connected to %s, which it does not declare', (from, to) => {
    expect(connect(from, to).endings.map((e) => e.status ?? (e.reason ? 'closed' : 'connected'))).toEqual(['closed']);
  });

  test('brokers reach each other at the port of their quorum, and clients do not', () => {
    expect(connect('events', 'events-1.events-headless', 9093)).toReach('bazaar/events');
    expect(connect('checkout', 'events-1.events-headless', 9093)).toBeDenied();
  });

  test('calls are looked at one by one: gRPC in the mesh, and of Pub/Sub, where the proxy speaks the TLS', () => {
    const ranking = (value: string) => mesh.request({ from: 'catalog', to: 'ranking', headers: { 'x-test': value } });
    expect(ranking('no')).toTimeOutAfter('500ms');
    expect(ranking('no-ranking').outbound?.fault?.abort).toEqual({ grpc: 14, percent: 100 });
    const publish = mesh.request({ from: 'bazaar/checkout', to: 'pubsub.googleapis.com', port: 80, method: 'POST' });
    expect(publish).toReach('pubsub.googleapis.com');
    expect(publish).toTimeOutAfter('10s');
    expect(publish.clusters.map((c) => c.tls)).toEqual([
      expect.objectContaining({ mode: 'SIMPLE', sni: 'pubsub.googleapis.com' }),
    ]);
  });

  test('browsers’ gRPC-Web comes in beside the pages', () => {
    const at = (path: string) => mesh.request({ from: 'gateway:bazaar/edge', to: 'bazaar.example.com', path });
    expect(at('/chat.Chat/Say')).toReach('bazaar/chat');
    expect(at('/')).toReach('bazaar/web');
  });

  test('the machine keeps all but a twentieth of the stock’s calls', () => {
    expect(mesh.request({ from: 'bazaar/checkout', to: 'stock' })).toSplit({ vm: 95, v1: 5 });
  });
});
