import { ANNOTATION_VALUES } from '../../src/check/annotation-values';
import { certificateValidity } from '../../src/check/certificate';
import { check } from '../../src/check/check';
import { resourceText } from '../../src/check/diagnostic';
import { HostIndex } from '../../src/check/host-index';
import { parseManifests } from '../../src/manifests/parse';
import { hostsMeet } from '../../src/model/host';

const object = (apiVersion: string, kind: string, name: string, rest: Record<string, unknown>, metadata = {}) => ({
  apiVersion,
  kind,
  metadata: { name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }), ...metadata },
  ...rest,
});
const istio = (group: string, kind: string, name: string, spec: object, metadata = {}) =>
  object(`${group}.istio.io/v1`, kind, name, { spec }, metadata);
const pod = (labels: object, extra: object = {}) =>
  object('apps/v1', 'Deployment', 'web', { spec: { template: { metadata: { labels, ...extra }, spec: { containers: [] } } } });

/** `IST0101 VirtualService shop/web`, of what is found. */
const found = (objects: readonly object[], code: string, meshConfig: Record<string, unknown> = {}): string[] =>
  check(parseManifests(objects.map((o) => JSON.stringify(o)).join('\n---\n'), 'mesh.yaml'), { meshConfig })
    .diagnostics.filter((d) => d.codes.includes(code))
    .map((d) => resourceText(d.resource!));

const gateway = (selector: object, name = 'gw') =>
  istio('networking', 'Gateway', name, { selector, servers: [{ port: { number: 80 }, hosts: ['*'] }] });

test('the gateway of the installation is there, unless MeshConfig switches ingress off', () => {
  expect(found([gateway({ istio: 'ingressgateway' })], 'IST0101')).toEqual([]);
  expect(found([gateway({ istio: 'ingressgateway' })], 'IST0101', { ingressControllerMode: 'OFF' })).toEqual(['Gateway shop/gw']);
  expect(found([gateway({ app: 'web' }), pod({ app: 'web' })], 'IST0101')).toEqual([]);
});

test('what is wrong about a pod of a template is told of the workload', () => {
  const injected = object('v1', 'Namespace', 'shop', {}, { labels: { 'istio-injection': 'enabled' } });
  expect(found([injected, pod({ 'sidecar.istio.io/inject': 'yes' })], 'IST0103')).toEqual(['Deployment shop/web']);
  expect(found([injected, pod({ 'sidecar.istio.io/inject': 'true' })], 'IST0103')).toEqual([]);
  expect(found([injected, pod({}, { annotations: { 'sidecar.istio.io/nothing': 'a' } })], 'IST0108')).toEqual([
    'Deployment shop/web',
  ]);
});

test('a VirtualService sees what is exported to it, and hosts of wildcards', () => {
  const entry = (hosts: string[], exportTo: string[] | undefined) => ({
    ...istio('networking', 'ServiceEntry', 'out', { hosts, exportTo, ports: [{ number: 80 }] }),
    metadata: { name: 'out', namespace: 'other' },
  });
  const route = istio('networking', 'VirtualService', 'vs', {
    hosts: ['a'],
    http: [{ route: [{ destination: { host: 'a.example.com' } }] }],
  });
  for (const [hosts, exportTo, is] of [
    [['a.example.com'], undefined, []],
    [['*.example.com'], undefined, []],
    [['a.example.com'], ['.'], ['VirtualService shop/vs']],
    [['a.example.com'], ['shop'], []],
    [['*.example.com'], ['.'], ['VirtualService shop/vs']],
    [['b.example.com'], ['*'], ['VirtualService shop/vs']],
  ] as [string[], string[] | undefined, string[]][])
    expect([hosts, exportTo, found([entry(hosts, exportTo), route], 'IST0101')]).toEqual([hosts, exportTo, is]);
});

test('hosts of an index are found as if each were looked at', () => {
  const hosts = ['*', 'a.b', '*.b', '*b', 'x.a.b', '*.a.b', '*-a.b', 'c', '*.c.a.b', 'b'];
  const index = new HostIndex(hosts);
  for (const h of [...hosts, '*.x', 'y.a.b', '*a.b', 'z'])
    expect([h, index.meeting(h).sort()]).toEqual([h, hosts.filter((o) => hostsMeet(o, h)).sort()]);
});

test.each([
  [
    'traffic.sidecar.istio.io/includeOutboundIPRanges',
    ['*', '10.0.0.0/8,fd00::/8', '::ffff:10.0.0.0/104', ''],
    ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8, 10.1.0.0/16', '01.0.0.0/8', '::1::/8'],
  ],
  ['traffic.sidecar.istio.io/excludeOutboundPorts', ['1, 2', ''], ['*', '1-2', '65536']],
  ['traffic.sidecar.istio.io/includeInboundPorts', ['*', '80'], ['80,']],
  ['sidecar.istio.io/proxyCPU', ['100m', '1.5', '1e3', '2Gi'], ['100 m', '1K', '']],
  ['proxy.istio.io/config', ['concurrency: 2', ''], ['{', '[]', 'text']],
  ['prometheus.istio.io/merge-metrics', ['T', 'false'], ['yes']],
] as [string, string[], string[]][])('values of %s', (name, right, wrong) => {
  const of = ANNOTATION_VALUES[name]!;
  for (const v of right) expect([v, of(v)]).toEqual([v, undefined]);
  for (const v of wrong) expect([v, typeof of(v)]).toEqual([v, 'string']);
});

test('what is no certificate has no dates', () => {
  for (const pem of [
    '',
    'a',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '-----BEGIN A-----\n\n-----END A-----',
  ])
    expect(certificateValidity(pem)).toBeUndefined();
});

test('two servers with hosts in common, of Gateways for the same pods', () => {
  const server = (port: number, ...hosts: string[]) => ({ port: { number: port }, hosts });
  const gw = (name: string, selector: object, ...servers: object[]) =>
    istio('networking', 'Gateway', name, { selector, servers });
  const istioSelector = { istio: 'ingressgateway' };
  expect(found([gw('a', istioSelector, server(80, 'x', 'y')), gw('b', istioSelector, server(80, 'y'))], 'IST0145')).toEqual([
    'Gateway shop/a',
    'Gateway shop/b',
  ]);
  expect(found([gw('a', istioSelector, server(80, 'y')), gw('b', istioSelector, server(81, 'y'))], 'IST0145')).toEqual([]);
  expect(found([gw('a', istioSelector, server(80, 'y')), gw('b', { app: 'web' }, server(80, 'y'))], 'IST0145')).toEqual([]);
  expect(found([gw('a', istioSelector, server(80, 'y')), gw('b', {}, server(80, 'y'))], 'IST0145')).toEqual([
    'Gateway shop/a',
    'Gateway shop/b',
  ]);
});
