import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo } from '../../src/trace/request';
import { endingLine, traceText } from '../../src/trace/steps-text';

const deployment = (name: string, annotations: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    metadata: { labels: { app: ${name} }, annotations: { ${annotations} } }
    spec: { containers: [{ name: a, image: a }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
const STRICT = `---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: shop }
spec: { mtls: { mode: STRICT } }
`;
/** From `page` to `web`, with annotations of their pods. */
const ask = (page: string, web: string, from = 'shop/page') => {
  const model = new MeshModel(parseManifests(deployment('page', page) + deployment('web', web) + STRICT, 'x').manifests);
  return trace(model, findClient(model, from), requestTo('web.shop', 80));
};
const ends = (...args: Parameters<typeof ask>) => ask(...args).endings.map((e) => endingLine(e).trim());

const PREFIX = 'traffic.sidecar.istio.io';
const ARRIVES = ['100 %  200  shop/web'];
const REFUSED = ['100 %  503 UF  shop/web  mutual TLS is spoken to a port past the sidecar'];

describe('what comes to a pod', () => {
  test.each([
    [`${PREFIX}/excludeInboundPorts: "9,8080"`, REFUSED],
    [`${PREFIX}/includeInboundPorts: "9"`, REFUSED],
    [`${PREFIX}/includeInboundPorts: ""`, REFUSED],
    [`${PREFIX}/includeInboundPorts: "9, 8080", ${PREFIX}/excludeInboundPorts: "8080"`, ARRIVES],
    [`${PREFIX}/excludeInboundPorts: "80"`, ARRIVES],
  ])('%s', (web, said) => expect(ends('', web)).toEqual(said));

  test('past the sidecar there is no STRICT', () => {
    expect(ends('', '', 'outside')).toEqual([expect.stringContaining('closed')]);
    expect(ends('', `${PREFIX}/excludeInboundPorts: "8080"`, 'outside')).toEqual(ARRIVES);
    expect(traceText(ask('', `${PREFIX}/excludeInboundPorts: "8080"`, 'outside'))).toContain(
      `at shop/web  in plain text
  > connections to port 8080 go past its sidecar
      Deployment shop/web spec.template.metadata.annotations["traffic.sidecar.istio.io/excludeInboundPorts"]  x:20:`,
    );
  });
});

describe('what a pod sends', () => {
  const CLOSED = [expect.stringContaining('closed')];
  test.each([
    [`${PREFIX}/excludeOutboundPorts: "80"`, CLOSED],
    [`${PREFIX}/includeOutboundIPRanges: ""`, CLOSED],
    [`${PREFIX}/includeOutboundIPRanges: "", ${PREFIX}/includeOutboundPorts: "80"`, ARRIVES],
    [`${PREFIX}/excludeOutboundPorts: "8080"`, ARRIVES],
  ])('%s', (page, said) => expect(ends(page, '')).toEqual(said));

  test('the annotation is said', () => {
    expect(traceText(ask(`${PREFIX}/excludeOutboundPorts: "80"`, ''))).toContain(
      `at the client's proxy
  > connections to port 80 go past it
      Deployment shop/page spec.template.metadata.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"]  x:7:`,
    );
  });
});

test.each([
  ['the client', `${PREFIX}/includeOutboundIPRanges: 10.0.0.0/8`, '', 'includeOutboundIPRanges: "10.0.0.0/8" may send'],
  ['the client', `${PREFIX}/excludeOutboundIPRanges: 10.0.0.0/8`, '', 'excludeOutboundIPRanges: "10.0.0.0/8" may send'],
  ['the client', 'sidecar.istio.io/interceptionMode: NONE', '', 'sidecar.istio.io/interceptionMode: "NONE" may send'],
  ['who is asked', '', 'sidecar.istio.io/interceptionMode: NONE', 'sidecar.istio.io/interceptionMode: "NONE" may send'],
])('what is not followed is said, of %s: %s%s', (_who, page, web, says) => {
  expect(ask(page, web).unknown.map((u) => u.reason)).toEqual([expect.stringContaining(says)]);
  expect(ask('', '').unknown).toEqual([]);
});

describe('a NetworkPolicy is not followed', () => {
  const policy = (spec: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: ${spec}
`;
  const unknown = (yaml: string, meshConfig = {}, host = 'web.shop') => {
    const all = deployment('page', '') + deployment('web', '') + policy(yaml);
    const model = new MeshModel(parseManifests(all, 'x').manifests, { meshConfig });
    return trace(model, findClient(model, 'shop/page'), requestTo(host, 80)).unknown.map((u) => u.reason);
  };
  const [TO, FROM] = ['to', 'from'].map((w) => `a NetworkPolicy may stop connections ${w} these pods`);
  test.each([
    ['{ podSelector: {} }', [TO]],
    ['{ podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress] }', [TO]],
    ['{ podSelector: { matchLabels: { app: page } }, policyTypes: [Ingress] }', []],
    ['{ podSelector: { matchLabels: { app: page } }, policyTypes: [Egress] }', [FROM]],
    ['{ podSelector: {}, policyTypes: [Egress, Ingress] }', [FROM, TO]],
    ['{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [web] }] } }', [TO]],
    ['{ podSelector: { matchExpressions: [{ key: app, operator: NotIn, values: [web] }] } }', []],
    ['{ podSelector: { matchExpressions: [{ key: app, operator: DoesNotExist }] } }', []],
    ['{ podSelector: { matchExpressions: [{ key: app, operator: Exists }] } }', [TO]],
  ])('%s', (spec, said) => expect(unknown(spec)).toEqual(said));

  test('and does not matter where the proxy lets nothing out', () => {
    const own = '{ podSelector: { matchLabels: { app: page } }, policyTypes: [Egress] }';
    const closed = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
    expect(unknown(own, closed, 'evil.example')).toEqual([]);
    expect(unknown(own, {}, 'evil.example')).toEqual([FROM]);
  });
});
