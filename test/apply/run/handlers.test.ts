import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApplyEvent, applyPlan, BrokenOff, Cluster, KubeconfigError, plan, Unreachable } from '../../../src/apply';
import { manifest } from '../../order/support';
import { FakeServer } from '../fake-server';

let folder: string;
let server: FakeServer;
let kubeconfig: string;
const clusters: Cluster[] = [];
const connected = async (signal?: AbortSignal) => {
  const cluster = await Cluster.of({ kubeconfig }, signal ? { signal } : {});
  clusters.push(cluster);
  return cluster;
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-handlers-'));
  server = await FakeServer.start();
  kubeconfig = server.kubeconfig(join(folder, 'config'));
});
afterEach(async () => {
  for (const c of clusters.splice(0)) await c.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const set = { namespace: 'default', name: 'shop' };
const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
const services = names.map((name) => manifest('v1', 'Service', name, { spec: { ports: [{ port: 80 }] } }, 'default'));
const routes = manifest('networking.istio.io/v1', 'VirtualService', 'web', { hosts: ['s0'], http: [] }, 'default');

/** What came of an apply whose events go to a handler, or that is ended otherwise. */
async function applied(cluster: Cluster, onEvent?: (e: ApplyEvent) => unknown): Promise<unknown> {
  const made = await plan(cluster, [...services, routes], { set, namespace: 'default' });
  expect(made.phases.length).toBeGreaterThan(0);
  return applyPlan(cluster, made, { version: '0', barrier: 0, ...(onEvent ? { onEvent } : {}) }).catch((e) => e);
}
const isWritten = (e: ApplyEvent): boolean => e.type === 'written';

test.each([
  [
    'at once',
    () => {
      throw new Error('full');
    },
  ],
  ['a moment later', () => sleep(1).then(() => Promise.reject(new Error('full')))],
])('a handler that fails %s breaks the run off, and what was written by then is told as written', async (_, fail) => {
  const ended = (await applied(await connected(), (e) => (isWritten(e) ? fail() : undefined))) as BrokenOff;
  expect(ended).toBeInstanceOf(BrokenOff);
  expect(ended.message).toBe('full');
  expect(ended.result.failed).toEqual([]);
  const there = names.filter((name) => server.objects.has(`services default/${name}`));
  expect(ended.result.written.filter((o) => o.startsWith('Service/')).sort()).toEqual(
    there.map((name) => `Service/default/${name}`).sort(),
  );
  expect(ended.result.written.length + ended.result.pending.length).toBe(21);
});

test('what a handler does with the last event is waited for', async () => {
  let heard = 0;
  await applied(await connected(), async (e) => {
    await sleep(20);
    if (isWritten(e)) heard++;
  });
  expect(heard).toBe(21);
  const cluster = await connected();
  server.objects.delete('services default/s3');
  const late = await applied(cluster, (e) =>
    isWritten(e) ? sleep(50).then(() => Promise.reject(new Error('full'))) : undefined,
  );
  expect(late).toBeInstanceOf(BrokenOff);
});

test('the signal of a cluster ends all that is asked of it, with its reason, and refuses nothing', async () => {
  const reason = new Error('the user went away');
  const ending = new AbortController();
  server.delays = 20;
  const cluster = await connected(ending.signal);
  const ended = (await applied(cluster, (e) => (isWritten(e) ? ending.abort(reason) : undefined))) as BrokenOff;
  expect(ended).toBeInstanceOf(BrokenOff);
  expect(ended.cause).toBe(reason);
  expect(ended.result.failed).toEqual([]);
  await expect(plan(cluster, services, { set })).rejects.toBe(reason);
});

test('a kind that does not come to be served is waited for no longer than the run is wanted', async () => {
  const crd = manifest('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.lab.example.com', {
    group: 'lab.example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [{ name: 'v1', served: true, storage: true }],
  });
  const widget = manifest('lab.example.com/v1', 'Widget', 'w1', {}, 'default');
  const cluster = await connected();
  const made = await plan(cluster, [crd, widget], { set, namespace: 'default' });
  expect(made.phases.map((p) => p.writes.length)).toEqual([1, 1]);
  const [reason, ending] = [new Error('the user went away'), new AbortController()];
  const onEvent = (e: ApplyEvent) => isWritten(e) && setTimeout(() => ending.abort(reason), 200);
  const ended = await applyPlan(cluster, made, {
    version: '0',
    barrier: 0,
    timeout: 60_000,
    signal: ending.signal,
    onEvent,
  }).catch((e) => e);
  expect(ended).toBeInstanceOf(BrokenOff);
  expect(ended.cause).toBe(reason);
  expect(ended.result.pending).toEqual(['Widget/default/w1']);
});

test('who has no kubeconfig, or no server, is told apart', async () => {
  await expect(Cluster.of({ kubeconfig: join(folder, 'none') })).rejects.toThrow(KubeconfigError);
  await expect(Cluster.of({ kubeconfig, context: 'tset' })).rejects.toThrow(KubeconfigError);
  const cluster = new Cluster({ ...(await connected()).access, server: new URL('http://127.0.0.1:1') }, { patience: 100 });
  await expect(plan(cluster, services, { set })).rejects.toThrow(Unreachable);
  await cluster.close();
});
