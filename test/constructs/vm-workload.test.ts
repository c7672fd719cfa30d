import { Probe, ServiceAccount } from 'cdk8s-plus-27';
import {
  AccessPolicy,
  ApplicationMetrics,
  CanaryRelease,
  FaultInjection,
  HeaderRoutedDevEnv,
  HeadlessGrpcService,
  header,
  MeshService,
  Port,
  SecureNamespace,
  VmWorkload,
} from '../../src';
import { check } from '../../src/check/check';
import { manifestsOf } from '../../src/synth/manifests-of';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, service, yamlOf } from './support';

const image = { image: 'x:1' };
const http = Port.http(8080);

/** Orders move from machines to pods; the machines ask a ledger on machines; the page calls orders. */
function shop(percent = 10) {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const ledger = new MeshService(c, 'Ledger', {
    port: Port.mysql(3306),
    versions: {
      v1: VmWorkload.at(['10.1.0.7', { address: 'fd00::8', locality: 'eu/b', ports: { mysql: 3308 } }], {
        ports: { mysql: 3307 },
        locality: 'eu/a',
        network: 'office',
      }),
    },
    calls: [],
  });
  const orders = new MeshService(c, 'Orders', {
    port: http,
    versions: {
      vm: VmWorkload.registering({ readiness: Probe.fromHttpGet('/ready'), serviceAccount: 'own', ports: { http: 9000 } }),
      v1: image,
    },
    calls: [ledger],
  });
  const release = new CanaryRelease(c, 'OffTheMachines', { service: orders, stable: 'vm', canary: 'v1', percent });
  const page = new MeshService(c, 'Page', { port: http, versions: { v1: image }, calls: [orders] });
  const desk = new MeshService(c, 'Desk', { port: http, versions: { v1: image }, calls: [] });
  return { c, ledger, orders, release, page, desk };
}

const findings = (c: ReturnType<typeof newChart>) =>
  check({ manifests: manifestsOf(c), unreadable: [] } as never, { severity: 'info' } as never).diagnostics.map((d) => d.message);

describe('VmWorkload', () => {
  test('machines that register themselves: a group; with addresses that stay: an entry each; the Service selects both by its labels', () => {
    const { c } = shop();
    expect(yamlOf(c, 'WorkloadGroup', 'WorkloadEntry')).toMatchSnapshot();
    for (const name of ['orders', 'ledger']) expect(object(c, 'Service', name).spec.selector).toEqual({ app: name });
    expect(
      c
        .toJson()
        .filter((o: any) => o.kind === 'Deployment')
        .map((o: any) => o.metadata.name),
    ).toEqual(['orders-v1', 'page-v1', 'desk-v1']);
    expect(findings(c)).toEqual([]);
  });

  test('a canary moves requests from machines to pods, in mutual TLS, at the port where each listens', () => {
    const { c, page, orders } = shop(10);
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: page, to: orders })).toSplit({ vm: 90, v1: 10 });
    expect(mesh.request({ from: page, to: orders })).toUseMutualTls();
    const all = shop(100);
    expect(meshOf(all.c.node.root as never).request({ from: all.page, to: all.orders })).toReach(all.orders.version('v1'));
  });

  test('machines call as their account, and only what is declared', () => {
    const { c, orders, ledger, desk, page } = shop();
    const mesh = meshOf(c.node.root as never);
    const bytes = { port: 3306, alpn: [] };
    for (const v of ['vm', 'v1'] as const)
      expect(mesh.request({ from: orders.version(v), to: ledger, ...bytes })).toReach(ledger);
    // the Sidecar of the machine does not know it
    expect(mesh.request({ from: orders.version('vm'), to: desk })).not.toReach(desk);
    expect(mesh.request({ from: page, to: ledger, ...bytes })).not.toReach(ledger);
    expect(object(c, 'AuthorizationPolicy', 'ledger').spec.rules[0].from[0].source.principals).toEqual([
      'cluster.local/ns/shop/sa/orders',
      'cluster.local/ns/shop/sa/orders-vm',
    ]);
  });

  test('who may not come to a machine is turned away there', () => {
    const { c, orders, page, desk } = shop();
    desk.mayCall(orders);
    new AccessPolicy(c, 'NoDesk', { service: orders, deny: [desk] });
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: desk, to: orders })).toBeDenied();
    expect(mesh.request({ from: page, to: orders })).toAnswer(200);
  });

  test('machines alone: routes, faults and policies as for any service', () => {
    const c = newChart();
    const old = new MeshService(c, 'Old', {
      port: http,
      versions: {
        v1: VmWorkload.at(['10.0.0.1'], { callPolicy: { circuitBreaker: { maxConnections: 9 } } }),
        v2: VmWorkload.registering({ labels: { rack: 'r1' }, annotations: { 'example.com/a': 'b' } }),
      },
      defaultVersion: 'v1',
    });
    old.routeTo('v2', header('x-new').present(), 'new');
    new FaultInjection(c, 'Fault', { service: old, when: header('x-bad').present(), abort: { status: 503 } });
    const page = service(c, 'Page');
    page.mayCall(old);
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: page.version('v1'), to: old, headers: { 'x-new': '1' } })).toReach(old.version('v2'));
    expect(mesh.request({ from: page.version('v1'), to: old, headers: { 'x-bad': '1' } })).toAbort(503);
    expect(object(c, 'DestinationRule', 'old').spec.subsets[0].trafficPolicy.connectionPool.tcp.maxConnections).toBe(9);
    expect(object(c, 'WorkloadGroup', 'old-v2').spec.metadata).toMatchObject({
      annotations: { 'example.com/a': 'b' },
      labels: { app: 'old', version: 'v2', rack: 'r1' },
    });
  });

  test('a fork of what runs on machines is pods, and says its image itself', () => {
    const { c, orders, page } = shop();
    expect(() => orders.fork({ version: 'vm' })).toThrow(/fork of service "orders" has no image/);
    new HeaderRoutedDevEnv(c, 'Dev', { name: 'dev1', header: 'x-env', forks: [orders.fork({ version: 'vm', image: 'o:dev' })] });
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: page, to: orders, headers: { 'x-env': 'dev1' } })).toReach('shop/orders-dev1');
  });

  test('probes: ports are numbers, and other ways to ask', () => {
    const probes = {
      a: Probe.fromTcpSocket({ port: 7 }),
      b: Probe.fromCommand(['/bin/ok'], { failureThreshold: 1 }),
      c: Probe.fromHttpGet('/x', { port: 9, scheme: 'HTTPS' as never }),
    };
    const c = newChart();
    for (const [id, readiness] of Object.entries(probes))
      new MeshService(c, id, { port: http, versions: { v1: VmWorkload.registering({ readiness }) } });
    const probe = (id: string) => object(c, 'WorkloadGroup', `${id}-v1`).spec.probe;
    expect(probe('a')).toEqual({ failureThreshold: 3, tcpSocket: { port: 7 } });
    expect(probe('b')).toEqual({ failureThreshold: 1, exec: { command: ['/bin/ok'] } });
    expect(probe('c')).toEqual({ failureThreshold: 3, httpGet: { path: '/x', port: 9, scheme: 'HTTPS' } });
  });

  const made =
    (vm: () => VmWorkload, o: object = {}) =>
    () =>
      new MeshService(newChart(), 'Web', { port: http, versions: { v1: vm() }, ...o });
  test.each<[string, () => unknown, RegExp]>([
    ['no address', made(() => VmWorkload.at([])), /VmWorkload.at has no address: give it one/],
    ['no list', made(() => VmWorkload.at('10.0.0.1' as never)), /VmWorkload.at is given "10.0.0.1": it has to be a list/],
    [
      'a name',
      made(() => VmWorkload.at(['db.example.com'])),
      /address "db.example.com" of VmWorkload.at is no IP address: Istio leaves names out/,
    ],
    ['an address twice', made(() => VmWorkload.at(['10.0.0.1', { address: '10.0.0.1' }])), /has address "10.0.0.1" twice/],
    [
      'a misspelt property',
      made(() => VmWorkload.registering({ locallity: 'a' } as never)),
      /no property "locallity" \(did you mean "locality"\?\)/,
    ],
    [
      'a property of others',
      made(() => VmWorkload.at(['10.0.0.1'], { readiness: Probe.fromHttpGet('/') } as never)),
      /VmWorkload.at has no property "readiness"/,
    ],
    [
      'a port that is not there',
      made(() => VmWorkload.registering({ ports: { htp: 80 } })),
      /ports of version "v1" of "chart\/Web" have "htp", which is no port of the service \(it has "http"\) \(did you mean "http"\?\)/,
    ],
    ['a port that is none', made(() => VmWorkload.registering({ ports: { http: 0 } })), /port "http" of version "v1"/],
    [
      'a place with a star',
      made(() => VmWorkload.registering({ locality: 'eu/*' })),
      /locality of version "v1".* is "eu\/\*": write region/,
    ],
    ['a network that is no label', made(() => VmWorkload.registering({ network: 'a b' })), /network of version "v1".* is "a b"/],
    [
      'labels of ours',
      made(() => VmWorkload.registering({ labels: { app: 'x' } })),
      /labels of version "v1".* have "app", which the service itself sets \(to "web"\)/,
    ],
    [
      'a probe that is none',
      made(() => VmWorkload.registering({ readiness: {} as never })),
      /readiness of version "v1".* is none of cdk8s-plus' Probes/,
    ],
  ])('refuses %s', (_, make, says) => {
    expect(make).toThrow(says);
  });

  test('what is about pods does not take machines for pods', () => {
    const c = newChart();
    const old = new MeshService(c, 'Old', { port: http, versions: { v1: VmWorkload.registering() } });
    expect(() => old.version('v1').deployment).toThrow(
      'version "v1" of service "old" runs on virtual machines: it has no Deployment',
    );
    expect(() => new ApplicationMetrics(c, 'M', { service: old, port: 9 })).toThrow(/runs on virtual machines alone/);
    expect(() => new CanaryRelease(c, 'C', { engine: 'flagger', service: old, steps: [5] })).toThrow(
      /version "v1" of service "old".* runs on virtual machines, and engine "flagger" replaces pods/,
    );
    const both = new MeshService(c, 'Both', {
      port: http,
      versions: { vm: VmWorkload.registering(), v1: image },
      defaultVersion: 'vm',
    });
    new ApplicationMetrics(c, 'N', { service: both, port: 9 });
    expect(object(c, 'Deployment', 'both-v1').spec.template.metadata.annotations).toMatchObject({ 'prometheus.io/port': '9' });
  });

  test('not in an ambient namespace', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace', { dataPlane: 'ambient' });
    new MeshService(c, 'Old', { port: http, versions: { v1: VmWorkload.registering() } });
    expect(() => c.toJson() && meshOf(c.node.root as never)).toThrow(
      /version "v1" of "chart\/Old" runs on virtual machines, in ambient namespace "shop": ztunnel speaks plain text/,
    );
  });

  test('not behind a headless Service', () => {
    const versions = { v1: VmWorkload.registering() } as never;
    expect(() => new HeadlessGrpcService(newChart(), 'Old', { mode: 'client-side', port: Port.grpc(8080), versions })).toThrow(
      /version "v1" of .*service "old" runs on virtual machines, and Istio leaves these out of a headless Service/,
    );
  });

  test('an account that is there already', () => {
    const c = newChart();
    const serviceAccount = ServiceAccount.fromServiceAccountName(c, 'SA', 'machines');
    const old = new MeshService(c, 'Old', { port: http, versions: { v1: VmWorkload.registering({ serviceAccount }) } });
    expect(object(c, 'WorkloadGroup', 'old-v1').spec.template.serviceAccount).toBe('machines');
    expect(old.version('v1').principals).toEqual(['cluster.local/ns/shop/sa/machines']);
  });
});
