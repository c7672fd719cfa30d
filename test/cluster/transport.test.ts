import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from '../../src/cluster/api-error';
import { discover } from '../../src/cluster/discovery';
import { type Call, NoAnswer, once } from '../../src/cluster/request';
import { Cluster, type ClusterOptions } from '../../src/cluster/transport';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let answers: Answer[];
let seen: { method: string; url: string; body: string; authorization: string | undefined }[];
let tokens: string[];
const clusters: Cluster[] = [];

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const ok = json(200, { kind: 'ConfigMap' });
const failure = (status: number, reason = '', message = 'no') =>
  json(status, { kind: 'Status', status: 'Failure', reason, message });
const cutOff: Answer = (request) => request.socket.destroy();

beforeEach(async () => {
  [answers, seen, tokens] = [[], [], ['first', 'second']];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (d) => {
      body += d;
    });
    request.on('end', () => {
      seen.push({ method: request.method!, url: request.url!, body, authorization: request.headers.authorization });
      (answers.shift() ?? ok)(request, response, body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((c) => c.close()));
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function cluster(o: ClusterOptions = {}): Cluster {
  const { port } = server.address() as AddressInfo;
  const made = new Cluster(
    {
      context: 'test',
      server: new URL(`http://127.0.0.1:${port}/prefix`),
      namespace: 'default',
      credentials: async () => ({
        agent: new Agent({ keepAlive: true }),
        headers: { Authorization: `Bearer ${tokens.shift()}` },
      }),
    },
    o,
  );
  clusters.push(made);
  return made;
}

const patch: Call = {
  method: 'PATCH',
  path: '/api/v1/x',
  query: { fieldManager: 'a b', force: undefined },
  body: { a: 1 },
  what: 'ConfigMap/a/x',
};

test('the path of the server, the query and the body are sent', async () => {
  await cluster().send(patch);
  expect(seen).toEqual([
    { method: 'PATCH', url: '/prefix/api/v1/x?fieldManager=a+b', body: '{"a":1}', authorization: 'Bearer first' },
  ]);
});

test.each([429, 502, 503, 504])('%d is tried again', async (status) => {
  answers = [failure(status), failure(status)];
  expect((await cluster().send(patch)).status).toBe(200);
  expect(seen).toHaveLength(3);
});

test('the server says when', async () => {
  answers = [json(429, {}, { 'retry-after': '1' })];
  const start = Date.now();
  await cluster().send(patch);
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
});

test.each([
  [400, 'no'],
  [404, 'no'],
  [409, 'no'],
  [422, 'no'],
  // an unknown field is a 500 without a reason
  [500, 'failed to create typed patch object: .spec.hostz: field not declared in schema'],
])('%d is an answer', async (status, message) => {
  answers = [failure(status, '', message)];
  await expect(cluster().send(patch)).rejects.toMatchObject({ status, message: `ConfigMap/a/x: ${message}` });
  expect(seen).toHaveLength(1);
});

test.each([
  [500, 'rpc error: code = Unavailable desc = error reading from server: read tcp: connection reset by peer'],
  [500, 'Internal error occurred: failed to allocate a serviceIP for Service "web": range is full'],
  [422, 'Service "web" is invalid: spec.clusterIPs: failed to allocate IP: rpc error: code = Unavailable desc = no'],
])('a %d while etcd is away, or the server starts, is tried again', async (status, message) => {
  answers = [failure(status, 'Invalid', message)];
  await expect(cluster().send({ method: 'PATCH', path: '/x', body: {}, what: 'x' })).resolves.toMatchObject({ status: 200 });
  expect(seen).toHaveLength(2);
});

test('a 500 that passes is tried again', async () => {
  answers = [failure(500, '', 'etcdserver: leader changed')];
  expect((await cluster().send(patch)).status).toBe(200);
});

const NOT_CALLED =
  'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://check.a.svc:443/?timeout=10s": service "check" not found';

test('a webhook that cannot be called is tried again for a short while, by all requests together, and that is said', async () => {
  const began = Date.now();
  // four seconds go by with each request
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => began + seen.length * 4000);
  const said: string[] = [];
  const c = cluster({ onAgain: (why) => said.push(why) });
  answers = Array.from({ length: 40 }, () => failure(500, 'InternalError', NOT_CALLED));
  await expect(c.send(patch)).rejects.toMatchObject({
    status: 500,
    message: `ConfigMap/a/x: ${NOT_CALLED} (tried again for 16 s: see whether what serves the webhook "check.example.com" runs, then run the command again)`,
  });
  expect(seen).toHaveLength(4);
  await expect(c.send(patch)).rejects.toMatchObject({ status: 500 });
  expect(seen).toHaveLength(5);
  const again = `webhook "check.example.com" cannot be called: ${NOT_CALLED}; it is tried again`;
  expect(said).toEqual([again, again]);
  // that it was called is remembered
  clock.mockImplementation(() => began + 30_000);
  answers = [failure(500, 'InternalError', NOT_CALLED), ok];
  await expect(c.send(patch)).rejects.toMatchObject({ status: 500 });
  clock.mockImplementation(() => began + 90_000);
  answers = [failure(500, 'InternalError', NOT_CALLED), ok];
  expect((await c.send(patch)).status).toBe(200);
  clock.mockRestore();
});

test('what passes is said when it has taken a second', async () => {
  const said: string[] = [];
  const c = cluster({ onAgain: (why) => said.push(why), patience: 3000 });
  answers = [failure(503)];
  await c.send(patch);
  expect(said).toEqual([]);
  answers = Array.from({ length: 50 }, () => failure(503, '', 'busy'));
  await expect(c.send(patch)).rejects.toMatchObject({ status: 503 });
  expect(said).toEqual(['the API server cannot do it now: ConfigMap/a/x: busy; it is tried again']);
});

test('a broken connection is no matter where the request may be sent twice', async () => {
  answers = [cutOff, cutOff];
  expect((await cluster().send(patch)).status).toBe(200);
  expect(seen).toHaveLength(3);
});

test('a connection over which nothing comes any more is given up, and counts as broken', async () => {
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const silent: Answer = () => {};
  const begun: Answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{');
  };
  for (const answer of [silent, begun]) {
    answers = [answer];
    const sent = once(new URL(`http://127.0.0.1:${port}`), patch, { agent, headers: {} }, undefined, 100);
    await expect(sent).rejects.toMatchObject({ constructor: NoAnswer, neverArrived: false });
  }
  agent.destroy();
});

test('what may not be sent twice is not, and the message says that nobody knows', async () => {
  answers = [cutOff];
  await expect(cluster().send({ ...patch, method: 'POST' })).rejects.toThrow(/nobody knows whether it took the request/);
  expect(seen).toHaveLength(1);
});

test('an outage is waited for once: who asks after somebody has given up waits a second, until it answers again', async () => {
  const c = cluster({ patience: 4000 });
  await c.send(patch);
  answers = Array.from({ length: 200 }, () => cutOff);
  const tries = async () => {
    const before = seen.length;
    await expect(c.send(patch)).rejects.toThrow('does not answer');
    return seen.length - before;
  };
  const first = await tries();
  expect(first).toBeGreaterThan(await tries());
  answers = [];
  await c.send(patch);
  answers = [...Array.from({ length: 3 }, () => cutOff), ok];
  await c.send(patch);
});

test('what is under way when it is closed ends with it, and is not sent again', async () => {
  const c = cluster();
  await c.send(patch);
  answers.push(() => undefined, failure(503));
  const asked = [c.send(patch), c.send(patch)].map((sent) => sent.catch((e: Error) => e.message));
  while (seen.length < 3) await new Promise(setImmediate);
  await c.close();
  const closed = 'the connections to the API server are closed';
  expect(await Promise.all(asked)).toEqual([expect.stringMatching(/closed|aborted/), expect.stringMatching(/closed|aborted/)]);
  await expect(c.send(patch)).rejects.toThrow(closed);
  expect(seen).toHaveLength(3);
});

test('patience ends', async () => {
  answers = Array.from({ length: 50 }, () => failure(503));
  await expect(cluster({ patience: 300 }).send(patch)).rejects.toMatchObject({ status: 503 });
});

test('credentials that are out of date are asked for again, once', async () => {
  answers = [failure(401, 'Unauthorized')];
  await cluster().send(patch);
  expect(seen.map((s) => s.authorization)).toEqual(['Bearer first', 'Bearer second']);
  answers = [failure(401), failure(401)];
  await expect(cluster().send(patch)).rejects.toBeInstanceOf(ApiError);
});

test('credentials whose time is over say so', async () => {
  const old = `e30.${Buffer.from(JSON.stringify({ exp: 1_700_000_000 })).toString('base64url')}.c2ln`;
  tokens = [old, old];
  answers = [failure(401, 'Unauthorized', 'Unauthorized'), failure(401, 'Unauthorized', 'Unauthorized')];
  await expect(cluster().send(patch)).rejects.toThrow(
    'Unauthorized (context "test": its token expired on 2023-11-14T22:13:20.000Z: log in again)',
  );
});

test('credentials are asked for once, however many requests begin', async () => {
  await Promise.all(Array.from({ length: 20 }, () => cluster()).map((c) => c.access.context));
  const c = cluster();
  await Promise.all(Array.from({ length: 20 }, () => c.send(patch)));
  expect(new Set(seen.map((s) => s.authorization))).toEqual(new Set(['Bearer first']));
});

test('what is urgent does not wait for its turn', async () => {
  const c = cluster();
  const held: (() => void)[] = [];
  const hold: Answer = (request, response, body) => held.push(() => ok(request, response, body));
  answers = Array.from({ length: 100 }, () => hold);
  const all = Array.from({ length: 200 }, () => c.send(patch));
  while (held.length < 12) await new Promise((r) => setTimeout(r, 5));
  answers = [];
  await c.send({ ...patch, method: 'PUT', urgent: true });
  expect(seen.at(-1)!.method).toBe('PUT');
  expect(seen).toHaveLength(13);
  for (const go of held) go();
  await Promise.all(all);
});

test('a server that is too busy is asked fewer at once, and more when it is not any more', async () => {
  const c = cluster();
  /** How many are under way while none is answered; then all are. */
  const most = async (n: number) => {
    const held: (() => void)[] = [];
    answers = Array.from({ length: n }, (): Answer => (request, response, body) => held.push(() => ok(request, response, body)));
    const all = Array.from({ length: n }, () => c.send(patch));
    for (let before = -1; held.length === 0 || held.length !== before; ) {
      before = held.length;
      await new Promise((r) => setTimeout(r, 150));
    }
    const now = held.length;
    answers = [];
    for (const go of held) go();
    await Promise.all(all);
    return now;
  };
  const before = await most(40);
  answers = [failure(429), failure(503)];
  for (let i = 0; i < 2; i++) await c.send({ ...patch, patient: false }).catch(() => undefined);
  const busy = await most(40);
  expect(busy).toBeLessThanOrEqual(before / 2);
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 40 }, () => c.send(patch)));
  expect(await most(60)).toBeGreaterThan(busy);
});

test('before each try it is asked whether it is still to be sent', async () => {
  answers = [failure(503), failure(503)];
  let tries = 0;
  const before = async () => {
    if (++tries === 2) throw new Error('another is at it');
  };
  await expect(cluster().send({ ...patch, before })).rejects.toThrow('another is at it');
  expect(seen).toHaveLength(1);
});

test('all ends when it is to end', async () => {
  const stop = new AbortController();
  answers = [() => stop.abort(new Error('interrupted'))];
  await expect(cluster({ signal: stop.signal }).send(patch)).rejects.toThrow('interrupted');
  expect(seen).toHaveLength(1);
});

test('what ends while it waits to be sent again says why, too', async () => {
  const stop = new AbortController();
  answers = [
    (request, response, body) => {
      failure(503)(request, response, body);
      response.on('close', () => setTimeout(() => stop.abort(new Error('interrupted')), 20));
    },
  ];
  await expect(cluster({ signal: stop.signal }).send(patch)).rejects.toThrow('interrupted');
  expect(seen).toHaveLength(1);
});

test('the events of a watch, however they are cut', async () => {
  answers = [
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const lines = `${JSON.stringify({ type: 'ADDED', object: { a: 'ä' } })}\n${JSON.stringify({ type: 'MODIFIED', object: {} })}\n`;
      const bytes = Buffer.from(lines);
      response.write(bytes.subarray(0, 31)); // within a character
      setTimeout(() => response.end(bytes.subarray(31)), 20);
    },
  ];
  const events: unknown[] = [];
  for await (const e of cluster().watch('/api/v1/pods', {})) events.push(e);
  expect(events).toEqual([
    { type: 'ADDED', object: { a: 'ä' } },
    { type: 'MODIFIED', object: {} },
  ]);
  expect(seen[0]!.url).toContain('watch=true');
});

test('a server that is too old to list its kinds at once is said to be', async () => {
  answers = [json(200, { kind: 'APIVersions' }), json(200, { kind: 'APIGroupList' })];
  await expect(discover(cluster())).rejects.toThrow('older than Kubernetes 1.27');
});
