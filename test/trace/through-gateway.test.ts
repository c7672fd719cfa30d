import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo } from '../../src/trace/request';
import { endingLine, traceText } from '../../src/trace/steps-text';

const app = (name: string, namespace: string, labels: string, annotations = '') => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { ${labels} }, annotations: { ${annotations} } }
    spec: { containers: [{ name: a, image: auto }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { ${labels} }, ports: [{ name: http2, port: 80, targetPort: 8080 }] }
`;
const GATEWAY = 'inject.istio.io/templates: gateway';
const MESH = `${app('edge', 'edge', 'istio: edge', GATEWAY)}${app('web', 'shop', 'app: web')}${app('page', 'shop', 'app: page')}---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: g, namespace: shop }
spec: { selector: { istio: edge }, servers: [{ port: { number: 8080, name: http, protocol: HTTP }, hosts: ['*.example.com'] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: shop }
spec:
  hosts: [shop.example.com, round.example.com]
  gateways: [g]
  http:
    - match: [{ authority: { exact: round.example.com } }]
      route: [{ destination: { host: edge.edge.svc.cluster.local } }]
    - route: [{ destination: { host: web } }]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: shop }
spec: { mtls: { mode: STRICT } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: web, namespace: shop }
spec: { selector: { matchLabels: { app: web } }, rules: [{ from: [{ source: { namespaces: [edge] } }] }] }
`;
const model = new MeshModel(parseManifests(MESH, 'x').manifests);
const ask = (from: string, host: string) =>
  trace(model, findClient(model, from), {
    ...requestTo('edge.edge', 80),
    host,
    dialled: model.services.find((s) => s.name === 'edge')!.address,
  });
const ends = (from: string, host: string) => ask(from, host).endings.map((e) => endingLine(e).trim());

describe('the Service of a gateway', () => {
  test('the gateway routes, whoever asks', () => {
    const nobody = [expect.stringMatching(/^100 % {2}404 .*edge\/edge/)];
    expect(ends('outside', 'shop.example.com')).toEqual(['100 %  200  shop/web']);
    expect(ends('outside', 'other.example.com')).toEqual(nobody);
    expect(ends('shop/page', 'edge.edge')).toEqual(nobody);
  });

  test('each proxy says what it does', () => {
    const text = traceText(ask('outside', 'shop.example.com'));
    expect(text).toMatch(/at edge\/edge {2}in plain text\n {2}> .*shop\.example\.com/);
    expect(text).toMatch(/at shop\/web {2}by mutual TLS\n {2}> port 8080 is STRICT/);
  });

  test('its pods ask as a gateway', () => {
    expect(findClient(model, 'edge/edge')).toMatchObject({
      proxy: 'gateway',
      principal: 'cluster.local/ns/edge/sa/default',
    });
  });

  test('gateways that lead to each other end', () => {
    expect(ends('outside', 'round.example.com')).toEqual([expect.stringContaining('the request goes round')]);
  });
});
