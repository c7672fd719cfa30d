import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AccessPolicy, FaultInjection, LoadBalancer, MeshService, Port, SecureNamespace, StatefulService } from '../../src';
import { check } from '../../src/check/check';
import { AppModel } from '../../src/constructs/app-model';
import { parseManifests } from '../../src/manifests/parse';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const versions = { v1: { image: 'x:1' } };
const data = { data: { path: '/var/lib/mysql', size: Size.gibibytes(10) } };
const http = Port.http(80);

/** A database of three pods, one that calls the service, one that calls single pods, and one that calls neither. */
function shop(o: object = {}) {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const db = new StatefulService(c, 'OrdersDb', {
    port: Port.mysql(3306),
    peers: [Port.tcp(4567, { name: 'tcp-galera' })],
    image: 'mysql:8',
    replicas: 3,
    minAvailable: 2,
    storage: data,
    calls: [],
    ...o,
  });
  const web = new MeshService(c, 'Web', { port: http, versions, calls: [db] });
  const reader = new MeshService(c, 'Reader', { port: http, versions, calls: [db.pods] });
  const other = new MeshService(c, 'Other', { port: http, versions, calls: [] });
  return { c, db, web, reader, other };
}
const pod = (n: number) => `orders-db-${n}.orders-db-headless.shop.svc.cluster.local`;

test('its objects', () => {
  const { c } = shop();
  const ours = (o: any) => o.metadata.name.startsWith('orders-db');
  expect(
    yamlOf(
      c,
      ...new Set(
        c
          .toJson()
          .filter(ours)
          .map((o: any) => o.kind),
      ),
    ),
  ).toMatchSnapshot();
  const found = check(parseManifests(yamlOf(c), 'x')).diagnostics;
  expect(found.map((d) => `${d.rule} ${d.message}`)).toEqual([]);
  expect(AppModel.of(c).warnings()).toEqual([]);
});

test('clients come to the service, by mutual TLS, and not to the ports of peers', () => {
  const { c, db, web, reader, other } = shop();
  const mesh = meshOf(c);
  const to = { to: db, port: 3306 };
  expect(mesh.request({ from: web, ...to })).toReach(db);
  expect(mesh.request({ from: web, ...to })).toUseMutualTls();
  expect(mesh.request({ from: other, ...to })).not.toReach(db);
  expect(mesh.request({ from: reader, to: db.pods, port: 3306 })).toReach(db);
  expect(mesh.request({ from: reader, to: pod(1), port: 3306 })).toReach(db);
  expect(mesh.request({ from: reader, to: db.pods.hosts[2]!, port: 3306 })).toUseMutualTls();
  expect(mesh.request({ from: reader, to: pod(1), port: 4567 })).toBeDenied();
  // its Sidecar knows the service alone
  expect(mesh.request({ from: web, to: pod(0), port: 3306 })).not.toReach(db);
});

test('its pods call each other at all of their ports', () => {
  const { c, db } = shop();
  const mesh = meshOf(c);
  for (const port of [3306, 4567]) {
    expect(mesh.request({ from: db, to: pod(0), port })).toReach(db);
    expect(mesh.request({ from: db, to: pod(0), port })).toUseMutualTls();
  }
});

test('one pod without peers has nobody to call', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const db = new StatefulService(c, 'Db', { port: Port.mysql(3306), image: 'mysql:8', calls: [] });
  expect(c.toJson().filter((o: any) => o.kind === 'AuthorizationPolicy' && o.metadata.name === 'db')).toEqual([]);
  expect(meshOf(c).request({ from: db, to: db.pods, port: 3306 })).not.toReach(db);
});

test('limits of clients stay theirs; a denial by method closes no port of peers', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const search = new StatefulService(c, 'Search', {
    port: Port.http(9200),
    peers: [Port.tcp(9300)],
    image: 'search:1',
    replicas: 3,
  });
  const web = new MeshService(c, 'Web', { port: http, versions, calls: [] });
  web.mayCall(search, { methods: ['GET'] });
  new AccessPolicy(c, 'Locked', { service: search, denyNamespaces: ['ops'], methods: ['DELETE'] });
  const mesh = meshOf(c);
  const ask = { from: web, to: search, port: 9200 };
  expect(mesh.request(ask)).toReach(search);
  expect(mesh.request({ ...ask, method: 'DELETE' })).toBeDenied();
  const host = 'search-0.search-headless.shop.svc.cluster.local';
  expect(mesh.request({ from: search, to: host, port: 9300 })).toReach(search);
  expect(mesh.request({ from: search, to: host, port: 9200, method: 'DELETE' })).toReach(search);
});

test('a StatefulSet is as its pods were asked for', () => {
  const { c } = shop({
    start: 'at once',
    storage: { ...data, log: { path: '/log', size: Size.gibibytes(1), storageClass: 'fast' } },
  });
  const { spec } = object(c, 'StatefulSet', 'orders-db');
  expect(spec.podManagementPolicy).toBe('Parallel');
  expect(spec.volumeClaimTemplates[1].spec).toEqual({
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'fast',
  });
  expect(spec.template.spec.containers[0].volumeMounts).toEqual([
    { name: 'data', mountPath: '/var/lib/mysql' },
    { name: 'log', mountPath: '/log' },
  ]);
});

test.each([
  [
    { storage: { data: { path: 'var', size: Size.gibibytes(1) } } },
    'path of storage "data" of "chart/Db" is "var": it has to begin with "/"',
  ],
  [
    { storage: { data: { path: '/var', size: '10Gi' } } },
    'size of storage "data" of "chart/Db" is "10Gi": write it as Size.gibibytes(10)',
  ],
  [{ storage: { Data: { path: '/var', size: Size.gibibytes(1) } } }, 'storage "Data"'],
  [
    { storage: { a: data.data, b: data.data } },
    'path "/var/lib/mysql" of storage "b" of "chart/Db" is that of storage "a" already',
  ],
  [
    { storage: { a: data.data, b: { ...data.data, path: '/var/lib/mysql/' } } },
    'path "/var/lib/mysql/" of storage "b" of "chart/Db" is that of storage "a" already',
  ],
  [{ storage: { a: { ...data.data, size: Size.gibibytes(0) } } }, 'size of storage "a" of "chart/Db" is 0'],
  [{ storage: { a: { ...data.data, storageClass: 'a b' } } }, 'storageClass of storage "a"'],
  [{ storage: { a: { ...data.data, accessMode: 'All' } } }, 'accessMode of storage "a"'],
  [{ start: 'now' }, 'start of "chart/Db"'],
  [{ autoscale: { max: 3 } }, 'has no property "autoscale"'],
  [{ versions: {} }, 'has no property "versions"'],
  [{ port: Port.mysql(3306, { target: 3307 }) }, 'port 3306 of service "db" has target 3307'],
  [{ peers: [Port.tcp(15021)] }, 'port 15021 of service "db" is one that the proxy itself needs'],
  [{ peers: [Port.tcp(3306)] }, 'has two ports with number 3306'],
  [{ peers: [Port.mysql(3306)] }, 'has two ports with number 3306'],
  [{ peers: [3307] }, 'has a port that is 3307'],
  [{ name: 'd'.repeat(53) }, "has 53 characters: a StatefulSet's has 52 at most"],
  [{ name: 'default' }, 'service "default" would have Kubernetes\' own service account'],
  [{ minAvailable: 1 }, 'no pod could ever be evicted'],
])('%j is refused', (o, message) => {
  const make = () => new StatefulService(newChart(), 'Db', { port: Port.mysql(3306), image: 'mysql:8', ...o } as any);
  expect(make).toThrow(message);
});

test('a volume of all pods has neither the name nor the path of one that each has for itself', () => {
  const make = (name: string, path: string) => () => {
    const c = newChart();
    const volume = kplus.Volume.fromEmptyDir(c, 'Tmp', name);
    new StatefulService(c, 'Db', { port: http, image: 'x', storage: data, volumeMounts: [{ path, volume }] });
  };
  expect(make('data', '/tmp')).toThrow('storage "data" of "chart/Db" has the name of another volume of its pods');
  expect(make('tmp', '/var/lib/mysql')).toThrow('path "/var/lib/mysql" of storage "data" of "chart/Db" is that of volumeMounts');
  expect(make('tmp', '/tmp')).not.toThrow();
});

test('as many pods as Kubernetes takes', () => {
  const db = new StatefulService(newChart(), 'Db', { port: http, image: 'x', replicas: 2 ** 31 - 1 });
  expect(db.pods.host).toBe('db-headless.shop.svc.cluster.local');
});

test('what does not hold for clients of single pods is told where it is said', () => {
  const make = (callPolicy: object, fault: boolean, byName = true) => {
    const c = newChart();
    const db = new StatefulService(c, 'Search', { port: http, image: 'x', replicas: 3, callPolicy });
    const web = new MeshService(c, 'Web', { port: http, versions, calls: byName ? [db, db.pods] : [db] });
    if (fault) new FaultInjection(c, 'Fault', { service: db, percent: 100, abort: { status: 500 } });
    return {
      c,
      db,
      web,
      told: () =>
        AppModel.of(c)
          .warnings()
          .map((w) => w.message),
    };
  };
  const says = (what: string) => [
    expect.stringContaining(`by service "web", and what is said of calls to the service (${what})`),
  ];
  const { db, web, told, c } = make({ timeout: '3s', circuitBreaker: { maxConnections: 5 } }, true);
  expect(told()).toEqual(says('timeouts, retries, faults and routes, limits of connections'));
  const mesh = meshOf(c);
  expect(mesh.request({ from: web, to: db })).toAbort(500);
  expect(mesh.request({ from: web, to: db.pods.hosts[0]!, port: 80 })).toReach(db);
  expect(make({ circuitBreaker: { maxConnections: 5 } }, false).told()).toEqual(says('limits of connections'));
  expect(make({ circuitBreaker: { eject: {} }, loadBalancer: LoadBalancer.random }, false).told()).toEqual([]);
  expect(make({}, false).told()).toEqual([]);
  expect(make({ timeout: '3s' }, true, false).told()).toEqual([]);
});

test('the trace of a connection names the rule that lets it in', () => {
  const { c, db, other } = shop();
  const steps = (from: StatefulService | MeshService, port: number) =>
    meshOf(c)
      .request({ from, to: db.pods.host, port })
      .arrivals.flatMap((a) => a.outcome?.steps.map((s) => s.text) ?? []);
  expect(steps(db, 4567)).toEqual(['port 4567 is STRICT', 'a rule allows it']);
  other.mayCall(db.pods);
  expect(steps(other, 4567)).toEqual([
    'port 4567 is STRICT',
    'no rule allows it, and there is one that allows others: the connection is closed',
  ]);
});

test('a name that no pod has is told', () => {
  const { c, db, reader } = shop();
  const mesh = meshOf(c);
  const ask = (host: string) => () => expect(mesh.request({ from: reader, to: host, port: 3306 })).toReach(db);
  for (const host of [pod(0), pod(2), 'orders-db-1.orders-db-headless', db.pods.host]) ask(host)();
  const says = 'no pod is called "orders-db-3" at "orders-db-headless.shop": there are orders-db-0 to orders-db-2';
  expect(ask('orders-db-3.orders-db-headless.shop')).toThrow(says);
  expect(ask('orders-db-01.orders-db-headless.shop')).toThrow('no pod is called "orders-db-01"');
  expect(ask('other-0.orders-db-headless.shop')).toThrow('no pod is called "other-0"');
});
