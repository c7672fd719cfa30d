import { parseManifests } from '../../src/manifests/parse';
import { endpointsOf } from '../../src/model/endpoints';
import { MeshModel } from '../../src/model/mesh-model';

const service = (more = '{ name: http, port: 80, targetPort: 8080 }', spec = '') => `
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { selector: { app: orders }, ports: [${more}]${spec} }
`;
const group = (spec: string, name = 'orders-vm') => `---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
`;
const entry = (spec: string, metadata = '') => `---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: m, namespace: shop${metadata} }
spec: ${spec}
`;
const GROUP = group('{ metadata: { labels: { app: orders } }, template: { serviceAccount: orders, ports: { http: 9000 } } }');

/** `address:port mtls`, as EDS has them. */
function endpoints(yaml: string, host = 'orders.shop.svc.cluster.local'): string[] {
  const model = new MeshModel(parseManifests(yaml, 'x').manifests);
  const of = model.services.find((s) => s.host === host)!;
  return endpointsOf(of, 80, model).map((e) => `${e.address}:${e.port}${e.mtls ? ' mtls' : ''}`);
}

describe('machines behind a Service', () => {
  test.each<[string, string, string[]]>([
    ['a group: one that registers itself, at the port that it says', service() + GROUP, ['10.244.0.2:9000 mtls']],
    ['an entry', service() + entry('{ address: 10.1.0.7, labels: { app: orders }, serviceAccount: a }'), ['10.1.0.7:8080 mtls']],
    ['without an account, in plain text', service() + entry('{ address: 10.1.0.7, labels: { app: orders } }'), ['10.1.0.7:8080']],
    [
      'a port by the name of the Service’s',
      service() + entry('{ address: 10.1.0.7, labels: { app: orders }, ports: { http: 1, other: 2 } }'),
      ['10.1.0.7:1'],
    ],
    [
      'a target that is a name is the machine’s',
      service('{ name: http, port: 80, targetPort: web }') +
        entry('{ address: 10.1.0.7, labels: { app: orders }, ports: { http: 1, web: 2 } }'),
      ['10.1.0.7:2'],
    ],
    [
      'or it has none',
      service('{ name: http, port: 80, targetPort: web }') +
        entry('{ address: 10.1.0.7, labels: { app: orders }, ports: { http: 1 } }'),
      [],
    ],
    ['an address that is a name is left out', service() + entry('{ address: a.example.com, labels: { app: orders } }'), []],
    ['a headless Service has none', service(undefined, ', clusterIP: None') + GROUP, []],
    [
      'those that registered count instead of their group',
      service() +
        GROUP +
        entry(
          '{ address: 10.1.0.7, labels: { app: orders }, serviceAccount: a }',
          ', annotations: { istio.io/autoRegistrationGroup: orders-vm }',
        ),
      ['10.1.0.7:8080 mtls'],
    ],
    [
      'so do those that are written with its labels',
      service() + GROUP + entry('{ address: 10.1.0.7, labels: { app: orders, rack: a } }'),
      ['10.1.0.7:8080'],
    ],
    [
      'not those of another group',
      service() +
        GROUP +
        entry('{ address: 10.1.0.7, labels: { app: else } }', ', annotations: { istio.io/autoRegistrationGroup: x }'),
      ['10.244.0.2:9000 mtls'],
    ],
    [
      'labels of the metadata hold before the template’s',
      service() + group('{ metadata: { labels: { app: orders } }, template: { labels: { app: else } } }'),
      ['10.244.0.2:8080'],
    ],
    [
      'a group without a template makes nothing else wrong',
      service() + group('{ metadata: { labels: { app: orders } } }'),
      ['10.244.0.2:8080'],
    ],
  ])('%s', (_, yaml, expected) => {
    expect(endpoints(yaml)).toEqual(expected);
  });

  test('a ServiceEntry of the mesh that chooses by labels has them, too', () => {
    const se = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: o, namespace: shop }
spec:
  hosts: [orders.corp]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP }]
  workloadSelector: { labels: { app: orders } }
`;
    expect(endpoints(se + GROUP, 'orders.corp')).toEqual(['10.244.0.2:9000 mtls']);
  });
});
