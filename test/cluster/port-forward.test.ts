import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import { type AddressInfo, connect, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { ApiError } from '../../src/cluster/api-error';
import { Cluster, type ClusterOptions } from '../../src/cluster/transport';
import { forwardPort } from './forwarded-port';

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const listening = async <T extends TcpServer>(server: T): Promise<T> => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return server;
};

let folder: string;
/** Of an authority of its own, the server's and the client's, for the name `api` alone. */
let pem: { readonly cert: string; readonly key: string };
/** The API server, which takes nobody without a certificate of the authority, and what it does about a port. */
let server: Server;
let forward: Upgrade;
/** The proxy that is between, and what it was asked for. */
let proxy: TcpServer;
let tunnels: string[];
/** A program in a pod. */
let program: TcpServer;
const clusters: Cluster[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-forward-'));
  const name = ['-subj', '/CN=jane', '-addext', 'subjectAltName=DNS:api'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key', '-out', 'cert'];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...name], { cwd: folder, stdio: 'ignore' });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  pem = { cert: read('cert'), key: read('key') };
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  tunnels = [];
  server = createTlsServer({ ...pem, ca: pem.cert, requestCert: true, rejectUnauthorized: true });
  server.on('upgrade', (request, socket, head) => forward(request, socket, head));
  await listening(server);
  const tunnel = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url!);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    // where the one side breaks off, so does the other
    pipeline(socket, connect(portOf(server), '127.0.0.1'), socket, () => {});
  });
  proxy = await listening(tunnel);
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((c) => c.close()));
  for (const s of [server, proxy, program]) await new Promise((done) => (s ? s.close(done) : done(undefined)));
  (program as TcpServer | undefined) = undefined;
});

const b64 = (text: string) => Buffer.from(text).toString('base64');
/** A file that says how to reach the API server, perhaps by the proxy. */
function kubeconfigOf(more: object = {}): string {
  const certificates = { 'client-certificate-data': b64(pem.cert), 'client-key-data': b64(pem.key) };
  const reached = {
    server: `https://127.0.0.1:${portOf(server)}/prefix`,
    'certificate-authority-data': b64(pem.cert),
    'tls-server-name': 'api',
    ...more,
  };
  const config = {
    clusters: [{ name: 'a', cluster: reached }],
    users: [{ name: 'a', user: { token: 't', ...certificates } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  };
  const file = join(folder, 'config');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
  return file;
}
async function cluster(o: ClusterOptions = {}): Promise<Cluster> {
  const made = await Cluster.of({ kubeconfig: kubeconfigOf() }, o);
  clusters.push(made);
  return made;
}
const ask = async (c?: Cluster) => (c ?? (await cluster())).askPod({ namespace: 'ns', name: 'istiod' }, 15014, '/debug/syncz');
/** The same by a process of its own: what knows of proxies is made of ES modules, which jest does not load. */
async function asked(more: object): Promise<string> {
  const code = `const { Cluster } = require('./lib/src/cluster/transport');
    Cluster.of({ kubeconfig: process.argv[1] }).then(async (c) => {
      process.stdout.write(await c.askPod({ namespace: 'ns', name: 'istiod' }, 15014, '/debug/syncz'));
      await c.close();
    });`;
  const options = { cwd: join(__dirname, '..', '..'), maxBuffer: 1e8 };
  return (await promisify(execFile)(process.execPath, ['-e', code, kubeconfigOf(more)], options)).stdout;
}
/** A program that speaks HTTP. */
const speaks = async (listener: Parameters<typeof createServer>[1]) => {
  program = await listening(createServer(listener));
  forward = (request, socket, head) => forwardPort(request, socket, head, portOf(program));
};
/** The API server refuses. */
const refuses = (status: string, body: string) => {
  forward = (_, socket) => void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
};

test.each([false, true])('what a program says comes whole, with certificates and a token, by a proxy: %s', async (proxied) => {
  const long = 'ä'.repeat(500_000);
  const seen: unknown[] = [];
  await speaks(({ method, url, headers }, response) => {
    seen.push(`${method} ${url} ${headers.host}`);
    response.write(long); // in chunks: the length is not said
    response.end('.');
  });
  const leads = forward;
  forward = (request, socket, head) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    seen.push(
      `${subject.CN} ${(request.socket as TLSSocket & { servername: string }).servername} ${request.headers.authorization}`,
    );
    seen.push(`${request.url} ${request.headers['sec-websocket-protocol']}`);
    leads(request, socket, head);
  };
  expect((await (proxied ? asked({ 'proxy-url': `http://127.0.0.1:${portOf(proxy)}` }) : ask())) === `${long}.`).toBe(true);
  expect(seen).toEqual([
    'jane api Bearer t',
    '/prefix/api/v1/namespaces/ns/pods/istiod/portforward?ports=15014 v4.channel.k8s.io',
    'GET /debug/syncz localhost',
  ]);
  expect(tunnels).toEqual(proxied ? [`127.0.0.1:${portOf(server)}`] : []);
});

test('what the API server refuses is said in its words: a right that is missing, a pod that is gone', async () => {
  const forbidden = 'pods "istiod" is forbidden: User "jane" cannot create resource "pods/portforward" in API group ""';
  refuses('403 Forbidden', JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: forbidden }));
  const what = 'Pod ns/istiod, port 15014';
  await expect(ask()).rejects.toMatchObject({ constructor: ApiError, status: 403, message: `${what}: ${forbidden}` });
  refuses('404 Not Found', JSON.stringify({ kind: 'Status', reason: 'NotFound', message: 'pods "istiod" not found' }));
  await expect(ask()).rejects.toMatchObject({ status: 404, message: `${what}: pods "istiod" not found` });
  refuses('502 Bad Gateway', 'error trying to reach service: dial tcp 10.0.0.7:10250: i/o timeout');
  await expect(ask()).rejects.toThrow(`${what}: error trying to reach service: dial tcp 10.0.0.7:10250: i/o timeout`);
});

test('where nobody listens in the pod, its node says so', async () => {
  forward = (request, socket, head) => forwardPort(request, socket, head, undefined);
  await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: error forwarding port 15014: connection refused');
});

test('a program that answers otherwise, breaks off, or says nothing, has not answered', async () => {
  await speaks((_, response) => response.writeHead(401).end('authentication failure'));
  await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: HTTP 401');
  program.close();
  await speaks((_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 50);
  });
  await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: aborted');
  program.close();
  await speaks((_, response) => response.destroy());
  await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: socket hang up');
});

test('a server that speaks another protocol is no server of ours', async () => {
  await speaks(() => {});
  const leads = forward;
  forward = (request, socket, head) => {
    delete request.headers['sec-websocket-protocol'];
    leads(request, socket, head);
  };
  await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: Server sent no subprotocol');
});

describe('it ends', () => {
  const ends: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'before the server answers',
      async () => {
        forward = () => {};
      },
    ],
    ['before the program answers', () => speaks(() => {})],
    ['within an answer', () => speaks((_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half'))],
  ];
  test.each(ends)('with what asked for it, %s', async (_, begin) => {
    await begin();
    const stop = new AbortController();
    const asking = ask(await cluster({ signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('interrupted')), 200);
    await expect(asking).rejects.toThrow(/^interrupted$/);
    await expect(ask(clusters[0])).rejects.toThrow(/^interrupted$/);
  });

  test.each(ends)('after ten seconds, %s', async (_, begin) => {
    await begin();
    const timer = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const soon = new AbortController();
      setTimeout(() => soon.abort(new DOMException(`after ${ms}`, 'TimeoutError')), 200);
      return soon.signal;
    });
    await expect(ask()).rejects.toThrow('Pod ns/istiod, port 15014: no answer for 10 s');
    expect(timer).toHaveBeenCalledWith(10_000);
    timer.mockRestore();
  });
});

test('nothing is loaded of it before a port is forwarded', () => {
  // by Node itself: jest has modules of its own
  const code =
    "require('./lib/src/cluster/transport'); process.stdout.write(String(Object.keys(require.cache).filter((f) => /[/]ws[/]/.test(f))))";
  expect(execFileSync(process.execPath, ['-e', code], { cwd: join(__dirname, '..', '..'), encoding: 'utf8' })).toBe('');
});
