import type { App, Chart } from 'cdk8s';
import {
  header,
  IngressGateway,
  type LocalLimit,
  Mesh,
  MeshService,
  method,
  Port,
  path,
  RateLimit,
  RateLimitService,
  SecureNamespace,
} from '../../src';
import { AppModel } from '../../src/constructs/app-model';
import { meshOf } from '../../src/testing/mesh';
import { newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const orders = (c: Chart, o: object = {}) =>
  new MeshService(c, 'Orders', {
    port: Port.http(80, { target: 8080 }),
    versions: { v1: image },
    calls: [],
    ...o,
  }) as MeshService<'v1', 'http'>;
const web = (c: Chart, to: MeshService<any, any>, id = 'Web') =>
  new MeshService(c, id, { port: Port.http(80), versions: { v1: image }, calls: [to] });
const limits = (c: Chart) => new RateLimitService(c, 'Limits', { image: 'ratelimit:1', redis: { image: 'redis:7' } });

/** The limits that count a request, in words. */
function counted(
  c: Chart,
  from: string,
  to: string,
  o: { path?: string; method?: string; headers?: Record<string, string> } = {},
) {
  const t = meshOf(c).request({ from, to, ...o });
  expect(t.unknown).toEqual([]);
  const steps = [...(t.outbound?.steps ?? []), ...t.arrivals.flatMap((a) => a.outcome?.steps ?? [])];
  return steps.flatMap((s) => /^limit "(.+?)"/.exec(s.text)?.[1] ?? []).join();
}
/** One service, one caller, and its limits. */
function limited(local: Readonly<Record<string, LocalLimit>>) {
  const c = newChart();
  const target = orders(c);
  web(c, target);
  new RateLimit(c, 'Limit', { target, local });
  return (o: object = {}, from = 'shop/web') => counted(c, from, 'orders', o);
}

test('local limits are one EnvoyFilter', () => {
  const c = newChart();
  const target = orders(c);
  new RateLimit(c, 'Limit', {
    target,
    local: {
      all: { requests: 100, per: 'second', burst: 200 },
      login: { requests: 5, per: 'minute', when: path.prefix('/login').and(method('POST')), each: 'client' },
    },
  });
  expect(yamlOf(c, 'EnvoyFilter')).toMatchSnapshot();
});

test('a service that counts for all replicas, its store and its limits', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const target = orders(c);
  const service = limits(c);
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] });
  edge.route(path.prefix('/'), target);
  new RateLimit(c, 'Limit', {
    target,
    global: { service, limits: { key: { requests: 1000, per: 'day', each: { header: 'X-Api-Key' } } }, denyOnFailure: true },
  });
  new RateLimit(c, 'Edges', { target: edge, global: { service, limits: { all: { requests: 5, per: 'second' } } } });
  expect(yamlOf(c)).toMatchSnapshot();
});

test('what a replica lets through alone is counted for all', () => {
  const c = newChart();
  const target = orders(c);
  web(c, target);
  const limit = { requests: 1, per: 'hour' as const };
  new RateLimit(c, 'Limit', { target, local: { own: limit }, global: { service: limits(c), limits: { all: limit } } });
  // of two filters that are put before the router the later one comes after the earlier
  expect(object(c, 'EnvoyFilter', 'orders-rate-limit').spec.configPatches.map((p: any) => p.patch.value.name)).toEqual([
    'envoy.filters.http.local_ratelimit',
    'envoy.filters.http.ratelimit',
  ]);
  expect(counted(c, 'shop/web', 'orders')).toBe('own,all');
});

test('requests count by path, without their query, by method and by headers', () => {
  const asked = limited({
    login: { requests: 1, per: 'hour', when: path.prefix('/login') },
    exact: { requests: 1, per: 'hour', when: path.exact('/a.b').and(method('POST', 'PUT')) },
    beta: { requests: 1, per: 'hour', when: header('x-beta').is('1').and(header('x-no').isNot('2')) },
  });
  expect(asked({ path: '/login' })).toBe('login');
  expect(asked({ path: '/login?next=/a' })).toBe('login');
  expect(asked({ path: '/login/x' })).toBe('login');
  expect(asked({ path: '/loginx' })).toBe('');
  expect(asked({ path: '/a.b?c', method: 'PUT' })).toBe('exact');
  expect(asked({ path: '/aXb', method: 'PUT' })).toBe('');
  expect(asked({ path: '/a.b' })).toBe('');
  expect(asked({ headers: { 'x-beta': '1' } })).toBe('beta');
  expect(asked({ headers: { 'x-beta': '1', 'x-no': '2' } })).toBe('');
});

test('each client, caller and value of a header has a count; who has no such header is counted too', () => {
  const asked = limited({
    client: { requests: 1, per: 'hour', each: 'client' },
    caller: { requests: 1, per: 'hour', each: 'caller' },
    key: { requests: 1, per: 'hour', each: { header: 'X-Key' } },
  });
  expect(asked({ headers: { 'x-key': 'a' } })).toBe('client,caller,key');
  expect(asked()).toBe('client,caller,key absent');
});

test('only calls of one service count', () => {
  const c = newChart();
  const target = orders(c);
  const from = web(c, target);
  web(c, target, 'Other');
  new RateLimit(c, 'Limit', { target, local: { web: { requests: 1, per: 'hour', from } } });
  expect(counted(c, 'shop/web', 'orders')).toBe('web');
  expect(counted(c, 'shop/other', 'orders')).toBe('');
  expect(
    counted(c, 'shop/other', 'orders', { headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/shop/sa/web' } }),
  ).toBe('');
});

test('a caller of another app is told by the trust domain of the mesh', () => {
  const c = newChart();
  new Mesh(c.node.root as App, 'Mesh', { trustDomain: 'corp' });
  const from = MeshService.fromName({ name: 'web', namespace: 'front' });
  new RateLimit(c, 'Limit', { target: orders(c), local: { web: { requests: 1, per: 'hour', from } } });
  expect(yamlOf(c, 'EnvoyFilter')).toContain('URI=spiffe://(?:corp/ns/front/sa/web)');
});

test('at a gateway its own hosts are meant, in any case and by any port', () => {
  const c = newChart();
  const target = orders(c);
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com', '*.shop.example.com'] });
  edge.route(path.prefix('/'), target);
  const other = new IngressGateway(c, 'Other', { hosts: ['other.example.com'] });
  other.route(path.prefix('/'), target);
  new RateLimit(c, 'Limit', { target: edge, local: { all: { requests: 1, per: 'hour', each: 'client' } } });
  const asked = (host: string) => counted(c, 'gateway:shop/edge', 'shop.example.com', { headers: { host } });
  expect(asked('shop.example.com')).toBe('all');
  expect(asked('SHOP.example.com:80')).toBe('all');
  expect(asked('a.shop.example.com')).toBe('all');
  expect(counted(c, 'gateway:shop/other', 'other.example.com')).toBe('');
  expect(object(c, 'EnvoyFilter', 'edge-rate-limit').metadata.namespace).toBe('istio-system');
});

test('a gateway that has its pods for itself is meant whole', () => {
  const c = newChart();
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'], deploy: true });
  edge.route(path.prefix('/'), orders(c));
  new RateLimit(c, 'Limit', { target: edge, local: { all: { requests: 1, per: 'hour' } } });
  expect(yamlOf(c, 'EnvoyFilter')).not.toContain(':authority');
});

test('each HTTP port of the service is limited, and no other', () => {
  const c = newChart();
  const target = orders(c, { port: undefined, ports: [Port.http(80), Port.grpc(90), Port.tcp(5432)] });
  new RateLimit(c, 'Limit', { target, local: { all: { requests: 1, per: 'hour' } } });
  const { configPatches } = object(c, 'EnvoyFilter', 'orders-rate-limit').spec;
  expect(configPatches.map((p: any) => p.match.listener.portNumber)).toEqual([80, 90]);
});

test('the proxy may ask the service, and is let in there, without being said to call it', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const target = orders(c);
  new RateLimit(c, 'Limit', { target, global: { service: limits(c), limits: { all: { requests: 1, per: 'hour' } } } });
  expect(object(c, 'Sidecar', 'orders').spec.egress[0].hosts).toContain('shop/limits.shop.svc.cluster.local');
  (c.node.root as App).synthYaml();
  expect(AppModel.of(c).warnings()).toEqual([]);
  const asked = (from: string) =>
    meshOf(c)
      .request({ from, to: 'limits', port: 8081 })
      .endings.map((e) => e.status);
  expect(asked('shop/orders')).toEqual([200]);
  expect(asked('shop/limits-redis')).not.toEqual([200]);
});

test('where another service says what the same pods call, its Sidecar lets them ask the one that counts', () => {
  const c = newChart();
  const target = orders(c, { calls: undefined });
  const labels = { app: 'orders' };
  MeshService.adopt(c, 'Admin', { port: Port.http(81), podLabels: labels, versions: { v1: { version: 'v1' } }, calls: [] });
  new RateLimit(c, 'Limit', { target, global: { service: limits(c), limits: { all: { requests: 1, per: 'hour' } } } });
  expect(object(c, 'Sidecar', 'admin').spec.egress[0].hosts).toContain('shop/limits.shop.svc.cluster.local');
});

test('a service of another app is given its limits as text', () => {
  const c = newChart();
  const target = orders(c);
  const service = MeshService.fromName({ name: 'limits', namespace: 'platform' });
  const limit = new RateLimit(c, 'Limit', {
    target,
    global: { service, port: 9000, limits: { all: { requests: 3, per: 'minute' } } },
  });
  const [{ patch }] = object(c, 'EnvoyFilter', 'orders-rate-limit').spec.configPatches;
  expect(patch.value.typed_config.rate_limit_service.grpc_service.envoy_grpc.cluster_name).toBe(
    'outbound|9000||limits.platform.svc.cluster.local',
  );
  expect(limit.config).toBe(
    [
      'domain: shop.orders',
      'descriptors:',
      '  - key: limit',
      '    value: all',
      '    rate_limit:',
      '      unit: minute',
      '      requests_per_unit: 3',
      '',
    ].join('\n'),
  );
});

test('the same whatever the order in which limits of several targets are made', () => {
  const made = (reverse: boolean) => {
    const c = newChart();
    const service = limits(c);
    const targets = [orders(c), web(c, c.node.findChild('Orders') as never)];
    const all = { limits: { all: { requests: 1, per: 'hour' as const } }, service };
    const list = reverse ? [...targets].reverse() : targets;
    for (const target of list) new RateLimit(c, `Limit-${target.name}`, { target: target as never, global: all });
    return object(c, 'ConfigMap', 'limits-config').data;
  };
  expect(Object.keys(made(false))).toEqual(['shop.orders.yaml', 'shop.web.yaml']);
  expect(JSON.stringify(made(true))).toBe(JSON.stringify(made(false)));
});

const warned = (c: Chart) => {
  (c.node.root as App).synthYaml();
  return AppModel.of(c)
    .warnings()
    .map((w) => `${w.construct} ${w.message}`);
};

test('several replicas are said where each counts by itself', () => {
  const c = newChart();
  const local = { all: { requests: 1, per: 'hour' as const } };
  const target = orders(c, { versions: { v1: { ...image, replicas: 3 } } });
  new RateLimit(c, 'Limit', { target, local });
  expect(warned(c)).toEqual([expect.stringMatching(/^chart\/Limit counts at each replica by itself, and there are up to 3/)]);
  const one = newChart();
  new RateLimit(one, 'Limit', { target: orders(one), local });
  expect(warned(one)).toEqual([]);
});

test('a service that counts for nobody is said', () => {
  const c = newChart();
  limits(c);
  expect(warned(c)).toEqual(['chart/Limits counts for nobody: no RateLimit names it in global']);
});

test('an EnvoyFilter of another form is not understood', () => {
  const c = newChart();
  const target = orders(c);
  web(c, target);
  new RateLimit(c, 'Limit', { target, local: { all: { requests: 1, per: 'hour' } } });
  const other = newChart();
  const also = orders(other);
  web(other, also);
  const limit = new RateLimit(other, 'Limit', { target: also, local: { all: { requests: 1, per: 'hour' } } });
  (limit.node.findChild('EnvoyFilter') as any).addJsonPatch({
    _toJson: () => ({
      op: 'replace',
      path: '/spec/configPatches/0/patch/value/typed_config/filter_enforced/default_value/numerator',
      value: 50,
    }),
  });
  const unknown = (chart: Chart) =>
    meshOf(chart)
      .request({ from: 'shop/web', to: 'orders' })
      .unknown.map((u) => u.reason);
  expect([unknown(c), unknown(other)]).toEqual([[], ['an EnvoyFilter changes what Envoy is told']]);
});
