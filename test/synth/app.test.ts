import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cdk8s from 'cdk8s';
import { App, CanaryRelease, header, MeshService, Port, type SourceMap } from '../../src';

const folder = mkdtempSync(join(tmpdir(), 'mesh-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fill(app: cdk8s.App): void {
  const chart = new cdk8s.Chart(app, 'shop', { namespace: 'shop' });
  const web = new MeshService(chart, 'Web', {
    port: Port.http(80),
    versions: { v1: { image: 'web:1' }, v2: { image: 'web:2' } },
  });
  web.routeTo('v2', header('x-team').is('web'), 'team');
  new CanaryRelease(chart, 'Canary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  new cdk8s.ApiObject(chart, 'Plain', { apiVersion: 'v1', kind: 'ConfigMap' });
}
const files = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((f) => f !== 'sources.map')
      .map((f) => [f, readFileSync(join(dir, f), 'utf8')]),
  );

test('our App writes what an App of cdk8s writes', () => {
  const [ours, theirs] = [new App({ outdir: join(folder, 'ours') }), new cdk8s.App({ outdir: join(folder, 'theirs') })];
  for (const app of [ours, theirs]) {
    fill(app);
    app.synth();
  }
  expect(files(join(folder, 'ours'))).toEqual(files(join(folder, 'theirs')));
  expect(readdirSync(join(folder, 'theirs'))).not.toContain('sources.map');
});

test('the map leads from each object, and each route of it, back to the line that asked for it', () => {
  const app = new App({ outdir: join(folder, 'map') });
  fill(app);
  app.synth();
  const { objects } = JSON.parse(readFileSync(join(folder, 'map', 'sources.map'), 'utf8')) as SourceMap;
  const lines = readFileSync(__filename, 'utf8').split('\n');
  const said = (source: string | undefined) => {
    const [, file, line] = /^(.*):(\d+)$/.exec(source!)!;
    expect(file).toBe('test/synth/app.test.ts');
    return lines[Number(line) - 1]!.trim();
  };
  expect(Object.keys(objects)).toContain('v1 Service shop/web');
  expect(said(objects['apps/v1 Deployment shop/web-v1']!.source)).toContain('new MeshService');
  const routes = objects['networking.istio.io/v1 VirtualService shop/web']!;
  expect(routes.construct).toBe('shop/Web/VirtualService');
  expect(said(routes.parts!['spec.http.0']![0]!.source)).toContain("'team'");
  expect(said(routes.parts!['spec.http.1']![0]!.source)).toContain('new CanaryRelease');
  const plain = Object.values(objects).find((o) => o.construct === 'shop/Plain')!;
  expect(said(plain.source)).toContain("'Plain'");
});

test('the metadata that cdk8s records of constructs is recorded here too', () => {
  const dirs = ['ours-recorded', 'theirs-recorded'].map((d) => join(folder, d)) as [string, string];
  for (const [i, A] of [App, cdk8s.App].entries()) {
    const app = new A({ outdir: dirs[i]!, recordConstructMetadata: true });
    fill(app);
    app.synth();
  }
  expect(files(dirs[0])['construct-metadata.json']).toBe(files(dirs[1])['construct-metadata.json']);
});
