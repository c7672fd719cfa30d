import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settle } from '../../../src/apply/run/barrier';
import { type ProxyState, proxiesOf } from '../../../src/cluster/istiod';
import { Cluster } from '../../../src/cluster/transport';
import { forwardPort } from '../../cluster/forwarded-port';

type Status = { readonly proxy: string; readonly [field: string]: string };
const status = (proxy: string, sent: string, acked = sent): Status => ({
  proxy,
  cluster_sent: sent,
  cluster_acked: acked,
  route_sent: sent,
  route_acked: sent,
});

/** An API server, and what the pods of istiod behind it say. */
let server: Server;
let cluster: Cluster;
let istiods: Record<string, () => readonly Status[] | undefined>;
let asked: string[];
let mayForward: boolean;

beforeEach(async () => {
  [istiods, asked, mayForward] = [{}, [], true];
  server = createServer((request, response) => {
    const isList = request.url!.startsWith('/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distiod');
    const items = Object.keys(istiods).map((name) => ({ metadata: { name } }));
    response.writeHead(isList ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isList ? { items } : { kind: 'Status', message: 'no' }));
  });
  server.on('upgrade', (request, socket, head) => {
    asked.push(request.url!);
    const [, name = ''] = /\/pods\/([^/]+)\/portforward\?ports=15014$/.exec(request.url!) ?? [];
    if (!mayForward) {
      const status = JSON.stringify({ kind: 'Status', message: `pods "${name}" is forbidden` });
      socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${status.length}\r\n\r\n${status}`);
      return;
    }
    const said = istiods[name]?.();
    if (!said) return forwardPort(request, socket, head, undefined);
    const program = createServer(({ url }, response) => {
      response.writeHead(url === '/debug/syncz' ? 200 : 404).end(JSON.stringify(said));
      program.close();
    }).listen(0, '127.0.0.1', () => forwardPort(request, socket, head, (program.address() as AddressInfo).port));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  cluster = new Cluster({
    context: 'test',
    server: new URL(`http://127.0.0.1:${port}`),
    namespace: 'default',
    credentials: async () => ({ agent: new Agent({ keepAlive: true }), headers: {} }),
  });
});
afterEach(async () => {
  await cluster.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const { signal } = new AbortController();
const waits = async (o: { time?: number; timeout?: number } = {}) => {
  const start = Date.now();
  const told: object[] = [];
  const progress = (left: object) => told.push(left);
  const { by, why, left } = await settle(cluster, { time: 300, timeout: 60_000, istiod: 'istio-system', signal, progress, ...o });
  return { by, why, left, told, took: Date.now() - start };
};
const ALL = 'istiod says that all proxies have it';

test('each pod of istiod is asked, since each knows of its own proxies alone', async () => {
  const many = Array.from({ length: 300 }, (_, i) => status(`web-${i}.shop`, `1/${i}`));
  istiods = { one: () => many, two: () => [status('page.shop', '7', '6')] };
  const found = await proxiesOf(cluster, 'istio-system', signal);
  expect(found).toHaveLength(301);
  expect((found as readonly ProxyState[]).filter((p) => p.isBehind)).toEqual([
    { name: 'page.shop', sent: '7  7', isBehind: true },
  ]);
});

test('where one of them cannot be asked, it is the fixed time, and why is said', async () => {
  istiods = { one: () => [], two: () => undefined };
  const unheard = 'Pod istio-system/two, port 15014: error forwarding port 15014: connection refused';
  expect(await waits()).toMatchObject({ by: 'a fixed time', why: unheard, left: {} });
  istiods = { one: () => ({}) as any };
  const why = 'Pod istio-system/one, port 15014: what it says at /debug/syncz is no list of proxies';
  expect(await waits()).toMatchObject({ by: 'a fixed time', why });
  istiods = { one: () => [] };
  mayForward = false;
  const { took, ...forbidden } = await waits({ time: 400 });
  expect(forbidden).toMatchObject({ by: 'a fixed time', why: 'Pod istio-system/one, port 15014: pods "one" is forbidden' });
  expect(took).toBeGreaterThanOrEqual(400);
  istiods = {};
  const nobody = 'no pod with the label app=istiod runs in the namespace "istio-system"';
  expect(await waits()).toMatchObject({ by: 'a fixed time', why: nobody });
});

test('a proxy that is behind is waited for, though one of istiod’s pods has none that is', async () => {
  const start = Date.now();
  istiods = {
    one: () => [status('prompt.shop', '2')],
    two: () => [status('late.shop', '2', Date.now() - start < 2500 ? '1' : '2')],
  };
  const { by, took, told } = await waits();
  expect(by).toBe(ALL);
  expect(took).toBeGreaterThanOrEqual(2500);
  expect(told[0]).toEqual({ 'proxy late.shop': 'has not taken what istiod sent it last' });
});

test('a proxy that has taken clusters, and asks for their endpoints then, is waited for', async () => {
  let n = 0;
  const asking = { ...status('a', '2'), endpoint_sent: '2', endpoint_acked: '1' };
  // for a moment nothing is under way
  istiods = { one: () => [n++ === 0 ? status('a', '2') : n < 8 ? asking : { ...asking, endpoint_acked: '2' }] };
  const { by, took } = await waits();
  expect(by).toBe(ALL);
  expect(took).toBeGreaterThanOrEqual(4000);
});

test('what istiod sends a while later is waited for, too', async () => {
  const start = Date.now();
  // it notices after a second, and goes from proxy to proxy
  istiods = {
    one: () => {
      const t = Date.now() - start;
      return [status('a.shop', t < 1000 ? '1' : '2'), status('b.shop', t < 2000 ? '1' : '2')];
    },
  };
  const { by, took } = await waits();
  expect(by).toBe(ALL);
  expect(took).toBeGreaterThanOrEqual(3500);
});

test('where one proxy or another is behind at any moment, each has to have been up to date once', async () => {
  let n = 0;
  istiods = {
    one: () => (n++ % 4 < 2 ? [status('a', '2', '1'), status('b', '2')] : [status('a', '2'), status('b', '2', '1')]),
  };
  expect((await waits()).by).toBe(ALL);
});

test('a proxy that does not take it is told, and nothing relies on it', async () => {
  istiods = { one: () => [status('stuck.shop', '2', '1'), status('fine.shop', '2')] };
  expect(await waits({ timeout: 800 })).toMatchObject({
    by: 'istiod says that not all proxies have it yet',
    left: { 'proxy stuck.shop': 'has not taken what istiod sent it last' },
  });
});

test('a proxy that refuses it is told with its words', async () => {
  const resources: any = { 'type.googleapis.com/envoy.config.listener.v3.Listener': { lastError: 'unable to bind' } };
  istiods = { one: () => [{ ...status('wrong.shop', '2', '1'), resources }] };
  expect((await waits({ timeout: 800 })).left).toEqual({ 'proxy wrong.shop': 'refuses what istiod sent it: unable to bind' });
});

test('an istiod that goes away meanwhile is waited for no longer than that', async () => {
  const start = Date.now();
  istiods = { one: () => (Date.now() - start < 400 ? [status('a', '2')] : undefined) };
  expect(await waits({ timeout: 1500 })).toMatchObject({ by: 'a fixed time', left: {} });
});
