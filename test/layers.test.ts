import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

// Arrows between the folders of src/ go one way; see docs/design.md.
const src = join(__dirname, '..', 'src');
const MAY: Record<string, readonly string[]> = {
  values: ['routing'],
  routing: [],
  manifests: ['imports', 'values'],
  schema: ['manifests', 'values', 'imports', 'routing'],
  validation: ['manifests', 'values', 'routing', 'imports'],
  model: ['routing', 'manifests', 'values'],
  trace: ['model', 'validation', 'routing', 'manifests', 'values'],
  diff: ['model', 'trace', 'routing', 'manifests', 'values'],
  check: ['model', 'validation', 'schema', 'trace', 'routing', 'manifests', 'values'],
  cluster: ['manifests', 'values'],
  fields: ['manifests', 'values'],
  order: ['manifests', 'model', 'trace', 'check', 'values'],
  apply: ['cluster', 'fields', 'order', 'manifests', 'model', 'check', 'diff', 'trace', 'validation', 'values'],
  constructs: ['routing', 'values', 'imports'],
  synth: ['constructs', 'routing', 'manifests', 'check', 'values'],
  testing: ['constructs', 'synth', 'manifests', 'model', 'validation', 'trace', 'diff', 'routing', 'values'],
  cli: ['synth', 'values', 'manifests', 'validation', 'model', 'trace', 'check', 'diff', 'cluster', 'fields', 'order', 'apply'],
};
/** The same within the order of writes: what one part of it may import of the others. */
const ORDER: Record<string, readonly string[]> = { facts: ['forms'], forms: ['facts'], answers: ['facts', 'forms'] };
/** Folders that have to run in a browser: neither cdk8s nor Node's modules nor Kubernetes. */
const PURE = ['routing', 'schema', 'validation', 'model', 'trace', 'diff', 'manifests', 'check'];
/** But for the files that nothing there imports: they are handed in. */
const NODE = [join('trace', 'signature.ts'), join('manifests', 'files.ts'), join('manifests', 'decode.ts')];

/** The one that loads the Kubernetes client, when it runs. */
const CLIENT = ['kubeconfig.ts', 'oidc.ts', 'plugins.ts'].map((f) => join('cluster', f));

/** The one that is loaded when a port is forwarded. */
const SOCKETS = join('cluster', 'port-forward.ts');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && f.includes(sep));
const imports = (file: string) =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:\bfrom |\bimport |\bimport\(|\brequire\()'([^']+)'/g)].map((m) => m[1]!);

test.each(files)('%s imports only what its layer may', (file) => {
  const layer = file.split(sep)[0]!;
  expect(Object.keys(MAY)).toContain(layer);
  for (const i of imports(file)) {
    if (!i.startsWith('.')) {
      if (PURE.includes(layer) && !NODE.includes(file)) expect(['@marcbachmann/cel-js', 'js-yaml', 're2js', 'yaml']).toContain(i);
      if (!CLIENT.includes(file)) expect(i).not.toBe('@kubernetes/client-node');
      if (file !== SOCKETS) expect(i).not.toBe('ws');
      continue;
    }
    const to = relative(src, resolve(dirname(join(src, file)), i));
    if (to.endsWith('package.json')) continue;
    const target = to.startsWith(`..${sep}imports`) ? 'imports' : to.split(sep)[0]!;
    if (target !== layer) expect(MAY[layer]).toContain(target);
    const [own, other] = [file, to].map((f) => f.split(sep)[1]!) as [string, string];
    if (layer === 'order' && target === layer && own in ORDER && own !== other) expect(ORDER[own]).toContain(other);
  }
});

test('the Kubernetes client is there for the apply step, and loads', () => {
  // by Node itself: it is made of ES modules
  const code = "process.stdout.write(typeof require('@kubernetes/client-node').KubeConfig)";
  const { stdout } = spawnSync(process.execPath, ['-e', code], { cwd: join(__dirname, '..'), encoding: 'utf8' });
  expect(stdout).toBe('function');
});
