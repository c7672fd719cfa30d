import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, folder, ask as mesh, root, write } from './support';

// an app is run once for all questions about it
jest.mock('../../lib/src/cli/run-app', () => require('./run-once').runOnce(jest.requireActual('../../lib/src/cli/run-app')));

const dir = folder();
const versions = "versions: { v1: { image: 'web:1' }, v2: { image: 'web:2' } }";
write(dir, {
  'app.js': app(`const web = new MeshService(chart, 'Web', { port, ${versions}, callPolicy: { timeout: '2s' } });
new MeshService(chart, 'Webhooks', { port, ${versions}, defaultVersion: 'v1' });
const api = new MeshService(chart, 'Api', { port, versions: { v1: { image: 'api:1' } } });
const other = new Chart(app, 'other', { namespace: 'other' });
new MeshService(other, 'Webhooks', { port, ${versions}, defaultVersion: 'v2' });
new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
new FaultInjection(chart, 'F', { service: web, when: header('x').is('y'), delay: '2500ms' });
new IngressGateway(chart, 'Edge', { hosts: ['a.example.com', '*.shop.example.com'] })
  .route(path.prefix('/api'), api, {
    timeout: '1500ms', retries: { attempts: 2 }, rewrite: { replacePrefix: '/api', with: '/' },
    headers: { request: { set: { 'x-edge': 'yes' } }, response: { remove: ['server'] } },
  })
  .route(path.prefix('/'), web)
  .redirect(path.exact('/old'), { uri: '/new', code: 302 }, 'old')
  .redirect(path.exact('/tls'), { scheme: 'https' }, 'tls');`),
});
const ask = (...args: string[]) => mesh(['precedence', '--app', 'node app.js', ...args], dir);
const lines = (text: string) => text.split('\n').map((l) => l.trim().replace(/ {2,}/g, ' | '));

test('it prints the ladder, with times as Istio writes them, and what is not reached', async () => {
  expect(lines((await ask('web')).stdout)).toEqual([
    'web.shop',
    'release | c | always | -> | 90 % web.shop v1, 10 % web.shop v2 | app.js:11',
    'default | default | always | -> | web.shop v1 (not reached: "c" takes all) | app.js:6',
    '+ experiment | f | header x is "y" (releases and default) | -> | delay 2.5s for 100 % | app.js:12',
    '+ service | call-policy | always | -> | timeout 2s | app.js:6',
    '',
  ]);
});

test('a gateway says for which hosts, and what it does on the way', async () => {
  const text = (await ask('edge')).stdout;
  expect(lines(text)[0]).toBe('gateway shop/edge for a.example.com, *.shop.example.com');
  expect(text).toMatch(/path \/old +-> {2}redirect 302 to \/new /);
  expect(text).toMatch(/path \/tls +-> {2}redirect 301 to https:\/\/<host> /);
  expect(text).toContain(
    'api.shop; timeout 1.5s; 2 retries; request header x-edge becomes "yes", response header server is removed; rewrite: prefix "/api" becomes "/"',
  );
});

test.each([
  ['its whole name', 'web.shop.svc.cluster.local', 'web.shop'],
  ['its first labels', 'web', 'web.shop'],
  ['its beginning', 'webh', undefined],
  ['its beginning, where one has it', 'webhooks.o', 'webhooks.other'],
  ['any case', 'WEB.Shop', 'web.shop'],
  ['the gateway', 'shop/edge', 'gateway shop/edge'],
  ['the gateway, in full', 'gateway shop/edge', 'gateway shop/edge'],
  ['a host that clients ask for', 'a.example.com', 'gateway shop/edge'],
  ['a host below one with a star', 'x.shop.example.com', 'gateway shop/edge'],
  ['a host that is ambiguous', 'webhooks', undefined],
])('a host is named by %s: %s', async (_, given, host) => {
  const { status, stdout, stderr } = await ask(given);
  if (host) expect([status, lines(stdout)[0]!.replace(/ for .*/, '')]).toEqual([0, host]);
  else {
    expect(status).toBe(2);
    expect(stderr).toContain(`"${given}" may be one of several hosts: say which of "webhooks.shop", "webhooks.other"`);
  }
});

test('a host that nobody knows is an error with what was meant, or what there is', async () => {
  expect(await ask('wbe')).toMatchObject({ status: 2, stderr: expect.stringContaining('(did you mean "web"?)') });
  expect((await ask('a.exmaple.com')).stderr).toContain('(did you mean "a.example.com"?)');
  expect((await ask('payments')).stderr).toContain(
    'it has "web.shop", "webhooks.shop", "webhooks.other", "gateway shop/edge", "api.shop"',
  );
});

test('a service that no rule is about is said to be one', async () => {
  expect(await ask('api')).toMatchObject({ status: 0, stdout: expect.stringContaining('no rule is about it') });
});

test('it writes nothing, also where the app names its folder', async () => {
  write(dir, {
    'fixed.js': app(`new MeshService(chart, 'Web', { port, ${versions}, defaultVersion: 'v1' });`).replace(
      'new App()',
      "new App({ outdir: 'fixed-out' })",
    ),
  });
  expect((await mesh(['precedence', 'web', '--app', 'node fixed.js'], dir)).status).toBe(0);
  expect([existsSync(join(dir, 'fixed-out')), existsSync(join(dir, 'dist'))]).toEqual([false, false]);
});

test('it is data with --json', async () => {
  const { hosts, findings } = JSON.parse((await ask('edge', '--json')).stdout);
  expect(hosts[0]).toMatchObject({ host: 'gateway shop/edge', clientHosts: ['a.example.com', '*.shop.example.com'] });
  expect(findings).toEqual([]);
});

test('a release that is aborted is said to be', async () => {
  write(dir, {
    'aborted.js': app(`const web = new MeshService(chart, 'Web', { port, ${versions} });
new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10, state: 'aborted' });`),
  });
  expect(lines((await mesh(['precedence', 'web', '--app', 'node aborted.js'], dir)).stdout)).toEqual([
    'web.shop',
    'default | default | always | -> | web.shop v1 | aborted.js:6',
    'release "c" is aborted: all that it was about gets "v1" | aborted.js:7',
    '',
  ]);
});

test('connections of TCP ports have a ladder of their own', async () => {
  write(dir, {
    'tcp.js':
      app(`const db = new MeshService(chart, 'Db', { port: Port.mysql(3306), versions: { v1: { image: 'db:1' }, v2: { image: 'db:2' } } });
const api = new MeshService(chart, 'Api', { port, versions: { v1: { image: 'api:1' } } });
new CanaryRelease(chart, 'C', { service: db, stable: 'v1', canary: 'v2', percent: 10, from: api });`),
  });
  expect(lines((await mesh(['precedence', 'db', '--app', 'node tcp.js'], dir)).stdout)).toEqual([
    'db.shop',
    'release | c-3306 | connection from app=api from namespace shop | -> | 90 % db.shop v1, 10 % db.shop v2 | tcp.js:8',
    'default | default-3306 | connection | -> | db.shop v1 | tcp.js:6',
    '',
  ]);
});

describe('where a migration shares the traffic', () => {
  const moving = (percent: number) =>
    `const { ExternalService, StranglerMigration } = require('cdk8s-mesh');
const web = new MeshService(chart, 'Web', { port, versions: { v1: { image: 'web:1' } } });
const old = new ExternalService(chart, 'Old', { host: 'old.example.com', port });
new StranglerMigration(chart, 'Moving', { from: old, to: web, percent: ${percent} });
new FaultInjection(chart, 'F', { service: web, when: header('x').is('y'), abort: { status: 500 } });`;
  write(dir, { 'moving-95.js': app(moving(95)), 'moving-0.js': app(moving(0)) });
  const ladder = (percent: number) => mesh(['precedence', 'web', '--app', `node moving-${percent}.js`], dir);
  const synth = (percent: number, ...more: string[]) =>
    mesh(['synth', '--app', `node moving-${percent}.js`, '--output', join(dir, `out-${percent}`), ...more], dir);

  test('the ladder says what is left of a fault', async () => {
    expect((await ladder(95)).stdout).toContain('abort 500 for 95 % ("moving" leaves 95 % here)');
    expect((await ladder(0)).stdout).toContain('nothing ("moving" leaves nothing here)');
    expect((await synth(95)).stdout).toContain('abort 500 for 95 %');
  });

  test('a fault of which nothing is left is worth a look', async () => {
    expect(await synth(95, '--strict')).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await synth(0, '--strict');
    expect(status).toBe(1);
    expect(stdout + stderr).toContain(
      'abort "f" (shop/F, moving-0.js:10) does nothing at all: "moving" (shop/Moving, moving-0.js:9)',
    );
  });
});

test('the page shows what the command prints for the examples', async () => {
  const page = readFileSync(join(root, 'docs', 'commands.md'), 'utf8');
  const [, asked, shown] = /```sh\nnpx mesh (precedence .*)\n```\n\n```text\n([^`]*)```/.exec(page)!;
  const { status, stdout } = await mesh(asked!.split(' '));
  expect(stdout.replaceAll(/ +$/gm, '').trimEnd()).toBe(shown!.trimEnd());
  expect(status).toBe(0);
});
