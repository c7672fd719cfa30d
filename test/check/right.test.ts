import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';

// What people write rightly, and was found fault with.
const found = (text: string, rule: string) =>
  check(parseManifests(text, 'mesh.yaml'))
    .diagnostics.filter((d) => d.rule === rule)
    .map((d) => `${d.severity}: ${d.message}`);

const gatewayPods = (container: string) => `
apiVersion: v1
kind: Service
metadata: { name: local, namespace: istio-system }
spec: { selector: { istio: own }, ports: [{ name: http2, port: 80, targetPort: 8081 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: own, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: own } }
  template:
    metadata: { labels: { istio: own } }
    spec: { containers: [${container}] }
`;

test('a gateway as Istio renders it listens where Gateways say, whatever its container declares', () => {
  const proxy = '{ name: istio-proxy, image: istio/proxyv2, ports: [{ containerPort: 15090, name: http-envoy-prom }] }';
  expect(found(gatewayPods(proxy), 'target-port-not-exposed')).toEqual([]);
  // a sidecar that is in the file has no ports of the workload's
  expect(found(gatewayPods(`{ name: app, image: app }, ${proxy}`), 'target-port-not-exposed')).toEqual([]);
  expect(
    found(gatewayPods(`{ name: app, image: app, ports: [{ containerPort: 9 }] }, ${proxy}`), 'target-port-not-exposed'),
  ).toEqual([
    'warning: no container of the pods of Service "local" declares port 8081, and no Service leads to one that is declared',
  ]);
});

test("a policy for the gateway of Istio's own installation is worth knowing, no more", () => {
  const policy = (namespace: string, more = '') => `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p, namespace: ${namespace} }
spec: { selector: { matchLabels: { istio: ingressgateway${more} } }, rules: [{ to: [{ operation: { paths: [/a] } }] }] }
`;
  const says = 'no pod of the mesh that has a proxy has "istio=ingressgateway", so the policy guards nothing';
  expect(found(policy('istio-system'), 'policy-selects-no-pod')).toEqual([`info: ${says}`]);
  expect(found(policy('istio-system', ', app: typo'), 'policy-selects-no-pod')).toEqual([expect.stringMatching(/^warning: /)]);
  expect(found(policy('shop'), 'policy-selects-no-pod')).toEqual([expect.stringMatching(/^warning: /)]);
});

test('a wildcard DestinationRule with mutual TLS is found fault with where pods have no sidecar, and no other rule counts', () => {
  const namespace = (name: string, labels: string) => `apiVersion: v1
kind: Namespace
metadata: { name: ${name}, labels: { ${labels} } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${name} }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${name} }
spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: c }] } } }
`;
  const rule = (ns: string, host: string, mode: string) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${mode.toLowerCase().replace('_', '-')}, namespace: ${ns} }
spec: { host: "${host}", trafficPolicy: { tls: { mode: ${mode} } } }
`;
  const mesh = (...objects: string[]) =>
    found([namespace('shop', 'istio-injection: enabled'), ...objects].join('---\n'), 'tls-mode-not-taken');
  const wide = rule('istio-system', '*.local', 'ISTIO_MUTUAL');
  const old = namespace('legacy', 'istio-injection: disabled');
  const says = (others = '') => [
    `error: clients of "web.legacy.svc.cluster.local" speak mutual TLS, and Deployment legacy/web has no sidecar to take it${others}: 503`,
  ];
  expect(mesh(old, wide)).toEqual(says());
  expect(mesh(old, rule('istio-system', '*.legacy.svc.cluster.local', 'ISTIO_MUTUAL'))).toEqual(says());
  expect(mesh(old, namespace('other', 'istio-injection: disabled'), wide)).toEqual(says(', nor have those of 1 more'));
  expect(mesh(old, wide, rule('legacy', 'web.legacy.svc.cluster.local', 'DISABLE'))).toEqual([]);
  expect(mesh(wide)).toEqual([]);
  expect(mesh(namespace('legacy', 'istio.io/dataplane-mode: ambient'), wide)).toEqual([]);
});

test('a destination without a port is an error only where no request comes by a port that it has', () => {
  const mesh = (server: number, match = '') => `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }, { name: http-admin, port: 90 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: ${server}, name: http, protocol: HTTP }, hosts: [shop.example.com] }
    - { port: { number: 80, name: http-80, protocol: HTTP }, hosts: [shop.example.com] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: shop }
spec:
  hosts: [shop.example.com]
  gateways: [edge]
  http: [{ ${match} route: [{ destination: { host: web.shop.svc.cluster.local } }] }]
`;
  const says = 'the destination "web.shop.svc.cluster.local" says no port, and has 2';
  const rule = 'destination-port-required';
  expect(found(mesh(90), rule)).toEqual([`warning: ${says}`]);
  expect(found(mesh(8080), rule)).toEqual([`warning: ${says}, and not "8080", by which requests come as well: 503`]);
  expect(found(mesh(8080, 'match: [{ port: 8080 }],'), rule)).toEqual([
    `error: ${says}, but not "8080", by which all requests come: 503`,
  ]);
});

test('a load balancer that is lost for a port is told where it keeps clients at a pod', () => {
  const mesh = (loadBalancer: string) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: shop }
spec:
  host: web.example.com
  trafficPolicy: { loadBalancer: ${loadBalancer}, portLevelSettings: [{ port: { number: 443 }, tls: { mode: SIMPLE } }] }
`;
  expect(found(mesh('{ simple: RANDOM }'), 'port-setting-drops-policy')).toEqual([]);
  expect(found(mesh('{ consistentHash: { useSourceIp: true } }'), 'port-setting-drops-policy')).toHaveLength(1);
});
