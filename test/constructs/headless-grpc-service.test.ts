import { ApiObject } from 'cdk8s';
import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  HeaderRoutedDevEnv,
  HeadlessGrpcService,
  header,
  IngressGateway,
  LoadBalancer,
  MeshService,
  Port,
  path,
  SecureNamespace,
  StranglerMigration,
  TrafficMirror,
} from '../../src';
import { check } from '../../src/check/check';
import { AppModel } from '../../src/constructs/app-model';
import { parseManifests } from '../../src/manifests/parse';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const port = Port.grpc(50051);
const grpc = { port: 50051, alpn: ['h2c'], method: 'POST', path: '/prices.Prices/Get' };

/** A namespace with a service whose clients balance by themselves, and one that calls it. */
function shop(o: object = {}) {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const prices = new HeadlessGrpcService(c, 'Prices', { mode: 'client-side', port, versions: { v1: image }, calls: [], ...o });
  const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [prices] });
  return { c, prices, web };
}
const clean = (c: ReturnType<typeof newChart>) => {
  expect(check(parseManifests(yamlOf(c), 'x')).diagnostics.map((d) => `${d.rule} ${d.message}`)).toEqual([]);
  expect(AppModel.of(c).warnings()).toEqual([]);
};

describe('client-side', () => {
  test('a headless Service, whose pods are called by mutual TLS', () => {
    const { c, prices, web } = shop({ callPolicy: { timeout: '2s', circuitBreaker: { maxConnections: 100 } } });
    expect(yamlOf(c, 'Service', 'VirtualService', 'DestinationRule')).toMatchSnapshot();
    clean(c);
    const mesh = meshOf(c);
    for (const to of [prices, 'prices-v1-0.prices']) {
      // pods of a Deployment have no names in DNS; a client that dialled one may say any
      const request = mesh.request({ from: web, to, ...grpc, acceptDoubts: true });
      expect(request).toReach(prices);
      expect(request).toUseMutualTls();
    }
    expect(mesh.request({ from: web, to: prices, ...grpc })).toTimeOutAfter('2s');
  });

  test('one pod without a sidecar: all are called in plain text, and those that are strict refuse', () => {
    const { c, prices, web } = shop();
    new ApiObject(c, 'Old', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'old' },
      spec: {
        selector: { matchLabels: { app: 'prices', track: 'old' } },
        template: {
          metadata: { labels: { app: 'prices', track: 'old', 'sidecar.istio.io/inject': 'false' } },
          spec: { containers: [{ name: 'a', image: 'a' }] },
        },
      },
    });
    expect(meshOf(c).request({ from: web, to: prices, ...grpc })).not.toUseMutualTls();
  });

  test('faults hold, and a fork takes the calls with its header', () => {
    const { c, prices, web } = shop();
    new FaultInjection(c, 'Fault', { service: prices, when: header('x-test').present(), abort: { status: 503 } });
    new HeaderRoutedDevEnv(c, 'Dev', { name: 'dev1', header: 'x-dev-env', forks: [prices.fork({ image: 'x:pr' })] });
    clean(c);
    const mesh = meshOf(c);
    expect(mesh.request({ from: web, to: prices, ...grpc, headers: { 'x-test': '1' } })).toAbort(503);
    expect(mesh.request({ from: web, to: prices, ...grpc, headers: { 'x-dev-env': 'dev1' } })).toReach('shop/prices-dev1');
    expect(mesh.request({ from: web, to: prices, ...grpc })).toReach('shop/prices-v1');
  });

  test('a gateway has endpoints of it, and balances', () => {
    const { c, prices } = shop();
    new IngressGateway(c, 'Edge', { hosts: ['prices.example.com'], deploy: true }).route(path.prefix('/'), prices);
    clean(c);
    expect(meshOf(c).request({ from: 'gateway:shop/edge', to: 'prices.example.com', port: 80, alpn: ['h2c'] })).toReach(prices);
  });

  test('routes of other hosts that lead there are an error', () => {
    const mirror = shop();
    const target = new MeshService(mirror.c, 'Target', { port, versions: { v1: image } });
    new TrafficMirror(mirror.c, 'Mirror', { service: target, to: mirror.prices as any, percent: 1 });
    expect(
      mirror.c.node.root.node
        .findAll()
        .flatMap((n) => n.node.validate())
        .join(),
    ).toContain('routes of host "target.shop.svc.cluster.local" (by "chart/Mirror") lead to "prices.shop.svc.cluster.local"');
    const moved = shop();
    const old = new ExternalService(moved.c, 'Old', { host: 'old.example.com', port: Port.http2(80) });
    new StranglerMigration(moved.c, 'Migration', { from: old, to: moved.prices as any, percent: 10 });
    expect(
      moved.c.node.root.node
        .findAll()
        .flatMap((n) => n.node.validate())
        .join(),
    ).toContain('routes of host "old.example.com" (by "chart/Migration", "chart/Prices", "chart/Old") lead to');
  });

  test.each([
    [{ versions: { v1: image, v2: image } }, 'has versions "v1", "v2", and its clients balance by themselves'],
    [{ port: Port.grpc(50051, { target: 8080 }) }, 'port 50051 of "chart/Prices" has target 8080'],
    [{ port: Port.http(80) }, 'port 80 of "chart/Prices" is http: it has to be Port.grpc(80)'],
    [{ port: undefined, ports: [port] }, 'has no property "ports"'],
    [{ callPolicy: { loadBalancer: LoadBalancer.random } }, 'callPolicy of "chart/Prices" has loadBalancer'],
    [{ callPolicy: { circuitBreaker: { eject: {} } } }, 'callPolicy of "chart/Prices" has eject'],
    [
      { versions: { v1: { ...image, callPolicy: { loadBalancer: LoadBalancer.random } } } },
      'callPolicy of version "v1" of "chart/Prices" has loadBalancer',
    ],
    [{ mode: 'client' }, 'mode of "chart/Prices"'],
  ])('%j is refused', (o, message) => expect(() => shop(o as object)).toThrow(message));

  test('so is what is said later', () => {
    const { c, prices, web } = shop();
    const policy = { loadBalancer: LoadBalancer.random } as any;
    expect(() => prices.callPolicyFrom(web, policy)).toThrow('loadBalancer');
    expect(() => prices.portPolicy(port, policy)).toThrow('loadBalancer');
    const release = { engine: 'flagger', service: prices, steps: [5] } as any;
    expect(() => new CanaryRelease(c, 'C', release)).toThrow('service "prices" of "chart/C" is balanced by its clients');
  });
});

describe('mesh', () => {
  test('a Service with an address; versions share the calls', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const prices = new HeadlessGrpcService(c, 'Prices', {
      mode: 'mesh',
      port: Port.grpc(80, { target: 8080 }),
      versions: { v1: image, v2: image },
      calls: [],
      callPolicy: { loadBalancer: LoadBalancer.consistentHash.header('x-user') },
    });
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [prices] });
    new CanaryRelease(c, 'Canary', { service: prices, stable: 'v1', canary: 'v2', percent: 10 });
    clean(c);
    expect(object(c, 'Service', 'prices').spec.clusterIP).toBeUndefined();
    expect(meshOf(c).request({ from: web, to: prices, ...grpc, port: 80 })).toSplit({ v1: 90, v2: 10 });
  });
});
