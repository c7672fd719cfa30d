// What must not compile, and what must; checked by `tsc --noEmit` (npm run lint).
import { App, Chart } from 'cdk8s';
import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  Mesh,
  MeshService,
  Port,
  path,
  StranglerMigration,
  TrafficMirror,
} from '../../src';

const chart = new Chart(new App(), 'chart', { namespace: 'shop' });
const image = { image: 'x:1' };
const web = new MeshService(chart, 'Web', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
const db = new MeshService(chart, 'Db', { port: Port.redis(6379), versions: { v1: image } });
const mixed = new MeshService(chart, 'Mixed', { ports: [Port.grpc(1), Port.tcp(2)], versions: { v1: image } });
const adopted = MeshService.adoptFrom(chart, 'Adopted', { from: chart });
const opaque = new ExternalService(chart, 'Opaque', { host: 'a.com', port: Port.https(443) });

export const right = () => [
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10 }),
  new FaultInjection(chart, 'F', { service: mixed, percent: 1, delay: '1s' }),
  new TrafficMirror(chart, 'M', { service: mixed, to: web, version: 'v2', percent: 1 }),
  new TrafficMirror(chart, 'N', { service: adopted, to: adopted, version: 'known at run time', percent: 1 }),
  new IngressGateway(chart, 'G', { hosts: ['*'] }).route(path.prefix('/'), web).tcp(1, db),
];

export const wrong = () => [
  // @ts-expect-error no such version
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v3', percent: 10 }),
  // @ts-expect-error no such version
  new CanaryRelease(chart, 'C', { service: web, stable: 'v', canary: 'v2', percent: 10 }),
  // @ts-expect-error a share is a number
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: '10%' }),
  // @ts-expect-error no such state
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 1, state: 'done' }),
  // @ts-expect-error no such version
  web.version('v3'),
  // @ts-expect-error no such version
  web.routeTo('v3', header('x').is('y'), 'name'),
  // @ts-expect-error no such version
  web.fork({ version: 'v3' }),
  // @ts-expect-error no such version
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: image }, defaultVersion: 'v2' }),
  // @ts-expect-error a version needs an image
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: {} } }),
  // @ts-expect-error a port is a Port
  new MeshService(chart, 'S', { port: 80, versions: { v1: image } }),
  // @ts-expect-error names are for what lies outside: callees are objects
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: image }, calls: ['web'] }),
  // @ts-expect-error Istio sees only connections on a redis port
  new FaultInjection(chart, 'F', { service: db, percent: 1, delay: '1s' }),
  // @ts-expect-error for whom?
  new FaultInjection(chart, 'F', { service: web, delay: '1s' }),
  // @ts-expect-error Istio sees only connections on a redis port
  new TrafficMirror(chart, 'M', { service: db, to: web, percent: 1 }),
  // @ts-expect-error copies of requests go to services that take requests
  new TrafficMirror(chart, 'M', { service: web, to: db, percent: 1 }),
  // @ts-expect-error no such version
  new TrafficMirror(chart, 'M', { service: web, to: web, version: 'v3', percent: 1 }),
  // @ts-expect-error HTTP routes lead to HTTP services
  new IngressGateway(chart, 'G', { hosts: ['*'] }).route(path.prefix('/'), db),
  // @ts-expect-error Envoy sends no 304
  new IngressGateway(chart, 'G', { hosts: ['*'] }).redirect(path.prefix('/'), { uri: '/x', code: 304 }),
  // @ts-expect-error an HTTPS port is opaque
  new StranglerMigration(chart, 'S', { from: opaque, to: web, percent: 1 }),
  // @ts-expect-error one carrier
  new HeaderRoutedDevEnv(chart, 'E', { name: 'dev1', forks: [web.fork()] }),
  // @ts-expect-error an Istio that this package does not write for
  new Mesh(chart, 'M', { istioVersion: '1.20' }),
  // @ts-expect-error a port that is not there
  Port.smtp(25),
];
