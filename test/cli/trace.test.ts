import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, root } from './support';

const trace = (args: readonly string[]) => ask(['trace', ...args]);
const run = (args: readonly string[], input = '') =>
  spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), 'trace', ...args], {
    cwd: root,
    encoding: 'utf8',
    input,
    env: { ...process.env, NO_COLOR: '1' },
  });
const folder = mkdtempSync(join(tmpdir(), 'mesh-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('the way of a request, and how it ends', () => {
  const { status, stdout, stderr } = run(['dist/bookinfo', '--from', 'productpage', '--to', 'reviews', '-H', 'end-user: jason']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain(
    '> route "jason" takes it\n      VirtualService bookinfo/reviews spec.http[0].match[0]  dist/bookinfo/',
  );
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('    100 %  200  bookinfo/reviews-v2 (v2)');
});

const VERSIONS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ name: http, port: 80 }] }
${['web-v1', 'web-v2', 'web-v3', 'db-v1']
  .map((name) => {
    const [app, version] = name.split('-');
    return `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec: { template: { metadata: { labels: { app: ${app}, version: ${version} } }, spec: { containers: [{ name: a, image: a }] } } }
`;
  })
  .join('')}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: db, namespace: shop }
spec:
  hosts: [db]
  http:
    - match: [{ sourceLabels: { version: v2 } }]
      fault: { abort: { httpStatus: 500, percentage: { value: 100 } } }
      route: [{ destination: { host: db } }]
    - route: [{ destination: { host: db } }]
`;

describe('the name of a service with several versions', () => {
  const path = file('versions.yaml', VERSIONS);

  test('is asked for each: an answer for all that get the same', async () => {
    const { status, stdout, stderr } = await trace([path, '--from', 'web', '--to', 'db']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      '2 answers, by who asks\n  1  shop/web-v1, shop/web-v3\n  2  shop/web-v2\n\nshop/web-v1, shop/web-v3  GET db:80/\n',
    );
    expect(stdout).toContain('\n\nshop/web-v2  GET db:80/\n');
    expect(stdout.split('\n').filter((l) => / \d+ %/.test(l))).toEqual([
      '    100 %  200  shop/db-v1',
      '  · a fault aborts 100 % with 500',
      '    100 %  500 FI  the proxy of shop/web-v2  a fault answers it with 500',
    ]);
  });

  test('is one answer where all get the same', async () => {
    const { stdout } = await trace([path, '--from', 'shop/web', '--to', 'web']);
    expect(stdout).toMatch(/^shop\/web-v1, shop\/web-v2, shop\/web-v3 {2}GET web:80\/\n/);
    const json = await trace([path, '--from', 'shop/web', '--to', 'web', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      client: 'shop/web-v1, shop/web-v2, shop/web-v3',
      endings: [{ status: 200 }],
    });
  });

  test('as data: a list of answers', async () => {
    const { stdout } = await trace([path, '--from', 'web', '--to', 'db', '--json']);
    const { answers } = JSON.parse(stdout);
    expect(answers.map((a: any) => [a.client, a.endings[0].status])).toEqual([
      ['shop/web-v1, shop/web-v3', 200],
      ['shop/web-v2', 500],
    ]);
  });

  test('of one version, and a request that goes on', async () => {
    const { stdout } = await trace([path, '--from', 'web@v2', '--to', 'db']);
    expect(stdout).toMatch(/^shop\/web-v2 {2}GET/);
    const { stdout: on } = await trace([path, '--from', 'web', '--to', 'web', '--then', 'db', '--json']);
    expect(JSON.parse(on).hops.map((h: any) => [h.client, h.endings[0].status])).toEqual([
      ['shop/web-v1, shop/web-v2, shop/web-v3', 200],
      ['shop/web-v1', 200],
      ['shop/web-v2', 500],
      ['shop/web-v3', 200],
    ]);
  });
});

test('as data: each step with its place, exact shares', async () => {
  const { stdout } = await trace(['dist/bookinfo', '--from', 'productpage', '--to', 'reviews', '--json']);
  const data = JSON.parse(stdout);
  expect(data.endings.map((e: any) => [e.fraction, e.status, e.where])).toEqual([
    [[9, 10], 200, 'bookinfo/reviews-v1'],
    [[1, 10], 200, 'bookinfo/reviews-v2'],
  ]);
  expect(data.outbound.steps.at(-1)).toMatchObject({ object: 'VirtualService bookinfo/reviews', field: 'spec.http[2]' });
});

const PAGE = ['dist/bookinfo', '--from', 'productpage', '--to', 'reviews'];

test.each([
  ['nobody is asked', ['dist/bookinfo'], 2, 'error say which host the request is for: --to reviews'],
  ['a client that is not there', ['dist/bookinfo', '--from', 'nobody', '--to', 'x'], 2, 'error there is no client "nobody"'],
  ['a folder that is empty text', ['', '--to', 'x'], 2, 'error a file or folder is empty text'],
  ['a folder that is not there', ['nowhere', '--to', 'x'], 2, 'error there is no file or folder "nowhere"'],
  [
    'a header without a colon',
    ['dist/bookinfo', '--to', 'x', '-H', 'a'],
    2,
    `error header "a" has no ":": write it as 'end-user: alice'`,
  ],
  ['a path that is none', ['dist/bookinfo', '--to', 'x', '-u', 'api'], 2, 'error path "api" does not begin with "/"'],
  ['a URL for a host', ['dist/bookinfo', '--to', 'https://x/a'], 2, 'error --to "https://x/a" is a URL: give the host alone'],
  ['settings of the mesh that are not there', ['dist/bookinfo', '--to', 'x', '--mesh-config', 'no.yaml'], 2, 'there is no file'],
  [
    'settings that are a folder',
    ['dist/bookinfo', '--to', 'x', '--mesh-config', 'dist'],
    2,
    'error "dist" is a folder, not a file',
  ],
  ['a batch that is not there', ['--batch', 'nowhere.jsonl'], 2, 'error there is no file "nowhere.jsonl"'],
  [
    'a service that is not there',
    ['dist/bookinfo', '--from', 'productpage', '--to', 'revews'],
    2,
    'error no service is called "revews" in namespace "bookinfo" (did you mean "reviews"?)',
  ],
  [
    'a service of another namespace',
    ['dist/bookinfo', '--to', 'reviews'],
    2,
    'error no service is called "reviews" from outside: say "reviews.bookinfo"',
  ],
  [
    'a service of whom a service asks then',
    ['dist/bookinfo', '--from', 'productpage', '--to', 'reviews', '--then', 'raitngs'],
    2,
    'error no service is called "raitngs" in namespace "bookinfo" (did you mean "ratings"?)',
  ],
  [
    'a host with a path',
    ['dist/bookinfo', '--to', 'x.example.com/a'],
    2,
    'error --to "x.example.com/a" has a path: give the host alone',
  ],
  [
    'a path of Windows',
    ['dist\\bookinfo', '--to', 'x.example.com'],
    2,
    'error there is no file or folder "dist\\bookinfo": did you mean "dist/bookinfo"?',
  ],
  [
    'a Gateway that is not there',
    ['dist/bookinfo', '--from', 'gateway:edge', '--to', 'x.example.com'],
    2,
    'error there is no Gateway "edge": there is bookinfo/bookinfo',
  ],
  [
    'no Gateway at all',
    [
      file('config-map.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'),
      '--from',
      'gateway:edge',
      '--to',
      'x.example.com',
    ],
    2,
    'error there is no Gateway "edge": no Gateway was read',
  ],
  [
    'a Gateway of the Gateway API',
    [
      file(
        'gateway-api.yaml',
        'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: shop}\n',
      ),
      '--from',
      'gateway:shop/edge',
      '--to',
      'x.example.com',
    ],
    2,
    'error Gateway "shop/edge" is of the Gateway API, whose routes the trace does not understand',
  ],
  [
    'one of two Gateways',
    [
      file(
        'gateways.yaml',
        ['a', 'b']
          .map(
            (n) =>
              `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: ${n}}\nspec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}\n`,
          )
          .join('---\n'),
      ),
      '--from',
      'gateway:edge',
      '--to',
      'x.example.com',
    ],
    2,
    'error there are several Gateways "edge": say gateway:a/edge or gateway:b/edge',
  ],
  ['two hosts', [...PAGE, '-H', 'Host: a', '-H', 'host: b'], 2, 'error the request is for "a" and "b": say one host'],
  ['no host', [...PAGE, '-H', 'Host:'], 2, 'error header "host" is empty'],
  ['the path as a header', [...PAGE, '-H', ':path: /a'], 2, 'error ":path" is no header: the path is said apart from headers'],
])('wrong usage: %s', async (_what, args, exit, says) => {
  const { status, stderr, stdout } = await trace(args);
  expect(stderr).toContain(says);
  expect([status, stdout]).toEqual([exit, '']);
});

test.each([
  [
    'a slip in a namespace',
    ['dist/bookinfo', '--from', 'productpage', '--to', 'reviews.bokinfo'],
    'nobody here is "reviews.bokinfo" (did you mean "reviews.bookinfo"?): it counts as a host outside the mesh',
  ],
  [
    'a slip in a full name',
    ['dist/bookinfo', '--from', 'productpage', '--to', 'reviews.bookinfo.svc.clster.local'],
    'nobody here is "reviews.bookinfo.svc.clster.local" (did you mean "reviews.bookinfo.svc.cluster.local"?)',
  ],
  [
    'nobody of a namespace that is there',
    ['dist/bookinfo', '--from', 'productpage', '--to', 'nobody.bookinfo'],
    'nobody here is "nobody.bookinfo": it counts as',
  ],
  [
    'a host that no server of a gateway has',
    ['dist/bookinfo', '--from', 'gateway:bookinfo', '--to', 'bookinfo.exmple.com'],
    'no server of the gateway has the host "bookinfo.exmple.com" (did you mean "bookinfo.example.com"?)',
  ],
  [
    'a port that the service does not have',
    [...PAGE, '--port', '80'],
    'reviews.bookinfo.svc.cluster.local has no port 80: it has 9080',
  ],
])('worth a look: %s', async (_what, args, says) => {
  const { status, stderr, stdout } = await trace(args);
  expect(stderr).toContain(`worth a look ${says}`);
  expect(status).toBe(0);
  expect(stdout).toContain('ends\n');
});

test.each([
  [...PAGE],
  ['dist/bookinfo', '--from', 'productpage', '--to', 'api.example.com'],
  ['dist/bookinfo', '--from', 'productpage', '--to', '10.0.0.1'],
  ['dist/bookinfo', '--from', 'gateway:bookinfo', '--to', 'bookinfo.example.com:80'],
])('nothing is odd about %s %s %s %s %s', async (...args) => {
  expect(await trace(args)).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  ['Host: details', 'details'],
  [':authority: details:9080', 'details:9080'],
])('a header says another host: %s', async (header, host) => {
  const { stdout } = await trace([...PAGE, '-H', header, '--json']);
  const { request, outbound } = JSON.parse(stdout);
  // the connection goes to reviews, the request is for details
  expect(request).toMatchObject({ host, headers: {}, dialled: expect.stringMatching(/^10\.96\./) });
  expect(outbound).toMatchObject({ vhost: 'details.bookinfo.svc.cluster.local:9080' });
});

test('a gateway has no port of that number', async () => {
  const { stdout } = await trace(['dist/bookinfo', '--from', 'gateway:bookinfo', '--to', 'bookinfo.example.com', '--port', '81']);
  expect(stdout).toContain('the gateway listens on no port 81: its ports are 80');
});

test('what cannot be read or would be refused is said, and the rest is traced', async () => {
  const bad = file('bad.yaml', 'kind: [\n');
  const refused = file(
    'refused.yaml',
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: late}\nspec: {hosts: [reviews], http: [{timeout: 0s, route: [{destination: {host: x}}]}]}\n',
  );
  const { status, stderr, stdout } = await trace(['dist/bookinfo', bad, refused, '--from', 'productpage', '--to', 'reviews']);
  expect(status).toBe(0);
  expect(stderr).toMatch(/bad\.yaml:\d+:\d+ cannot be read/);
  expect(stderr).toContain(
    'VirtualService "late" would be refused, and counts for nothing: spec.http[0].timeout "0s" is less than "1ms", which is the shortest',
  );
  expect(stdout).toContain('90 %  200  bookinfo/reviews-v1 (v1)');
});

test('a batch: an answer a line, in order; an error is an answer', () => {
  const mesh = 'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\nspec: {ports: [{name: http, port: 80}]}\n';
  const request = { port: 80, host: 'a.x' };
  const lines = [
    JSON.stringify({ id: 'one', mesh, client: { kind: 'sidecar', namespace: 'x' }, requests: [request] }),
    'no json',
    JSON.stringify({ id: 'three', mesh: 'kind: [', client: { kind: 'sidecar' }, requests: [request, request] }),
    JSON.stringify({
      id: 'four',
      mesh,
      meshConfig: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}',
      client: { kind: 'sidecar' },
      requests: [{ port: 80, host: 'b' }],
    }),
  ];
  const { status, stdout } = run(['--batch', '-'], lines.join('\n'));
  expect(status).toBe(0);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect(answers.map((a) => [a.id, a.results.map((r: any) => r.action)])).toEqual([
    ['one', ['route']],
    ['', []],
    ['three', ['error', 'error']],
    ['four', ['directResponse']],
  ]);
  expect(answers[0].clusters['outbound|80||a.x.svc.cluster.local']).toMatchObject({ type: 'EDS', lb: 'LEAST_REQUEST' });
});

test('settings of the mesh that are none', async () => {
  for (const text of ['- a', 'a', 'a: [', 'kind: ConfigMap\ndata: {mesh: "- a"}']) {
    const config = file('mesh-config.yaml', text);
    const { status, stderr } = await trace(['dist/bookinfo', '--to', 'x', '--mesh-config', config]);
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^error .*mesh-config\.yaml" (holds no MeshConfig|cannot be read: ).*\n$/),
    ]);
  }
});

test('a batch ends when nobody reads the answers', () => {
  const command = `yes '{}' | "${process.execPath}" bin/mesh.js trace --batch - | head -n 1`;
  const { stdout, stderr, signal } = spawnSync('bash', ['-c', command], { cwd: root, encoding: 'utf8', timeout: 20_000 });
  expect([signal, stderr, stdout.split('\n').length]).toEqual([null, '', 2]);
});

test('from standard input', () => {
  const { stdout } = run(
    ['-', '--to', 'a.x', '--from', 'x/w'],
    'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\nspec: {selector: {app: a}, ports: [{name: http, port: 80}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w, namespace: x}\nspec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: x}]}}}\n',
  );
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('    100 %  200  x/w');
});

test("services' names end otherwise where the installation says so", async () => {
  const asked = ['dist/bookinfo', '--to', 'details.bookinfo.svc.corp.internal', '--port', '9080'];
  expect((await trace(asked)).stdout).toContain('no Service is details.bookinfo.svc.corp.internal');
  expect((await trace([...asked, '--cluster-domain', 'corp.internal'])).stdout).toContain('at bookinfo/details-v1');
});

test('objects that say no namespace are where --namespace says', async () => {
  const bare =
    'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{name: http, port: 80}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: x}]}}}\n';
  const { stdout } = await trace([file('bare.yaml', bare), '-n', 'x', '--to', 'a.x', '--from', 'x/w']);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('    100 %  200  x/w');
  expect(await trace(['--batch', '-', '-n', 'x'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('leave out --namespace'),
  });
});

test('a kind that Istio does not have is told, and counts for nothing', async () => {
  const wrong = file(
    'kinds.yaml',
    `${VERSIONS}---
apiVersion: networking.istio.io/v1
kind: VirtualServce
metadata: { name: a, namespace: shop }
---
apiVersion: networking.istio.io/v9
kind: Gateway
metadata: { name: b, namespace: shop }
`,
  );
  const { status, stderr } = await trace([wrong, '--from', 'web@v1', '--to', 'db']);
  expect(status).toBe(0);
  expect(stderr).toContain('networking.istio.io has no kind VirtualServce (did you mean "VirtualService"?)');
  expect(stderr).toContain('networking.istio.io has no version v9: say networking.istio.io/v1');
});

test.each([
  ['outboundTrafficPolicy: { mode: NOPE }', 'has outboundTrafficPolicy.mode "NOPE": it has to be ALLOW_ANY, REGISTRY_ONLY'],
  ['trustDomainAliases: a', 'has trustDomainAliases "a": it has to be a list of texts'],
])('a MeshConfig that istiod would refuse: %s', async (config, says) => {
  const { status, stderr } = await trace([...PAGE, '--mesh-config', file('config.yaml', config)]);
  expect([status, stderr]).toEqual([3, expect.stringContaining(says)]);
});

test('a file in UTF-16, as Windows writes it', async () => {
  const utf16 = join(folder, 'utf16.yaml');
  writeFileSync(utf16, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(VERSIONS, 'utf16le')]));
  const { status, stderr } = await trace([utf16, '--from', 'web@v1', '--to', 'db']);
  expect([status, stderr]).toEqual([0, '']);
});

describe('what a client says', () => {
  const mesh = file('versions.yaml', VERSIONS);
  const ask = (...args: string[]) => trace([mesh, '--from', 'web@v1', '--to', 'db', ...args]);
  test.each([
    [['-X', 'G T'], 'method "G T" is none'],
    [['-H', 'bad header: x'], '"bad header" is no name of a header'],
    [['--path', '/a b'], 'escape it, as in /a%20b'],
    [['--address', '10.0.0'], 'the client\'s address "10.0.0" is no IP address'],
  ])('%j is no request', async (args, says) => {
    const { status, stderr, stdout } = await ask(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });

  test.each([
    [['--alpn', 'h2c'], { alpn: ['h2c'] }],
    [['--alpn', 'none'], { alpn: [] }],
    [['--tls', '--alpn', 'h2,http/1.1', '--sni', 'a.b'], { tls: true, alpn: ['h2', 'http/1.1'], sni: 'a.b' }],
  ])('%j', async (args, request) => {
    const { stdout } = await ask(...args, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ request });
  });

  test('the address is what policies see', async () => {
    const rules = '[{from: [{source: {ipBlocks: ["198.51.100.0/24"]}}]}]';
    const policy = `---\n{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {rules: ${rules}}}\n`;
    const at = (...more: string[]) => trace([file('policy.yaml', VERSIONS + policy), '--to', 'db.shop', ...more]);
    expect((await at()).stdout).toContain('403 RBAC');
    expect((await at('--address', '198.51.100.7')).stdout).toContain('100 %  200  shop/db-v1');
  });
});

test('a VirtualService for all hosts of a gateway does not make a misspelt name a host', async () => {
  const { status, stderr } = await trace(['dist', '--from', 'bookinfo/productpage', '--to', 'review']);
  expect(status).toBe(2);
  expect(stderr).toContain('no service is called "review" in namespace "bookinfo" (did you mean "reviews"');
});

test('colours where FORCE_COLOR asks for them, and not against NO_COLOR', () => {
  const coloured = (env: NodeJS.ProcessEnv) => {
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'bin', 'mesh.js'), 'trace', 'dist/bookinfo', '--from', 'productpage', '--to', 'reviews'],
      {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
      },
    );
    return stdout.includes('\u001b[');
  };
  expect([
    coloured({}),
    coloured({ FORCE_COLOR: '1' }),
    coloured({ FORCE_COLOR: '0' }),
    coloured({ FORCE_COLOR: '1', NO_COLOR: '1' }),
  ]).toEqual([false, true, false, false]);
});
