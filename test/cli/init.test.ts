import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, mesh, root, write } from './support';

const dir = folder();
const init = (...args: string[]) => mesh(['init', ...args], dir);
const json = (...args: string[]) =>
  JSON.parse(init(...args, '--json').stdout) as Record<'made' | 'changed' | 'kept' | 'notes', string[]> & { next: string };
const text = (file: string) => readFileSync(join(dir, file), 'utf8');
const pkg = (project: string) => JSON.parse(text(`${project}/package.json`));
const files = (project: string) => readdirSync(join(dir, project)).sort();
const snapshotOf = (project: string) =>
  Object.fromEntries(
    files(project)
      .filter((f) => f.includes('.'))
      .map((f) => [f, text(`${project}/${f}`)]),
  );

/** Runs a tool of the project as its scripts do. */
const tool = (project: string, bin: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args], {
    cwd: join(dir, project),
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
};
const check = (project: string) => tool(project, 'typescript/bin/tsc', '--noEmit');
// as at a terminal, where a first snapshot is written; in CI jest wants one that is committed
const runJest = (project: string) => tool(project, 'jest/bin/jest.js', '--ci=false');
const synth = (project: string) => mesh(['synth', '--json'], join(dir, project));
/** It compiles, synthesizes and tests at once. */
const works = (project: string) => {
  expect(check(project)).toEqual({ status: 0, output: '' });
  expect(synth(project)).toMatchObject({ status: 0, stderr: '' });
  expect(runJest(project)).toMatchObject({ status: 0, output: expect.stringContaining('1 passed') });
};

describe('a new project', () => {
  test('works at once, and checks types before all else', () => {
    const { made, next } = json('shop');
    expect(made.sort()).toEqual(files('shop'));
    expect(files('shop')).toEqual([
      '.gitignore',
      'README.md',
      'cdk8s.yaml',
      'jest.config.cjs',
      'main.ts',
      'mesh.test.ts',
      'mesh.ts',
      'package.json',
      'tsconfig.json',
    ]);
    expect(next).toBe('cd shop && npm install && npm run synth && npm test');
    expect(pkg('shop').scripts).toEqual({
      check: 'tsc --noEmit',
      presynth: 'npm run --silent check',
      synth: 'mesh synth',
      pretest: 'npm run --silent check',
      test: 'jest',
    });
    expect(text('shop/README.md')).toMatch(/^# shop\n[\s\S]*npm run synth/);
    expect(text('shop/.gitignore')).toBe('node_modules/\nsources.map\n');
    works('shop');
  });

  test('is as it was after a second time', () => {
    init('again');
    const before = snapshotOf('again');
    expect(init('again').stdout).toMatch(/^made nothing; kept /);
    expect(snapshotOf('again')).toEqual(before);
  });

  test('works in a package of ES modules', () => {
    write(dir, {
      'esm/package.json': JSON.stringify({
        name: 'esm',
        type: 'module',
        scripts: { test: 'echo "Error: no test specified" && exit 1' },
      }),
    });
    init('esm');
    expect(pkg('esm')).toMatchObject({ type: 'module', scripts: { test: 'jest' } });
    works('esm');
  });

  test.each([
    ['My Shop', 'my-shop', "cd 'My Shop'"],
    ["it's", 'it-s', "cd 'it'\\''s'"],
    ['CamelCase', 'camel-case', 'cd CamelCase'],
    ['default', 'default-app', 'cd default'],
    ['kube-system', 'kube-system-app', 'cd kube-system'],
    ['jest', 'jest-app', 'cd jest'],
    ['été', 't', "cd 'été'"],
    ['日本', 'shop', "cd '日本'"],
    [`${'long-'.repeat(30)}x`, 'long-long-long-long-long-long-long-long', 'cd long-'],
    ['deep/er', 'er', 'cd deep/er'],
  ])('in folder "%s" is named %s', (given, name, cd) => {
    const at = `names/${given}`;
    mkdirSync(join(dir, 'names'), { recursive: true });
    const { stdout } = mesh(['init', given, '--json'], join(dir, 'names'));
    expect(JSON.parse(stdout).next).toContain(cd);
    expect(pkg(at).name).toBe(name);
    expect(text(`${at}/mesh.ts`)).toContain(`new Chart(app, '${name}', { namespace: '${name}' })`);
    expect(mesh(['synth', '-q'], join(dir, at))).toMatchObject({ status: 0, stderr: '' });
  });

  test('gets the package from where the project has it that the command runs in', () => {
    const at = (spec: string, to: string) => {
      write(dir, { 'from/package.json': JSON.stringify({ devDependencies: { 'cdk8s-mesh': spec } }), 'from/sub/x': '' });
      mesh(['init', to], join(dir, 'from', 'sub'));
      return (p: string) => pkg(p).dependencies['cdk8s-mesh'];
    };
    expect(at('file:../cdk8s-mesh-0.1.0.tgz', 'a')('from/sub/a')).toBe('file:../../../cdk8s-mesh-0.1.0.tgz');
    expect(at('file:./vendor/mesh.tgz', '../../b')('b')).toBe('file:../from/vendor/mesh.tgz');
    expect(at('file:/opt/mesh.tgz', 'c')('from/sub/c')).toBe('file:/opt/mesh.tgz');
    expect(at('git+https://git.example/mesh.git#v1', 'd')('from/sub/d')).toBe('git+https://git.example/mesh.git#v1');
    expect(init('e').status).toBe(0);
    expect(pkg('e').dependencies['cdk8s-mesh']).toMatch(/^\^\d/);
  });
});

describe('a cdk8s project that exists', () => {
  const MAIN = `import { App, Chart } from 'cdk8s';
import { addMesh } from './mesh';

const app = new App();
new Chart(app, 'PROJECT');
addMesh(app);
app.synth();
`;
  /** As `cdk8s init typescript-app` makes it, with our function called. */
  const project = (name: string, more: Record<string, string>) =>
    write(dir, {
      [`${name}/cdk8s.yaml`]: 'language: typescript\napp: node --import tsx main.ts\n',
      [`${name}/main.ts`]: MAIN.replace('PROJECT', name),
      [`${name}/package.json`]: JSON.stringify({
        name,
        scripts: { synth: 'cdk8s synth', test: 'jest' },
        dependencies: { cdk8s: '^2.0.0' },
        devDependencies: { jest: '^29' },
      }),
      ...Object.fromEntries(Object.entries(more).map(([f, t]) => [`${name}/${f}`, t])),
    });

  test('keeps what it has, and its charts do not meet ours', () => {
    project('theirs', {
      'jest.config.js':
        "module.exports = { transform: { '^.+\\\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } } }] } };\n",
      '.gitignore': '/node_modules\n*.js',
    });
    const before = snapshotOf('theirs');
    const { made, changed, kept, next } = json('theirs');
    expect(made.sort()).toEqual(['mesh.test.ts', 'mesh.ts', 'tsconfig.json']);
    expect(changed).toEqual(['.gitignore', 'package.json']);
    expect(kept).toContain('cdk8s.yaml');
    expect(next).toContain('npx mesh synth');
    expect(text('theirs/.gitignore')).toBe('/node_modules\n*.js\nsources.map\n');
    for (const f of ['main.ts', 'cdk8s.yaml', 'jest.config.js']) expect(text(`theirs/${f}`)).toBe(before[f]);
    expect(pkg('theirs').scripts).toEqual({ synth: 'cdk8s synth', test: 'jest' });
    expect(pkg('theirs').dependencies.cdk8s).toBe('^2.0.0');
    expect(pkg('theirs').devDependencies).not.toHaveProperty('@swc/jest');
    works('theirs');
    expect(JSON.parse(synth('theirs').stdout).apps[0].files).toHaveLength(2);
    expect(init('theirs').stdout).toMatch(/^made nothing; kept /);
  });

  test('is told what to call where it does not call it yet', () => {
    project('uncalled', { 'main.ts': "import { App } from 'cdk8s';\nnew App().synth();\n" });
    expect(json('uncalled').notes).toEqual(['call addMesh(app) of mesh.ts in main.ts, before app.synth()']);
  });

  test('has its code in src/', () => {
    project('sources', {
      'cdk8s.yaml': 'language: typescript\napp: node --import tsx ./src/app.ts\n',
      'src/app.ts': MAIN.replace('PROJECT', 'sources'),
    });
    expect(json('sources').made.sort()).toEqual([
      '.gitignore',
      'jest.config.cjs',
      'src/mesh.test.ts',
      'src/mesh.ts',
      'tsconfig.json',
    ]);
    works('sources');
  });

  test.each([
    ['jest with ts-jest', { 'jest.config.js': "module.exports = { preset: 'ts-jest' };\n" }, true, false],
    [
      'jest in package.json',
      { 'package.json': '{"jest":{"transform":{"x":"@swc/jest"}},"scripts":{"test":"jest"}}' },
      true,
      false,
    ],
    [
      'jest with Babel, which knows TypeScript',
      { 'babel.config.js': "module.exports = { presets: ['@babel/preset-typescript'] };\n" },
      true,
      false,
    ],
    ['jest with Babel, which does not', { 'babel.config.js': 'module.exports = {};\n' }, false, false],
    ['jest without a config', {}, true, true],
    ['vitest', { 'package.json': '{"scripts":{"test":"vitest run"}}' }, false, false],
  ])('has %s', (what, more, test, config) => {
    const name = `tests-${what.replace(/\W+/g, '-')}`;
    project(name, more);
    const { made, notes } = json(name);
    expect([made.includes('mesh.test.ts'), made.includes('jest.config.cjs')]).toEqual([test, config]);
    expect(notes.some((n) => n.includes('no test is made'))).toBe(!test);
  });

  test('has a mesh.ts, or a main.ts that is no cdk8s app, of its own', () => {
    project('own', { 'mesh.ts': 'export const mine = 1;\n' });
    expect(json('own').made).toContain('service-mesh.ts');
    expect(text('own/service-mesh.test.ts')).toContain("from './service-mesh'");
    write(dir, { 'server/main.ts': "console.log('a server');\n" });
    expect(json('server').made).toContain('mesh-app.ts');
    expect(text('server/cdk8s.yaml')).toContain('tsx mesh-app.ts');
    expect(synth('server')).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('refused before anything is written', () => {
  test.each([
    ['package.json that does not parse', { 'package.json': '{ "name": ' }, 'package.json cannot be read, so nothing was written'],
    ['package.json that is a list', { 'package.json': '[]' }, 'package.json holds no object'],
    ['cdk8s.yaml that does not parse', { 'cdk8s.yaml': 'a: [' }, 'cdk8s.yaml cannot be read'],
    [
      'a project in another language',
      { 'cdk8s.yaml': 'language: python\napp: python main.py\n' },
      '"language: python": this package is for TypeScript',
    ],
  ])('%s', (what, given, says) => {
    const name = `bad-${what.replace(/\W+/g, '-')}`;
    write(join(dir, name), given);
    const { status, stderr } = init(name);
    expect(status).toBeGreaterThan(1);
    expect(stderr).toContain(says);
    expect(files(name)).toEqual(Object.keys(given));
    expect(JSON.parse(init(name, '--json').stdout).errors[0].message).toContain(says);
  });

  test('a file where the folder should be', () => {
    write(dir, { 'a-file': '' });
    expect(init('a-file')).toMatchObject({ status: 2, stderr: expect.stringContaining('is a file, not a folder') });
  });
});
