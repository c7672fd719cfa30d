import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { atStep } from '../../src/model/release-step';

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: podinfo, namespace: test }
spec:
  selector: { matchLabels: { app: podinfo } }
  template: { metadata: { labels: { app: podinfo, team: a } }, spec: { containers: [{ name: a, image: a }] } }
`;
const canary = (spec: string) => `${DEPLOYMENT}---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: test }
spec: ${spec}
`;
const read = (text: string) => parseManifests(text, 'a.yaml').manifests;
const model = (text: string) => new MeshModel(read(text));
const names = (m: MeshModel, kind: string) => m.of(kind).map((c) => c.name);
const SPEC =
  '{ targetRef: { kind: Deployment, name: podinfo }, service: { port: 9898 }, analysis: { stepWeight: 20, maxWeight: 50 } }';

test('what Flagger makes of a Canary stands where the Canary does', () => {
  const m = model(canary(SPEC));
  expect(names(m, 'Service')).toEqual(['podinfo', 'podinfo-primary', 'podinfo-canary']);
  expect(names(m, 'DestinationRule')).toEqual(['podinfo-canary', 'podinfo-primary']);
  expect(m.workloads.map((w) => [w.config.name, w.labels.app, w.labels.team])).toEqual([
    ['podinfo', 'podinfo', 'a'],
    ['podinfo-primary', 'podinfo-primary', 'a'],
  ]);
  const [vs] = m.of('VirtualService');
  expect(vs!.spec).toEqual({
    hosts: ['podinfo'],
    gateways: ['mesh'],
    http: [
      {
        route: [
          { destination: { host: 'podinfo-primary' }, weight: 100 },
          { destination: { host: 'podinfo-canary' }, weight: 0 },
        ],
      },
    ],
  });
  expect(vs!.manifest.place()).toMatchObject({ file: 'a.yaml' });
});

test('what is there is taken as it is: a cluster has the live weights', () => {
  const live = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: podinfo, namespace: test }
spec: { hosts: [podinfo], http: [{ route: [{ destination: { host: podinfo-primary }, weight: 75 }, { destination: { host: podinfo-canary }, weight: 25 }] }] }
`;
  const [vs, ...others] = model(`${canary(SPEC)}---${live}`).of('VirtualService');
  expect(others).toEqual([]);
  expect(vs!.spec.http[0].route[0].weight).toBe(75);
});

test('hosts, gateways, ports and conditions as Flagger writes them', () => {
  const http = (service: string, analysis = '{}') =>
    model(canary(`{ targetRef: { name: podinfo }, service: ${service}, analysis: ${analysis} }`)).of('VirtualService')[0]!.spec;
  expect(http('{ port: 80, name: web, hosts: [a.com], gateways: [istio/edge], portDiscovery: true }')).toMatchObject({
    hosts: ['a.com', 'web'],
    gateways: ['istio/edge'],
    http: [{ route: [{ destination: { host: 'web-primary', port: { number: 80 } } }, {}] }],
  });
  const { hosts, gateways } = http('{ port: 80, delegation: true }');
  expect([hosts, gateways]).toEqual([undefined, undefined]);
  expect(http('{ port: 80, appProtocol: tcp }').tcp[0].route).toHaveLength(2);
  expect(
    http('{ port: 80, match: [{ uri: { prefix: /a } }] }', '{ iterations: 3, match: [{ headers: { x: { exact: "1" } } }] }').http,
  ).toMatchObject([
    { match: [{ uri: { prefix: '/a' }, headers: { x: { exact: '1' } } }] },
    { match: [{ uri: { prefix: '/a' } }], route: [{ destination: { host: 'podinfo-primary' } }] },
  ]);
});

test('steps by a width go to the most that is said', () => {
  const weights = (step: number) => {
    const vs = atStep(read(canary(SPEC)), 'test/podinfo', step).find((m) => m.kind === 'VirtualService')!;
    return vs.object.spec.http[0].route.map((r: any) => r.weight);
  };
  expect([0, 1, 2].map(weights)).toEqual([
    [80, 20],
    [60, 40],
    [40, 60],
  ]);
  expect(() => weights(3)).toThrow('Canary "test/podinfo" has 3 steps, counted from 0: there is no step 3');
});

test.each([
  'null',
  '{}',
  '{ targetRef: { name: podinfo } }',
  '{ targetRef: { name: 3 }, service: { port: 80 } }',
  '{ targetRef: { name: podinfo }, service: { port: x } }',
  '{ targetRef: { name: podinfo }, service: { port: 80, match: all } }',
  '{ targetRef: { name: podinfo }, service: { port: 80, hosts: [1] } }',
  '{ provider: linkerd, targetRef: { name: podinfo }, service: { port: 80 } }',
])('a Canary that is %s makes nothing', (spec) => {
  const m = model(canary(spec));
  expect([names(m, 'Service'), names(m, 'VirtualService')]).toEqual([[], []]);
});
