import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { kebab } from '../../values/names';
import { EXIT, print, printJson } from '../output';

/** `mesh init`: writes what is missing and overwrites nothing. */
export async function init(args: { dir: string; json: boolean }): Promise<number> {
  const dir = resolve(args.dir);
  const name = kebab(basename(dir)) || 'mesh';
  const { version } = require('../../../../package.json') as { version: string };
  mkdirSync(dir, { recursive: true });
  const existing = existsSync(join(dir, 'cdk8s.yaml')) || existsSync(join(dir, 'main.ts'));
  const made: string[] = [];
  const kept: string[] = [];
  const put = (file: string, text: string) => {
    const path = join(dir, file);
    if (existsSync(path)) return void kept.push(file);
    writeFileSync(path, text);
    made.push(file);
  };
  put('cdk8s.yaml', 'language: typescript\napp: node --import tsx main.ts\noutput: dist\n');
  put(existing ? 'mesh.ts' : 'main.ts', app(name, existing));
  put('mesh.test.ts', TEST(existing ? './mesh' : './main'));
  put(
    'tsconfig.json',
    `${JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'node20', strict: true, skipLibCheck: true, noEmit: true, types: ['node', 'jest'] }, include: ['*.ts'] }, null, 2)}\n`,
  );
  put(
    'jest.config.js',
    "module.exports = { transform: { '^.+\\\\.(ts|js)$': '@swc/jest' }, testPathIgnorePatterns: ['/node_modules/', '/dist/'] };\n",
  );
  put('.gitignore', 'node_modules/\n');
  packageJson(join(dir, 'package.json'), name, version, made, kept);
  if (args.json) printJson({ made, kept });
  else {
    print(`made ${made.join(', ') || 'nothing'}${kept.length > 0 ? `; kept ${kept.join(', ')} as it is` : ''}`);
    if (existing) print('call addMesh(app) of mesh.ts from your app');
    print(`next: ${args.dir === '.' ? '' : `cd ${args.dir} && `}npm install && npm run synth && npm test`);
  }
  return EXIT.clean;
}

function packageJson(path: string, name: string, version: string, made: string[], kept: string[]): void {
  const there = existsSync(path);
  const pkg = (there ? JSON.parse(readFileSync(path, 'utf8')) : { name, version: '0.1.0', private: true }) as Record<string, any>;
  const before = JSON.stringify(pkg);
  const add = (section: string, entries: Record<string, string>) => {
    pkg[section] = { ...entries, ...pkg[section] };
  };
  add('scripts', { synth: 'mesh synth', test: 'jest' });
  add('dependencies', { cdk8s: '^2.70.0', 'cdk8s-mesh': `^${version}`, 'cdk8s-plus-27': '^2.9.0', constructs: '^10.4.0' });
  add('devDependencies', {
    '@swc/core': '^1.16.0',
    '@swc/jest': '^0.2.39',
    '@types/jest': '^30.0.0',
    '@types/node': '^20.19.0',
    jest: '^30.0.0',
    tsx: '^4.23.0',
    typescript: '>=5.9',
  });
  if (JSON.stringify(pkg) === before) return void kept.push('package.json');
  writeFileSync(path, `${JSON.stringify(pkg, null, 2)}\n`);
  made.push(there ? 'package.json (added what was missing)' : 'package.json');
}

const app = (name: string, existing: boolean) => `import { App, Chart } from 'cdk8s';
import { CanaryRelease, IngressGateway, MeshService, path, Port, SecureNamespace } from 'cdk8s-mesh';

/** The services, and where requests to them go. */
export function addMesh(app: App): Chart {
  const chart = new Chart(app, '${name}', { namespace: '${name}' });
  new SecureNamespace(chart, 'Namespace');
  const web = new MeshService(chart, 'Web', {
    port: Port.http(8080),
    versions: { v1: { image: 'example/web:1' }, v2: { image: 'example/web:2' } },
    calls: [],
  });
  new CanaryRelease(chart, 'WebCanary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  new IngressGateway(chart, 'Edge', { hosts: ['${name}.example.com'] }).route(path.prefix('/'), web);
  return chart;
}
${
  existing
    ? ''
    : `
if (require.main === module) {
  const app = new App();
  addMesh(app);
  app.synth();
}
`
}`;

const TEST = (from: string) => `import { App } from 'cdk8s';
import { addMesh } from '${from}';

test('the mesh is what was reviewed', () => {
  expect(addMesh(new App()).toJson()).toMatchSnapshot();
});
`;
