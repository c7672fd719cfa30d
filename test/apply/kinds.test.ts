import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPlan } from '../../src/apply/apply';
import { plan } from '../../src/apply/plan/plan';
import { status } from '../../src/apply/status';
import { Cluster } from '../../src/cluster/transport';
import type { Manifest } from '../../src/manifests/manifest';
import { manifest } from '../order/support';
import { FakeServer, type Kind } from './fake-server';

let folder: string;
let server: FakeServer;
let cluster: Cluster;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-kinds-'));
  server = await FakeServer.start();
  cluster = await Cluster.of({ kubeconfig: server.kubeconfig(join(folder, 'config')) });
});
afterEach(async () => {
  await cluster.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** How often the kinds were asked for: one request each. */
const asked = () => [server.reads.get('/api'), server.reads.get('/apis')];
const set = { namespace: 'default', name: 'shop' };
const planned = (manifests: readonly Manifest[]) => plan(cluster, manifests, { set, namespace: 'default' });
const applied = async (manifests: readonly Manifest[]) => {
  const made = await planned(manifests);
  expect(made.refusals).toEqual([]);
  expect((await applyPlan(cluster, made, { version: '0', barrier: 0 })).failed).toEqual([]);
};
const service = manifest('v1', 'Service', 'web', { spec: { ports: [{ port: 80 }] } }, 'default');
const widget = manifest('lab.example.com/v1', 'Widget', 'w', { spec: { size: 1 } }, 'default');
const WIDGET: Kind = { group: 'lab.example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

test('the kinds of a cluster are asked for in two requests, however much is planned, applied and looked at', async () => {
  await applied([service]);
  await applied([service, { ...service, name: 'other', object: { ...service.object, metadata: { name: 'other' } } }]);
  await status(cluster, [service], { set });
  await Promise.all([planned([service]), planned([])]);
  expect(asked()).toEqual([1, 1]);
});

test('a kind that is missing is asked for once more, and found where it came since', async () => {
  await planned([service]);
  const { refusals } = await planned([service, widget]);
  expect(refusals[0]!.message).toContain('which the cluster does not know');
  expect(asked()).toEqual([2, 2]);
  server.kinds = [...server.kinds, WIDGET];
  await applied([service, widget]);
  expect(asked()).toEqual([3, 3]);
  await status(cluster, [service, widget], { set });
  expect(asked()).toEqual([3, 3]);
});

test('a kind that went since has no objects, and is not known any more', async () => {
  server.kinds = [...server.kinds, WIDGET];
  await applied([service, widget]);
  server.kinds = server.kinds.filter((k) => k !== WIDGET);
  for (const key of server.objects.keys()) if (key.startsWith('widgets')) server.objects.delete(key);
  const { objects } = await planned([service]);
  expect(objects.map((p) => [p.manifest.kind, p.action])).toEqual([['Service', 'keep']]);
  expect((await planned([service, widget])).refusals[0]!.message).toContain('which the cluster does not know');
  expect((await planned([service])).refusals).toEqual([]);
});

test('a CustomResourceDefinition that comes or goes has the kinds asked for again', async () => {
  const names = { kind: 'Widget', plural: 'widgets' };
  const crd = manifest(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'widgets.lab.example.com',
    { group: 'lab.example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true }] },
    '',
  );
  await applied([service]);
  await applied([service, crd]);
  expect(asked()).toEqual([1, 1]);
  await planned([service, crd]);
  expect(asked()).toEqual([2, 2]);
  const made = await plan(cluster, [service], { set, remove: ['CustomResourceDefinition/widgets.lab.example.com'] });
  expect((await applyPlan(cluster, made, { version: '0', barrier: 0 })).failed).toEqual([]);
  expect(asked()).toEqual([2, 2]);
  await planned([service]);
  expect(asked()).toEqual([3, 3]);
});
