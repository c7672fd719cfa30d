import { AccessPolicy, FaultInjection, header, MeshService, method, Port, SecureNamespace, TrafficMirror } from '../../src';
import { goes, newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const service = (c: ReturnType<typeof newChart>, id: string, o: object = {}) =>
  new MeshService(c, id, {
    port: Port.http(80),
    versions: { v1: image, v2: { ...image, serviceAccount: 'own' } },
    defaultVersion: 'v1',
    calls: [],
    ...o,
  });

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

describe('AccessPolicy', () => {
  test('one ALLOW and one DENY a callee, whoever asks for them', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const ratings = service(c, 'Ratings');
    const reviews = service(c, 'Reviews', { calls: [ratings] });
    const page = service(c, 'Page');
    page.mayCall(ratings, { methods: ['GET'], paths: ['/ratings/*'] });
    new AccessPolicy(c, 'NotV2', { service: ratings, deny: [reviews.version('v2')] });
    new AccessPolicy(c, 'Ops', { service: ratings, allowNamespaces: ['ops'], denyNamespaces: ['lab'] });
    const policies = c.toJson().filter((o: any) => o.kind === 'AuthorizationPolicy' && o.metadata.name.startsWith('ratings'));
    expect(policies).toHaveLength(2);
    expect(policies).toMatchSnapshot();
  });
});

describe('FaultInjection', () => {
  test('an abort for an audience, a delay for a share, both on one service', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    new FaultInjection(c, 'Alice', {
      service: s,
      when: header('user').is('alice'),
      abort: { grpcStatus: 'UNAVAILABLE' },
      until: '2027-01-01',
    });
    new FaultInjection(c, 'Slow', { service: s, percent: 12.5, delay: '250ms' });
    expect(goes(c, 'reviews', { headers: { user: 'alice' } })).toBe('delay 250ms abort UNAVAILABLE v1');
    expect(goes(c, 'reviews')).toBe('delay 250ms v1');
    expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
  });

  test('only for calls from one service', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    new FaultInjection(c, 'F', { service: s, from: service(c, 'Page'), percent: 100, abort: { status: 503 } });
    expect(goes(c, 'reviews', { labels: { app: 'page' } })).toBe('abort 503 v1');
    expect(goes(c, 'reviews', { labels: { app: 'other' } })).toBe('v1');
  });
});

describe('TrafficMirror', () => {
  test('copies of reading requests go to another version; two mirrors add up', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    const log = service(c, 'Log');
    new TrafficMirror(c, 'Try', { service: s, to: s, version: 'v2', when: method('GET', 'HEAD'), percent: 20 });
    new TrafficMirror(c, 'Log1', { service: s, to: log, percent: 100 });
    const mirrors = (m: string) =>
      object(c, 'VirtualService', 'reviews')
        .spec.http.find((r: any) => (m === 'GET' ? r.match?.some((x: any) => x.method?.exact === 'GET') : !r.match))
        .mirrors.map((x: any) => [x.destination.host.split('.')[0], x.percentage?.value ?? 100]);
    expect(mirrors('GET')).toEqual([
      ['reviews', 20],
      ['log', 100],
    ]);
    expect(mirrors('POST')).toEqual([['log', 100]]);
  });
});
