import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, ask, folder, mesh, write } from './support';

const dir = folder();
const WEB = "const web = new MeshService(chart, 'Web', { port, versions: { v1: { image: 'web:1' }, v2: { image: 'web:2' } } });";
const synthOf = (file: string, args: readonly string[]) => ['synth', '--app', `node ${file}`, ...args];
const run = (file: string, ...args: string[]) => mesh(synthOf(file, args), dir);
const quick = (file: string, ...args: string[]) => ask(synthOf(file, args), dir);

describe('an app that fails', () => {
  test('is told by the line that threw, without a stack, which --verbose shows', () => {
    write(dir, { 'throws.js': '\n\nthrow new Error("on purpose");\n' });
    const { status, stdout, stderr } = run('throws.js', '-q');
    expect([status, stdout, stderr]).toEqual([3, '', 'error throws.js:3: on purpose\n']);
    expect(run('throws.js', '--verbose').stderr).toMatch(/error throws\.js:3: on purpose\n.*\n +at /);
    expect(JSON.parse(run('throws.js', '--json').stdout)).toEqual({ errors: [{ message: 'on purpose', place: 'throws.js:3' }] });
  });

  test('is told by the line of the user that made a construct wrongly', () => {
    write(dir, {
      'wrong.js': app(`${WEB}\nnew CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v3', percent: 10 });`),
    });
    const message = expect.stringMatching(/^version "v3" of service "web" is not defined/);
    expect(run('wrong.js', '-q').stderr).toMatch(/^error wrong\.js:7: shop\/C: version "v3".*\n$/);
    expect(JSON.parse(run('wrong.js', '--json').stdout)).toEqual({
      errors: [{ message, place: 'wrong.js:7', construct: 'shop/C' }],
    });
  });

  test('is told all that is wrong in the files of environments, at their lines from where the user stands', () => {
    write(dir, {
      'envs/dev1.yaml': 'name: dev1\nforks: { wob: { image: x } }\n',
      'envs/dev2.yaml': 'name: v1\nforks: { web: { image: x } }\n',
      'files.js': app(`${WEB}\nconst folder = require('node:path').join(__dirname, 'envs');
HeaderRoutedDevEnv.fromFiles(chart, folder, { web }, { header: 'x-dev' });`),
    });
    expect(run('files.js', '-q').stderr).toMatch(/^error envs\/dev1\.yaml:2:10: shop: service "wob" cannot be forked.*\n$/);
    write(dir, { 'envs/dev1.yaml': 'name: dev1\nforks: { web: { image: x } }\n' });
    expect(JSON.parse(run('files.js', '--json').stdout)).toEqual({
      errors: [
        {
          message: expect.stringMatching(/^environment "v1" has the name of a version/),
          construct: 'shop/env-v1',
          place: 'envs/dev2.yaml:1:7',
        },
      ],
    });
  });

  test('is told all that is not valid, a line each, with the place', () => {
    write(dir, {
      'invalid.js':
        app(`${WEB}\nnew MeshService(chart, 'Api', { port, versions: { v1: { image: 'a:1' }, v2: { image: 'a:2' } } });
chart.node.addValidation({ validate: () => ['a rule of our own'] });`),
    });
    const { status, stderr } = run('invalid.js', '-q');
    expect(status).toBe(3);
    expect(stderr.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^error invalid\.js:6: shop\/Web: .*"web" in namespace "shop" has versions/),
      expect.stringMatching(/^error invalid\.js:7: shop\/Api: .*"api" in namespace "shop" has versions/),
      'error shop: a rule of our own',
    ]);
    const { errors } = JSON.parse(run('invalid.js', '--json').stdout);
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

  test('is told by its line in TypeScript, also where that does not parse', () => {
    write(dir, {
      'parses.ts': 'type A = string;\nconst a: A = "x";\nthrow new Error(a);\n',
      'does-not.ts': 'const a = 1;\nconst b = (;\n',
    });
    const tsx = (file: string) => mesh(['synth', '-q', '--app', `node --import tsx ${file}`], dir);
    expect(tsx('parses.ts').stderr).toBe('error parses.ts:3: x\n');
    expect(tsx('does-not.ts').stderr).toMatch(/^error does-not\.ts:2: /);
  });

  test('that deals with its own errors goes on', () => {
    write(dir, {
      'deals.js': `process.on('uncaughtException', () => {});\nsetTimeout(() => { throw new Error('x'); }, 1);\n${app('')}`,
    });
    expect(run('deals.js', '-q')).toMatchObject({ status: 0, stderr: '' });
  });

  test('whose output is a file', () => {
    write(dir, { 'fine.js': app(''), 'a-file': '' });
    const { status, stderr } = run('fine.js', '-q', '-o', 'a-file');
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

describe('what earlier runs left', () => {
  const charts = (...names: string[]) =>
    `const { App, Chart, ApiObject } = require('cdk8s');
const app = new App({});
for (const n of ${JSON.stringify(names)}) new ApiObject(new Chart(app, n), 'x', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: n } });
app.synth();
`;
  const FOLDERS = "{ yamlOutputType: require('cdk8s').YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE }";
  const at = (file: string) => existsSync(join(dir, 'out', file));
  const synth = (names: string[]) => {
    write(dir, { 'charts.js': charts(...names) });
    return quick('charts.js', '-o', 'out');
  };
  beforeEach(() => rmSync(join(dir, 'out'), { recursive: true, force: true }));

  test('goes when the app succeeds', async () => {
    await synth(['a', 'b']);
    expect(at('b.k8s.yaml')).toBe(true);
    const { stdout, stderr } = await synth(['a']);
    expect([at('a.k8s.yaml'), at('b.k8s.yaml')]).toEqual([true, false]);
    expect(stdout).toContain('removed out/b.k8s.yaml');
    expect(stderr).not.toContain('worth a look');
  });

  test('stays when the app fails', async () => {
    await synth(['a', 'b']);
    write(dir, { 'fails.js': `${charts('a')}throw new Error('late');` });
    expect((await quick('fails.js', '-o', 'out')).status).toBe(3);
    expect(at('b.k8s.yaml')).toBe(true);
    // and goes when it succeeds again
    await synth(['a']);
    expect(at('b.k8s.yaml')).toBe(false);
  });

  test('stays and is said when it is not surely ours', async () => {
    await synth(['a', 'b', 'c']);
    writeFileSync(join(dir, 'out', 'b.k8s.yaml'), '# mine now\n');
    write(dir, { 'out/notes.md': 'mine', 'out/own.k8s.yaml': 'kind: Mine\n', 'out/sub/other.k8s.yaml': 'kind: Other\n' });
    const { status, stderr } = await synth(['a']);
    expect(status).toBe(0);
    expect([at('b.k8s.yaml'), at('c.k8s.yaml'), at('notes.md'), at('own.k8s.yaml'), at('sub/other.k8s.yaml')]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(stderr).toContain('worth a look out/b.k8s.yaml is not of this run');
    expect(stderr).toContain('worth a look out/own.k8s.yaml is not of this run');
    expect(stderr).not.toContain('other.k8s.yaml');
  });

  test('goes with its folder, and from a folder that two Apps share nothing goes that one of them writes', async () => {
    write(dir, {
      'one.js': charts('a', 'b').replace('{}', FOLDERS),
      'less.js': charts('a').replace('{}', FOLDERS),
      'two.js': `{ ${charts('a')} }{ ${charts('b')} }`,
    });
    await quick('one.js', '-o', 'out');
    expect(at('b/ConfigMap.b.k8s.yaml')).toBe(true);
    await quick('less.js', '-o', 'out');
    expect([at('a/ConfigMap.a.k8s.yaml'), at('b')]).toEqual([true, false]);
    rmSync(join(dir, 'out'), { recursive: true });
    for (let i = 0; i < 2; i++) {
      expect((await quick('two.js', '-o', 'out', '--strict')).status).toBe(0);
      expect([at('a.k8s.yaml'), at('b.k8s.yaml')]).toEqual([true, true]);
    }
  });

  test('is known by the map alone: a list that leads outside the folder is not followed', async () => {
    await synth(['a', 'b']);
    write(dir, { 'precious.yaml': 'x' });
    const map = JSON.parse(readFileSync(join(dir, 'out', 'sources.map'), 'utf8'));
    const { createHash } = require('node:crypto');
    map.files['../precious.yaml'] = createHash('sha256').update('x').digest('hex');
    writeFileSync(join(dir, 'out', 'sources.map'), JSON.stringify(map));
    await synth(['a']);
    expect(existsSync(join(dir, 'precious.yaml'))).toBe(true);
  });
});
