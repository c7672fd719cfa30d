import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ask, folder, mesh, root, write } from './support';

const dir = folder();
const init = (...args: string[]) => ask(['init', ...args], dir);
const json = async (...args: string[]) =>
  JSON.parse((await init(...args, '--json')).stdout) as Record<'made' | 'changed' | 'kept' | 'notes', string[]> & {
    next: string;
  };
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
const tool = (project: string, bin: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args], {
    cwd: join(dir, project),
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: stdout + stderr };
};
const synth = (project: string) => mesh(['synth', '--json'], join(dir, project));
/** It compiles, synthesizes and tests at once: where CI is set, jest writes no snapshot. */
const works = (project: string, env: NodeJS.ProcessEnv = { CI: 'true' }) => {
  expect(tool(project, 'typescript/bin/tsc', ['--noEmit'])).toEqual({ status: 0, output: '' });
  expect(synth(project)).toMatchObject({ status: 0, stderr: '' });
  const before = snapshotOf(project);
  expect(tool(project, 'jest/bin/jest.js', ['-i'], env)).toMatchObject({
    status: 0,
    output: expect.stringContaining('3 passed'),
  });
  expect([snapshotOf(project), files(project)]).toEqual([before, expect.not.arrayContaining(['__snapshots__'])]);
};

describe('a new project', () => {
  test('works at once, and checks types before all else', async () => {
    const { made, next } = await json('shop');
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

  test('is made in a repository that just begins', async () => {
    write(dir, { 'begun/.git/config': '', 'begun/README.md': '# Ours\n', 'begun/LICENSE': '', 'begun/.gitignore': '' });
    expect(await json('begun')).toMatchObject({ kept: ['README.md'], changed: ['.gitignore'] });
    expect([text('begun/README.md'), text('begun/.gitignore')]).toEqual(['# Ours\n', 'node_modules/\nsources.map\n']);
  });

  test('is as it was after a second time', async () => {
    await init('again');
    const before = snapshotOf('again');
    expect((await init('again')).stdout).toMatch(/^made nothing; kept /);
    expect(snapshotOf('again')).toEqual(before);
  });

  test('works in a package of ES modules', async () => {
    write(dir, {
      'esm/package.json': JSON.stringify({
        name: 'esm',
        type: 'module',
        scripts: { test: 'echo "Error: no test specified" && exit 1' },
      }),
    });
    await init('esm');
    expect(pkg('esm')).toMatchObject({ type: 'module', scripts: { test: 'jest' } });
    works('esm');
  });

  const NAMES: readonly (readonly [string, string, string])[] = [
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
  ];
  test.each(NAMES)('in folder "%s" is named %s', async (given, name, cd) => {
    mkdirSync(join(dir, 'names'), { recursive: true });
    const { stdout } = await ask(['init', given, '--json'], join(dir, 'names'));
    expect(JSON.parse(stdout).next).toContain(cd);
    expect(pkg(`names/${given}`).name).toBe(name);
    expect(text(`names/${given}/mesh.ts`)).toContain(`new Chart(app, '${name}', { namespace: '${name}' })`);
  });

  test('is valid by whatever name', async () => {
    const code = `import { App } from 'cdk8s';
for (const folder of ${JSON.stringify(NAMES.map(([given]) => given))}) {
  const app = new App({ outdir: \`dist/\${folder}\` });
  require(\`./\${folder}/mesh\`).addMesh(app);
  app.synth();
}
`;
    write(dir, { 'names/all.ts': code });
    const { status, stdout, stderr } = await ask(['synth', '--app', 'node --import tsx all.ts', '--json'], join(dir, 'names'));
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).apps).toHaveLength(NAMES.length);
  });

  test('gets the package from where the project has it that the command runs in', async () => {
    const at = async (spec: string, to: string) => {
      write(dir, { 'from/package.json': JSON.stringify({ devDependencies: { 'cdk8s-mesh': spec } }), 'from/sub/x': '' });
      await ask(['init', to], join(dir, 'from', 'sub'));
      return (p: string) => pkg(p).dependencies['cdk8s-mesh'];
    };
    expect((await at('file:../cdk8s-mesh-0.1.0.tgz', 'a'))('from/sub/a')).toBe('file:../../../cdk8s-mesh-0.1.0.tgz');
    expect((await at('file:./vendor/mesh.tgz', '../../b'))('b')).toBe('file:../from/vendor/mesh.tgz');
    expect((await at('file:/opt/mesh.tgz', 'c'))('from/sub/c')).toBe('file:/opt/mesh.tgz');
    expect((await at('git+https://git.example/mesh.git#v1', 'd'))('from/sub/d')).toBe('git+https://git.example/mesh.git#v1');
    expect((await init('e')).status).toBe(0);
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

  test('keeps what it has, and its charts do not meet ours', async () => {
    project('theirs', {
      'jest.config.js':
        "module.exports = { transform: { '^.+\\\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } } }] } };\n",
      '.gitignore': '/node_modules\n*.js',
    });
    const before = snapshotOf('theirs');
    const { made, changed, kept, next } = await json('theirs');
    expect(made.sort()).toEqual(['mesh.test.ts', 'mesh.ts', 'tsconfig.json']);
    expect(changed).toEqual(['.gitignore', 'package.json']);
    expect(kept).toContain('cdk8s.yaml');
    expect(next).toContain('npx mesh synth');
    expect(text('theirs/.gitignore')).toBe('/node_modules\n*.js\nsources.map\n');
    for (const f of ['main.ts', 'cdk8s.yaml', 'jest.config.js']) expect(text(`theirs/${f}`)).toBe(before[f]);
    expect(pkg('theirs').scripts).toEqual({ synth: 'cdk8s synth', test: 'jest' });
    expect(pkg('theirs').dependencies.cdk8s).toBe('^2.0.0');
    expect(pkg('theirs').devDependencies).not.toHaveProperty('@swc/jest');
    works('theirs', { CI: '', GITHUB_ACTIONS: '' });
    expect(readdirSync(join(dir, 'theirs', 'dist')).filter((f) => f.endsWith('.yaml'))).toHaveLength(2);
    expect((await init('theirs')).stdout).toMatch(/^made nothing; kept /);
  });

  test('is told what to call where it does not call it yet', async () => {
    project('uncalled', { 'main.ts': "import { App } from 'cdk8s';\nnew App().synth();\n" });
    expect((await json('uncalled')).notes).toEqual(['call addMesh(app) of mesh.ts in main.ts, before app.synth()']);
  });

  test('has its code in src/', async () => {
    project('sources', {
      'cdk8s.yaml': 'language: typescript\napp: node --import tsx ./src/app.ts\n',
      'src/app.ts': MAIN.replace('PROJECT', 'sources'),
    });
    expect((await json('sources')).made.sort()).toEqual([
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
  ])('has %s', async (what, more, test, config) => {
    const name = `tests-${what.replace(/\W+/g, '-')}`;
    project(name, more);
    const { made, notes } = await json(name);
    expect([made.includes('mesh.test.ts'), made.includes('jest.config.cjs')]).toEqual([test, config]);
    expect(notes.some((n) => n.includes('no test is made'))).toBe(!test);
  });

  test('has a mesh.ts, or a main.ts that is no cdk8s app, of its own', async () => {
    project('own', { 'mesh.ts': 'export const mine = 1;\n' });
    expect((await json('own')).made).toContain('service-mesh.ts');
    expect(text('own/service-mesh.test.ts')).toContain("from './service-mesh'");
    write(dir, { 'server/main.ts': "console.log('a server');\n", 'server/package.json': '{}' });
    expect((await json('server')).made).toContain('mesh-app.ts');
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
  ])('%s', async (what, given, says) => {
    const name = `bad-${what.replace(/\W+/g, '-')}`;
    write(join(dir, name), given);
    const { status, stderr } = await init(name);
    expect(status).toBeGreaterThan(1);
    expect(stderr).toContain(says);
    expect(files(name)).toEqual(Object.keys(given));
    expect(JSON.parse((await init(name, '--json')).stdout).errors[0].message).toContain(says);
  });

  test('the root of the file system', () => {
    const { checkSuitable } = require('../../lib/src/cli/project/suitable') as typeof import('../../src/cli/project/suitable');
    expect(() => checkSuitable('/', undefined)).toThrow('"/" is the root of the file system, so nothing was written');
  });

  test('the home folder, also an empty one', () => {
    const home = join(write(dir, { 'home/.profile': '' }), 'home');
    const { status, stdout, stderr } = mesh(['init'], home, { HOME: home });
    expect([status, stdout, files('home')]).toEqual([2, '', ['.profile']]);
    expect(stderr).toContain('is the home folder, so nothing was written: name a new folder (mesh init shop)');
  });

  test('a folder that holds other things, with their names', async () => {
    write(dir, Object.fromEntries(['1', '2', 'a/b', 'c', 'd', 'e', 'README.md'].map((f) => [`full/${f}`, ''])));
    const { status, stdout, stderr } = await init('full');
    expect([status, stdout, files('full')]).toEqual([2, '', ['1', '2', 'README.md', 'a', 'c', 'd', 'e']]);
    expect(stderr).toContain('full" is no project and holds other things (1, 2, a, c, d and 1 more), so nothing was written');
  });

  test('a file that cannot be written takes the others back', async () => {
    write(dir, { 'half/package.json': '{}', 'half/.gitignore': 'x' });
    symlinkSync(join('nowhere', 'at-all'), join(dir, 'half', 'tsconfig.json'));
    expect(await init('half')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/nothing was written: ENOENT.*tsconfig/),
    });
    expect(files('half')).toEqual(['.gitignore', 'package.json', 'tsconfig.json']);
    expect([text('half/package.json'), text('half/.gitignore')]).toEqual(['{}', 'x']);
  });

  test('a name that is empty, as of a variable that is not set', async () => {
    expect(await init('')).toMatchObject({ status: 2, stderr: expect.stringContaining('the folder is empty text') });
  });

  test('a file where the folder should be', async () => {
    write(dir, { 'a-file': '' });
    expect(await init('a-file')).toMatchObject({ status: 2, stderr: expect.stringContaining('is a file, not a folder') });
  });
});
