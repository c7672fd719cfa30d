import type { App } from 'cdk8s';
import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AccessPolicy, FaultInjection, Mesh, MeshJob, MeshService, Port, SecureNamespace, StatefulService } from '../../src';
import { check } from '../../src/check/check';
import { AppModel } from '../../src/constructs/app-model';
import { parseManifests } from '../../src/manifests/parse';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const versions = { v1: { image: 'x:1' } };
const http = Port.http(80);
const errors = (c: ReturnType<typeof newChart>) => c.node.root.node.findAll().flatMap((n) => n.node.validate());

/** A namespace with two services, and a job that calls one of them. */
function shop(o: object = {}) {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const orders = new MeshService(c, 'Orders', { port: http, versions, calls: [] });
  const users = new MeshService(c, 'Users', { port: http, versions, calls: [] });
  const report = new MeshJob(c, 'Report', { image: 'report:1', calls: [orders], ...o });
  return { c, orders, users, report };
}

test.each([
  ['once', {}],
  [
    'by a schedule',
    { schedule: '0 3 * * 1-5', timeZone: 'Asia/Tokyo', retries: 2, deadline: '10m', keepFor: '1h', restart: 'OnFailure' },
  ],
])('its objects: %s', (_, o) => {
  const { c } = shop(o);
  const ours = c.toJson().filter((x: any) => x.metadata.name === 'report');
  expect(ours).toMatchSnapshot();
  expect(check(parseManifests(yamlOf(c), 'x')).diagnostics.map((d) => `${d.rule} ${d.message}`)).toEqual([]);
  expect(AppModel.of(c).warnings()).toEqual([]);
});

test.each([{}, { schedule: '@daily' }])('it calls what it declares, by mutual TLS, and nothing else: %j', (o) => {
  const { c, orders, users, report } = shop(o);
  const mesh = meshOf(c);
  expect(mesh.request({ from: report, to: orders })).toReach(orders);
  expect(mesh.request({ from: report, to: orders })).toUseMutualTls();
  expect(mesh.request({ from: report, to: users })).not.toReach(users);
  expect(mesh.request({ from: 'shop/users', to: orders })).not.toReach(orders);
});

test('limits, denials and rules by caller', () => {
  const { c, orders, users, report } = shop();
  report.mayCall(users, { methods: ['GET'] });
  new FaultInjection(c, 'Fault', { service: orders, from: report, percent: 100, abort: { status: 503 } });
  orders.callPolicyFrom(report, { timeout: '30s' });
  const mesh = meshOf(c);
  expect(mesh.request({ from: report, to: users })).toReach(users);
  expect(mesh.request({ from: report, to: users, method: 'POST' })).toBeDenied();
  expect(mesh.request({ from: report, to: orders })).toAbort(503);
  new AccessPolicy(c, 'Policy', { service: users, deny: [report] });
  expect(meshOf(c).request({ from: report, to: users })).toBeDenied();
});

test('pods of a database by name', () => {
  const { c, report } = shop();
  const db = new StatefulService(c, 'Db', { port: Port.mysql(3306), image: 'mysql:8', calls: [] });
  report.mayCall(db.pods);
  expect(meshOf(c).request({ from: report, to: db.pods.hosts[0]! })).toReach(db);
});

test('who lets it in that it does not call is told, and so is a job that says nothing', () => {
  const { c, users, report } = shop();
  users.allowFrom(report);
  new MeshJob(c, 'Quiet', { image: 'x' });
  errors(c);
  const told = AppModel.of(c)
    .warnings()
    .map((w) => `${w.construct} ${w.message}`);
  expect(told).toEqual([
    expect.stringContaining('chart/Users lets job "report" in, whose declared calls leave it out'),
    expect.stringContaining('chart/Quiet does not say what it calls'),
  ]);
});

test('a service that has its pods is an error', () => {
  const { c } = shop();
  MeshService.adopt(c, 'Adopted', { port: http, podLabels: { app: 'report' }, versions: { v1: {} } });
  expect(errors(c).join()).toContain(
    'job "report" has pods that "chart/Adopted" takes for its own (app=report), and nobody answers there',
  );
});

test('without sidecars there is nothing to say about them', () => {
  const c = newChart();
  new Mesh(c.node.root as App, 'Mesh', { dataPlane: 'ambient' });
  new MeshJob(c, 'Report', { image: 'x', podAnnotations: { a: 'b' } });
  expect(object(c, 'Job', 'report').spec.template.metadata.annotations).toEqual({ a: 'b' });
});

test('where native sidecars are off, an annotation of its own says so', () => {
  const { c } = shop({ podAnnotations: { 'sidecar.istio.io/nativeSidecar': 'false' } });
  expect(object(c, 'Job', 'report').spec.template.metadata.annotations).toEqual({ 'sidecar.istio.io/nativeSidecar': 'false' });
});

test('what cdk8s-plus does with a Job works, and patches survive', () => {
  const { c, report } = shop({ schedule: '@hourly' });
  ApiObject.of(report.job).addJsonPatch(JsonPatch.replace('/spec/concurrencyPolicy', 'Allow'));
  new kplus.NetworkPolicy(c, 'Net', { selector: report.job });
  expect(object(c, 'CronJob', 'report').spec.concurrencyPolicy).toBe('Allow');
  expect(c.toJson().find((o: any) => o.kind === 'NetworkPolicy').spec.podSelector).toEqual({ matchLabels: { app: 'report' } });
});

test.each([
  [{ schedule: 'nightly' }, 'schedule of "chart/Report" is "nightly": it has five fields'],
  [{ schedule: '0 3 * *' }, 'it has five fields'],
  [{ schedule: '99 3 * * *' }, '"99" is no minute; write numbers from 0 to 59, "*"'],
  [{ schedule: '0 3 * * 7' }, '"7" is no day of the week; write numbers from 0 to 6, or "sun" to "sat"'],
  [{ schedule: '0 3 5-2 * *' }, '"5-2" is no day'],
  [{ schedule: '*/0 3 * * *' }, '"*/0" is no minute'],
  [{ schedule: '0 3 * foo *' }, '"foo" is no month'],
  [{ schedule: '@every now' }, 'it has five fields'],
  [{ schedule: '' }, 'it has five fields'],
  [{ schedule: 'CRON_TZ=UTC 0 3 * * *' }, 'say the zone with timeZone'],
  [{ timeZone: 'Asia/Tokyo' }, 'has a timeZone and no schedule'],
  [{ schedule: '@daily', timeZone: 'Local' }, 'timeZone of "chart/Report" is "Local"'],
  [{ restart: 'Always' }, 'restart of "chart/Report"'],
  [{ retries: -1 }, 'retries of "chart/Report" is -1'],
  [{ deadline: '1500ms' }, 'deadline of "chart/Report" is 1500ms: Kubernetes counts in whole seconds here'],
  [{ replicas: 2 }, 'has no property "replicas"'],
  [{ readiness: {} }, 'has no property "readiness"'],
  [{ name: 'r'.repeat(53), schedule: '@daily' }, "a CronJob's has 52 at most"],
  [{ name: 'default' }, 'job "default" would have Kubernetes\' own service account'],
  [{ image: '' }, 'image of "chart/Report" is empty'],
  [{ calls: ['orders'] }, 'a call of job "report" names "orders"'],
])('%j is refused', (o, message) => expect(() => shop(o as object)).toThrow(message));

test.each(['*/5 * * * *', '0 3,15 * * MON-FRI', '@every 1h', '@every 1h30m', '0 0 1 1 0', '5/10 0-6/2 1,15 Jan-mar *'])(
  '%s is a schedule',
  (schedule) => {
    expect(object(shop({ schedule }).c, 'CronJob', 'report').spec.schedule).toBe(schedule);
  },
);
