import type { Chart } from 'cdk8s';
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
  StranglerMigration,
  TrafficMirror,
} from '../../src';
import { goes, newChart, object, service, yamlOf } from './support';

const image = { image: 'x:1' };

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
    expect([goes(c, 'old'), goes(c, 'page')]).toEqual(['95 v1, 5 old', '95 v1, 5 old']);
    expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
  });

  test("the service's own rules decide its share", () => {
    const c = moving(95, true);
    expect(goes(c, 'old', { headers: { x: 'y' } })).toBe('95 v2, 5 old');
    expect(goes(c, 'page', { headers: { x: 'y' } })).toBe('v2');
  });

  test.each([
    [0, 'old'],
    [100, 'v1'],
  ])('at %s %% there is one destination', (percent, to) => {
    const c = moving(percent);
    expect([goes(c, 'old'), goes(c, 'page')]).toEqual([to, to]);
  });

  test('who calls the old host is let in at the service, with what the old host may be called for', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const old = new ExternalService(c, 'Old', { host: 'old.example.com', port: Port.http(80) });
    const page = service(c, 'Page');
    service(c, 'Shop', { calls: [old] });
    new StranglerMigration(c, 'Moving', { from: old, to: page, percent: 50 });
    expect(object(c, 'AuthorizationPolicy', 'page').spec.rules).toEqual([
      { from: [{ source: { principals: ['cluster.local/ns/shop/sa/shop', 'cluster.local/ns/shop/sa/shop-v2'] } }] },
    ]);
    expect(object(c, 'Sidecar', 'shop').spec.egress[0].hosts).toContain('shop/page.shop.svc.cluster.local');
  });

  /** An old host with two names, a service of two versions and what is said about them, at 40 %. */
  const both = (say: (page: MeshService<'v1' | 'v2', 'http'>, c: Chart) => void, percent = 40) => {
    const c = newChart();
    const old = new ExternalService(c, 'Old', { hosts: ['old.a.com', 'old.b.com'], port: Port.http(80) });
    const page = new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image, v2: image } });
    new StranglerMigration(c, 'Moving', { from: old, to: page, percent });
    say(page, c);
    const at = (r: object = {}) => ['page', 'old-1', 'old-2'].map((name) => goes(c, name, r));
    return { c, at };
  };

  test('a canary is a canary of what the service gets, by whichever name', () => {
    const { at } = both((service, c) => {
      new CanaryRelease(c, 'Canary', {
        service,
        stable: 'v1',
        canary: 'v2',
        percent: 25,
        audience: header('x-beta').present(),
      });
    });
    expect(at()).toEqual(Array(3).fill('30 v1, 10 v2, 60 old'));
    expect(at({ headers: { 'x-beta': '1' } })).toEqual(Array(3).fill('40 v2, 60 old'));
  });

  test("faults and mirrors of the service meet as many requests as go to it, its timeouts and the old host's all", () => {
    const say = (service: MeshService<'v1' | 'v2', 'http'>, c: Chart) => {
      service.routeTo('v2', header('x').is('y'), 'chosen');
      new CanaryRelease(c, 'Canary', { service, stable: 'v1', canary: 'v2', percent: 0 });
      new FaultInjection(c, 'Fault', { service, percent: 50, abort: { status: 503 } });
      new TrafficMirror(c, 'Copy', { service, to: service, version: 'v2', percent: 10 });
      service.callPolicyFrom(service.version('v2'), { timeout: '2s' });
    };
    const route = (percent: number, name: string) => object(both(say, percent).c, 'VirtualService', name).spec.http.at(-1);
    for (const name of ['page', 'old-1', 'old-2']) {
      expect(route(40, name).fault.abort.percentage.value).toBe(20);
      expect(route(40, name).mirrors[0].percentage.value).toBe(4);
      expect(route(100, name).fault.abort.percentage.value).toBe(50);
      expect(route(0, name).fault).toBeUndefined();
      const slow = object(both(say).c, 'VirtualService', name).spec.http.filter((r: any) => r.timeout === '2s');
      expect(slow.map((r: any) => r.match[0].sourceLabels)).toContainEqual({ app: 'page', version: 'v2' });
    }
  });

  test.each([
    ['the usual port', { port: Port.http(80) }, 'old.example.com'],
    ['another port', { port: Port.http(8080) }, 'old.example.com:8080'],
    ['TLS outside', { port: Port.http(8080), originateTls: {} }, 'old.example.com'],
    ['TLS on another port', { port: Port.http(80), originateTls: { port: 8443 } }, 'old.example.com:8443'],
  ])('the old server is asked by its own name: %s', (_, o, authority) => {
    const c = newChart();
    const old = new ExternalService(c, 'Old', { host: 'old.example.com', ...o });
    const page = new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image } });
    new StranglerMigration(c, 'Moving', { from: old, to: page, percent: 0 });
    new IngressGateway(c, 'Edge', { hosts: ['x.com'] }).route(path.prefix('/'), page);
    for (const name of ['page', 'edge-x-com']) {
      const [to] = object(c, 'VirtualService', name).spec.http[0].route;
      expect([to.destination.host, to.headers]).toEqual(['old.example.com', { request: { set: { ':authority': authority } } }]);
    }
    expect(object(c, 'VirtualService', 'old').spec.http[0].route[0].headers).toBeUndefined();
  });

  test('of several ports one is migrated, the others stay as they are', () => {
    const c = newChart();
    const old = new ExternalService(c, 'Old', { host: 'old.a.com', ports: [Port.http(80), Port.http(81, { name: 'http-b' })] });
    const ports = [Port.http(80), Port.http(8080, { name: 'http-admin' })];
    const page = new MeshService(c, 'Page', { ports, versions: { v1: image, v2: image } });
    new CanaryRelease(c, 'Canary', { service: page, stable: 'v1', canary: 'v2', percent: 50 });
    new StranglerMigration(c, 'Moving', { from: old, to: page, percent: 20, fromPort: 81, toPort: 8080 });
    expect([80, 8080].map((port) => goes(c, 'page', { port }))).toEqual(['50 v1, 50 v2', '10 v1, 10 v2, 80 old']);
    expect([80, 81].map((port) => goes(c, 'old', { port }))).toEqual(['old', '10 v1, 10 v2, 80 old']);
  });
});
