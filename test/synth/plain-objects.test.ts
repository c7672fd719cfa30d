import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { VirtualService } from '../../imports/networking.istio.io';
import { App, MeshService, Port } from '../../src';
import type { SourceMap } from '../../src/synth/sources';
import { folder, mesh } from '../cli/support';

const HERE = relative(process.cwd(), __filename);
/** The line of this file that holds the text. */
const lineWith = (text: string) =>
  readFileSync(__filename, 'utf8')
    .split('\n')
    .findIndex((l) => l.includes(text) && !l.includes('lineWith')) + 1;

const dir = folder();

/** A class of the user's own over a plain object. */
class Labelled extends ApiObject {
  constructor(scope: Chart, id: string) {
    super(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'labelled', namespace: 'shop' } });
  }
}

test('plain objects, those of generated classes and of own ones name the line that made them; constructs keep theirs', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'plain-'));
  const app = new App({ outdir });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  new ApiObject(chart, 'Plain', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
  new VirtualService(chart, 'Routes', { metadata: { name: 'web' }, spec: { hosts: ['web.example.com'] } });
  new Labelled(chart, 'Labelled');
  new MeshService(chart, 'Reviews', { port: Port.http(9080), versions: { v1: { image: 'reviews:1' } } });
  app.synth();
  const { objects } = JSON.parse(readFileSync(join(outdir, 'sources.map'), 'utf8')) as SourceMap;
  const at = (text: string) => `${HERE}:${lineWith(text)}`;
  expect(objects['v1 ConfigMap shop/plain']!.source).toBe(at("new ApiObject(chart, 'Plain'"));
  expect(objects['networking.istio.io/v1 VirtualService shop/web']!.source).toBe(at("new VirtualService(chart, 'Routes'"));
  expect(objects['v1 ConfigMap shop/labelled']!.source).toBe(at("new Labelled(chart, 'Labelled'"));
  const ours = Object.entries(objects).filter(([, o]) => o.construct.startsWith('shop/Reviews'));
  expect(ours.length).toBeGreaterThan(1);
  for (const [, o] of ours) expect(o.source).toBe(at("new MeshService(chart, 'Reviews'"));
});

test("mesh synth tells it of cdk8s' own App as well, and mesh check shows it", () => {
  writeFileSync(join(dir, 'package.json'), '{}');
  writeFileSync(join(dir, 'cdk8s.yaml'), 'language: typescript\napp: node main.js\n');
  writeFileSync(
    join(dir, 'main.js'),
    [
      "const { ApiObject, App, Chart } = require('cdk8s');",
      'const app = new App();',
      "const chart = new Chart(app, 'shop');",
      "new ApiObject(chart, 'Routes', {",
      "  apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'web', namespace: 'shop' },",
      "  spec: { hosts: ['web.shop.svc.cluster.local'], http: [{ redirect: { redirectCode: 304 } }] },",
      '});',
      'app.synth();',
      '',
    ].join('\n'),
  );
  expect(mesh(['synth'], dir).status).toBe(0);
  const { stdout } = mesh(['check', 'dist', '--json'], dir);
  const found = JSON.parse(stdout).diagnostics.find((d: { rule: string }) => d.rule === 'redirect-code-refused');
  expect(found).toMatchObject({ construct: 'shop/Routes', source: 'main.js:4' });
});
