import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Lazy } from 'cdk8s';
import * as m from '../../src';

const { Port, header, path } = m;
type Build = (chart: Chart, app: App) => unknown;

const image = { image: 'x:1' };
const web = (c: Chart, o: object = {}) =>
  new m.MeshService(c, 'Web', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    defaultVersion: 'v1',
    ...o,
  } as any) as any;
const solo = (c: Chart, o: object = {}) =>
  new m.MeshService(c, 'Solo', { port: Port.http(80), versions: { v1: image }, ...o } as any) as any;
const db = (c: Chart) =>
  new m.MeshService(c, 'Db', { port: Port.redis(6379), versions: { v1: image, v2: image }, defaultVersion: 'v1' }) as any;
const outside = (o: object) => (c: Chart) => new m.ExternalService(c, 'Out', o as any);
const gateway = (c: Chart, o: object = {}) => new m.IngressGateway(c, 'Edge', { hosts: ['a.example.com'], ...o } as any);
const lazy = Lazy.any({ produce: () => 'later' });

/** Builds, synthesizes, and gives the error. */
function errorOf(build: Build, namespace: string | null = 'shop'): string {
  const app = new App();
  const chart = new Chart(app, 'chart', namespace === null ? {} : { namespace });
  try {
    build(chart, app);
    app.synthYaml();
  } catch (e) {
    return (e as Error).message;
  }
  return '(no error)';
}

const cases: [what: string, build: Build, says: RegExp][] = [
  ['no method at all', () => m.method(), /method\(\) names no method/],
  [
    'a share between two steps',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: 0.00015 } as any),
    /percent of "chart\/R" is 0\.00015: shares go in steps of 0\.0001 %/,
  ],
  // names
  [
    'a service name with capitals',
    (c) => solo(c, { name: 'Web' }),
    /name of MeshService "Solo" is "Web": only lower-case letters/,
  ],
  ['an empty name', (c) => solo(c, { name: '' }), /name of MeshService "Solo" is empty/],
  ['an overlong name', (c) => solo(c, { name: 'a'.repeat(64) }), /has 64 characters: 63 are allowed/],
  [
    'an overlong Deployment name',
    (c) => solo(c, { name: 'a'.repeat(62) }),
    /name of the Deployment of version "v1".*63 are allowed/,
  ],
  ['a Lazy name', (c) => solo(c, { name: lazy }), /is a Lazy value: it has to be known when the app is built/],
  ['a number as name', (c) => solo(c, { name: 7 }), /is 7: it has to be text/],
  ['a version name with a dot', (c) => solo(c, { versions: { 'v1.2': image } }), /version of service "solo" is "v1\.2"/],
  ['no versions', (c) => solo(c, { versions: {} }), /service "solo" has no versions: give it one/],
  ['a chart without a namespace', (_c, a) => solo(new Chart(a, 'none')), /chart without a namespace.*pass \{ namespace:/],
  ['a bad namespace', (_c, a) => solo(new Chart(a, 'bad', { namespace: 'No_Good' })), /namespace of chart "bad" is "No_Good"/],
  // ports
  ['port 0', (c) => solo(c, { port: Port.http(0) }), /http port is 0: it has to be a whole number from 1 to 65535/],
  ['port 70000', () => Port.tcp(70_000), /tcp port is 70000/],
  ['half a port', () => Port.http(80.5), /http port is 80.5/],
  ['a bad target port', () => Port.http(80, { target: -1 }), /target of http port 80 is -1/],
  [
    'a port name of another protocol',
    () => Port.http(80, { name: 'web' }),
    /name "web" of port 80 does not begin with its protocol.*"http-web"/,
  ],
  ['an overlong port name', () => Port.http(80, { name: 'http-administration' }), /has 19 characters: Kubernetes allows 15/],
  ['no port', (c) => solo(c, { port: undefined }), /service "solo" has no port/],
  ['port and ports', (c) => solo(c, { ports: [Port.http(81)] }), /has both port and ports/],
  [
    'two ports of one number',
    (c) => solo(c, { port: undefined, ports: [Port.http(80), Port.http(80, { name: 'http-b' })] }),
    /two ports with number 80/,
  ],
  [
    'two ports of one name',
    (c) => solo(c, { port: undefined, ports: [Port.http(80), Port.http(81)] }),
    /two ports with name "http".*name one of them/,
  ],
  // duplicates
  [
    'a service twice',
    (c) => [solo(c), new m.MeshService(c, 'Other', { name: 'solo', port: Port.http(80), versions: { v1: image } })],
    /host "solo\.shop\.svc\.cluster\.local" is declared twice: at "chart\/Solo" and at "chart\/Other"/,
  ],
  [
    'a namespace twice',
    (c) => [new m.SecureNamespace(c, 'A'), new m.SecureNamespace(c, 'B')],
    /namespace "shop" is declared twice/,
  ],
  ['a Mesh twice', (_c, a) => [new m.Mesh(a, 'A'), new m.Mesh(a, 'B')], /the app has a Mesh already, at "A"/],
  [
    'two objects of one name',
    (c) => [
      solo(c),
      new m.IngressGateway(c, 'A', { name: 'g', hosts: ['a.com'] }),
      new m.IngressGateway(c, 'B', { name: 'g', hosts: ['b.com'] }),
    ],
    /Gateway "g" in namespace "shop" is made twice: at "chart\/A\/Gateway" and at "chart\/B\/Gateway"/,
  ],
  // versions
  [
    'several versions and no default',
    (c) => new m.MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image, v2: image } }),
    /chart\/Web: service "web" has versions "v1", "v2" and no rule that chooses among them/,
  ],
  [
    'an unknown default',
    (c) => web(c, { defaultVersion: 'v9' }),
    /defaultVersion "v9" of service "web" is not defined \(it has "v1", "v2"\)/,
  ],
  [
    'an unknown version',
    (c) => web(c).version('v3'),
    /version "v3" of service "web" is not defined \(it has "v1", "v2"\) \(did you mean "v1"\?\)/,
  ],
  [
    'a canary that is the stable version',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v1', percent: 1 } as any),
    /stable and canary of "chart\/R" are both "v1"/,
  ],
  [
    'a canary of an unknown version',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v22', percent: 1 } as any),
    /version "v22".*did you mean "v2"/,
  ],
  [
    'a canary for nobody',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2' } as any),
    /"chart\/R" has neither percent nor steps/,
  ],
  [
    'two canaries of one service',
    (c) => {
      const s = web(c);
      new m.CanaryRelease(c, 'R', { service: s, stable: 'v1', canary: 'v2', percent: 1 } as any);
      new m.CanaryRelease(c, 'S', { service: s, stable: 'v1', canary: 'v2', percent: 2 } as any);
    },
    /rules "r" \(from "chart\/R"\) and "s" of host.*are both about every request/,
  ],
  [
    'a canary that moves the default',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v2', canary: 'v1', percent: 1 } as any),
    /makes version "v2" of service "web" the default, which is "v1" already/,
  ],
  [
    'a step that is not there',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', steps: [1, 2], step: 2 } as any),
    /step of "chart\/R" is 2: it has 2 steps/,
  ],
  // percentages
  [
    '101 %',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: 101 } as any),
    /percent of "chart\/R" is 101: it has to be a number from 0 to 100/,
  ],
  [
    'a percentage as text',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: '10%' } as any),
    /is 10%: it has to be a number/,
  ],
  [
    'NaN %',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: Number.NaN, delay: '1s' }),
    /percent of "chart\/F" is NaN/,
  ],
  [
    'less than Istio can',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 0.00001, delay: '1s' }),
    /smallest share is 0\.0001/,
  ],
  [
    'a fault for 0 %',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 0, delay: '1s' }),
    /percent of "chart\/F" is 0: it would never happen/,
  ],
  [
    'a fault for nobody in particular',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), delay: '1s' } as any),
    /is for everyone and has no percent/,
  ],
  // durations
  [
    'a duration without unit',
    (c) => solo(c, { callPolicy: { timeout: '10' } }),
    /timeout of service "solo" is "10", which is not a duration: write it like "10s"/,
  ],
  [
    'no time at all',
    (c) => solo(c, { callPolicy: { timeout: '0s' } }),
    /is 0ms: Istio needs a whole number of milliseconds, at least 1/,
  ],
  ['half a millisecond', (c) => solo(c, { callPolicy: { timeout: '0.5ms' } }), /is 0\.5ms/],
  [
    'a try longer than the whole',
    (c) => solo(c, { callPolicy: { timeout: '1s', retries: { attempts: 2, perTryTimeout: '2s' } } }),
    /perTryTimeout of service "solo" \(2000ms\) is longer than its timeout/,
  ],
  [
    'a negative number of retries',
    (c) => solo(c, { callPolicy: { retries: { attempts: -1 } } }),
    /attempts in the retries of service "solo" is -1/,
  ],
  [
    'no retries, with conditions',
    (c) => solo(c, { callPolicy: { retries: { attempts: 0, on: ['5xx'] } } }),
    /have attempts 0 and more settings/,
  ],
  [
    'two retry conditions in one',
    (c) => solo(c, { callPolicy: { retries: { attempts: 1, on: ['5xx,reset'] } } }),
    /"5xx,reset" in the retries.*one word or status code an entry/,
  ],
  [
    'a negative limit',
    (c) => solo(c, { callPolicy: { circuitBreaker: { maxConnections: -5 } } }),
    /maxConnections of service "solo" is -5/,
  ],
  // conditions
  ['a regex that RE2 refuses', () => header('x').matches('(?=a)'), /regex "\(\?=a\)" is not valid RE2/],
  ['an empty regex', () => header('x').matches(''), /a regex is empty/],
  ['an overlong regex', () => header('x').matches('a'.repeat(1025)), /has 1025 characters: Istio takes 1024/],
  ['a bad header name', () => header('x y'), /"x y" is not a header name/],
  ['a path without slash', () => path.exact('api'), /path "api" does not begin with "\/"/],
  ['a path with a query', () => path.prefix('/a?b=1'), /path "\/a\?b=1" has a query/],
  ['an empty header prefix', () => header('x').startsWith(''), /prefix of header "x" is empty/],
  ['an unknown method', () => m.method('FETCH' as any), /"FETCH" is not an HTTP method: use GET/],
  ['conditions that contradict each other', () => path.exact('/a').and(path.exact('/b')), /no request can meet/],
  [
    'conditions that Istio cannot write',
    () => path.startsWith('/a').and(path.matches('/a.*z')),
    /the path cannot meet.*Istio has no way to write both/,
  ],
  // protocols
  [
    'a fault on TCP',
    (c) => new m.FaultInjection(c, 'F', { service: db(c), percent: 1, delay: '1s' }),
    /a fault needs an HTTP port, and service "db" has "redis 6379"/,
  ],
  [
    'a sticky canary on TCP',
    (c) =>
      new m.CanaryRelease(c, 'R', { service: db(c), stable: 'v1', canary: 'v2', percent: 5, sticky: { cookie: 'g' } } as any),
    /needs an HTTP port, and service "db"/,
  ],
  [
    'a timeout on TCP',
    (c) => new m.MeshService(c, 'Db', { port: Port.tcp(1), versions: { v1: image }, callPolicy: { timeout: '1s' } }),
    /a timeout or retries needs an HTTP port/,
  ],
  ['limits to paths on TCP', (c) => solo(c).mayCall(db(c), { paths: ['/a'] }), /a limit to methods or paths.*needs an HTTP port/],
  [
    'a status that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, abort: { status: 99 } }),
    /abort status of "chart\/F" is 99/,
  ],
  [
    'a gRPC status that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, abort: { grpcStatus: 'BAD' } }),
    /gRPC knows CANCELLED/,
  ],
  [
    'a date that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, delay: '1s', until: 'soon' }),
    /until of "f" is "soon", which is not a date/,
  ],
  [
    'a fault that does nothing',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1 }),
    /has neither abort nor delay/,
  ],
  [
    'a mirror of a service to itself',
    (c) => {
      const s = solo(c);
      new m.TrafficMirror(c, 'M', { service: s, to: s, percent: 5 });
    },
    /mirrors service "solo" to itself: name a version/,
  ],
  // the outside
  ['a URL as host', outside({ host: 'https://a.com', port: Port.https(443) }), /give the host name alone, without "https:\/\/"/],
  ['a host with a port', outside({ host: 'a.com:443', port: Port.https(443) }), /give the host without a port/],
  ['everything as host', outside({ host: '*', port: Port.https(443) }), /that would be everything/],
  ['a wildcard in the middle', outside({ host: 'a.*.com', port: Port.https(443) }), /is "a\.\*\.com", which is not a host name/],
  ['TCP without addresses', outside({ host: 'db.com', port: Port.mysql(3306) }), /has mysql port 3306 and no addresses/],
  [
    'an address that is none',
    outside({ host: 'db.com', port: Port.mysql(3306), addresses: ['here'] }),
    /address "here".*is not an IP or a CIDR block/,
  ],
  [
    'TLS for a wildcard',
    outside({ host: '*.a.com', port: Port.http(80), originateTls: {} }),
    /originates TLS for a wildcard host/,
  ],
  [
    'TLS on a TLS port',
    outside({ host: 'a.com', port: Port.https(443), originateTls: {} }),
    /originates TLS, and has no HTTP port/,
  ],
  [
    'a timeout on HTTPS',
    outside({ host: 'a.com', port: Port.https(443), callPolicy: { timeout: '1s' } }),
    /are opaque to Istio.*originateTls/,
  ],
  ['no host', outside({ port: Port.https(443) }), /external service "out" has no host/],
  // gateways
  [
    'a gateway host with a port',
    (c) => gateway(c, { hosts: ['a.com:80'] }),
    /host of gateway "edge" is "a\.com:80": give the host without a port/,
  ],
  ['a gateway host twice', (c) => gateway(c, { hosts: ['a.com', 'a.com'] }), /has host "a\.com" twice/],
  ['a certificate without TLS', (c) => gateway(c, { certificate: { issuer: 'x' } }), /has a certificate and no tls/],
  ['pods that are made and exist', (c) => gateway(c, { deploy: true, workload: {} }), /has both deploy and workload/],
  [
    'a route without hosts',
    (c) => gateway(c, { hosts: [] }).route(path.prefix('/'), solo(c)),
    /has no hosts: HTTP routes need at least one/,
  ],
  [
    'a port that the service lacks',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { port: 81 }),
    /port 81 is not an HTTP port of service "solo" \(it has "80"\)/,
  ],
  ['an HTTP route to TCP', (c) => gateway(c).route(path.prefix('/'), db(c)), /a route of gateway "edge" needs an HTTP port/],
  [
    'a TCP port twice',
    (c) => {
      const d = db(c);
      gateway(c).tcp(1, d).tcp(1, d);
    },
    /TCP port 1 of gateway "edge" goes somewhere already/,
  ],
  [
    'a redirect to nowhere',
    (c) => gateway(c).redirect(path.exact('/a'), { code: 302 }),
    /a redirect of gateway "edge" says nothing new/,
  ],
  // access
  [
    'a denied version without an identity',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), deny: [web(c).version('v2')] }),
    /has the same service account "web" as "v1".*serviceAccount: 'own'/,
  ],
  ['an access policy for nobody', (c) => new m.AccessPolicy(c, 'A', { service: solo(c) }), /names nobody/],
  [
    'a namespace that is no name',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), allowNamespaces: ['A_B'] }),
    /namespace in "chart\/A" is "A_B"/,
  ],
  [
    'a secure namespace of another name',
    (c) => new m.SecureNamespace(c, 'N', { name: 'other' }),
    /SecureNamespace "other" is in chart "chart", whose namespace is "shop"/,
  ],
  // environments
  [
    'an environment that forks nothing',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [] }),
    /environment "dev1" forks nothing/,
  ],
  [
    'an environment that forks twice',
    (c) => {
      const s = solo(c);
      new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [s.fork(), s.fork()] });
    },
    /forks service "solo" twice/,
  ],
  [
    'two environments of one name',
    (c) => {
      const s = solo(c);
      for (const i of ['A', 'B']) new m.HeaderRoutedDevEnv(c, i, { name: 'dev1', header: 'x', forks: [s.fork()] });
    },
    /host "solo-dev1\.shop\.svc\.cluster\.local" is declared twice/,
  ],
  // apps
  [
    'a callee of another app',
    (c) => solo(c).mayCall(web(new Chart(new App(), 'far', { namespace: 'far' }))),
    /"far\/Web" belongs to another app than "chart\/Solo"/,
  ],
  [
    'a rule for a host of another app',
    (c) =>
      new m.FaultInjection(c, 'F', { service: solo(new Chart(new App(), 'far', { namespace: 'far' })), percent: 1, delay: '1s' }),
    /"chart\/F" belongs to another app than host "solo\.far/,
  ],
  [
    'an unknown Istio',
    (_c, a) => new m.Mesh(a, 'M', { istioVersion: '1.2' as any }),
    /istioVersion is "1\.2": this package writes for 1\.29, 1\.30 and 1\.31/,
  ],
  [
    'a migration from an opaque port',
    (c) =>
      new m.StranglerMigration(c, 'M', {
        from: outside({ host: 'a.com', port: Port.https(443) })(c) as any,
        to: solo(c),
        percent: 5,
      }),
    /a migration needs an HTTP port/,
  ],
  [
    'an overlay that cannot be cut',
    (c) => {
      const s = web(c);
      s.routeTo('v2', path.matches('/a.*z'), 'odd');
      new m.FaultInjection(c, 'F', { service: s, when: path.startsWith('/a'), abort: { status: 500 }, over: 'everything' });
    },
    /chart\/Web: "odd" \(chart\/Web.*\) and "f" \(chart\/F.*\) meet: the path cannot meet/,
  ],
];

test(`there are enough cases`, () => expect(cases.length).toBeGreaterThanOrEqual(60));
test.each(cases)('%s', (_what, build, says) => expect(errorOf(build)).toMatch(says));

test('all that is wrong is said at once, each with its construct', () => {
  const message = errorOf((c) => {
    for (const id of ['A', 'B']) new m.MeshService(c, id, { port: Port.http(80), versions: { v1: image, v2: image } });
  });
  expect(message).toMatch(/chart\/A: service "a"[\s\S]*chart\/B: service "b"/);
});

describe('environment files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'envs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const files: [what: string, text: string, says: RegExp][] = [
    ['broken YAML', 'name: [dev1\n', /dev\.yaml:2:1: /],
    ['a list', '- a\n', /dev\.yaml:1:1: an environment file is a map/],
    [
      'an unknown key',
      'name: dev1\nfork: {}\nforks: { solo: { image: x } }\n',
      /dev\.yaml:2:1: an environment has no "fork".*did you mean "forks"/,
    ],
    [
      'an unknown service',
      'name: dev1\nforks:\n  sol: { image: x }\n',
      /dev\.yaml:3:3: service "sol" cannot be forked here.*did you mean "solo"/,
    ],
    ['no image', 'name: dev1\nforks:\n  solo: { replicas: 2 }\n', /dev\.yaml:3:9: fork of "solo" has no image/],
    ['no name', 'forks:\n  solo: { image: x }\n', /dev\.yaml:1:1: the environment has no name/],
    [
      'a number as environment variable',
      'name: dev1\r\nforks:\r\n  solo:\r\n    image: x\r\n    env: { A: 1 }\r\n',
      /dev\.yaml:5:15: env A of "solo" has to be text: put it in quotes/,
    ],
    [
      'replicas that are none',
      'name: dev1\nforks:\n  solo: { image: x, replicas: -1 }\n',
      /replicas of "solo" has to be a whole number/,
    ],
  ];
  test.each(files)('%s', (_what, text, says) => {
    writeFileSync(join(folder, 'dev.yaml'), text);
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(says);
  });
  test('one environment in two files', () => {
    for (const f of ['dev.yaml', 'more.yaml']) writeFileSync(join(folder, f), 'name: dev1\nforks: { solo: { image: x } }\n');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(
      /more\.yaml:1:1: environment "dev1" is in "dev\.yaml" already/,
    );
    rmSync(join(folder, 'more.yaml'));
  });
  test('no folder', () =>
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, join(folder, 'none'), { solo: solo(c) }, { header: 'x' }))).toMatch(
      /cannot read the environments folder/,
    ));
});
