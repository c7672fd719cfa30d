import type { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { header, IngressGateway, MeshService, Port, path, SecureNamespace, TrafficMirror } from '../../src';
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

  test('calls that go past the proxy', () => {
    const c = newChart();
    const podAnnotations = { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.1.0.0/16, 10.2.0.0/16' };
    service(c, 'Web', { versions: { v1: { image: 'x:1', podAnnotations }, v2: { image: 'x:1', podAnnotations } } });
    expect(warned(c)).toEqual([
      {
        construct: 'chart/Web',
        ...place,
        message: expect.stringMatching(/^lets calls to 10\.1\.0\.0\/16, 10\.2\.0\.0\/16 go past the proxy/),
      },
    ]);
  });

  test('Services over the same pods that say different things about callers', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const adopt = (id: string) =>
      MeshService.adopt(c, id, {
        port: Port.http(80),
        versions: { v1: {} },
        podLabels: { app: 'job' },
        serviceAccount: 'job',
        ...(id === 'Job' ? { calls: [] } : {}),
      });
    const [one, other] = [adopt('Job'), adopt('Headless')];
    // that one of them says what both call is enough
    expect(warned(c)).toEqual([]);
    const page = service(c, 'Page');
    page.mayCall(one);
    expect(warned(c)).toEqual([
      {
        construct: 'chart/Headless',
        ...place,
        message: expect.stringMatching(/^has pods of "chart\/Job" \(app=job\), which says other things about who may call: /),
      },
    ]);
    page.mayCall(other);
    expect(warned(c)).toEqual([]);
  });

  test('a caller with the account that every pod has which names no other', () => {
    const c = newChart();
    const a = service(c, 'A');
    const legacy = MeshService.adopt(c, 'Legacy', {
      port: Port.http(80),
      versions: { v1: {} },
      podLabels: { app: 'legacy' },
      calls: [],
    });
    const plus = service(c, 'Plus', {
      versions: { v1: { image: 'x', serviceAccount: kplus.ServiceAccount.fromServiceAccountName(c, 'Sa', 'default') } },
    });
    legacy.mayCall(a);
    plus.mayCall(a);
    // open to everyone as it is
    expect(warned(c)).toEqual([]);
    new SecureNamespace(c, 'Namespace');
    const says = (who: string) =>
      expect.stringMatching(
        new RegExp(`^lets service "${who}" in by service account "default" of namespace "shop", .*name it with serviceAccount$`),
      );
    expect(warned(c)).toEqual([
      { construct: 'chart/A', ...place, message: says('legacy') },
      { construct: 'chart/A', ...place, message: says('plus') },
    ]);
  });

  test('a caller with an account of its own is no matter', () => {
    const c = newChart();
    const a = service(c, 'A');
    const podLabels = { app: 'legacy' };
    const props = { port: Port.http(80), versions: { v1: {} }, podLabels, calls: [], serviceAccount: 'legacy' } as const;
    MeshService.adopt(c, 'Legacy', props).mayCall(a);
    new SecureNamespace(c, 'Namespace');
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
        ...place,
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
    expect(warned(c)).toEqual([
      { ...place, construct: 'chart/Namespace', message: expect.stringMatching(/^labels no workload/) },
    ]);
  });
});

describe('a host of many routes', () => {
  const mirrors = (n: number) => {
    const c = newChart();
    const to = service(c, 'Orders');
    for (let i = 0; i < n; i++)
      new TrafficMirror(c, `M${i}`, { service: to, to, version: 'v2', when: header(`x-${i}`).present(), percent: 1 + i });
    return warned(c);
  };

  test('whose overlays any request can meet is told, with their names and the way out', () => {
    expect(mirrors(8)).toEqual([]); // 256
    expect(mirrors(9)).toEqual([
      {
        construct: 'chart/Orders',
        ...place,
        message: expect.stringMatching(
          /^makes 512 routes in Envoy of host "orders\.shop\.svc\.cluster\.local" \(2000 are the most\); one request can meet any of these overlays .*"m0" \(chart\/M0, .* and 4 more: give them conditions/,
        ),
      },
    ]);
  });

  test('because it has many rules is as it is meant', () => {
    const c = newChart();
    const to = service(c, 'Reviews');
    for (let i = 0; i < 320; i++)
      to.routeTo(
        'v2',
        header('x-user')
          .is(`u${i}`)
          .and(path.exact(`/${i}`)),
        `r${i}`,
      );
    expect(warned(c)).toEqual([]);
  });
});
