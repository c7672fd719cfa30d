import { app, ask, folder, mesh, write } from './support';

// an app is run once for all questions about it
jest.mock('../../lib/src/cli/run-app', () => require('./run-once').runOnce(jest.requireActual('../../lib/src/cli/run-app')));

const dir = folder();
const WEB = "const web = new MeshService(chart, 'Web', { port, versions: { v1: { image: 'web:1' }, v2: { image: 'web:2' } } });";
const synthOf = (file: string, args: readonly string[]) => ['synth', '--app', `node ${file}`, ...args];
/** As a process, in which the app's own errors would show. */
const run = (file: string, ...args: string[]) => mesh(synthOf(file, args), dir);
const quick = (file: string, ...args: string[]) => ask(synthOf(file, args), dir);

describe('an app that fails', () => {
  test('is told by the line that threw, without a stack, which --verbose shows', async () => {
    write(dir, { 'throws.js': '\n\nthrow new Error("on purpose");\n' });
    const { status, stdout, stderr } = run('throws.js', '-q');
    expect([status, stdout, stderr]).toEqual([3, '', 'error throws.js:3: on purpose\n']);
    expect((await quick('throws.js', '--verbose')).stderr).toMatch(/error throws\.js:3: on purpose\n.*\n +at /);
    expect(JSON.parse((await quick('throws.js', '--json')).stdout)).toEqual({
      errors: [{ message: 'on purpose', place: 'throws.js:3' }],
    });
  });

  test('is told by the line of the user that made a construct wrongly', async () => {
    write(dir, {
      'wrong.js': app(`${WEB}\nnew CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v3', percent: 10 });`),
    });
    const message = expect.stringMatching(/^version "v3" of service "web" is not defined/);
    expect((await quick('wrong.js', '-q')).stderr).toMatch(/^error wrong\.js:7: shop\/C: version "v3".*\n$/);
    expect(JSON.parse((await quick('wrong.js', '--json')).stdout)).toEqual({
      errors: [{ message, place: 'wrong.js:7', construct: 'shop/C' }],
    });
  });

  test('is told all that is wrong in the files of environments, at their lines from where the user stands', async () => {
    const files = (envs: string) =>
      app(
        `${WEB}\nHeaderRoutedDevEnv.fromFiles(chart, require('node:path').join(__dirname, '${envs}'), { web }, { header: 'x-dev' });`,
      );
    write(dir, {
      'envs/dev1.yaml': 'name: dev1\nforks: { wob: { image: x } }\n',
      'others/dev1.yaml': 'name: dev1\nforks: { web: { image: x } }\n',
      'others/dev2.yaml': 'name: v1\nforks: { web: { image: x } }\n',
      'files.js': files('envs'),
      'others.js': files('others'),
    });
    expect((await quick('files.js', '-q')).stderr).toMatch(
      /^error envs\/dev1\.yaml:2:10: shop: service "wob" cannot be forked.*\n$/,
    );
    expect(JSON.parse((await quick('others.js', '--json')).stdout)).toEqual({
      errors: [
        {
          message: expect.stringMatching(/^environment "v1" has the name of a version/),
          construct: 'shop/env-v1',
          place: 'others/dev2.yaml:1:7',
        },
      ],
    });
  });

  test('is told all that is not valid, a line each, with the place', async () => {
    write(dir, {
      'invalid.js':
        app(`${WEB}\nnew MeshService(chart, 'Api', { port, versions: { v1: { image: 'a:1' }, v2: { image: 'a:2' } } });
chart.node.addValidation({ validate: () => ['a rule of our own'] });`),
    });
    const { status, stderr } = await quick('invalid.js', '-q');
    expect(status).toBe(3);
    expect(stderr.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^error invalid\.js:6: shop\/Web: .*"web" in namespace "shop" has versions/),
      expect.stringMatching(/^error invalid\.js:7: shop\/Api: .*"api" in namespace "shop" has versions/),
      'error shop: a rule of our own',
    ]);
    const { errors } = JSON.parse((await quick('invalid.js', '--json')).stdout);
    expect(errors).toContainEqual({
      message: expect.stringContaining('"web" in namespace "shop" has versions'),
      construct: 'shop/Web',
      place: 'invalid.js:6',
    });
  });

  test.each([
    ['a slip in JavaScript', 'slip.js', 'const a = undefined;\na.b();\n', /^error slip\.js:2: TypeError: /],
    ['a text that is thrown', 'text.js', 'throw "no";\n', /^error the app threw 'no'/],
    ['an error of syntax', 'syntax.js', 'const a = 1;\nconst b = (;\n', /^error syntax\.js:2: SyntaxError: /],
    ['a promise that is rejected', 'promise.js', 'Promise.reject(new Error("later"));\n', /^error promise\.js:1: later/],
    [
      'a module that is missing',
      'module.js',
      '\nrequire("./nowhere");\n',
      /^error module\.js:2: Cannot find module '\.\/nowhere'/,
    ],
    ['an exit of its own', 'exits.js', 'process.exit(4);\n', /^error the app failed \(exit 4\): node exits\.js/],
    ['nothing to synthesize', 'nothing.js', '', /^error the app ran and synthesized nothing: does it call app\.synth\(\)/],
  ])('%s', (_, file, text, says) => {
    write(dir, { [file]: text });
    const { status, stderr } = run(file, '-q');
    expect(status).toBe(3);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^ +at |Node\.js v/m);
  });

  test('is told by its line in TypeScript, also where that does not parse', async () => {
    write(dir, {
      'parses.ts': 'type A = string;\nconst a: A = "x";\nthrow new Error(a);\n',
      'does-not.ts': 'const a = 1;\nconst b = (;\n',
    });
    const tsx = (file: string) => ask(['synth', '-q', '--app', `node --import tsx ${file}`], dir);
    expect((await tsx('parses.ts')).stderr).toBe('error parses.ts:3: x\n');
    expect((await tsx('does-not.ts')).stderr).toMatch(/^error does-not\.ts:2: /);
  });

  test('that deals with its own errors goes on', () => {
    write(dir, {
      'deals.js': `process.on('uncaughtException', () => {});\nsetTimeout(() => { throw new Error('x'); }, 1);\n${app('')}`,
    });
    expect(run('deals.js', '-q')).toMatchObject({ status: 0, stderr: '' });
  });

  test('whose output is a file', async () => {
    write(dir, { 'fine.js': app(''), 'a-file': '' });
    const { status, stderr } = await quick('fine.js', '-q', '-o', 'a-file');
    expect([status, stderr]).toEqual([3, expect.stringMatching(/^error fine\.js:\d+: "a-file\/.*" cannot be written: /)]);
  });

  test('whose command is not there', () => {
    expect(mesh(['synth', '--app', 'no-such-command main.ts'], dir)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('has "npm install" run?'),
    });
  });
});

describe('what is worth a look', () => {
  const SHADOWED = app(`${WEB}
web.answer('closed', { kind: 'respond', status: 503 });
web.routeTo('v2', header('x-team').is('web'), 'team');
new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10 });`);

  test('is on standard error, also when quiet, and decides with --strict alone', async () => {
    write(dir, { 'shadowed.js': SHADOWED });
    const quiet = await quick('shadowed.js', '-q');
    expect([quiet.status, quiet.stdout]).toEqual([0, '']);
    expect(quiet.stderr).toMatch(/^worth a look .*"team" \(shop\/Web, shadowed\.js:\d+\).* can never decide/m);
    expect((await quick('shadowed.js')).stdout).not.toContain('worth a look');
    expect((await quick('shadowed.js', '--strict', '-q')).status).toBe(1);
    write(dir, { 'fine.js': app('') });
    expect(await quick('fine.js', '--strict', '-q')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('is data with --json', async () => {
    write(dir, { 'shadowed.js': SHADOWED });
    const { stdout, status } = await quick('shadowed.js', '--json', '--strict');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).apps[0].findings).toContainEqual({
      host: 'web.shop.svc.cluster.local',
      construct: 'shop/Web',
      place: expect.stringMatching(/^shadowed\.js:\d+$/),
      message: expect.stringContaining('"team"'),
    });
  });

  test('is what constructs warn of, too', async () => {
    // as the model of the app tells it
    write(dir, {
      'warns.js': app(`${WEB}
new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
app[Symbol.for('cdk8s-mesh.model')].warnings = () => [{ construct: 'shop/Web', source: 'warns.js:6', message: 'callers of it are not known' }];`),
    });
    const { status, stderr } = await quick('warns.js', '-q', '--strict');
    expect([status, stderr]).toEqual([1, 'worth a look warns.js:6: shop/Web: callers of it are not known\n']);
    expect(JSON.parse((await quick('warns.js', '--json')).stdout).apps[0].warnings).toEqual([
      { construct: 'shop/Web', place: 'warns.js:6', message: 'callers of it are not known' },
    ]);
  });
});
