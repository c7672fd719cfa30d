import { type App, Chart } from 'cdk8s';
import { ExternalService, MeshService, Port, SecureNamespace } from '../../src';
import { AppModel } from '../../src/constructs/app-model';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

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

  test('mutual TLS by files of the proxy; a Secret is for gateways', () => {
    const c = newChart();
    const files = { certificate: '/etc/client/tls.crt', privateKey: '/etc/client/tls.key' };
    const api = (id: string, originateTls: object) =>
      new ExternalService(c, id, { host: 'api.example.com', port: Port.http(80), originateTls });
    api('Api', { clientCertificate: files, caCertificates: '/etc/client/ca.crt' });
    expect(object(c, 'DestinationRule', 'api').spec.trafficPolicy.portLevelSettings[0].tls).toEqual({
      mode: 'MUTUAL',
      sni: 'api.example.com',
      subjectAltNames: ['api.example.com'],
      caCertificates: '/etc/client/ca.crt',
      clientCertificate: files.certificate,
      privateKey: files.privateKey,
    });
    const of = (id: string) => `clientCertificate of originateTls of "chart/${id}"`;
    expect(() => api('Sidecars', { clientCertificate: { secret: 'client' } })).toThrow(
      `${of('Sidecars')} is a Secret, which sidecars do not read`,
    );
    expect(() => api('Half', { clientCertificate: { certificate: '/a' } })).toThrow(
      `${of('Half')} lacks its property "privateKey"`,
    );
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

  test('of several hosts each has what is said', () => {
    const c = newChart();
    const hosts = ['a.example.com', 'b.example.com'];
    const api = new ExternalService(c, 'Api', { hosts, port: Port.http(80), callPolicy: { timeout: '2s' } });
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [api] });
    for (const to of hosts) expect(meshOf(c).request({ from: web, to })).toTimeOutAfter('2s');
    expect(object(c, 'Sidecar', web.name).spec.egress[0].hosts).toEqual([
      'istio-system/*',
      'shop/a.example.com',
      'shop/b.example.com',
    ]);
  });

  test('wide blocks of addresses are told: the cluster may be in them', () => {
    const c = newChart();
    const addresses = ['10.0.0.0/8', 'fd00::/16'];
    new ExternalService(c, 'Office', { host: 'office.example', port: Port.tcp(9000), addresses });
    new ExternalService(c, 'Room', { host: 'room.example', port: Port.tcp(9001), addresses: ['10.1.0.0/16', '10.9.9.9'] });
    (c.node.root as App).synthYaml();
    expect(AppModel.of(c).warnings()).toEqual([
      expect.objectContaining({
        construct: 'chart/Office',
        message: expect.stringMatching(
          /^has "10\.0\.0\.0\/8" and "fd00::\/16", which may hold the cluster's own|^has "10\.0\.0\.0\/8", "fd00::\/16", which may hold/,
        ),
      }),
    ]);
  });

  test('in a namespace that lets nothing out only who declares a host reaches it', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const api = new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.http(80) });
    const office = new ExternalService(c, 'Office', { host: 'office.example', port: Port.tcp(9000), addresses: ['10.1.0.0/16'] });
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [api, office] });
    const page = new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [] });
    const mesh = meshOf(c);
    expect(mesh.request({ from: web, to: api })).toReach('api.example.com');
    expect(mesh.request({ from: page, to: api })).not.toReach('api.example.com');
    expect(mesh.request({ from: web, to: 'other.example.com', port: 80 })).toAnswer(502);
    // of a block the ports that were said, and none else
    const ends = (from: object, port: number) =>
      mesh.request({ from: from as never, to: '10.1.2.3', port, alpn: [] }).endings.map((e) => e.where);
    expect(ends(web, 9000)).toEqual(['10.1.2.3, outside the mesh']);
    expect(ends(web, 9001)).toEqual(['the proxy of shop/web-v1']);
    expect(ends(page, 9000)).toEqual(['the proxy of shop/page-v1']);
  });

  test('hosts that connections name may share an address', () => {
    const c = newChart();
    const addresses = ['203.0.113.7'];
    new ExternalService(c, 'A', { host: 'a.com', port: Port.https(443), addresses });
    new ExternalService(c, 'B', { host: 'b.com', ports: [Port.tls(443), Port.tcp(9000)], addresses });
    expect(c.toJson().filter((o: any) => o.kind === 'ServiceEntry')).toHaveLength(2);
  });
});
