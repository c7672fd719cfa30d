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
  const pods = `${deployment('shop', '', ' app: web ')}---\n`;
  expect(found(pods + policy('istio-system', ', app: typo'), 'policy-selects-no-pod')).toEqual([
    expect.stringMatching(/^warning: /),
  ]);
  expect(found(pods + policy('shop'), 'policy-selects-no-pod')).toEqual([expect.stringMatching(/^warning: /)]);
});

const deployment = (namespace: string, annotations: string, labels: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace} }
spec:
  selector: { matchLabels: {${labels}} }
  template:
    metadata: { labels: {${labels}}, annotations: {${annotations}} }
    spec: { containers: [{ name: web, image: web:1, ports: [{ containerPort: 80 }] }] }
`;
const policyOf = (spec: string) => `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p, namespace: shop }
spec: ${spec}
`;

test('policies that are kept apart from workloads are worth knowing, no more', () => {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { istio-injection: enabled } }\n---\n';
  const severities = (text: string) => found(text, 'policy-selects-no-pod').map((f) => f.split(':')[0]);
  expect(severities(policyOf('{}'))).toEqual(['info']);
  expect(severities(policyOf('{ selector: { matchLabels: { app: web } } }'))).toEqual(['info']);
  // who writes the Namespace beside it says what is in it
  expect(severities(namespace + policyOf('{}'))).toEqual(['warning']);
  expect(
    severities(
      `${namespace}${deployment('shop', '', ' app: api ')}---${policyOf('{ selector: { matchLabels: { app: web } } }')}`,
    ),
  ).toEqual(['warning']);
});

test('a policy of a waypoint or a gateway selects no pods', () => {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\n';
  const to = (kind: string) => policyOf(`{ targetRefs: [{ group: "", kind: ${kind}, name: web }], rules: [{}] }`);
  for (const kind of ['Service', 'ServiceEntry', 'Gateway'])
    expect(found(namespace + to(kind), 'policy-selects-no-pod')).toEqual([]);
});

test('a RequestAuthentication may live elsewhere where none is among the manifests', () => {
  const asks = policyOf(
    '{ selector: { matchLabels: { app: web } }, rules: [{ from: [{ source: { requestPrincipals: ["*"] } }] }] }',
  );
  const looks = (app: string) => `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: r, namespace: shop }
spec: { selector: { matchLabels: { app: ${app} } }, jwtRules: [{ issuer: "https://a.example", jwksUri: "https://a.example/keys" }] }
`;
  const severities = (...objects: string[]) => {
    const all = [deployment('shop', '', ' app: web '), asks, ...objects].join('---');
    return found(all, 'token-never-looked-at').map((f) => f.split(':')[0]);
  };
  expect(severities()).toEqual(['warning']);
  expect(severities(looks('other'))).toEqual(['error']);
  expect(severities(looks('web'))).toEqual([]);
});

test('the metadata of a cloud is no host of the mesh', () => {
  const past = (ranges: string) =>
    found(
      deployment('shop', `traffic.sidecar.istio.io/excludeOutboundIPRanges: "${ranges}"`, ' app: web '),
      'outbound-past-the-proxy',
    );
  expect(past('169.254.169.254/32')).toEqual([]);
  expect(past('169.254.0.0/16, 169.254.170.2')).toEqual([]);
  expect(past('169.0.0.0/8')).toEqual(['warning: calls to 169.0.0.0/8 go past the proxy, whatever rules say']);
  expect(past('169.254.169.254/32,10.0.0.0/8')).toEqual(['warning: calls to 10.0.0.0/8 go past the proxy, whatever rules say']);
  expect(past('169.254.1.1/0')).toEqual([
    'error: all that the pod calls goes past its proxy, in plain text and whatever rules say',
  ]);
});

test('a route that is attached to a Service leads into another namespace without a ReferenceGrant', () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: shop }\nspec: { ports: [{ name: http, port: 80 }] }\n';
  const route = (parents: string, kind = 'HTTPRoute') => `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: r, namespace: client }
spec:
  parentRefs: [${parents}]
  rules: [{ backendRefs: [{ name: web, namespace: shop, port: 80 }] }]
`;
  const mesh = '{ group: "", kind: Service, name: web, namespace: shop }';
  const refused = (parents: string, kind?: string) => found(`${service}---${route(parents, kind)}`, 'route-backend-unknown');
  for (const kind of ['HTTPRoute', 'GRPCRoute']) {
    expect(refused(mesh, kind)).toEqual([]);
    const says = `error: ${kind} "r" of namespace "client" may not lead to Service "web" of namespace "shop"`;
    expect(refused('{ name: public }', kind)).toEqual([says]);
    expect(refused(`${mesh}, { name: public }`, kind)).toEqual([says]);
  }
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
