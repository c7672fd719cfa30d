import { SecureNamespace } from '../../src';
import { newChart, object, service, yamlOf } from './support';

describe('SecureNamespace', () => {
  test('secure by default', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    expect(yamlOf(c)).toMatchSnapshot();
  });

  test('each default is switched off in one line', () => {
    for (const [props, kind] of [
      [{ mtls: 'PERMISSIVE' }, 'PeerAuthentication'],
      [{ denyByDefault: false }, 'AuthorizationPolicy'],
      [{ egress: 'ALLOW_ANY' }, 'Sidecar'],
    ] as const) {
      const c = newChart();
      new SecureNamespace(c, 'Namespace', props);
      expect(yamlOf(c, kind)).toBe('');
    }
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

  test('comes before what is in it, whenever it was made', () => {
    const c = newChart();
    service(c, 'Early');
    new SecureNamespace(c, 'Namespace');
    expect(c.toJson()[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop' } });
    expect(c.toJson()[0].metadata).not.toHaveProperty('namespace');
  });
});
