import { Chart } from 'cdk8s';
import { CanaryRelease, ExternalService, header, MeshService, Port, StranglerMigration } from '../../src';
import { goes, newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };

describe('ExternalService', () => {
  test('HTTP with a timeout, and TLS made by the proxy', () => {
    const c = newChart();
    const api = new ExternalService(c, 'Api', {
      host: 'api.example.com',
      port: Port.http(80),
      originateTls: {},
      callPolicy: { timeout: '10s', circuitBreaker: { maxConnections: 5 } },
    });
    new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [api] });
    expect(yamlOf(c, 'ServiceEntry', 'DestinationRule', 'VirtualService', 'Sidecar')).toMatchSnapshot();
  });

  test.each([
    ['a name', { host: 'a.com', port: Port.https(443) }, 'DNS'],
    ['a wildcard', { host: '*.a.com', port: Port.https(443) }, 'NONE'],
    ['endpoints by IP', { host: 'a.com', port: Port.http(80), endpoints: ['203.0.113.9'] }, 'STATIC'],
    ['endpoints by name', { host: 'a.com', port: Port.http(80), endpoints: ['b.com'] }, 'DNS'],
    ['a block of addresses', { host: 'a.com', port: Port.tcp(9000), addresses: ['203.0.113.0/24'] }, 'NONE'],
    ['TCP with an address', { host: 'a.com', port: Port.mysql(3306), addresses: ['203.0.113.7'] }, 'DNS'],
  ] as const)('resolution is right by construction: %s', (_, props, resolution) => {
    const c = newChart();
    new ExternalService(c, 'Out', props as never);
    expect(object(c, 'ServiceEntry', 'out').spec.resolution).toBe(resolution);
  });

  test('is visible to those who may call it', () => {
    const c = newChart();
    const other = new Chart(c.node.root as never, 'other', { namespace: 'other' });
    const api = new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.https(443) });
    expect(object(c, 'ServiceEntry', 'api').spec.exportTo).toEqual(['.']);
    const web = new MeshService(other, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [api] });
    expect(object(c, 'ServiceEntry', 'api').spec.exportTo).toEqual(['.', 'other']);
    expect(object(other, 'Sidecar', web.name).spec.egress[0].hosts).toContain('shop/api.example.com');
  });

  test('some requests go to a service instead', () => {
    const c = newChart();
    const api = new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.http(80) });
    const fake = new MeshService(c, 'Fake', { port: Port.http(8080), versions: { v1: image } });
    api.routeTo({ host: fake.host, port: 8080 }, header('x-test').present(), 'fake');
    expect(goes(c, 'api', { headers: { 'x-test': '1' } })).toBe('fake');
    expect(goes(c, 'api')).toBe('api');
  });
});

describe('StranglerMigration', () => {
  const moving = (percent: number, canary = false) => {
    const c = newChart();
    const old = new ExternalService(c, 'Old', { host: 'old.example.com', port: Port.http(80) });
    const page = new MeshService(c, 'Page', { port: Port.http(9080), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
    if (canary) page.routeTo('v2', header('x').is('y'), 'chosen');
    new StranglerMigration(c, 'Moving', { from: old, to: page, percent });
    return c;
  };

  test('both hosts are split the same way', () => {
    const c = moving(95, true);
    expect([goes(c, 'old'), goes(c, 'page')]).toEqual(['19 v1, 1 old', '19 v1, 1 old']);
    expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
  });

  test("the service's own rules decide its share", () => {
    const c = moving(95, true);
    expect(goes(c, 'old', { headers: { x: 'y' } })).toBe('19 v2, 1 old');
    expect(goes(c, 'page', { headers: { x: 'y' } })).toBe('v2');
  });

  test.each([
    [0, 'old'],
    [100, 'v1'],
  ])('at %s %% there is one destination', (percent, to) => {
    const c = moving(percent);
    expect([goes(c, 'old'), goes(c, 'page')]).toEqual([to, to]);
  });

  test('a canary and a migration of one service contradict each other', () => {
    const c = newChart();
    const old = new ExternalService(c, 'Old', { host: 'old.example.com', port: Port.http(80) });
    const page = new MeshService(c, 'Page', { port: Port.http(9080), versions: { v1: image, v2: image } });
    new CanaryRelease(c, 'Canary', { service: page, stable: 'v1', canary: 'v2', percent: 10 });
    expect(() => new StranglerMigration(c, 'Moving', { from: old, to: page, percent: 50 })).toThrow(
      'are both about every request',
    );
  });
});
