import { App, Chart } from 'cdk8s';
import { IngressGateway, Mesh, type MeshProps, MeshService, Port, path, SecureNamespace } from '../../src';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, service, yamlOf } from './support';

/** A chart of an app with a Mesh. */
function chartWith(props: MeshProps): Chart {
  const app = new App();
  new Mesh(app, 'Mesh', props);
  return new Chart(app, 'chart', { namespace: 'shop' });
}

test('there is one with the defaults where none was made', () => {
  const mesh = Mesh.of(newChart());
  expect([mesh.istioVersion, mesh.fqdn('a', 'b'), mesh.principal('b', 'c'), mesh.rootNamespace, mesh.revision]).toEqual([
    '1.31',
    'a.b.svc.cluster.local',
    'cluster.local/ns/b/sa/c',
    'istio-system',
    undefined,
  ]);
  expect(mesh.ingress).toEqual({
    namespace: 'istio-system',
    labels: { istio: 'ingressgateway' },
    serviceAccount: 'istio-ingressgateway-service-account',
  });
});

test('every construct of an app sees the same, and another app sees another', () => {
  const c = chartWith({ clusterDomain: 'corp.internal' });
  expect(Mesh.of(c)).toBe(Mesh.of(service(c, 'S')));
  expect(Mesh.of(newChart())).not.toBe(Mesh.of(c));
});

test('services by name have its domains, unless they say others', () => {
  const c = chartWith({ clusterDomain: 'corp.internal', trustDomain: 'corp' });
  const far = MeshService.fromName({ name: 'far', namespace: 'away' });
  const other = MeshService.fromName({ name: 'other', namespace: 'away', clusterDomain: 'x.internal', trustDomain: 'x' });
  service(c, 'Api', { calls: [far, other], allowFrom: [far, other] });
  expect(object(c, 'Sidecar', 'api').spec.egress[0].hosts).toEqual([
    'away/far.away.svc.corp.internal',
    'away/other.away.svc.x.internal',
    'istio-system/*',
  ]);
  expect(object(c, 'AuthorizationPolicy', 'api').spec.rules[0].from[0].source.principals).toEqual([
    'corp/ns/away/sa/far',
    'x/ns/away/sa/other',
  ]);
});

test('one reference serves two apps', () => {
  const far = MeshService.fromName({ name: 'far', namespace: 'away' });
  for (const trustDomain of ['one', 'two']) {
    const c = chartWith({ trustDomain });
    service(c, 'Api', { allowFrom: [far] });
    expect(object(c, 'AuthorizationPolicy', 'api').spec.rules[0].from[0].source.principals).toEqual([
      `${trustDomain}/ns/away/sa/far`,
    ]);
  }
});

test('providers and the root namespace can be reached from every service', () => {
  const c = chartWith({ rootNamespace: 'mesh', providers: ['observability/*'] });
  new SecureNamespace(c, 'Namespace');
  service(c, 'Api');
  expect(object(c, 'Sidecar', 'api').spec.egress[0].hosts).toEqual(['mesh/*', 'observability/*']);
  expect(object(c, 'Sidecar', 'namespace-default').spec.egress[0].hosts).toEqual(['./*', 'mesh/*', 'observability/*']);
});

test("what the control plane's version lacks is refused", () => {
  const redirect = (c: Chart) => service(c, 'Api').answer('moved', { kind: 'redirect', prefix: '/new' }, path.startsWith('/old'));
  const atGateway = (c: Chart) =>
    new IngressGateway(c, 'Edge', { hosts: ['a.com'] }).redirect(path.startsWith('/old'), { prefix: '/new' });
  for (const make of [redirect, atGateway]) {
    expect(() => make(chartWith({ istioVersion: '1.30' }))).toThrow(
      /prefix of redirect ".*" needs Istio 1\.31, and the Mesh says 1\.30, whose API server would drop it/,
    );
    expect(() => make(chartWith({ istioVersion: '1.31' }))).not.toThrow();
  }
});

test('it comes first: what is there has taken the defaults', () => {
  const c = newChart();
  new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x' } } });
  expect(() => new Mesh(c.node.root as App, 'Mesh')).toThrow(
    '"Mesh" comes too late: constructs before it have taken the defaults',
  );
});

test('what an installation that differs in everything changes in the YAML', () => {
  const c = chartWith({
    clusterDomain: 'corp.internal',
    trustDomain: 'corp',
    rootNamespace: 'mesh',
    revision: 'canary',
    ingress: { namespace: 'edge', labels: { gateway: 'public' }, serviceAccount: 'public' },
    providers: ['observability/*'],
  });
  new SecureNamespace(c, 'Namespace');
  const web = service(c, 'Web', { calls: [] });
  new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] }).route(path.prefix('/'), web);
  expect(yamlOf(c, 'Namespace', 'Gateway', 'VirtualService', 'AuthorizationPolicy', 'Sidecar')).toMatchSnapshot();
});

test('tests of traffic know the gateway and the domains that the Mesh says', () => {
  const c = chartWith({
    clusterDomain: 'corp.internal',
    trustDomain: 'corp',
    rootNamespace: 'mesh',
    ingress: { namespace: 'edge', labels: { gateway: 'public' }, serviceAccount: 'public' },
  });
  new SecureNamespace(c, 'Namespace');
  const web = service(c, 'Web', { calls: [] });
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] }).route(path.prefix('/'), web);
  const t = meshOf(c.node.root as App).request({ from: edge, to: 'shop.example.com' });
  expect(t).toReach(web);
  expect(t.client.principal).toBe('corp/ns/edge/sa/public');
});

test('what MeshConfig says counts in tests of traffic and in checks', () => {
  const asked = (mode: string) => {
    const c = chartWith({ meshConfig: { outboundTrafficPolicy: { mode } } });
    service(c, 'Api', { calls: undefined });
    return meshOf(c).request({ from: 'shop/api@v1', to: 'nobody.example.com', acceptDoubts: true }).endings[0]!.status;
  };
  expect([asked('ALLOW_ANY'), asked('REGISTRY_ONLY')]).toEqual([200, 502]);
});

test('namespaces join the mesh as it says, unless they say otherwise', () => {
  const labels = (o: object) => {
    const c = chartWith({ dataPlane: 'ambient' });
    new SecureNamespace(c, 'Namespace', o);
    return object(c, 'Namespace', 'shop').metadata.labels;
  };
  expect(labels({})).toEqual({ 'istio.io/dataplane-mode': 'ambient' });
  expect(labels({ dataPlane: 'sidecar' })).toEqual({ 'istio-injection': 'enabled' });
});

test('what it says is checked', () => {
  expect(() => chartWith({ dataPlane: 'ambiant' as 'ambient' })).toThrow(/dataPlane of "Mesh" is "ambiant"/);
  expect(() => chartWith({ meshConfig: { trustDomain: 'x' } })).toThrow(
    /has trustDomain, which is a property of the Mesh itself/,
  );
});
