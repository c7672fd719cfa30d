import { CanaryRelease, ExternalService, header, MeshService, Port, SecureNamespace, StranglerMigration } from '../../src';
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
    expect(object(c, 'Sidecar', 'shop').spec.egress[0].hosts).toContain('*/page.shop.svc.cluster.local');
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
