import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { App as MeshApp, SecureNamespace } from '../../src';
import { newChart, object, service, yamlOf } from './support';

describe('SecureNamespace', () => {
  test('secure by default', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    expect(yamlOf(c)).toMatchSnapshot();
  });

  test('what is switched off is said: the mesh may have another default', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace', { mtls: 'PERMISSIVE', denyByDefault: false, egress: 'ALLOW_ANY' });
    service(c, 'S', { calls: [] });
    expect(object(c, 'PeerAuthentication', 'default').spec).toEqual({ mtls: { mode: 'PERMISSIVE' } });
    expect(object(c, 'Sidecar', 'namespace-default').spec).toEqual({
      egress: [{ hosts: ['*/*'] }],
      outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
    });
    expect(object(c, 'Sidecar', 's').spec.outboundTrafficPolicy).toEqual({ mode: 'ALLOW_ANY' });
    expect(yamlOf(c, 'AuthorizationPolicy')).toBe('');
  });

  test('an ambient namespace has no Sidecars, whenever it is made', () => {
    const c = newChart();
    const a = service(c, 'A');
    service(c, 'B', { calls: [a] });
    new SecureNamespace(c, 'Namespace', { dataPlane: 'ambient' });
    expect(yamlOf(c, 'Sidecar')).toBe('');
    expect(object(c, 'AuthorizationPolicy', 'a').spec.rules).toHaveLength(1);
  });

  test('ambient and no mesh at all are labels', () => {
    for (const [dataPlane, labels] of [
      ['ambient', { 'istio.io/dataplane-mode': 'ambient' }],
      ['none', {}],
    ] as const) {
      const c = newChart();
      new SecureNamespace(c, 'Namespace', { dataPlane });
      expect(object(c, 'Namespace', 'shop').metadata.labels ?? {}).toEqual(labels);
    }
  });

  test.each([
    ['ambient', { 'istio-injection': 'disabled' }],
    ['none', { 'istio-injection': 'disabled', 'istio.io/dataplane-mode': 'none' }],
    ['sidecar', { 'istio-injection': 'enabled', 'istio.io/dataplane-mode': 'none' }],
  ] as const)('%s: labels that say the same otherwise stay', (dataPlane, labels) => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace', { dataPlane, labels });
    expect(object(c, 'Namespace', 'shop').metadata.labels).toMatchObject(labels);
  });

  test('comes before what is in it, whenever it was made', () => {
    const c = newChart();
    service(c, 'Early');
    new SecureNamespace(c, 'Namespace');
    expect(c.toJson()[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop' } });
    expect(c.toJson()[0].metadata).not.toHaveProperty('namespace');
  });

  test.each([
    ['cdk8s', App],
    ['ours', MeshApp],
  ])('comes before what other charts have in it, file by file: the App of %s', (_, AppClass) => {
    const outdir = mkdtempSync(join(tmpdir(), 'order-'));
    const app = new AppClass({ outdir });
    service(new Chart(app, 'a-early', { namespace: 'shop' }), 'Early');
    new SecureNamespace(new Chart(app, 'm-namespace', { namespace: 'shop' }), 'Namespace');
    service(new Chart(app, 'b-late', { namespace: 'shop' }), 'Late');
    service(new Chart(app, 'c-other', { namespace: 'other' }), 'Other');
    app.synth();
    const files = readdirSync(outdir)
      .filter((f) => f.endsWith('.yaml'))
      .sort();
    const at = (chart: string) => files.findIndex((f) => f.includes(chart));
    expect(files).toHaveLength(4);
    expect(at('m-namespace')).toBeLessThan(at('a-early'));
    expect(at('m-namespace')).toBeLessThan(at('b-late'));
    rmSync(outdir, { recursive: true });
  });

  test('an order that the app asked for stands', () => {
    const app = new App();
    const [first, namespace] = ['first', 'namespace'].map((id) => new Chart(app, id, { namespace: 'shop' }));
    namespace!.addDependency(first!);
    service(first!, 'Early');
    new SecureNamespace(namespace!, 'Namespace');
    service(new Chart(namespace!, 'inner', { namespace: 'shop' }), 'Inner');
    expect(() => app.synthYaml()).not.toThrow();
  });
});
