import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { settle } from '../../src/apply/barrier';
import { proxiesOf } from '../../src/cluster/istiod';
import { Cluster } from '../../src/cluster/transport';
import { messageOf, messagesOf } from '../../src/cluster/web-socket';
import { forwardedPort, serverFrame, unmasked } from '../cluster/forwarded-port';

describe('messages of a WebSocket', () => {
  const read = async (parts: readonly Buffer[]) => {
    const out: Buffer[] = [];
    const answers: Buffer[] = [];
    async function* bytes() {
      yield* parts;
    }
    for await (const m of messagesOf(bytes(), (a) => answers.push(a))) out.push(m);
    return { out, answers };
  };

  test('come whole, however they are cut, and however long they are', async () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 60_000, max: 70_000 }).map((n) => new Uint8Array(n).fill(n % 256)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload, { maxLength: 5 }),
        fc.array(fc.nat({ max: 5000 }), { maxLength: 30 }),
        async (all, cuts) => {
          const bytes = Buffer.concat(all.map((p) => serverFrame(2, Buffer.from(p))));
          const parts: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            parts.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          const { out } = await read([...parts, bytes.subarray(at)]);
          expect(Buffer.concat(out).equals(Buffer.concat(all))).toBe(true);
          expect(out).toHaveLength(all.length);
        },
      ),
      { numRuns: 30 },
    );
  });
  test('in several frames are one; who asks whether we are there hears so; after the end nothing comes', async () => {
    const [a, b, ping] = ['a', 'b', 'you?'].map((t) => Buffer.from(t)) as [Buffer, Buffer, Buffer];
    const frames = [serverFrame(2, a, false), serverFrame(9, ping), serverFrame(0, b), serverFrame(8, ping), serverFrame(2, a)];
    const { out, answers } = await read(frames);
    expect(out.map(String)).toEqual(['ab']);
    expect(answers.map(unmasked)).toEqual([{ opcode: 10, payload: ping }]);
  });
  test('that break off are an error', async () =>
    expect(read([serverFrame(2, Buffer.from('ab')).subarray(0, 3)])).rejects.toThrow('broke off'));
  test('of ours are masked', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) =>
        unmasked(messageOf(Buffer.from(bytes))).payload.equals(Buffer.from(bytes)),
      ),
      { numRuns: 20 },
    ));
});

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
  server.on('upgrade', (request, socket) => {
    asked.push(request.url!);
    const [, name = ''] = /\/pods\/([^/]+)\/portforward\?ports=15014$/.exec(request.url!) ?? [];
    if (!mayForward) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      return;
    }
    forwardedPort(request, socket, (text) => {
      if (!text.startsWith('GET /debug/syncz HTTP/1.0\r\n')) return { error: `what is ${text}?` };
      const said = istiods[name]?.();
      return said ? { said: JSON.stringify(said) } : { error: 'connection refused' };
    });
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
  const { by, left } = await settle(cluster, { time: 300, timeout: 60_000, istiod: 'istio-system', signal, progress, ...o });
  return { by, left, told, took: Date.now() - start };
};
const ALL = 'istiod says that all proxies have it';

test('each pod of istiod is asked, since each knows of its own proxies alone', async () => {
  const many = Array.from({ length: 300 }, (_, i) => status(`web-${i}.shop`, `1/${i}`));
  istiods = { one: () => many, two: () => [status('page.shop', '7', '6')] };
  const found = await proxiesOf(cluster, 'istio-system', signal);
  expect(found).toHaveLength(301);
  expect(found!.filter((p) => p.isBehind)).toEqual([{ name: 'page.shop', sent: '7  7', isBehind: true }]);
});

test('where one of them cannot be asked, it is the fixed time', async () => {
  istiods = { one: () => [], two: () => undefined };
  expect(await waits()).toMatchObject({ by: 'a fixed time', left: {} });
  istiods = { one: () => [] };
  mayForward = false;
  const { by, took } = await waits({ time: 400 });
  expect([by, took >= 400]).toEqual(['a fixed time', true]);
  istiods = {};
  expect((await waits()).by).toBe('a fixed time');
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
    one: () => (n++ % 2 === 0 ? [status('a', '2', '1'), status('b', '2')] : [status('a', '2'), status('b', '2', '1')]),
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

test('an istiod that goes away meanwhile is waited for no longer than that', async () => {
  const start = Date.now();
  istiods = { one: () => (Date.now() - start < 400 ? [status('a', '2')] : undefined) };
  expect(await waits({ timeout: 1500 })).toMatchObject({ by: 'a fixed time', left: {} });
});
