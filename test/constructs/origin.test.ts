import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

// The built package, in programs of their own: how a stack is told is a matter of the process.
const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'mesh-origin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Types go when it is compiled, so the lines that run are others than those of the source.
const SOURCE = `
interface Gone {
  readonly a: string;
  readonly b: string;
}
const said: Gone = { a: 'a', b: 'b' };
import { Chart } from '${join(root, 'node_modules', 'cdk8s', 'lib', 'index.js')}';
import { App, CanaryRelease, MeshService, Port, header } from '${join(root, 'lib', 'src', 'index.js')}';
const app = new App();
const chart = new Chart(app, said.a, { namespace: said.b });
const make = (id: string) =>
  new MeshService(chart, id, { port: Port.http(80), versions: { v1: { image: 'i' }, v2: { image: 'i' } } }); // made
const [one, two] = ['One', 'Two'].map(make);
one!.routeTo('v2', header('x').is('y'), 'first'); // first
one!.routeTo('v2', header('x').is('z'), 'second'); one!.routeTo('v2', header('x').is('w'), 'third'); // second, third
for (const service of [one!, two!]) new CanaryRelease(chart, \`Canary\${service.name}\`, { service, stable: 'v1', canary: 'v2', percent: 5 }); // canary
app.synth();
`;
const lineOf = (said: string) => SOURCE.split('\n').findIndex((l) => l.includes(`// ${said}`)) + 1;

/** Compiled to JavaScript, with the map beside it. */
function compiled(name: string): string {
  const { code, map } = transformSync(SOURCE, {
    filename: `${name}.ts`,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: true,
  });
  writeFileSync(join(folder, `${name}.js`), `${code}\n//# sourceMappingURL=${name}.js.map\n`);
  writeFileSync(join(folder, `${name}.js.map`), map!);
  writeFileSync(join(folder, `${name}.ts`), SOURCE);
  return join(folder, `${name}.js`);
}

// What ts-node and source-map-support do: they write the stack themselves, call by call.
const OWN_WRITER = `Error.prepareStackTrace = (e, calls) => [String(e), ...calls.map((c) =>
  '    at f (' + String(c.getFileName()).replace(/own\\.js$/, 'mapped.ts') + ':' + (1000 + c.getLineNumber()) + ':1)')].join('\\n');\n`;

/** Runs a program; where the objects and routes of its app come from, as the map of the output says. */
function run(...node: readonly string[]) {
  const outdir = mkdtempSync(join(folder, 'out-'));
  const env = { ...process.env, CDK8S_OUTDIR: outdir, NODE_OPTIONS: '' };
  const { status, stderr } = spawnSync(process.execPath, [...node], { cwd: folder, encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  const { objects } = JSON.parse(readFileSync(join(outdir, 'sources.map'), 'utf8'));
  const routes = objects['networking.istio.io/v1 VirtualService b/one'];
  return {
    services: [objects['v1 Service b/one'].source, objects['apps/v1 Deployment b/two-v2'].source],
    routes: [0, 1, 2, 3].map((i) => routes.parts[`spec.http.${i}`][0].source),
  };
}

const told = (file: string) => ({
  services: [lineOf('made'), lineOf('made')].map((l) => `${file}:${l}`),
  routes: ['first', 'second', 'second', 'canary'].map((s) => `${file}:${lineOf(s)}`),
});

const TSX = ['--import', pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href];
test.each([
  ['tsx', () => [...TSX, 'main.ts'], 'main.ts'],
  ['tsx, as a module', () => [...TSX, 'module.mts'], 'module.mts'],
  ['Node, which knows the map', () => ['--enable-source-maps', compiled('mapped')], 'mapped.ts'],
])('places are those of the source, with %s', (_, node, file) => {
  for (const name of ['main.ts', 'module.mts']) writeFileSync(join(folder, name), SOURCE);
  expect(run(...node())).toEqual(told(file));
});

test('without a map places are those of the code that runs', () => {
  const lines = readFileSync(compiled('plain'), 'utf8').split('\n');
  const { services, routes } = run('plain.js');
  const at = (place: string) => lines[Number(/^plain\.js:(\d+)$/.exec(place)![1]) - 1];
  expect(at(services[0])).toContain('MeshService(chart');
  expect(routes.map(at)).toEqual([
    expect.stringContaining("'first'"),
    expect.stringContaining("'second'"),
    expect.stringContaining("'third'"),
    expect.stringContaining('CanaryRelease'),
  ]);
});

test('who writes stacks himself is asked, and goes on doing so', () => {
  const file = compiled('own');
  const code = readFileSync(file, 'utf8').replace(/\/\/# source.*/, '');
  const after = `\nif (!/mapped.ts:1/.test(new Error().stack)) throw new Error('the stack is not his any more');\n`;
  writeFileSync(file, OWN_WRITER + code + after);
  const { services, routes } = run(file);
  expect(services[0]).toMatch(/^mapped\.ts:10\d\d$/);
  expect(new Set([services[0], ...routes]).size).toBe(5);
});
