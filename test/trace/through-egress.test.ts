import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { helloTo, requestTo } from '../../src/trace/request';
import { endingLine, traceText } from '../../src/trace/steps-text';

// hand-written, as Istio's task "Egress Gateways" has it, with connections that are wrapped in the mesh's mutual TLS
const deployment = (name: string, namespace: string, labels: string, annotations = '') => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { ${labels} }, annotations: { ${annotations} } }
    spec: { serviceAccountName: ${name}, containers: [{ name: a, image: auto }] }
`;
const outside = (name: string, host: string, port: number, protocol: string, section: string) => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: shop }
spec: { hosts: [${host}], location: MESH_EXTERNAL, resolution: DNS, ports: [{ number: ${port}, name: p, protocol: ${protocol} }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: [${host}]
  ${section}: [{ ${section === 'tls' ? `match: [{ port: ${port}, sniHosts: [${host}] }], ` : ''}route: [{ destination: { host: egress.out.svc.cluster.local, subset: ${name}, port: { number: 443 } } }] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: out-${name}, namespace: out }
spec: { hosts: [${host}], gateways: [egress], ${section === 'tls' ? 'tcp' : section}: [{ route: [{ destination: { host: ${host}, port: { number: ${port} } } }] }] }
`;
const mesh = (mode = 'ISTIO_MUTUAL') => `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
${deployment('egress', 'out', 'istio: egress', 'inject.istio.io/templates: gateway')}---
apiVersion: v1
kind: Service
metadata: { name: egress, namespace: out }
spec: { selector: { istio: egress }, ports: [{ name: https, port: 443, targetPort: 8443 }] }
${deployment('web', 'shop', 'app: web')}${deployment('page', 'shop', 'app: page')}---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: egress, namespace: out }
spec:
  selector: { istio: egress }
  servers:
    - { hosts: [api.example.com], port: { number: 443, name: https, protocol: HTTPS }, tls: { mode: ISTIO_MUTUAL } }
    - { hosts: [pay.example.com], port: { number: 443, name: tls, protocol: TLS }, tls: { mode: ISTIO_MUTUAL } }
${outside('api', 'api.example.com', 80, 'HTTP', 'http')}${outside('pay', 'pay.example.com', 443, 'TLS', 'tls')}---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: egress, namespace: out }
spec:
  host: egress.out.svc.cluster.local
  subsets:
    - { name: api, trafficPolicy: { tls: { mode: ${mode}, sni: api.example.com } } }
    - { name: pay, trafficPolicy: { tls: { mode: ${mode}, sni: pay.example.com } } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: callers, namespace: out }
spec:
  selector: { matchLabels: { istio: egress } }
  rules:
    - from: [{ source: { principals: [cluster.local/ns/shop/sa/web] } }]
      to: [{ operation: { hosts: [api.example.com] } }]
    - from: [{ source: { principals: [cluster.local/ns/shop/sa/web] } }]
      when: [{ key: connection.sni, values: [pay.example.com] }]
`;
const asked = (from: string, host: string, yaml = mesh()) => {
  const model = new MeshModel(parseManifests(yaml, 'x').manifests);
  const how = host.startsWith('pay') ? helloTo(host) : {};
  return trace(model, findClient(model, from), requestTo(host, host.startsWith('pay') ? 443 : 80, how));
};
const ends = (...a: Parameters<typeof asked>) => asked(...a).endings.map((e) => endingLine(e).trim());

describe('on the way out through a gateway that takes mutual TLS', () => {
  test('its server is chosen by the name that the DestinationRule says, and its policies know who asks', () => {
    expect(ends('shop/web', 'api.example.com')).toEqual(['100 %  200  api.example.com:80']);
    expect(ends('shop/page', 'api.example.com')).toEqual([expect.stringMatching(/403 .*out\/egress .*no rule allows it/)]);
    expect(traceText(asked('shop/web', 'api.example.com'))).toMatch(/at out\/egress {2}by mutual TLS/);
  });

  test('connections are unwrapped, and go on as the application began them', () => {
    expect(ends('shop/web', 'pay.example.com')).toEqual(['100 %  connected  pay.example.com:443']);
    expect(ends('shop/page', 'pay.example.com')).toEqual([expect.stringMatching(/closed .*out\/egress/)]);
  });

  test('who shows no certificate of the mesh does not get in', () => {
    expect(ends('shop/web', 'api.example.com', mesh('SIMPLE'))).toEqual([
      expect.stringMatching(/503 UF .*takes mutual TLS of the mesh alone/),
    ]);
    expect(ends('shop/web', 'pay.example.com', mesh('SIMPLE'))).toEqual([
      expect.stringMatching(/closed .*mutual TLS of the mesh/),
    ]);
  });
});
