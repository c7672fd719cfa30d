import { check } from '../../src/check/check';
import { candidates } from '../../src/check/hints';
import { parseManifests } from '../../src/manifests/parse';

test.each<[string, string[], string]>([
  ['reviwes', ['reviews'], 'did you mean "reviews"? it is the only one'],
  ['ratings', ['reviews-of-books'], 'there is only "reviews-of-books"'],
  ['reviwes', ['reviews', 'ratings'], 'did you mean "reviews"? there are "ratings", "reviews"'],
  ['a', [], ''],
])('candidates for %s among %j', (given, names, is) => {
  expect(candidates(given, names)).toBe(is);
});

const object = (apiVersion: string, kind: string, name: string, rest: object, labels: object = {}) =>
  JSON.stringify({
    apiVersion,
    kind,
    metadata: { name, labels, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }) },
    ...rest,
  });
const service = (port: object) =>
  object('v1', 'Service', 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 9080, ...port }] } });
const diagnostics = (id: string, ...objects: string[]) =>
  check(parseManifests(objects.join('\n---\n'), 'mesh.yaml')).diagnostics.filter((d) => d.id === id);

test.each<[object, string]>([
  [{ name: 'gprc' }, 'did you mean "grpc"?'],
  [{ name: 'gprc-api' }, 'did you mean "grpc-api"?'],
  [{ name: 'metrics' }, 'for HTTP, call it "http-metrics"'],
  [{ name: 'metrics', appProtocol: 'htpp' }, 'did you mean "http"?'],
  [{}, 'for HTTP, call it "http"'],
])('a port without protocol: %j', (port, hint) => {
  expect(diagnostics('MESH039', service(port)).map((d) => d.hint)).toEqual([hint]);
});

test('a short host is said in full, and meant as it is near', () => {
  const vs = object('networking.istio.io/v1', 'VirtualService', 'web', {
    spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'webb' } }] }] },
  });
  const [found] = diagnostics('MESH022', service({ name: 'http' }), vs);
  expect(found!.message).toContain('"webb" (webb.shop.svc.cluster.local)');
  expect(found!.hint).toBe('did you mean "web.shop.svc.cluster.local"?');
});

const deployment = (labels: object) =>
  object('apps/v1', 'Deployment', 'web', { spec: { template: { metadata: { labels: { app: 'web', ...labels } }, spec: {} } } });
const policy = object('security.istio.io/v1', 'AuthorizationPolicy', 'web', {
  spec: { selector: { matchLabels: { app: 'web' } }, action: 'DENY', rules: [{ to: [{ operation: { paths: ['/a'] } }] }] },
});
const off = { 'sidecar.istio.io/inject': 'false' };

test.each<[string, object, readonly object[], string, RegExp]>([
  ['a Namespace that is not there', {}, [], 'info', /Namespace "shop" is not among the manifests/],
  ['a pod that wants none, without Namespace', off, [], 'warning', /they say "sidecar.istio.io\/inject: false"/],
  ['a pod that wants none', off, [{ 'istio-injection': 'enabled' }], 'warning', /they say "sidecar.istio.io\/inject: false"/],
  ['a Namespace without injection', {}, [{}], 'warning', /see the labels of the namespace/],
  ['other pods', { app: 'other' }, [{ 'istio-injection': 'enabled' }], 'warning', /^select labels/],
])('why a policy guards nothing: %s', (_, labels, namespaces, severity, hint) => {
  const found = diagnostics(
    'MESH041',
    deployment(labels),
    policy,
    ...namespaces.map((l) => object('v1', 'Namespace', 'shop', {}, l)),
  );
  expect(found.map((d) => [d.severity, d.codes])).toEqual([[severity, ['IST0127', 'KIA0004']]]);
  expect(found[0]!.hint).toMatch(hint);
});
