import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { PLAIN_ALPN, requestTo, type TraceRequest } from '../../src/trace/request';
import { endingLine } from '../../src/trace/steps-text';

// Connections that a gateway does not look into: whether it ends their TLS, and what comes to the pods inside of the mesh's own.

const PASSED = 'tls: {mode: PASSTHROUGH}';
const ENDED = 'tls: {mode: SIMPLE, credentialName: c}';

interface Case {
  /** The server's TLS; none for TCP. */
  readonly server?: string;
  readonly port?: string;
  readonly client?: 'ISTIO_MUTUAL' | 'DISABLE';
  readonly peers?: string;
}

const mesh = ({ server, port = 'http', client = 'ISTIO_MUTUAL', peers = 'STRICT' }: Case): MeshModel => {
  const route = '[{destination: {host: web.a.svc.cluster.local}}]';
  const rules = server === PASSED ? `tls: [{match: [{sniHosts: [z.com]}], route: ${route}}]` : `tcp: [{route: ${route}}]`;
  return new MeshModel(
    parseManifests(
      `apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {selector: {app: web}, ports: [{name: ${port}, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-v1, namespace: a}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress, namespace: istio-system}
spec: {template: {metadata: {labels: {istio: ingressgateway}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: a}
spec: {host: web.a.svc.cluster.local, trafficPolicy: {tls: {mode: ${client}}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: a}
spec: {mtls: {mode: ${peers}}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: a}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 8443, name: p, protocol: ${server ? 'TLS' : 'TCP'}}, hosts: [z.com], ${server ?? ''}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: a}
spec: {hosts: [z.com], gateways: [g], ${rules}}
`,
      'mesh.yaml',
    ).manifests,
  );
};

const TLS = { tls: true, sni: 'z.com', alpn: PLAIN_ALPN };
const BYTES = { alpn: [] };

test.each<[string, Case, Partial<TraceRequest>, RegExp]>([
  ['TLS that is passed on comes to a port of HTTP as it is', { server: PASSED }, TLS, /closed .*speaks HTTP, and the client TLS/],
  [
    'also where the port takes plain text',
    { server: PASSED, client: 'DISABLE', peers: 'DISABLE' },
    TLS,
    /closed .*takes no mutual TLS/,
  ],
  ['to a port of TCP it is passed on', { server: PASSED, port: 'tcp' }, TLS, /connected {2}a\/web-v1/],
  ['TLS that ends at the gateway is plain text behind it', { server: ENDED }, TLS, /200 {2}a\/web-v1/],
  [
    'which a port that takes plain text takes',
    { server: ENDED, client: 'DISABLE', peers: 'PERMISSIVE' },
    TLS,
    /200 {2}a\/web-v1/,
  ],
  ['and one that takes mutual TLS alone does not', { server: ENDED, client: 'DISABLE' }, TLS, /closed .*takes mutual TLS alone/],
  ['HTTP/2 inside, too', { server: ENDED }, { ...TLS, alpn: ['h2', 'http/1.1'] }, /200 {2}a\/web-v1/],
  ['bytes are no HTTP, inside as outside', {}, BYTES, /400 {2}a\/web-v1/],
  ['HTTP is', {}, {}, /200 {2}a\/web-v1/],
])('%s', (_, given, request, expected) => {
  const model = mesh(given);
  const { endings } = trace(model, findClient(model, 'gateway:a/g'), requestTo('z.com', 8443, request));
  expect(endings.map((e) => endingLine(e).trim())).toEqual([expect.stringMatching(expected)]);
});
