import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { DestinationRule, Sidecar, VirtualService } from '../../imports/networking.istio.io';
import { customize, FaultInjection, header, IngressGateway, path as paths, SecureNamespace } from '../../src';
import { newChart, object, service } from './support';

const yaml = (app: App) => app.synthYaml();

describe('customize', () => {
  test('a field that nobody knows reaches an object that is made when the app settles, once however often it settles', () => {
    const c = newChart();
    const reviews = service(c, 'Reviews');
    let times = 0;
    customize(reviews, VirtualService, (vs) => {
      vs.addOverride('spec.http.0.newer', { deep: true });
      times += 1;
    });
    customize(reviews, ApiObject, (o) => o.metadata.addLabel('team', 'shop'));
    yaml(c.node.root as App);
    reviews.routeTo('v2', header('x').is('y'), 'more');
    const made = object(c, 'VirtualService', 'reviews');
    expect(made.spec.http[0].newer).toEqual({ deep: true });
    expect(times).toBe(1);
    expect(object(c, 'Sidecar', 'reviews').metadata.labels).toEqual({ team: 'shop' });
  });

  test.each([
    [
      'a kind that is not made',
      (s: ReturnType<typeof service>) => customize(s, DestinationRule, () => {}),
      '[chart/Reviews] makes no DestinationRule to be customized; it makes Deployment',
    ],
    [
      'a construct that makes nothing itself',
      (s: ReturnType<typeof service>) =>
        customize(new FaultInjection(s.node.scope as Chart, 'F', { service: s, delay: '1s', percent: 1 }), Sidecar, () => {}),
      '[chart/F] makes no Sidecar to be customized; it makes no objects: name the service that it is about',
    ],
  ])('%s is an error', (_what, change, says) => {
    const c = newChart();
    change(service(c, 'Reviews', { versions: { v1: { image: 'x:1' } }, defaultVersion: undefined }));
    expect(() => yaml(c.node.root as App)).toThrow(says);
  });
});

describe('objects that would undo each other', () => {
  const foreign = (c: Chart, spec: object) =>
    new ApiObject(c, 'Foreign', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'f' },
      spec,
    } as never);
  const http = [{ route: [{ destination: { host: 'reviews' } }] }];

  test.each([
    ['its short name', { hosts: ['reviews'], http }],
    ['its full name', { hosts: ['a.example.com', 'reviews.shop.svc.cluster.local'], gateways: ['edge', 'mesh'], http }],
  ])("another VirtualService for a service's host, by %s", (_how, spec) => {
    const c = newChart();
    service(c, 'Reviews');
    foreign(c, spec);
    expect(() => yaml(c.node.root as App)).toThrow(
      '"chart/Foreign" is a VirtualService for http of host "reviews.shop.svc.cluster.local" in the mesh, beside "chart/Reviews/VirtualService"',
    );
  });

  test.each([
    ['another host', { hosts: ['details'], http }],
    ['at a gateway alone', { hosts: ['reviews'], gateways: ['edge'], http }],
    ['a delegate', { http }],
  ])("a VirtualService for %s is nobody else's", (_how, spec) => {
    const c = newChart();
    service(c, 'Reviews');
    foreign(c, spec);
    expect(yaml(c.node.root as App)).toContain('name: f');
  });

  const istio = (c: Chart, kind: string, spec: object, namespace?: string) =>
    new ApiObject(c, 'Foreign', {
      apiVersion: `${kind === 'PeerAuthentication' ? 'security' : 'networking'}.istio.io/v1`,
      kind,
      metadata: { name: 'f', ...(namespace ? { namespace } : {}) },
      spec,
    } as never);
  const edge = { istio: 'ingressgateway' };
  const server = (host: string, number = 80) => ({ hosts: [host], port: { number, name: 'x', protocol: 'HTTP' } });
  const page = (c: Chart) => {
    new SecureNamespace(c, 'Namespace');
    const reviews = service(c, 'Reviews', { callPolicy: { circuitBreaker: { maxConnections: 100 } }, calls: [] });
    new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] }).route(paths.prefix('/'), reviews);
  };

  test.each<[string, object, string]>([
    ['PeerAuthentication', { mtls: { mode: 'DISABLE' } }, 'namespace "shop"'],
    [
      'DestinationRule',
      { host: 'reviews', trafficPolicy: { tls: { mode: 'DISABLE' } } },
      'host "reviews.shop.svc.cluster.local"',
    ],
    ['Sidecar', { egress: [{ hosts: ['*/*'] }] }, 'namespace "shop"'],
    ['Gateway', { selector: edge, servers: [server('other/shop.example.com')] }, 'host "shop.example.com" at port 80'],
  ])('another %s for the same', (kind, spec, about) => {
    const c = newChart();
    page(c);
    istio(c, kind, spec);
    expect(() => yaml(c.node.root as App)).toThrow(`"chart/Foreign" is a ${kind} for ${about}`);
  });

  test.each<[kind: string, spec: object, namespace: string]>([
    ['PeerAuthentication', { selector: { matchLabels: { app: 'old' } }, mtls: { mode: 'PERMISSIVE' } }, 'shop'],
    ['PeerAuthentication', { selector: { matchLabels: { app: 'reviews' } }, mtls: { mode: 'PERMISSIVE' } }, 'shop'],
    ['PeerAuthentication', { mtls: { mode: 'DISABLE' } }, 'elsewhere'],
    ['DestinationRule', { host: 'reviews', workloadSelector: { matchLabels: { app: 'page' } } }, 'shop'],
    ['DestinationRule', { host: 'reviews.shop.svc.cluster.local' }, 'callers'],
    ['Sidecar', { workloadSelector: { labels: { app: 'old' } } }, 'shop'],
    ['Gateway', { selector: edge, servers: [server('shop.example.com', 8080), server('b.example.com')] }, 'shop'],
    ['Gateway', { selector: { istio: 'other' }, servers: [server('shop.example.com')] }, 'shop'],
  ])('a %s for something else or narrower is nobody’s rival', (kind, spec, namespace) => {
    const c = newChart();
    page(c);
    istio(c, kind, spec, namespace);
    expect(yaml(c.node.root as App)).toContain('name: f');
  });

  test.each([
    ['a file a resource', YamlOutputType.FILE_PER_RESOURCE],
    ['a folder a chart', YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE],
  ])('equal names of two namespaces: %s', (_what, yamlOutputType) => {
    const app = new App({ yamlOutputType });
    const chart = new Chart(app, 'a', { namespace: 'a' });
    const other = new Chart(yamlOutputType === YamlOutputType.FILE_PER_RESOURCE ? app : chart, 'b', { namespace: 'b' });
    service(chart, 'Web');
    new ApiObject(other, 'X', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'b' } });
    if (yamlOutputType === YamlOutputType.FILE_PER_RESOURCE)
      expect(() => app.synth()).toThrow('would both be written to "Service.web.k8s.yaml"');
    else expect(() => app.synthYaml()).not.toThrow();
  });
});
