import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cdk8s from 'cdk8s';
import fc from 'fast-check';
import { parse } from 'yaml';
import { emit } from '../../src/synth/emit';

const folder = mkdtempSync(join(tmpdir(), 'mesh-emit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const read = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.yaml'))
      .sort()
      .map((f) => [
        f,
        readFileSync(join(dir, f), 'utf8')
          .split(/^---$/m)
          .map((d) => parse(d, { version: '1.1' })),
      ]),
  );

/** An app of nested charts with dependencies of every sort, chosen by `edges`. */
function build(outdir: string, type: cdk8s.YamlOutputType, edges: readonly [number, number][], nested: boolean): cdk8s.App {
  const app = new cdk8s.App({ outdir, yamlOutputType: type });
  const charts = ['a', 'b', 'c'].map((id) => new cdk8s.Chart(app, id, { namespace: id }));
  if (nested) charts.push(new cdk8s.Chart(charts[0]!, 'inner'));
  const objects = charts.flatMap((chart, i) =>
    [0, 1, 2].map(
      (j) =>
        new cdk8s.ApiObject(chart, `o${j}`, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `m${i}-${j}` },
          data: { n: String(j) },
        } as never),
    ),
  );
  const group = new (require('constructs').Construct)(charts[1], 'group');
  objects.push(
    ...[0, 1].map(
      (j) => new cdk8s.ApiObject(group, `g${j}`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: `s${j}` } } as never),
    ),
  );
  // only from later to earlier: no cycles
  for (const [x, y] of edges) if (x > y && objects[x] && objects[y]) objects[x].addDependency(objects[y]);
  if (edges.length > 3) objects[8]!.addDependency(group);
  return app;
}

test.each([
  cdk8s.YamlOutputType.FILE_PER_APP,
  cdk8s.YamlOutputType.FILE_PER_CHART,
  cdk8s.YamlOutputType.FILE_PER_RESOURCE,
  cdk8s.YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
])('the same objects in the same order in the same files as cdk8s (%s)', (type) => {
  let i = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 6 }), fc.boolean(), (edges, nested) => {
      const dir = join(folder, `${type}-${i++}`);
      let failed = false;
      try {
        build(join(dir, 'theirs'), type, edges, nested).synth();
      } catch {
        failed = true; // a cycle between charts
      }
      if (failed) return void expect(() => emit(build(join(dir, 'ours'), type, edges, nested), cdk8s)).toThrow('cycle');
      emit(build(join(dir, 'ours'), type, edges, nested), cdk8s);
      expect(read(join(dir, 'ours'))).toEqual(read(join(dir, 'theirs')));
    }),
    { numRuns: 25 },
  );
});

test('two objects of one file are an error, where cdk8s would lose the first', () => {
  const app = new cdk8s.App({ outdir: join(folder, 'twice'), yamlOutputType: cdk8s.YamlOutputType.FILE_PER_RESOURCE });
  for (const n of ['a', 'b'])
    new cdk8s.ApiObject(new cdk8s.Chart(app, n, { namespace: n }), 'x', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
    });
  expect(() => emit(app, cdk8s)).toThrow('"a/x" and "b/x" would both be written to "Service.web.k8s.yaml"');
});

test('validation errors are all said, as cdk8s says them', () => {
  const app = new cdk8s.App({ outdir: join(folder, 'bad') });
  const chart = new cdk8s.Chart(app, 'c');
  chart.node.addValidation({ validate: () => ['one', 'two'] });
  expect(() => emit(app, cdk8s)).toThrow('Validation failed with the following errors:\n  [c] one\n  [c] two');
});
