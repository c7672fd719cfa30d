/** cdk8s.yaml of a project whose App a file makes. */
export const cdk8sYaml = (app: string): string => `language: typescript\napp: node --import tsx ${app}\noutput: dist\n`;

/** The function that adds the services to an App. */
export const meshTs = (chart: string): string => `import { type App, Chart } from 'cdk8s';
import { CanaryRelease, IngressGateway, MeshService, path, Port, SecureNamespace } from 'cdk8s-mesh';

/** The services, and where requests to them go. */
export function addMesh(app: App): Chart {
  const chart = new Chart(app, '${chart}', { namespace: '${chart}' });
  new SecureNamespace(chart, 'Namespace');
  const web = new MeshService(chart, 'Web', {
    port: Port.http(8080),
    versions: { v1: { image: 'example/web:1' }, v2: { image: 'example/web:2' } },
    calls: [],
  });
  new CanaryRelease(chart, 'WebCanary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  new IngressGateway(chart, 'Edge', { hosts: ['${chart}.example.com'] }).route(path.prefix('/'), web);
  return chart;
}
`;

/** The file that makes the App. */
export const mainTs = (from: string): string => `import { App } from 'cdk8s-mesh';
import { addMesh } from '${from}';

const app = new App();
addMesh(app);
app.synth();
`;

/** A test of where requests go. It passes at once, also where CI is set: jest writes no first snapshot there. */
export const testTs = (from: string, chart: string): string => `import { App } from 'cdk8s-mesh';
import { meshOf } from 'cdk8s-mesh/jest';
import { addMesh } from '${from}';

const mesh = meshOf(addMesh(new App()));
const visitor = { from: 'gateway:${chart}/edge', to: '${chart}.example.com' };

test('the canary gets its share of what visitors ask', () => {
  expect(mesh.request(visitor)).toSplit({ v1: 90, v2: 10 });
});

test('nobody gets in but by the gateway', () => {
  expect(mesh.request({ from: 'outside', to: 'web.${chart}' })).toBeDenied();
});

test('the routes are those that were reviewed', () => {
  expect(mesh.routes(visitor)).toMatchInlineSnapshot(\`
    "${chart}.example.com:80 for gateway ${chart}/edge
      1  always  ->  90 % web.${chart}.svc.cluster.local:8080 v1, 10 % web.${chart}.svc.cluster.local:8080 v2"
  \`);
});
`;

/** Settings of TypeScript. */
export const tsconfig = (source: string): string => {
  const compilerOptions = {
    target: 'ES2022',
    module: 'node20',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node', 'jest'],
  };
  return `${JSON.stringify({ compilerOptions, include: [source === '.' ? '*.ts' : `${source}/**/*.ts`] }, null, 2)}\n`;
};

/** Settings of jest. In a package of ES modules an import names its file with .js, which TypeScript writes later. */
export const jestConfig = (isModule: boolean): string => `module.exports = {
  transform: {
    '^.+\\\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },${isModule ? `\n  moduleNameMapper: { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' },` : ''}
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
`;

/** What to do with a new project. */
export const readme = (name: string): string => `# ${name}

\`mesh.ts\` says which services there are and where requests to them go. The rest follows from it.

\`\`\`sh
npm install
npm run synth                  # checks the types, writes the YAML to dist/, and says what it made
npx mesh precedence web        # who decides requests to a service, and by which line
npx mesh synth --strict        # for CI: fails when something is worth a look
npm test                       # sends requests, and looks where they go; npm test -- -u takes other routes
npx mesh plan dist             # what it would change in a cluster with Istio, and for requests; then npx mesh apply dist
\`\`\`

What to change first in \`mesh.ts\`:

1. the images and the port of the service \`Web\`, and the host of the gateway \`Edge\`;
2. the share of the canary (\`percent: 10\`), or \`state: 'promoted'\` and \`'aborted'\`;
3. another service: who calls it names it in \`calls\`, and is then let in.

Commit \`dist/\` when a GitOps tool applies it. The pages of every construct are in \`node_modules/cdk8s-mesh/docs\`.
`;

/** Lines that .gitignore needs, each with what says the same. */
export const IGNORED: readonly { readonly line: string; readonly same: RegExp }[] = [
  { line: 'node_modules/', same: /^(?:\*\*)?\/?node_modules\/?$/m },
  { line: 'sources.map', same: /^(?:\*\*)?\/?(?:sources|\*)\.map$/m },
];
