import { ApiObject, App, Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { AccessPolicy, CanaryRelease, IngressGateway, MeshService, Port, path, SecureNamespace, syncWaves } from '../../src';
import { parseManifests } from '../../src/manifests/parse';
import { SYNC_WAVE, syncWaveOf } from '../../src/manifests/wave';
import { referencesOf } from '../../src/order/facts/references';

function shop(): App {
  const app = new App();
  syncWaves(app); // also what is made later
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  new SecureNamespace(chart, 'Namespace');
  const port = Port.http(80);
  const web = new MeshService(chart, 'Web', {
    port,
    versions: { v1: { image: 'web:1' }, v2: { image: 'web:2' } },
    calls: [],
  });
  const page = new MeshService(chart, 'Page', { port, versions: { v1: { image: 'page:1' } }, calls: [web] });
  new CanaryRelease(chart, 'Canary', { service: web, stable: 'v1', canary: 'v2', percent: 10 });
  new IngressGateway(chart, 'Edge', { hosts: ['shop.example.com'] }).route(path.prefix('/'), page);
  new AccessPolicy(chart, 'Deny', { service: web, deny: [page], paths: ['/admin'] });
  return app;
}

test('every object says its wave', () => {
  const objects = parseAllDocuments(shop().synthYaml()).map((d) => d.toJS());
  expect(objects.map((o) => `${o.metadata.annotations[SYNC_WAVE]} ${o.kind} ${o.metadata.name}`).sort()).toMatchSnapshot();
});

test('what an object refers to is of an earlier wave', () => {
  const { manifests } = parseManifests(shop().synthYaml(), 'shop.yaml');
  let pairs = 0;
  for (const m of manifests)
    for (const f of referencesOf(m, 'cluster.local').needs)
      for (const other of manifests)
        if (referencesOf(other, 'cluster.local').provides.has(f)) {
          expect([f, syncWaveOf(other) < syncWaveOf(m)]).toEqual([f, true]);
          pairs++;
        }
  expect(pairs).toBeGreaterThan(10);
});

test('a wave that an object says stays, and a second synth makes the same', () => {
  const app = shop();
  const namespace = app.node.findAll().find((c: any) => c.kind === 'Namespace') as any;
  namespace.metadata.addAnnotation(SYNC_WAVE, '-7');
  const once = app.synthYaml();
  expect(once).toContain('argocd.argoproj.io/sync-wave: "-7"');
  expect(app.synthYaml()).toBe(once);
});

test('a claim waits for no wave before its pods: many a storage class binds it when a pod uses it', () => {
  const app = shop();
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } };
  new ApiObject(app.node.findChild('shop') as Chart, 'Data', claim);
  const objects = parseAllDocuments(app.synthYaml()).map((d) => d.toJS());
  const wave = (kind: string) => objects.find((o) => o.kind === kind).metadata.annotations[SYNC_WAVE];
  expect(wave('PersistentVolumeClaim')).toBe(wave('Deployment'));
});

test('a chart is no app', () =>
  expect(() => syncWaves(new Chart(new App(), 'x') as unknown as App)).toThrow(
    'syncWaves takes the App whose objects are written in waves',
  ));
