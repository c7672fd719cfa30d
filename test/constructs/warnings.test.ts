import type { App, Chart } from 'cdk8s';
import { IngressGateway, path, SecureNamespace } from '../../src';
import { AppModel } from '../../src/constructs/app-model';
import { newChart, service } from './support';

const warned = (c: Chart) => {
  (c.node.root as App).synthYaml();
  return AppModel.of(c).warnings();
};
const place = { source: expect.stringMatching(/^test\/constructs\/\w+\.(test\.)?ts:\d+$/) };

describe('what is worth a look', () => {
  test('a service that does not say what it calls, where what is not said is denied', () => {
    const c = newChart();
    service(c, 'Open', { calls: undefined });
    expect(warned(c)).toEqual([]);
    new SecureNamespace(c, 'Namespace');
    expect(warned(c)).toEqual([
      { construct: 'chart/Open', ...place, message: expect.stringContaining('does not say what it calls') },
    ]);
  });

  test('a caller that is let in, and that its own Sidecar keeps from getting there', () => {
    const c = newChart();
    const page = service(c, 'Page');
    const reviews = service(c, 'Reviews', { allowFrom: [page] });
    expect(warned(c)).toEqual([
      {
        construct: 'chart/Reviews',
        ...place,
        message: expect.stringMatching(/^lets service "page" in, whose declared calls leave it out/),
      },
    ]);
    page.mayCall(reviews);
    expect(warned(c)).toEqual([]);
  });

  test('a gateway without routes', () => {
    const c = newChart();
    const edge = new IngressGateway(c, 'Edge', { hosts: ['a.example.com'] });
    expect(warned(c)).toEqual([
      { construct: 'chart/Edge', ...place, message: 'has no routes: it answers every request with 404' },
    ]);
    edge.route(path.prefix('/'), service(c, 'Page'));
    expect(warned(c)).toEqual([]);
  });

  test('callers without sidecars, who follow no routes', () => {
    const c = newChart();
    const reviews = service(c, 'Reviews');
    service(c, 'Page', { calls: [reviews] });
    service(c, 'Other', { calls: [service(c, 'Plain', { versions: { v1: { image: 'x' } }, defaultVersion: 'v1' })] });
    new SecureNamespace(c, 'Namespace', { dataPlane: 'ambient' });
    expect(warned(c)).toEqual([
      {
        construct: 'chart/Namespace',
        message: expect.stringMatching(/^is ambient: calls of service "page" do not follow the routes of "reviews"/),
      },
    ]);
  });

  test('a namespace that labels no workload', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace', { dataPlane: 'none' });
    expect(warned(c)).toEqual([]);
    service(c, 'S');
    expect(warned(c)).toEqual([{ construct: 'chart/Namespace', message: expect.stringMatching(/^labels no workload/) }]);
  });
});
