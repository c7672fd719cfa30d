import { ApiObject, Chart, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { header, LoadBalancer, Mesh, MeshService, Port, SecureNamespace } from '../../src';
import { findings } from '../../src/routing/findings';
import { goes, newChart, object, service, yamlOf } from './support';

const image = { image: 'x:1' };

test('one version: a ServiceAccount, a Service and a Deployment, nothing else, nothing equal to a default', () => {
  const c = newChart();
  new MeshService(c, 'Ratings', { port: Port.http(9080), versions: { v1: { image: 'ratings:1' } } });
  expect(yamlOf(c)).toMatchSnapshot();
});

test('a workload with everything', () => {
  const c = newChart();
  const config = new kplus.ConfigMap(c, 'Config', { metadata: { name: 'config' }, data: { key: 'value' } });
  new MeshService(c, 'Full', {
    ports: [Port.grpc(9000, { target: 19000 }), Port.http(8080, { name: 'http-admin' }), Port.kafka(9092)],
    versions: {
      v1: {
        image: 'full:1',
        env: { PLAIN: 'text', FROM: kplus.EnvValue.fromConfigMap(config as never, 'key') },
        replicas: 3,
        minAvailable: '50%',
        resources: {
          cpu: { request: kplus.Cpu.millis(100) },
          memory: { request: Size.mebibytes(64), limit: Size.mebibytes(128) },
        },
        readiness: kplus.Probe.fromHttpGet('/ready', { port: 8080 }),
        volumeMounts: [{ path: '/config', volume: kplus.Volume.fromConfigMap(c, 'Volume', config as never) }],
        pullSecret: kplus.Secret.fromSecretName(c, 'Pull', 'pull'),
        podAnnotations: { note: 'x' },
        serviceAccount: 'own',
        callPolicy: { circuitBreaker: { maxConnections: 10 } },
      },
      v2: { image: 'full:2', autoscale: { min: 2, max: 5, cpu: 70 }, resources: { cpu: { request: kplus.Cpu.millis(100) } } },
    },
    defaultVersion: 'v1',
  });
  expect(yamlOf(c)).toMatchSnapshot();
});

test('policies stand at the level where they take effect', () => {
  const c = newChart();
  const http = Port.http(80);
  const web = new MeshService(c, 'Web', { port: http, versions: { v1: image }, calls: [] });
  const s = new MeshService(c, 'Api', {
    port: http,
    versions: { v1: { ...image, callPolicy: { loadBalancer: LoadBalancer.random } }, v2: image },
    defaultVersion: 'v1',
    callPolicy: {
      timeout: '2s',
      retries: { attempts: 3, perTryTimeout: '500ms', on: ['5xx', '429'], backoff: '50ms' },
      circuitBreaker: {
        maxConnections: 100,
        connectTimeout: '1s',
        maxPendingRequests: 10,
        eject: { after: 7, every: '5s', forAtLeast: '1m', atMost: 50 },
      },
      retryBudget: { percent: 20, minConcurrency: 3 },
      loadBalancer: LoadBalancer.consistentHash.header('x-user'),
    },
  });
  s.portPolicy(http, { circuitBreaker: { maxRequests: 5 } });
  s.callPolicyFrom(web, { timeout: '9s' });
  expect(yamlOf(c, 'VirtualService', 'DestinationRule')).toMatchSnapshot();
});

test("a policy for one caller of another namespace leaves that namespace's other workloads their rule", () => {
  const c = newChart();
  const other = new Chart(c.node.root as never, 'other', { namespace: 'other' });
  const web = new MeshService(other, 'Web', { port: Port.http(80), versions: { v1: image } });
  const api = new MeshService(c, 'Api', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
  api.callPolicyFrom(web, { loadBalancer: LoadBalancer.roundRobin });
  const rules = c.toJson().filter((o: any) => o.kind === 'DestinationRule');
  expect(
    rules.map((r: any) => [
      r.metadata.namespace,
      r.metadata.name,
      r.spec.workloadSelector !== undefined,
      r.spec.exportTo,
      r.spec.subsets.length,
    ]),
  ).toEqual([
    ['shop', 'api', false, undefined, 1],
    ['other', 'api-shop-from-web', true, ['.'], 1],
    ['other', 'api-shop', false, undefined, 1],
  ]);
});

test('with several HTTP ports a request keeps its port', () => {
  const c = newChart();
  const s = new MeshService(c, 'Two', {
    ports: [Port.http(80), Port.http(81, { name: 'http-b' })],
    versions: { v1: image, v2: image },
    defaultVersion: 'v1',
  });
  s.routeTo('v2', header('x').is('y'), 'chosen');
  for (const port of [80, 81]) {
    expect(goes(c, 'two', { port, headers: { x: 'y' } })).toBe('v2');
    const route = object(c, 'VirtualService', 'two').spec.http.filter((r: any) => r.match.some((m: any) => m.port === port));
    for (const r of route) expect(r.route[0].destination.port.number).toBe(port);
  }
});

test('declared calls give the allow at the callee and the Sidecar of the caller; not said gives neither', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const b = new MeshService(c, 'B', { port: Port.http(80), versions: { v1: image }, calls: [] });
  const a = new MeshService(c, 'A', { port: Port.http(80), versions: { v1: image } });
  expect(yamlOf(c, 'Sidecar')).not.toContain('app: a');
  a.mayCall(b, { methods: ['GET'], paths: ['/x/*'] });
  b.mayCall(a); // cycles exist
  expect(object(c, 'AuthorizationPolicy', 'b').spec.rules).toEqual([
    {
      from: [{ source: { principals: ['cluster.local/ns/shop/sa/a'] } }],
      to: [{ operation: { methods: ['GET'], paths: ['/x/*'] } }],
    },
  ]);
  expect(object(c, 'Sidecar', 'a').spec.egress[0].hosts).toEqual(['istio-system/*', 'shop/b.shop.svc.cluster.local']);
});

test('in an open namespace nothing is closed by a declared call; allowFrom closes', () => {
  const c = newChart();
  const b = new MeshService(c, 'B', { port: Port.http(80), versions: { v1: image }, calls: [] });
  new MeshService(c, 'A', { port: Port.http(80), versions: { v1: image }, calls: [b] });
  expect(yamlOf(c, 'AuthorizationPolicy')).toBe('');
  b.allowFrom(MeshService.fromName({ name: 'far', namespace: 'elsewhere' }));
  expect(object(c, 'AuthorizationPolicy', 'b').spec.rules[0].from[0].source.principals).toEqual([
    'cluster.local/ns/elsewhere/sa/far',
    'cluster.local/ns/shop/sa/a',
  ]);
});

test('what is made can be reached and changed', () => {
  const c = newChart();
  const s = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image } });
  ApiObject.of(s.version('v1').deployment).addJsonPatch(JsonPatch.add('/spec/template/spec/newField', true));
  s.version('v1').deployment.metadata.addAnnotation('owner', 'us');
  s.service.metadata.addLabel('tier', 'front');
  expect(object(c, 'Deployment', 'web-v1')).toMatchObject({
    metadata: { annotations: { owner: 'us' } },
    spec: { template: { spec: { newField: true } } },
  });
  expect(object(c, 'Service', 'web').metadata.labels.tier).toBe('front');
});

test('the Mesh decides suffix, identities and labels', () => {
  const c = newChart();
  new Mesh(c.node.root as never, 'Mesh', {
    clusterDomain: 'corp.internal',
    trustDomain: 'corp',
    revision: 'canary',
    rootNamespace: 'mesh',
  });
  new SecureNamespace(c, 'Namespace');
  const b = new MeshService(c, 'B', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1', calls: [] });
  new MeshService(c, 'A', { port: Port.http(80), versions: { v1: image }, calls: [b] });
  expect(object(c, 'VirtualService', 'b').spec.hosts).toEqual(['b.shop.svc.corp.internal']);
  expect(object(c, 'AuthorizationPolicy', 'b').spec.rules[0].from[0].source.principals).toEqual(['corp/ns/shop/sa/a']);
  expect(object(c, 'Namespace', 'shop').metadata).toEqual({ name: 'shop', labels: { 'istio.io/rev': 'canary' } });
  expect(object(c, 'Sidecar', 'a').spec.egress[0].hosts).toContain('mesh/*');
});

test('adopted: from names, and from objects', () => {
  const c = newChart();
  const named = MeshService.adopt(c, 'Legacy', {
    port: Port.http(80),
    versions: { blue: { slot: 'blue' }, green: { slot: 'green' } },
    defaultVersion: 'blue',
    podLabels: { run: 'legacy' },
  });
  named.routeTo('green', header('x').is('y'), 'try');
  expect(object(c, 'DestinationRule', 'legacy').spec.subsets).toEqual([
    { name: 'blue', labels: { slot: 'blue' } },
    { name: 'green', labels: { slot: 'green' } },
  ]);
  const deployment = new kplus.Deployment(c, 'D', { containers: [{ image: 'x', portNumber: 80 }] });
  const service = deployment.exposeViaService({ name: 'plus', ports: [{ port: 80, targetPort: 80, name: 'http' }] });
  const adopted = MeshService.adoptFrom(c, 'Plus', { from: c, name: service.name });
  expect([adopted.host, adopted.ports[0]!.protocol, adopted.versionNames]).toEqual([
    'plus.shop.svc.cluster.local',
    'http',
    ['v1'],
  ]);
  expect(c.toJson().filter((o: any) => o.kind === 'Service')).toHaveLength(1);
});

test('a service and a version may be called default, like objects that others make', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const labels = { version: 'default' };
  const d = MeshService.adopt(c, 'Default', {
    port: Port.http(80),
    podLabels: { app: 'default' },
    versions: { default: labels, v2: { version: 'v2' } },
    defaultVersion: 'default',
    calls: [],
    serviceAccount: 'mine',
  });
  new MeshService(c, 'Web', { port: Port.http(80), versions: { default: image }, calls: [d] });
  d.routeTo('v2', header('x').is('y'), 'chosen');
  expect(goes(c, 'default')).toBe('default');
  expect(goes(c, 'default', { headers: { x: 'y' } })).toBe('v2');
  expect(object(c, 'DestinationRule', 'default').spec.subsets).toContainEqual({ name: 'default', labels });
  expect(object(c, 'Sidecar', 'default').spec.workloadSelector).toEqual({ labels: { app: 'default' } });
  expect(object(c, 'Sidecar', 'namespace-default').spec.workloadSelector).toBeUndefined();
  expect(object(c, 'AuthorizationPolicy', 'default').spec.selector).toEqual({ matchLabels: { app: 'default' } });
  expect(object(c, 'AuthorizationPolicy', 'deny-by-default').spec).toEqual({});
  expect(object(c, 'Deployment', 'web-default').spec.selector.matchLabels).toEqual({ app: 'web', version: 'default' });
});

test('an order decides between routes of which neither includes the other', () => {
  const asked = { headers: { a: '1', b: '1' } };
  const decides = (order?: number) => {
    const c = newChart();
    const s = service(c, 'S');
    s.routeTo('v1', header('a').is('1'), 'a').routeTo('v2', header('b').is('1'), 'b', order === undefined ? {} : { order });
    return [goes(c, 's', asked), findings(s.routes.table(), { kind: 'mesh' }).map((f) => f.code)];
  };
  expect(decides()).toEqual(['v1', ['ordered-by-name']]);
  expect(decides(-1)).toEqual(['v2', []]);
  expect(decides(1)).toEqual(['v1', []]);
});
