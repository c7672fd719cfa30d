import { App, Chart } from 'cdk8s';
import { FaultInjection, IngressGateway, MeshService, Port, path, SecureNamespace } from '../../src';
import { readManifests } from '../../src/manifests/files';
import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { withAgeDoubts } from '../../src/trace/age-doubts';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { shareText } from '../../src/trace/fraction';
import { hops } from '../../src/trace/hops';
import type { TraceRequest } from '../../src/trace/request';
import { endingLine, traceText } from '../../src/trace/steps-text';
import { traceJson } from '../../src/trace/trace-json';

const bookinfo = new MeshModel(readManifests(['dist/bookinfo']).manifests);
const request = (o: Partial<TraceRequest>): TraceRequest => ({
  method: 'GET',
  path: '/',
  host: 'reviews',
  port: 9080,
  headers: {},
  tls: false,
  sni: undefined,
  alpn: ['http/1.1'],
  dialled: undefined,
  ...o,
});
const ends = (model: MeshModel, from: string, o: Partial<TraceRequest>) =>
  trace(model, findClient(model, from), request(o)).endings.map((e) => endingLine(e).trim());

describe('bookinfo', () => {
  test.each([
    ['jason', { headers: { 'end-user': ['jason'] } }, ['100 %  200  bookinfo/reviews-v2 (v2)']],
    ['everybody else', {}, ['90 %  200  bookinfo/reviews-v1 (v1)', '10 %  200  bookinfo/reviews-v2 (v2)']],
    [
      'alice',
      { headers: { 'end-user': ['alice'] } },
      [expect.stringMatching(/^100 % {2}500 FI {2}the proxy of .* a fault answers it/)],
    ],
    ['what is not declared', { host: 'ratings' }, [expect.stringMatching(/^100 % {2}502/)]],
  ])('%s', (_who, o, expected) => expect(ends(bookinfo, 'productpage', o)).toEqual(expected));

  test('a client without a proxy meets STRICT mutual TLS', () => {
    expect(ends(bookinfo, 'outside', { host: 'reviews.bookinfo' })).toEqual([
      expect.stringMatching(
        /^100 % {2}closed {2}bookinfo\/reviews-v1, bookinfo\/reviews-v2, bookinfo\/reviews-v3 .*takes mutual TLS alone/,
      ),
    ]);
  });

  test('each step names the field that decided, with its place', () => {
    const text = traceText(trace(bookinfo, findClient(bookinfo, 'bookinfo/productpage'), request({})));
    expect(text).toMatch(/VirtualService bookinfo\/reviews spec\.http\[2\] {2}dist\/bookinfo\/bookinfo\.k8s\.yaml:\d+:\d+/);
    expect(text).toMatch(/x "jason" header end-user is missing {2}VirtualService bookinfo\/reviews spec\.http\[0\]\.match\[0\]/);
    expect(text).toMatch(/a rule allows it\n {6}AuthorizationPolicy bookinfo\/reviews spec\.rules\[0\]/);
  });
});

describe('an app', () => {
  const image = { image: 'x:1' };
  const modelOf = (build: (c: Chart) => void) => {
    const app = new App();
    build(new Chart(app, 'shop', { namespace: 'shop' }));
    return new MeshModel(parseManifests(app.synthYaml(), 'app').manifests);
  };

  test('who is not allowed gets 403, and the answer says that nobody allows it', () => {
    const model = modelOf((c) => {
      new SecureNamespace(c, 'Namespace');
      const db = new MeshService(c, 'Db', { port: Port.http(80), versions: { v1: image }, calls: [] });
      new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image }, calls: [db] });
      new MeshService(c, 'Spy', { port: Port.http(80), versions: { v1: image } });
    });
    expect(ends(model, 'page', { host: 'db', port: 80 })).toEqual(['100 %  200  shop/db-v1']);
    expect(ends(model, 'spy', { host: 'db', port: 80 })).toEqual([
      expect.stringMatching(/^100 % {2}403 RBAC {2}shop\/db-v1 {2}no rule allows it/),
    ]);
  });

  test('a fault for a share, by a gateway: shares stay exact', () => {
    const model = modelOf((c) => {
      const web = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
      new FaultInjection(c, 'Chaos', { service: web, abort: { status: 503 }, percent: 12.5 });
      new IngressGateway(c, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/'), web);
    });
    expect(ends(model, 'gateway:shop/edge', { host: 'a.example.com', port: 80 })).toEqual([
      expect.stringMatching(/^12\.5 % {2}503 FI/),
      '87.5 %  200  shop/web-v1 (v1)',
    ]);
  });
});

describe('clients', () => {
  test.each([
    ['nobody', /there is no client "nobody": no name of the 7 workloads is near$/],
    ['prodctpage', /there is no client "prodctpage": did you mean bookinfo\/productpage-v1\?$/],
    [
      'shop/reviews',
      /no client "shop\/reviews": did you mean bookinfo\/reviews-v1, bookinfo\/reviews-v2, bookinfo\/reviews-v3\?$/,
    ],
    ['a/b', /there is no client "a\/b": no workload is in namespace "a", there are some in bookinfo$/],
    ['bokinfo/b', /no workload is in namespace "bokinfo" \(did you mean "bookinfo"\?\)$/],
    ['bookinfo/nobody', /there is no client "bookinfo\/nobody": namespace "bookinfo" has bookinfo\/details-v1, .* and \d+ more$/],
    ['reviews@v9', /there is no client "reviews@v9": it has the versions "v1", "v2", "v3"$/],
    [
      'bookinfo/review',
      /there is no client "bookinfo\/review": did you mean bookinfo\/reviews-v1, bookinfo\/reviews-v2, bookinfo\/reviews-v3\?/,
    ],
    ['reviews', /"reviews" is several workloads: say bookinfo\/reviews-v1 or bookinfo\/reviews-v2/],
    ['gateway:nope', /there is no Gateway "nope": there is bookinfo\/bookinfo/],
  ])('%s', (from, says) => expect(() => findClient(bookinfo, from)).toThrow(says));

  test.each([
    ['reviews@v2', 'bookinfo/reviews-v2'],
    ['bookinfo/reviews-v3', 'bookinfo/reviews-v3'],
    ['productpage', 'bookinfo/productpage-v1'],
  ])('%s', (from, name) => expect(findClient(bookinfo, from).name).toBe(name));
});

describe('hops', () => {
  const model = new MeshModel(readManifests(['dist/dev-environments']).manifests);
  const flow = (propagated: readonly string[]) =>
    hops(
      model,
      findClient(model, 'gateway:shop/shop'),
      request({ host: 'shop.example.com', port: 80, headers: { 'microservice-b-router': ['dev1'], other: ['x'] } }),
      [() => ({ host: 'microservice-b', port: 8080 })],
      propagated,
    ).map((h) => [shareText(h.share), h.lost.join(), h.trace.endings.map((e) => e.where).join()]);

  test.each([
    ['passed on', ['microservice-b-router'], ['100 %', 'other', 'shop/microservice-b-dev1']],
    ['passed on by its beginning', ['microservice-*', 'other'], ['100 %', '', 'shop/microservice-b-dev1']],
    ['lost', [], ['100 %', 'microservice-b-router,other', 'shop/microservice-b-v1']],
  ])('the header of an environment is %s', (_what, propagated, second) => {
    expect(flow(propagated)).toEqual([['100 %', '', 'shop/microservice-a-v1'], second]);
  });
});

describe('what is not understood is said, where it may matter', () => {
  const reasons = (more: string, from: string, o: Partial<TraceRequest>) => {
    const all = [...readManifests(['dist/bookinfo']).manifests, ...parseManifests(more, 'more.yaml').manifests];
    const m = new MeshModel(all, { meshConfig: {} });
    return trace(m, findClient(m, from), request(o)).unknown.map((u) => `${u.by?.manifest.kind} ${u.reason}`);
  };
  const object = (apiVersion: string, kind: string, spec: string, more = '') =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x, namespace: bookinfo${more}}\nspec: ${spec}\n`;

  test.each([
    [
      'an EnvoyFilter of the client',
      object('networking.istio.io/v1alpha3', 'EnvoyFilter', '{workloadSelector: {labels: {app: productpage}}}'),
      ['EnvoyFilter an EnvoyFilter changes what Envoy is told'],
    ],
    [
      'one of somebody else',
      object('networking.istio.io/v1alpha3', 'EnvoyFilter', '{workloadSelector: {labels: {app: details}}}'),
      [],
    ],
    [
      'a provider that decides at the server',
      object(
        'security.istio.io/v1',
        'AuthorizationPolicy',
        '{selector: {matchLabels: {app: reviews}}, action: CUSTOM, provider: {name: x}, rules: [{}]}',
      ),
      ['AuthorizationPolicy a provider outside decides who may'],
    ],
    [
      'the Gateway API',
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', '{}'),
      ['HTTPRoute routes of the Gateway API are not understood'],
    ],
    ['nothing', '', []],
  ])('%s', (_what, more, expected) => expect(reasons(more, 'productpage', {})).toEqual(expected));
});

test('a Service that is exported to nobody: the trace says that it does not know which pods a proxy knows', () => {
  const service = (name: string, more: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: shop${more} }\nspec: { selector: { app: web }, ports: [{ port: 80, name: http }] }\n---\n`;
  const route =
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: web, namespace: shop }\nspec: { hosts: [web], http: [{ route: [{ destination: { host: inner } }] }] }\n---\n';
  const pods =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\nspec: { template: { metadata: { labels: { app: web } } } }\n';
  const said = (more: string) => {
    const model = new MeshModel(parseManifests(service('web', '') + service('inner', more) + route + pods, 'a.yaml').manifests);
    return trace(model, findClient(model, 'shop/web'), request({ host: 'web', port: 80 })).unknown;
  };
  expect(said(", annotations: { networking.istio.io/exportTo: '~' }")).toEqual([
    expect.objectContaining({ reason: expect.stringContaining('exported to nobody') }),
  ]);
  expect(said('')).toEqual([]);
});

describe('a gateway whose pods are elsewhere', () => {
  const yaml = (annotation: string, principal: string) => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop, annotations: { ${annotation} } }
spec: { selector: { istio: public }, servers: [{ hosts: ['*'], port: { name: http, number: 80, protocol: HTTP } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: { hosts: ['*'], gateways: [edge], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, name: http }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web, security.istio.io/tlsMode: istio } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: web, namespace: shop }
spec: { selector: { matchLabels: { app: web } }, rules: [{ from: [{ source: { principals: [${principal}] } }] }] }
`;
  const ask = (annotation: string, principal: string) => {
    const m = new MeshModel(parseManifests(yaml(annotation, principal), 'x.yaml').manifests);
    const t = trace(m, findClient(m, 'gateway:shop/edge'), request({ host: 'x.example.com', port: 80 }));
    return [t.endings.map((e) => e.status), t.unknown.map((u) => u.reason.slice(0, 26))];
  };

  test.each([
    [
      'is taken for that of the install',
      '',
      'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
      [[200], []],
    ],
    ['may be another where it is refused', '', 'cluster.local/ns/edge/sa/public', [[403], ["the gateway's pods are not"]]],
    ['says who it is', 'mesh.cdk8s.io/gateway-account: edge/public', 'cluster.local/ns/edge/sa/public', [[200], []]],
    [
      'says who it is, and is refused',
      'mesh.cdk8s.io/gateway-account: edge/other',
      'cluster.local/ns/edge/sa/public',
      [[403], []],
    ],
  ])('%s', (_what, annotation, principal, expected) => expect(ask(annotation, principal)).toEqual(expected));
});

describe('connections that nobody looks into', () => {
  const db = (name: string, port: number, spec = '') =>
    `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: a}, spec: {selector: {app: ${name}}, ports: [{name: tcp, port: ${port}}]}}
---
${spec}`;
  const pods = (name: string, labels = '') =>
    `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: a}, spec: {selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}${labels}}}, spec: {containers: [{name: c, image: x}]}}}}
---
`;
  const model = new MeshModel(
    parseManifests(
      [
        db('db', 9000, pods('db')),
        db('denied', 9001, pods('denied')),
        db('plain', 9002, pods('plain', ', sidecar.istio.io/inject: "false"')),
        db('nobody', 9003),
        db('lost', 9004),
        pods('client'),
        `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: lost, namespace: a}
spec: {hosts: [lost], tcp: [{route: [{destination: {host: nowhere}}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny, namespace: a}
spec: {selector: {matchLabels: {app: denied}}}
`,
      ].join(''),
      'mesh.yaml',
    ).manifests,
  );

  test.each([
    ['to a pod with a sidecar', 'db', 9000, /^100 % {2}connected {2}a\/db$/],
    ['to a pod without one', 'plain', 9002, /^100 % {2}connected {2}a\/plain$/],
    ['that nobody allows', 'denied', 9001, /^100 % {2}closed {2}a\/denied {2}.*the connection is closed$/],
    ['to no pod', 'nobody', 9003, /^100 % {2}closed {2}the proxy of a\/client {2}no pod is behind/],
    ['to a host that nobody knows', 'lost', 9004, /^100 % {2}closed {2}the proxy of a\/client {2}there is no cluster/],
  ])('%s', (_what, host, port, expected) =>
    expect(ends(model, 'a/client', { host, port })).toEqual([expect.stringMatching(expected)]),
  );
});

describe("a server's sidecar sees how the connection begins", () => {
  const model = (sni: string, mode: string) =>
    new MeshModel(
      parseManifests(
        `apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {selector: {app: web}, ports: [{name: http, port: 80}, {name: tls, port: 443}]}
---
${['web', 'client']
  .map(
    (n) =>
      `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${n}, namespace: a}, spec: {selector: {matchLabels: {app: ${n}}}, template: {metadata: {labels: {app: ${n}}}, spec: {containers: [{name: c, image: x}]}}}}`,
  )
  .join('\n---\n')}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: sni, namespace: a}
spec: {action: DENY, rules: [{when: [{key: connection.sni, values: ["${sni}"]}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: mode, namespace: a}
spec: {mtls: {mode: ${mode}}}
`,
        'mesh.yaml',
      ).manifests,
    );
  const hello = { tls: true, sni: 'web.a', alpn: [] };

  test.each([
    [
      'the name that the client’s proxy says',
      'outbound_.80_._.web.a.svc.cluster.local',
      'a/client',
      { host: 'web', port: 80 },
      /^100 % {2}403/,
    ],
    ['not the one that the client says inside', 'web.a', 'a/client', { host: 'web', port: 443, ...hello }, /^100 % {2}connected/],
    [
      'the one that a client without a proxy says',
      'web.a',
      'outside',
      { host: 'web.a', port: 443, ...hello },
      /^100 % {2}closed .*a rule denies it/,
    ],
    [
      'TLS that is not of the mesh',
      'x',
      'outside',
      { host: 'web.a', port: 80, ...hello },
      /^100 % {2}closed .*takes no TLS but that of the mesh/,
    ],
  ])('%s', (_what, sni, from, o, expected) =>
    expect(ends(model(sni, 'PERMISSIVE'), from, o)).toEqual([expect.stringMatching(expected)]),
  );
});

test.each([
  [
    'the mesh takes no TLS of other kinds on an HTTP port',
    'http',
    'SIMPLE',
    /^100 % {2}503 UC .*takes no TLS but that of the mesh/,
  ],
  ['its own it takes', 'http', 'ISTIO_MUTUAL', /^100 % {2}200 {2}a\/web$/],
  ['bytes go on to the application', 'tcp', 'SIMPLE', /^100 % {2}connected {2}a\/web$/],
])('TLS that a DestinationRule asks for: %s', (_, port, mode, expected) => {
  const { manifests } = parseManifests(
    [
      `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: ${port}, port: 80}]}}`,
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
      `{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web, namespace: a}, spec: {host: web, trafficPolicy: {tls: {mode: ${mode}}}}}`,
    ].join('\n---\n'),
    'mesh.yaml',
  );
  expect(ends(new MeshModel(manifests), 'a/web', { host: 'web', port: 80 })).toEqual([expect.stringMatching(expected)]);
});

describe('connections that go on to where the client dialled', () => {
  const of = (lb: string) =>
    new MeshModel(
      parseManifests(
        [
          '{apiVersion: v1, kind: Service, metadata: {name: db, namespace: a}, spec: {clusterIP: None, selector: {app: db}, ports: [{name: http, port: 80, targetPort: 8080}]}}',
          '{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: a}, spec: {template: {metadata: {labels: {app: db}}, spec: {containers: []}}}}',
          '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}',
          '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web, containers: []}}}}',
          '{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: keep-out, namespace: a}, spec: {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/web]}}], to: [{operation: {ports: ["80"]}}]}]}}',
          `{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web, namespace: a}, spec: {host: web, trafficPolicy: {loadBalancer: {simple: ${lb}}}}}`,
          '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: db, namespace: a}, spec: {hosts: [web], http: [{match: [{uri: {prefix: /db}}], route: [{destination: {host: db}}]}, {route: [{destination: {host: web}}]}]}}',
        ].join('\n---\n'),
        'mesh.yaml',
      ).manifests,
    );

  test.each([
    ['a headless service at its own port', 'a/web', 'ROUND_ROBIN', { host: 'db' }, '100 %  403 RBAC  a/db  a rule denies it'],
    ['a pod of it', 'a/web', 'ROUND_ROBIN', { host: 'db-0.db.a' }, '100 %  403 RBAC  a/db  a rule denies it'],
    ['without a proxy, and so without a name', 'outside', 'ROUND_ROBIN', { host: 'db.a' }, '100 %  200  a/db'],
    ['a service at its pods’ port', 'a/web', 'PASSTHROUGH', { host: 'web' }, '100 %  200  a/web'],
    ['whoever the route names', 'a/web', 'ROUND_ROBIN', { host: 'web', path: '/db' }, '100 %  200  a/web'],
  ])('%s', (_, from, lb, o, expected) => expect(ends(of(lb), from, { port: 80, ...o })).toEqual([expected]));
});

test.each([
  ['a Sidecar of the whole mesh', 'networking.istio.io/v1, kind: Sidecar', 'istio-system', 'egress: [{hosts: [./*]}]'],
  ['the Sidecar of its namespace', 'networking.istio.io/v1, kind: Sidecar', 'b', 'egress: [{hosts: [./*]}]'],
  [
    'a DestinationRule',
    'networking.istio.io/v1, kind: DestinationRule',
    'a',
    'host: web, trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}',
  ],
])('%s is nothing to a client without a proxy', (_, kind, namespace, spec) => {
  const { manifests } = parseManifests(
    [
      '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a, annotations: {networking.istio.io/exportTo: .}}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}',
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: bare, namespace: b}, spec: {template: {metadata: {labels: {app: bare, sidecar.istio.io/inject: "false"}}, spec: {containers: []}}}}',
      `{apiVersion: ${kind}, metadata: {name: x, namespace: ${namespace}}, spec: {${spec}}}`,
    ].join('\n---\n'),
    'mesh.yaml',
  );
  const mesh = new MeshModel(manifests);
  for (const from of ['b/bare', 'outside'])
    expect(ends(mesh, from, { host: 'web.a', port: 80 })).toEqual([expect.stringMatching(/^100 % {2}200 {2}a\/web/)]);
});

test.each([
  ['http', /^100 % {2}503 UC .*takes no mutual TLS/],
  ['any', /^100 % {2}503 UF {2}a\/web {2}the port takes no mutual TLS, and hands it on to the application$/],
  ['tcp', /^100 % {2}closed {2}a\/web {2}the port takes no mutual TLS, and hands it on to the application$/],
])('mutual TLS that a DestinationRule asks for, to a port of protocol %s that takes none', (name, expected) => {
  const { manifests } = parseManifests(
    [
      `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: ${name}, port: 81}]}}`,
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
      '{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web, namespace: a}, spec: {host: web, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}',
      '{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: web, namespace: a}, spec: {mtls: {mode: DISABLE}}}',
    ].join('\n---\n'),
    'mesh.yaml',
  );
  expect(ends(new MeshModel(manifests), 'a/web', { host: 'web', port: 81 })).toEqual([expect.stringMatching(expected)]);
});

test('a service that the client’s proxy does not know is not followed, and the trace says so', () => {
  const objects = [
    '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}',
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
  ];
  const scope =
    '{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: a}, spec: {egress: [{hosts: ["./no.a.svc.cluster.local"]}]}}';
  const of = (list: readonly string[]) => {
    const model = new MeshModel(parseManifests(list.join('\n---\n'), 'mesh.yaml').manifests);
    return traceText(trace(model, findClient(model, 'a/web'), request({ host: 'web', port: 80 })));
  };
  expect(of([...objects, scope])).toContain('not understood web.a.svc.cluster.local is not among what the client');
  expect(of(objects)).not.toContain('not understood');
});

test('what is in force at a destination is said, in text and as data', () => {
  const rule = (policy: string) =>
    parseManifests(
      [
        '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}',
        '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
        `{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web, namespace: a}, spec: {host: web, trafficPolicy: ${policy}}}`,
      ].join('\n---\n'),
      'mesh.yaml',
    ).manifests;
  const of = (policy: string) => {
    const model = new MeshModel(rule(policy));
    return trace(model, findClient(model, 'a/web'), request({ host: 'web', port: 80 }));
  };
  const name = 'outbound|80||web.a.svc.cluster.local';
  const limited = of(
    '{connectionPool: {tcp: {maxConnections: 7}}, outlierDetection: {consecutive5xxErrors: 3}, loadBalancer: {simple: RANDOM}}',
  );
  expect(traceText(limited)).toContain(
    `  · ${name}: balanced by RANDOM; circuit breaker max_connections 7; outlier detection enforcing_success_rate 0, consecutive_5xx 3, enforcing_consecutive_5xx 100`,
  );
  expect(traceJson(limited)).toMatchObject({ clusters: { [name]: { lb: 'RANDOM', circuitBreaker: { max_connections: 7 } } } });
  expect(traceText(of('{loadBalancer: {simple: ROUND_ROBIN}}'))).toContain(`  · ${name}: balanced by ROUND_ROBIN`);
  expect(traceText(of('{tls: {mode: ISTIO_MUTUAL}}'))).not.toContain(`· ${name}`);
});

test('where it is not said which of two VirtualServices is older, the trace says what hangs on it', () => {
  const text = (created: string) => {
    const model = new MeshModel(
      parseManifests(
        [
          '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}',
          '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}',
          ...['one', 'two'].map(
            (n) =>
              `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: ${n}, namespace: a${created}}, spec: {hosts: [web], http: [{directResponse: {status: 20${n === 'one' ? 1 : 2}}}]}}`,
          ),
        ].join('\n---\n'),
        'mesh.yaml',
      ).manifests,
    );
    return traceText(withAgeDoubts(model, trace(model, findClient(model, 'a/web'), request({ host: 'web', port: 80 }))));
  };
  const hidden = 'x "VirtualService a/two" of several VirtualServices for web.a.svc.cluster.local a proxy obeys the oldest alone';
  expect(text('')).toContain(hidden);
  expect(text('')).toContain(
    [
      'depends on which is older VirtualService a/one counts as older than VirtualService a/two, for want of creationTimestamps; the other way round',
      '      VirtualService a/one metadata  mesh.yaml:5:60',
      '      VirtualService a/two metadata  mesh.yaml:7:60',
      '    100 %  202  the proxy of a/web  the route answers it',
    ].join('\n'),
  );
  expect(text(', creationTimestamp: "2026-01-01T00:00:00Z"')).toContain(hidden);
  expect(text(', creationTimestamp: "2026-01-01T00:00:00Z"')).not.toContain('depends on which is older');
});
