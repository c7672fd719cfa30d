import { inNamespace } from '../../src/manifests/in-namespace';
import { parseManifests } from '../../src/manifests/parse';

const object = (apiVersion: string, kind: string, metadata = '', more = '') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a${metadata}}\n${more}`;
const placed = (...objects: string[]) =>
  inNamespace(parseManifests(objects.join('---\n'), 'a.yaml'), 'shop').manifests.map((m) => `${m.kind} ${m.namespace}`);

test('objects that say no namespace are in the one that is meant, others stay where they are', () => {
  expect(
    placed(
      object('v1', 'Service'),
      object('networking.istio.io/v1', 'VirtualService', ', namespace: ""'),
      object('apps/v1', 'Deployment', ', namespace: store'),
      object('networking.k8s.io/v1', 'Ingress'),
    ),
  ).toEqual(['Service shop', 'VirtualService shop', 'Deployment store', 'Ingress shop']);
});

test.each([
  ['v1', 'Namespace'],
  ['v1', 'PersistentVolume'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['gateway.networking.k8s.io/v1', 'GatewayClass'],
  ['networking.k8s.io/v1', 'IngressClass'],
])('%s %s is in none', (apiVersion, kind) => {
  expect(placed(object(apiVersion, kind))).toEqual([`${kind} `]);
});

test('a CustomResourceDefinition says whether its kind is in a namespace', () => {
  const crd = (kind: string, scope: string) =>
    object(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      '',
      `spec: {group: example.com, scope: ${scope}, names: {kind: ${kind}}}\n`,
    );
  expect(
    placed(
      object('example.com/v1', 'Zone'),
      object('example.com/v1', 'Room'),
      object('other.com/v1', 'Zone'),
      crd('Zone', 'Cluster'),
      crd('Room', 'Namespaced'),
    ),
  ).toEqual(['Zone ', 'Room shop', 'Zone shop', 'CustomResourceDefinition ', 'CustomResourceDefinition ']);
});

test('what has a value of a wrong type is placed too, and places and constructs stay', () => {
  const read = parseManifests(object('v1', 'Service', '', 'spec: {selector: 1}\n'), 'a.yaml');
  const { unreadable, manifests } = inNamespace(read, 'shop');
  expect([manifests.length, unreadable[0]!.manifest!.namespace]).toEqual([0, 'shop']);
  expect(unreadable[0]!.manifest!.place(['spec', 'selector'])).toMatchObject({ line: 4 });
});
