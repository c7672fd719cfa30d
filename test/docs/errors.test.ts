// Errors that the pages quote are what really happens.
import { App, Chart } from 'cdk8s';
import {
  AccessPolicy,
  CanaryRelease,
  ExternalService,
  FaultInjection,
  HeaderRoutedDevEnv,
  IngressGateway,
  Mesh,
  MeshService,
  Port,
  path,
  SecureNamespace,
  StranglerMigration,
} from '../../src';
import { read } from './pages';

const port = Port.http(9080);
const ratings = (chart: Chart) => new MeshService(chart, 'Ratings', { port, versions: { v1: { image: 'ratings:1' } } });
const reviews = (chart: Chart, more: { defaultVersion?: 'v1' | 'v2' } = {}) =>
  new MeshService(chart, 'Reviews', { port, versions: { v1: { image: 'reviews:1' }, v2: { image: 'reviews:2' } }, ...more });

/** What goes wrong, in an app of its own. */
const errorOf = (make: (chart: Chart, app: App) => unknown): string => {
  const app = new App();
  try {
    make(new Chart(app, 'bookinfo', { namespace: 'bookinfo' }), app);
    app.synthYaml();
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('nothing went wrong');
};

const flat = (page: string) => read(page).replace(/\s+/g, ' ');

test.each<[page: string, quoted: string, make: (chart: Chart, app: App) => unknown]>([
  [
    'docs/mesh.md',
    '"Mesh" comes too late: constructs before it have taken the defaults; make the Mesh first',
    (chart, app) => {
      ratings(chart);
      new Mesh(app, 'Mesh');
    },
  ],
  [
    'docs/mesh.md',
    'the app has a Mesh already, at "Mesh": there is one for an app',
    (_, app) => {
      new Mesh(app, 'Mesh');
      new Mesh(app, 'Other');
    },
  ],
  [
    'docs/mesh-service.md',
    'service "reviews" in namespace "bookinfo" has versions "v1", "v2" and no rule that chooses among them: set defaultVersion, or add a CanaryRelease',
    (chart) => reviews(chart),
  ],
  [
    'docs/strangler-migration.md',
    'say which one is migrated, with toPort',
    (chart) => {
      const ports = [Port.http(80), Port.http(81, { name: 'http-admin' })];
      const to = new MeshService(chart, 'Page', { ports, versions: { v1: { image: 'x:1' } } });
      const from = new ExternalService(chart, 'Old', { host: 'old.example.com', port: Port.http(80) });
      new StranglerMigration(chart, 'Moving', { from, to, percent: 5 });
    },
  ],
  [
    'docs/design.md',
    'version "v3" of service "reviews" is not defined (it has "v1", "v2")',
    (chart) => reviews(chart).version('v3' as 'v1'),
  ],
])('%s: %s', (page, quoted, make) => {
  expect(flat(page)).toContain(quoted);
  expect(errorOf(make)).toContain(quoted);
});

/** What the pages say is refused, in words of their own. */
test.each<[what: string, message: RegExp, make: (chart: Chart) => unknown]>([
  [
    'a release and a defaultVersion that differ',
    /a host has one default/,
    (chart) =>
      new CanaryRelease(chart, 'Canary', {
        service: reviews(chart, { defaultVersion: 'v2' }),
        stable: 'v1',
        canary: 'v2',
        percent: 10,
      }),
  ],
  ['conditions that no request meets', /no request can meet/, () => path.exact('/a').and(path.exact('/b'))],
  [
    'a denied version without an identity of its own',
    /serviceAccount: 'own'/,
    (chart) =>
      new AccessPolicy(chart, 'Deny', {
        service: ratings(chart),
        deny: [reviews(chart, { defaultVersion: 'v1' }).version('v1')],
      }),
  ],
  [
    'a fault that never happens',
    /it would never happen/,
    (chart) => new FaultInjection(chart, 'F', { service: ratings(chart), percent: 0, delay: '1s' }),
  ],
  [
    'a timeout for HTTPS that applications speak',
    /use originateTls/,
    (chart) =>
      new ExternalService(chart, 'E', { host: 'a.example', port: Port.https(443), callPolicy: { timeout: '1s' } as never }),
  ],
  [
    'TCP without addresses',
    /Istio has to know the IPs/,
    (chart) => new ExternalService(chart, 'E', { host: 'a.example', port: Port.mysql(3306) }),
  ],
  [
    'a namespace that is not the chart’s',
    /pass \{ namespace: 'other' \} to the chart/,
    (chart) => new SecureNamespace(chart, 'N', { name: 'other' }),
  ],
  [
    'a second gateway for a host, whose routes Istio would join by age',
    /host "a\.example" on port 80 is at gateway "first" \("bookinfo\/First"\) already/,
    (chart) => {
      const service = ratings(chart);
      new IngressGateway(chart, 'First', { hosts: ['a.example'] }).route(path.prefix('/'), service);
      new IngressGateway(chart, 'Second', { hosts: ['a.example'] }).route(path.prefix('/'), service);
    },
  ],
  [
    'two environments of one name',
    /ratings-dev1/,
    (chart) => {
      const service = ratings(chart);
      for (const id of ['A', 'B'])
        new HeaderRoutedDevEnv(chart, id, { name: 'dev1', header: 'x-dev-env', forks: [service.fork({ image: 'ratings:2' })] });
    },
  ],
  [
    'two regexes on one path, naming those who ask for them',
    /"broken" \(bookinfo\/Broken.*\) and "slow" \(bookinfo\/Slow.*\) meet/,
    (chart) => {
      const service = ratings(chart);
      new FaultInjection(chart, 'Slow', { service, when: path.matches('/a.*'), delay: '1s' });
      new FaultInjection(chart, 'Broken', { service, when: path.matches('/b.*'), abort: { status: 500 } });
    },
  ],
])('refused: %s', (_, message, make) => {
  expect(errorOf(make)).toMatch(message);
});

test('gateways on different ports or pods can have one host', () => {
  const app = new App();
  const chart = new Chart(app, 'bookinfo', { namespace: 'bookinfo' });
  const service = ratings(chart);
  const hosts = ['a.example'];
  new IngressGateway(chart, 'First', { hosts }).route(path.prefix('/'), service);
  new IngressGateway(chart, 'Second', { hosts, port: 8080 }).route(path.prefix('/'), service);
  new IngressGateway(chart, 'Third', { hosts, deploy: true }).route(path.prefix('/'), service);
  expect(app.synthYaml()).toContain('name: third-a-example');
});
