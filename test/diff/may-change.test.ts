import { App, Chart } from 'cdk8s';
import { MeshService, Port, RateLimit } from '../../src';
import { deployment, istio, lines, type Obj, service } from './support';

// What the trace does not follow and may touch requests is told when it differs: an empty answer would be a promise.

const shop = [service('web'), deployment('web', 'v1'), deployment('page', 'v1')];
const object = (apiVersion: string, kind: string, spec: Obj): Obj => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'shop' },
  spec,
});
const pods = (annotations: Obj, more: Obj = {}): Obj => {
  const d = deployment('web', 'v1');
  return {
    ...d,
    spec: { template: { metadata: { ...d.spec.template.metadata, annotations }, spec: { ...d.spec.template.spec, ...more } } },
  };
};
const withPods = (annotations: Obj, more: Obj = {}) => [shop[0]!, pods(annotations, more), shop[2]!];

describe('an object that is not followed', () => {
  test.each([
    ['NetworkPolicy', object('networking.k8s.io/v1', 'NetworkPolicy', { podSelector: {}, policyTypes: ['Ingress'] })],
    ['Ingress', object('networking.k8s.io/v1', 'Ingress', { ingressClassName: 'istio' })],
    ['EnvoyFilter', istio('EnvoyFilter', 'x', { configPatches: [] })],
    ['HTTPRoute', object('gateway.networking.k8s.io/v1', 'HTTPRoute', { rules: [] })],
    ['ProxyConfig', object('networking.istio.io/v1beta1', 'ProxyConfig', { concurrency: 1 })],
    ['VirtualServce', istio('VirtualServce', 'x', { hosts: ['web'] })],
    ['CiliumNetworkPolicy', object('cilium.io/v2', 'CiliumNetworkPolicy', { endpointSelector: {} })],
    ['Canary', object('flagger.app/v1beta1', 'Canary', { targetRef: { name: 'web' } })],
  ])('%s', (kind, o) => {
    const says = (how: string) => [`${kind} shop/x ${how}, and may change requests: it is not understood here`];
    expect(lines(shop, [...shop, o])).toEqual(says('is new'));
    expect(lines([...shop, o], shop)).toEqual(says('is gone'));
    expect(lines([...shop, o], [...shop, { ...o, spec: { ...o.spec, more: 1 } }])).toEqual(says('differs'));
    expect(lines([...shop, o], [...shop, { ...o, spec: { ...o.spec } }])).toEqual([]);
    // as it is live, and as a file has it
    const annotated = (annotations: object) => ({ ...o, metadata: { ...o.metadata, annotations }, status: { loadBalancer: {} } });
    const copy = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'meta.helm.sh/release-name': 'web' };
    expect(lines([...shop, annotated(copy)], [...shop, o])).toEqual([]);
    expect(lines([...shop, annotated({ 'kubernetes.io/ingress.class': 'istio' })], [...shop, o])).toEqual(says('differs'));
  });

  test('limits of requests are told as what they are', () => {
    const c = new Chart(new App(), 'shop', { namespace: 'shop' });
    const target = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: { image: 'web:1' } } });
    new RateLimit(c, 'Limit', { target, local: { all: { requests: 1, per: 'second' } } });
    const o = c.toJson().find((x: any) => x.kind === 'EnvoyFilter');
    expect(lines(shop, [...shop, o])).toEqual([
      'EnvoyFilter shop/web-rate-limit is new, and may change requests: it limits how many get through',
    ]);
  });

  test.each([
    ['a kind of nobody here', object('cert-manager.io/v1', 'Certificate', { dnsNames: ['a.b'] })],
    ['Telemetry', object('telemetry.istio.io/v1', 'Telemetry', {})],
  ])('but not %s', (_name, o) => expect(lines(shop, [...shop, o])).toEqual([]));
});

describe('a field that is not followed', () => {
  test.each([
    [
      'ranges of addresses that go past the proxy',
      withPods({ 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.0.0.0/8' }),
    ],
    ['no interception', withPods({ 'sidecar.istio.io/interceptionMode': 'NONE' })],
    ["settings of the pod's proxy", withPods({ 'proxy.istio.io/config': '{}' })],
    [
      'keys that are elsewhere',
      [...shop, istio('RequestAuthentication', 'x', { jwtRules: [{ issuer: 'a', jwksUri: 'https://a' }] })],
    ],
    [
      'traffic that stays on its node',
      [{ ...shop[0]!, spec: { ...shop[0]!.spec, internalTrafficPolicy: 'Local' } }, shop[1]!, shop[2]!],
    ],
  ])('%s', (_name, now) => {
    expect(lines(shop, now)).toContainEqual(expect.stringMatching(/^(spec|metadata)\..* is new, and may change requests: /));
    expect(lines(now, shop)).toContainEqual(expect.stringMatching(/ is gone, and may change requests: /));
    expect(lines(now, now)).toEqual([]);
  });
});

test('what the server fills in moves no traffic', () => {
  const [service, ...others] = shop;
  const live = { ...service!, spec: { ...service!.spec, internalTrafficPolicy: 'Cluster' } };
  expect(lines([live, ...others], shop)).toEqual([]);
  expect(lines([live, ...others], others)).not.toContainEqual(expect.stringContaining('internalTrafficPolicy'));
});

describe('what goes past a proxy is followed', () => {
  const strict = istio('PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } });
  const old = [...shop, strict];
  test('to the pods', () => {
    expect(lines(old, [...withPods({ 'traffic.sidecar.istio.io/excludeInboundPorts': '80' }), strict])).toEqual(
      expect.arrayContaining([expect.stringMatching(/^outside -> web\.shop: closed.* -> 200/)]),
    );
  });
  test('from the pods, by each of a kind of clients', () => {
    const past = withPods({ 'traffic.sidecar.istio.io/excludeOutboundPorts': '80' });
    const found = lines(old, [...past, strict]);
    expect(found).toContainEqual(expect.stringMatching(/^shop\/web-v1 -> web\.shop: .*closed/));
    expect(found.filter((l) => !l.startsWith('shop/web-v1 ->'))).toEqual([]);
  });
  test("pods in the node's network", () => {
    expect(lines(old, [...withPods({}, { hostNetwork: true }), strict])).not.toEqual([]);
  });
});
