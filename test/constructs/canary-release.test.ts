import type { Chart } from 'cdk8s';
import { CanaryRelease, cookie, header, MeshService, Port, type StaticCanaryProps } from '../../src';
import { goes, newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const reviews = (c: Chart) => new MeshService(c, 'Reviews', { port: Port.http(80), versions: { v1: image, v2: image } });
type Props = Partial<StaticCanaryProps<'v1' | 'v2'>>;
const release = (props: Props): Chart => {
  const c = newChart();
  new CanaryRelease(c, 'Canary', { service: reviews(c), stable: 'v1', canary: 'v2', ...props });
  return c;
};

test('a tenth of the requests', () => {
  expect(yamlOf(release({ percent: 10 }), 'VirtualService', 'DestinationRule')).toMatchSnapshot();
});

test.each([
  [0, 'v1'],
  [0.5, '995 v1, 5 v2'],
  [33.3333, '666667 v1, 333333 v2'],
  [50, '50 v1, 50 v2'],
  [100, 'v2'],
])('%s %% is %s', (percent, to) => expect(goes(release({ percent }), 'reviews')).toBe(to));

test('steps are data: the current one holds', () => {
  expect(goes(release({ steps: [5, 25, 50], step: 1 }), 'reviews')).toBe('75 v1, 25 v2');
});

test('audiences without a share leave everybody else to what else is said', () => {
  const c = newChart();
  const reviews = new MeshService(c, 'Reviews', { port: Port.http(80), versions: { v1: image, v2: image, v3: image } });
  const to = { service: reviews, stable: 'v1' } as const;
  new CanaryRelease(c, 'A', { ...to, canary: 'v2', audience: header('x-a').present() });
  new CanaryRelease(c, 'B', { ...to, canary: 'v3', audience: header('x-b').present() });
  new CanaryRelease(c, 'C', { ...to, canary: 'v2', percent: 10 });
  expect(goes(c, 'reviews', { headers: { 'x-a': '1' } })).toBe('v2');
  expect(goes(c, 'reviews', { headers: { 'x-b': '1' } })).toBe('v3');
  expect(goes(c, 'reviews')).toBe('90 v1, 10 v2');
});

test('an audience gets the canary whatever the share', () => {
  const c = release({ percent: 0, audience: header('x-beta').present().or(cookie('beta').is('1')) });
  expect(goes(c, 'reviews', { headers: { 'x-beta': '' } })).toBe('v2');
  expect(goes(c, 'reviews', { headers: { cookie: 'a=1; beta=1' } })).toBe('v2');
  expect(goes(c, 'reviews', { headers: { cookie: 'alphabeta=1' } })).toBe('v1');
  expect(goes(c, 'reviews')).toBe('v1');
});

test('a sticky client stays with the version that it met, and is told so', () => {
  const c = release({ percent: 20, sticky: { cookie: 'reviews', maxAge: '1m' } });
  expect(goes(c, 'reviews')).toBe('80 v1, 20 v2');
  expect(goes(c, 'reviews', { headers: { cookie: 'reviews=v2' } })).toBe('v2');
  expect(goes(c, 'reviews', { headers: { cookie: 'x=y; reviews=v1; z=1' } })).toBe('v1');
  const split = object(c, 'VirtualService', 'reviews').spec.http.at(-1).route;
  expect(split.map((d: any) => d.headers.response.add['set-cookie'])).toEqual([
    'reviews=v1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    'reviews=v2; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
  ]);
});

test.each([
  [0, 'v1'],
  [100, 'v2'],
])('at %s %% nobody is kept anywhere, and no cookie is given', (percent, to) => {
  const c = release({ percent, sticky: { cookie: 'reviews' } });
  for (const met of ['v1', 'v2']) expect(goes(c, 'reviews', { headers: { cookie: `reviews=${met}` } })).toBe(to);
  expect(yamlOf(c, 'VirtualService')).not.toMatch(/cookie/i);
});

test('mirror first: copies go to the canary, answers come from the stable version', () => {
  const c = release({ mirrorFirst: 25 });
  expect(goes(c, 'reviews')).toBe('v1');
  expect(object(c, 'VirtualService', 'reviews').spec.http[0].mirrors).toEqual([
    { destination: { host: 'reviews.shop.svc.cluster.local', port: { number: 80 }, subset: 'v2' }, percentage: { value: 25 } },
  ]);
});

test('what the canary answers itself is not copied to it, and copies end when it gets a share', () => {
  const at = (step: number) => {
    const c = release({ mirrorFirst: 25, steps: [0, 10], step, audience: header('x-beta').present() });
    return object(c, 'VirtualService', 'reviews').spec.http.map((r: any) => [r.name, r.mirrors?.[0].percentage.value]);
  };
  expect(at(0)).toEqual([
    ['canary-audience', undefined],
    ['canary', 25],
  ]);
  expect(at(1)).toEqual([
    ['canary-audience', undefined],
    ['canary', undefined],
  ]);
});

test('of several ports each has its copies', () => {
  const c = newChart();
  const ports = [Port.http(80), Port.http(81, { name: 'http-b' })];
  const service = new MeshService(c, 'Reviews', { ports, versions: { v1: image, v2: image } });
  new CanaryRelease(c, 'Canary', { service, stable: 'v1', canary: 'v2', mirrorFirst: 5 });
  const copies = object(c, 'VirtualService', 'reviews').spec.http.map((r: any) => [
    r.match?.[0].port,
    r.mirrors?.[0].destination,
  ]);
  const to = (number: number) => ({ host: service.host, subset: 'v2', port: { number } });
  expect(copies.slice(0, 2)).toEqual([
    [80, to(80)],
    [81, to(81)],
  ]);
});

test('only calls from one version of one service are part of the release', () => {
  const c = newChart();
  const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
  new CanaryRelease(c, 'Canary', { service: reviews(c), stable: 'v1', canary: 'v2', percent: 50, from: web.version('v2') });
  expect(goes(c, 'reviews', { labels: { app: 'web', version: 'v2' } })).toBe('50 v1, 50 v2');
  expect(goes(c, 'reviews', { labels: { app: 'web', version: 'v1' } })).toBe('v1');
  expect(goes(c, 'reviews', { labels: { app: 'web', version: 'v2' }, namespace: 'elsewhere' })).toBe('v1');
});

test('promote and abort are one word, and a small difference in the YAML', () => {
  const lines = (c: Chart) => yamlOf(c, 'VirtualService').split('\n');
  const running = lines(release({ percent: 10, state: 'running' }));
  for (const [state, to] of [
    ['promoted', 'v2'],
    ['aborted', 'v1'],
  ] as const) {
    const c = release({ percent: 10, state });
    expect(goes(c, 'reviews')).toBe(to);
    expect(running.length - lines(c).length).toBeLessThan(10);
  }
});

test('a TCP service is split by connections', () => {
  const c = newChart();
  const db = new MeshService(c, 'Db', { port: Port.redis(6379), versions: { v1: image, v2: image } });
  new CanaryRelease(c, 'Canary', { service: db, stable: 'v1', canary: 'v2', percent: 25 });
  expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
});

describe('a service whose clients speak TLS is split by connections, by the names that they ask for', () => {
  const names = ['db.shop.svc.cluster.local', 'db.shop.svc', 'db.shop', 'db'];
  test.each([Port.tls(5432), Port.https(5432)])('$protocol', (port) => {
    const c = newChart();
    const db = new MeshService(c, 'Db', { port, versions: { v1: image, v2: image } });
    new CanaryRelease(c, 'Canary', { service: db, stable: 'v2', canary: 'v1', percent: 25 });
    const { metadata, spec } = object(c, 'VirtualService', 'db');
    const { hosts, tcp, tls } = spec;
    expect(metadata.annotations).toEqual({ 'galley.istio.io/analyze-suppress': 'IST0109' });
    expect(tcp).toBeUndefined();
    expect(hosts).toEqual(names);
    expect(tls).toHaveLength(1);
    expect(tls[0].match).toEqual([{ sniHosts: names }]);
    expect(tls[0].route.map((r: any) => [r.destination.subset, r.weight])).toEqual([
      ['v2', 75],
      ['v1', 25],
    ]);
  });

  test('for the calls of one client, beside other ports', () => {
    const c = newChart();
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image } });
    const ports = [Port.http(80), Port.tls(8443), Port.tcp(9000)];
    const db = new MeshService(c, 'Db', { ports, versions: { v1: image, v2: image } });
    new CanaryRelease(c, 'Canary', { service: db, stable: 'v1', canary: 'v2', percent: 100, from: web });
    const { http, tcp, tls } = object(c, 'VirtualService', 'db').spec;
    expect([http.length, tcp.length, tls.length]).toEqual([2, 2, 2]);
    expect(tls.map((r: any) => [r.match[0].port, r.match[0].sourceLabels, r.route[0].destination.subset])).toEqual([
      [8443, { app: 'web' }, 'v2'],
      [8443, undefined, 'v1'],
    ]);
  });
});
