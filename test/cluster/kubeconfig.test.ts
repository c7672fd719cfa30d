import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accessTo } from '../../src/cluster/kubeconfig';
import { Cluster } from '../../src/cluster/transport';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const PEM = Buffer.from('not looked at').toString('base64');
const config = ({ cluster = {}, user = {}, name = 'a' }: { cluster?: object; user?: object; name?: string }) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });

describe('what a kubeconfig gives', () => {
  const ROWS: readonly (readonly [string, Parameters<typeof config>[0]])[] = [
    ['a token', { user: { token: 't' } }],
    ['a name and a password', { user: { username: 'u', password: 'p:q' } }],
    ['somebody else', { user: { token: 't', as: 'jane' } }],
    ['data of certificates', { cluster: { 'certificate-authority-data': PEM } }],
    [
      'files of certificates',
      { cluster: { 'certificate-authority': 'ca.crt' }, user: { 'client-certificate': 'c', 'client-key': 'k' } },
    ],
    ['no check of the server', { cluster: { 'insecure-skip-tls-verify': true } }],
    ['a name of the server', { cluster: { 'tls-server-name': 'api' } }],
    ['no user', {}],
    ['plain text', { cluster: { server: 'http://127.0.0.1:8001', 'insecure-skip-tls-verify': true }, user: { token: 't' } }],
  ];

  test('is what the client of Kubernetes makes of it', async () => {
    for (const f of ['ca.crt', 'c', 'k']) write(f, `file ${f}`);
    const files = ROWS.map(([, said], i) => write(`kubeconfig-${i}`, config(said)));
    const its = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', CLIENT, ...files], { encoding: 'utf8' }));
    for (const [i, [what]] of ROWS.entries()) {
      const { agent, headers } = await (await accessTo({ kubeconfig: files[i]! })).credentials();
      const { options } = agent as unknown as { options: Record<string, any> };
      const read = Object.fromEntries(READ.flatMap((k) => (options[k] === undefined ? [] : [[k, String(options[k])]])));
      expect({ what, headers, options: read }).toEqual({ what, ...its[i] });
    }
  });

  test('a file with a token counts before a token, from where the kubeconfig is', async () => {
    write('token', 'of the file');
    const file = write('kubeconfig', config({ user: { token: 't', tokenFile: 'token' } }));
    const access = await accessTo({ kubeconfig: file });
    expect((await access.credentials()).headers.Authorization).toBe('Bearer of the file');
    // which is written anew before it is out of date
    write('token', 'renewed\n');
    expect((await access.credentials()).headers.Authorization).toBe('Bearer renewed');
  });

  test.each([
    ['half a file', 'clusters: [', /^the kubeconfig ".*" cannot be read: unexpected end of the stream.*$/],
    ['another file', 'hello', /has no context: is it the file that you mean\?$/],
    ['an empty one', '', /has no context/],
  ])('%s: in one line', async (_, text, said) => {
    await expect(accessTo({ kubeconfig: write('kubeconfig', text) })).rejects.toThrow(said);
  });

  test.each([
    ['127.0.0.1:6443', 'https://127.0.0.1:6443 may be meant'],
    ['localhost:6443', 'https://localhost:6443 may be meant'],
  ])('a server without a scheme (%s)', async (server, said) => {
    await expect(accessTo({ kubeconfig: write('kubeconfig', config({ cluster: { server } })) })).rejects.toThrow(said);
  });

  test('a user whom nobody knows is not taken for nobody', async () => {
    const ghost = config({}).replace('"user":"a"', '"user":"aa"');
    await expect(accessTo({ kubeconfig: write('kubeconfig', ghost) })).rejects.toThrow(
      'context "a" names the user "aa", whom the kubeconfig does not have (did you mean "a"?)',
    );
  });

  describe('the environment', () => {
    const before = process.env.KUBECONFIG;
    afterEach(() => {
      if (before === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = before;
    });

    test('of several files the first that says something of a name is followed, and those that are not there are passed over', async () => {
      const one = write('one', config({ cluster: { server: 'https://one' } }));
      const two = write('two', config({ cluster: { server: 'https://two' } }));
      const other = write('other', config({ name: 'b', cluster: { server: 'https://other' } }));
      process.env.KUBECONFIG = [join(folder, 'none'), one, two, other].join(':');
      expect((await accessTo({})).server.host).toBe('one');
      expect((await accessTo({ context: 'b' })).server.host).toBe('other');
      await expect(accessTo({ context: 'other' })).rejects.toThrow(
        'there is no context "other" in the kubeconfig (it has "a", "b")',
      );
    });
  });
});

/** What of an agent's options says how to connect. */
const READ = ['ca', 'cert', 'key', 'rejectUnauthorized', 'servername'];
const CLIENT = `
import { KubeConfig } from ${JSON.stringify(require.resolve('@kubernetes/client-node'))};
const all = [];
for (const file of process.argv.slice(1)) {
const config = new KubeConfig();
config.loadFromFile(file);
const o = {};
await config.applyToHTTPSOptions(o);
const headers = { ...o.headers, ...(o.auth ? { Authorization: 'Basic ' + Buffer.from(o.auth).toString('base64') } : {}) };
const options = {};
for (const k of ${JSON.stringify(READ)}) if (o.agent.protocol === 'https:' && o.agent.options[k] !== undefined) options[k] = String(o.agent.options[k]);
all.push({ headers, options });
}
console.log(JSON.stringify(all));`;

/** By a process of its own: what knows of proxies is made of ES modules, which jest does not load. */
async function byProxy(kubeconfig: string): Promise<{ headers: object; cert: string | null; key: string | null; proxy: string }> {
  const code = `const { accessTo } = require('./lib/src/cluster/kubeconfig');
    accessTo({ kubeconfig: process.argv[1] }).then((a) => a.credentials()).then(({ headers, agent }) => {
      const [cert, key] = ['cert', 'key'].map((k) => agent.options[k] && String(agent.options[k]));
      process.stdout.write(JSON.stringify({ headers, cert, key, proxy: agent.proxy.host }));
    });`;
  const cwd = join(__dirname, '..', '..');
  return JSON.parse((await promisify(execFile)(process.execPath, ['-e', code, kubeconfig], { cwd })).stdout);
}
const PROXY = '127.0.0.1:9';
const PROXIED = { 'proxy-url': `http://${PROXY}` };

describe('an OIDC provider', () => {
  const token = (exp: number) => {
    const part = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ exp })}.c2ln`;
  };
  const now = Math.floor(Date.now() / 1000);
  /** What it was asked, and what it answers to a refresh token. */
  let asked: string[];
  let answer: { readonly status: number; readonly body: object };
  let provider: Server;
  let more: object;
  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'mesh-oidc-'));
    const name = ['-subj', '/CN=issuer', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key', '-out', 'cert'];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...name], { cwd: dir, stdio: 'ignore' });
    const [cert, secret] = ['cert', 'key'].map((f) => readFileSync(join(dir, f)));
    rmSync(dir, { recursive: true });
    provider = createTlsServer({ cert, key: secret }, async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      asked.push([request.method, request.url, request.headers.authorization, body].filter(Boolean).join(' '));
      const isMeta = request.url === '/realm/.well-known/openid-configuration';
      response.writeHead(isMeta ? 200 : answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isMeta ? { token_endpoint: `${origin()}/token` } : answer.body));
    });
    await new Promise<void>((ready) => provider.listen(0, '127.0.0.1', ready));
    const origin = () => `https://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    more = {
      'client-id': 'mesh',
      'idp-issuer-url': `${origin()}/realm`,
      'idp-certificate-authority-data': cert!.toString('base64'),
    };
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => new Promise((done) => provider.close(done)));
  const file = (said: object, cluster: object = {}) => {
    const auth = { name: 'oidc', config: { ...more, ...said } };
    return write('kubeconfig', config({ cluster, user: { 'auth-provider': auth } }));
  };
  const given = async (said: object) => (await accessTo({ kubeconfig: file(said) })).credentials();
  const over = { 'id-token': token(now - 60), 'refresh-token': 'r' };

  test('is not asked while its token is good', async () => {
    const good = token(now + 3600);
    expect((await given({ 'id-token': good })).headers.Authorization).toBe(`Bearer ${good}`);
    expect(asked).toEqual([]);
  });
  test('gives another one for the refresh token', async () => {
    const other = token(now + 7200);
    answer = { status: 200, body: { id_token: other } };
    expect((await given(over)).headers.Authorization).toBe(`Bearer ${other}`);
    const form = 'grant_type=refresh_token&refresh_token=r';
    expect(asked).toEqual(['GET /realm/.well-known/openid-configuration', `POST /token ${form}&client_id=mesh`]);
    expect((await given({ ...over, 'client-secret': 'c' })).headers.Authorization).toBe(`Bearer ${other}`);
    expect(asked.at(-1)).toBe(`POST /token Basic ${Buffer.from('mesh:c').toString('base64')} ${form}`);
  });
  test('gives another one, too, where the server is behind a proxy', async () => {
    const other = token(now + 7200);
    answer = { status: 200, body: { id_token: other } };
    expect(await byProxy(file(over, PROXIED))).toMatchObject({ headers: { Authorization: `Bearer ${other}` }, proxy: PROXY });
  });
  test('that gives none says why', async () => {
    answer = { status: 400, body: { error: 'invalid_grant', error_description: 'the session is over' } };
    await expect(given(over)).rejects.toThrow(
      /^context "a" gives no credentials: .* answers 400: invalid_grant, the session is over: log in/,
    );
    await expect(given({ 'id-token': token(now - 60) })).rejects.toThrow('it has no refresh-token: log in again');
  });
});

describe('an exec plugin', () => {
  /** Gives a token that says how many times it was asked, and writes down what it was told. */
  const plugin = (status: object): string => {
    const script = write(
      'plugin.js',
      `const fs = require('fs');
fs.appendFileSync(${JSON.stringify(join(folder, 'asked'))}, process.env.KUBERNETES_EXEC_INFO + '\\n');
const n = fs.readFileSync(${JSON.stringify(join(folder, 'asked'))}, 'utf8').trim().split('\\n').length;
console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'token-' + n, ...${JSON.stringify(status)} } }));`,
    );
    return script;
  };
  const user = (script: string, more: object = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [script], ...more },
  });
  const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');

  test('runs once for all requests of a context, and again when its token is not taken any more', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    let token = 'token-1';
    const server = createServer((request, response) => {
      const known = request.headers.authorization === `Bearer ${token}`;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      response.end('{}');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const { port } = server.address() as AddressInfo;
      const file = write(
        'kubeconfig',
        config({
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
          user: user(plugin({ expirationTimestamp: later })),
        }),
      );
      const cluster = await Cluster.of({ kubeconfig: file });
      const get = () => cluster.send({ method: 'GET', path: '/api', what: 'the kinds' });
      await Promise.all([get(), get(), get()]);
      await get();
      expect(asked()).toHaveLength(1);
      token = 'token-2';
      await get();
      expect(asked()).toHaveLength(2);
      await cluster.close();
    } finally {
      server.close();
    }
  });

  test.each<[string, object]>([
    ['by its name', { 'tls-server-name': 'api' }],
    ['behind a proxy', PROXIED],
    ['whose certificates are there', { 'certificate-authority-data': PEM }],
  ])('is told which cluster it is for, when it wants to know: one %s', async (_, cluster) => {
    const script = plugin({});
    for (const provideClusterInfo of [false, true]) {
      const file = write('kubeconfig', config({ cluster, user: user(script, { provideClusterInfo }) }));
      const { headers } = cluster === PROXIED ? await byProxy(file) : await (await accessTo({ kubeconfig: file })).credentials();
      expect(headers).toEqual({ Authorization: expect.stringMatching(/^Bearer token-\d$/) });
    }
    const spec = { interactive: false };
    const about = { server: 'https://127.0.0.1:6443', ...cluster };
    expect(asked().map((line) => JSON.parse(line))).toEqual(
      [spec, { ...spec, cluster: about }].map((s) => ({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        spec: s,
      })),
    );
  });

  test('is told the certificates of a file, as kubectl tells them', async () => {
    write('ca.crt', 'not looked at');
    const file = write(
      'kubeconfig',
      config({ cluster: { 'certificate-authority': 'ca.crt' }, user: user(plugin({}), { provideClusterInfo: true }) }),
    );
    await (await accessTo({ kubeconfig: file })).credentials();
    expect(JSON.parse(asked()[0]!).spec.cluster['certificate-authority-data']).toBe(PEM);
  });

  test('may give a certificate, by a proxy, too', async () => {
    const script = plugin({ clientCertificateData: 'its certificate', clientKeyData: 'its key' });
    const file = write('kubeconfig', config({ user: user(script) }));
    const { agent } = await (await accessTo({ kubeconfig: file })).credentials();
    const { cert, key } = (agent as unknown as { options: Record<string, unknown> }).options;
    expect({ cert, key }).toEqual({ cert: 'its certificate', key: 'its key' });
    const proxied = await byProxy(write('proxied', config({ cluster: PROXIED, user: user(script) })));
    expect(proxied).toMatchObject({ cert, key, proxy: PROXY });
  });

  test('that is not there: how to get it', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/nowhere/kubelogin' };
    const ask = async (more: object) =>
      (await accessTo({ kubeconfig: write('kubeconfig', config({ user: { exec: { ...exec, ...more } } })) })).credentials();
    await expect(ask({ installHint: 'brew install kubelogin\n' })).rejects.toThrow(
      'context "a" gives no credentials: its plugin "/nowhere/kubelogin" is not there: brew install kubelogin',
    );
    await expect(ask({})).rejects.toThrow('is not there: install it, or put it into PATH');
  });

  test('that fails says why', async () => {
    const script = write('plugin.js', 'console.error("log in first"); process.exit(1);');
    const access = await accessTo({ kubeconfig: write('kubeconfig', config({ user: user(script) })) });
    await expect(access.credentials()).rejects.toThrow('context "a" gives no credentials: log in first');
  });
});

describe('whom a user acts as', () => {
  /** The headers by which a request is somebody else's, as they come to the server. */
  async function sent(user: object): Promise<string[]> {
    const raw: string[][] = [];
    const server = createServer((request, response) => {
      raw.push(request.rawHeaders);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    const to = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    const cluster = await Cluster.of({ kubeconfig: write('kubeconfig', config({ cluster: to, user })) });
    try {
      await cluster.send({ method: 'GET', path: '/api', what: 'the kinds' });
    } finally {
      await cluster.close();
      await new Promise((done) => server.close(done));
    }
    const [all = []] = raw;
    return all.flatMap((name, i) => (i % 2 === 0 && name.startsWith('Impersonate-') ? [`${name}: ${all[i + 1]}`] : []));
  }

  test('is told with groups, uid and more, each value in a line of its own', async () => {
    const user = {
      token: 't',
      as: 'jane',
      'as-uid': 'u-1',
      'as-groups': ['dev', 'system:masters'],
      'as-user-extra': { scopes: ['a', 'b'], 'example.org/te am': ['x'] },
    };
    expect(await sent(user)).toEqual([
      'Impersonate-User: jane',
      'Impersonate-Uid: u-1',
      'Impersonate-Group: dev',
      'Impersonate-Group: system:masters',
      'Impersonate-Extra-scopes: a',
      'Impersonate-Extra-scopes: b',
      'Impersonate-Extra-example.org%2Fte%20am: x',
    ]);
    const { headers } = await byProxy(write('proxied', config({ cluster: PROXIED, user })));
    expect(headers).toMatchObject({ 'Impersonate-User': 'jane', 'Impersonate-Group': ['dev', 'system:masters'] });
    expect(await sent({ token: 't' })).toEqual([]);
    expect(await sent({ token: 't', 'as-groups': [], 'as-uid': '' })).toEqual([]);
  });

  test.each([
    [
      { 'as-groups': ['dev'], 'as-uid': 'u' },
      'user "a" in the kubeconfig says "as-uid", "as-groups", and not whom to act as: add as',
    ],
    [{ as: 'jane', 'as-groups': 'dev' }, 'as-groups of user "a" in the kubeconfig is no list of texts'],
    [{ as: 'jane', 'as-uid': 7 }, 'as-uid of user "a" in the kubeconfig is no text: put it into quotes'],
    [
      { as: 'jane', 'as-user-extra': { scopes: 'a' } },
      'as-user-extra "scopes" of user "a" in the kubeconfig is no list of texts',
    ],
    [{ as: 'jane', 'as-user-extra': ['a'] }, 'as-user-extra of user "a" in the kubeconfig is no map'],
  ])('that cannot be is refused: %j', async (user, said) => {
    await expect(accessTo({ kubeconfig: write('kubeconfig', config({ user })) })).rejects.toThrow(said);
  });
});
