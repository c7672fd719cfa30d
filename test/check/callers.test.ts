import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';

const SHOP = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: a, image: "a:1", ports: [{ containerPort: 8080 }] }] }
---
`;

const policy = (rule: object) => `${SHOP}
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: web, namespace: shop }
spec: ${JSON.stringify({ selector: { matchLabels: { app: 'web' } }, rules: [rule] })}
`;

/** `warning: write "…"`, of what a rule finds. */
const found = (id: string, yaml: string): string[] =>
  check(parseManifests(yaml, 'mesh.yaml'))
    .diagnostics.filter((d) => d.id === id)
    .map((d) => `${d.severity}: ${d.hint ?? ''}`);

const write = (principal: string) => [`warning: write "${principal}"`];
const WEB = 'cluster.local/ns/shop/sa/default';

test.each<[string, string[]]>([
  [WEB, []],
  [`spiffe://${WEB}`, write(WEB)],
  ['shop/sa/default', write(WEB)],
  ['ns/shop/sa/default', write(WEB)],
  ['cluster.local/shop/sa/default', write(WEB)],
  [`${WEB} `, write(WEB)],
  ['default', ['warning: the trust domain is "cluster.local"']],
  ['cluster.local/ns/*/sa/default', ['warning: "*" may stand at the beginning or at the end']],
  ['*', []],
  ['*/ns/shop/sa/default', []],
  ['cluster.local/ns/shop/*', []],
  ['spiffe://cluster.local/ns/shop/*', write('cluster.local/ns/shop/*')],
  ['example.org/ns/shop/sa/any', []],
  ['cluster.local/ns/shop/sa/nobody', ['error: there is only "default"']],
  ['cluster.local/ns/other/sa/nobody', ['info: there are the namespaces "istio-system", "shop"']],
  ['cluster.local/ns/istio-system/sa/prometheus', ['info: check it together with the ServiceAccounts of that namespace']],
])('the principal %s', (principal, is) => {
  expect(found('MESH076', policy({ from: [{ source: { principals: [principal] } }] }))).toEqual(is);
  expect(found('MESH076', policy({ when: [{ key: 'source.principal', values: [principal] }] }))).toEqual(is);
});

test('an account of manifests that are not here is told once, and one that is not there wherever it is named', () => {
  const named = (account: string) => {
    const from = [{ source: { principals: [`cluster.local/ns/${account}`] } }];
    return found(
      'MESH076',
      `${policy({ from })}---\n${policy({ from }).replace(SHOP, '').replace('name: web,', 'name: web-dev1,')}`,
    );
  };
  expect(named('ingress/sa/gateway')).toHaveLength(1);
  expect(named('shop/sa/nobody')).toHaveLength(2);
});

test('namespaces are compared with their case, which istioctl does not', () => {
  const of = (namespace: string) =>
    check(parseManifests(policy({ from: [{ source: { namespaces: [namespace] } }] }), 'mesh.yaml'))
      .diagnostics.filter((d) => d.rule === 'source-namespace-not-found')
      .map((d) => [d.hint, d.codes]);
  expect(of('shop')).toEqual([]);
  expect(of('Shop')).toEqual([['write "shop"', ['KIA0101']]]);
  expect(of('Ship')[0]![1]).toEqual(['IST0101', 'KIA0101']);
});

test('who pods of a gateway elsewhere are is an assumption', () => {
  const gateway = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [web.example.com] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: { hosts: [web.example.com], gateways: [gw], http: [{ route: [{ destination: { host: web } }] }] }
`;
  const allows = (source: object) => found('MESH155', policy({ from: [{ source }] }) + gateway);
  expect(allows({ principals: [WEB] })).toEqual([expect.stringMatching(/^info: add from/)]);
  expect(allows({ namespaces: ['istio-system'] })).toEqual([]);
});

describe('callers without a proxy', () => {
  const job = (namespace: string, labels: string, containers = '{ name: a, image: "a:1" }') => `
---
apiVersion: batch/v1
kind: Job
metadata: { name: report, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { ${labels} } }
    spec: { serviceAccountName: report, restartPolicy: Never, containers: [${containers}] }
`;
  const OFF = 'sidecar.istio.io/inject: "false"';
  const batch = (labels: string) => `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: batch, labels: { ${labels} } }\n`;
  const from = (source: object) => policy({ from: [{ source }] });
  const REPORT = from({ principals: ['cluster.local/ns/shop/sa/report'] });
  const TAKE = 'take "sidecar.istio.io/inject" away from the pods';
  const LABEL = 'label Namespace "batch" "istio-injection: enabled"';

  const R_OFF = `app: r, ${OFF}`;
  const route = (match: object, spec: object = {}, kind = 'http') => `${SHOP}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: ${JSON.stringify({ hosts: ['web'], ...spec, [kind]: [{ match: [match], route: [{ destination: { host: 'web' } }] }] })}
`;

  test.each<[what: string, yaml: string, found: readonly string[]]>([
    ['a principal', REPORT + job('shop', OFF), [`error: ${TAKE}`]],
    ['an account', from({ serviceAccounts: ['report'] }) + job('shop', OFF), [`error: ${TAKE}`]],
    [
      'an account of elsewhere',
      from({ serviceAccounts: ['batch/report'] }) + job('batch', OFF),
      [`error: ${LABEL}, and ${TAKE}`],
    ],
    ['a namespace', from({ namespaces: ['batch'] }) + batch('a: b') + job('batch', 'app: r'), [`error: ${LABEL}`]],
    [
      'a condition',
      policy({ when: [{ key: 'source.principal', values: ['cluster.local/ns/shop/sa/report'] }] }) + job('shop', OFF),
      [`error: ${TAKE}`],
    ],
    ['who is denied', REPORT.replace('"selector"', '"action":"DENY","selector"') + job('shop', OFF), [`warning: ${TAKE}`]],
    ['pods with a proxy', REPORT + job('shop', 'app: r'), []],
    [
      'some with, and some without',
      REPORT + job('shop', OFF) + job('shop', 'app: r').replace('name: report,', 'name: other,'),
      [],
    ],
    ['a proxy that is written', REPORT + job('shop', OFF, '{ name: istio-proxy, image: "proxyv2:1" }'), []],
    ['ambient mode', from({ namespaces: ['batch'] }) + batch('istio.io/dataplane-mode: ambient') + job('batch', 'app: r'), []],
    ['a namespace that is not there', from({ namespaces: ['batch'] }) + job('batch', 'app: r'), []],
    ['a pattern', from({ principals: ['*/sa/report'] }) + job('shop', OFF), []],
    ['another trust domain', from({ principals: ['other/ns/shop/sa/report'] }) + job('shop', OFF), []],
    ['whom the rule leaves out', from({ notPrincipals: ['cluster.local/ns/shop/sa/report'] }) + job('shop', OFF), []],
    ['source labels', route({ sourceLabels: { app: 'r' } }) + job('shop', R_OFF), [`warning: ${TAKE}`]],
    ['source labels at TCP', route({ sourceLabels: { app: 'r' } }, {}, 'tcp') + job('shop', R_OFF), [`warning: ${TAKE}`]],
    ['a source namespace', route({ sourceNamespace: 'batch' }) + batch('a: b') + job('batch', 'app: r'), [`warning: ${LABEL}`]],
    ['source labels of pods with a proxy', route({ sourceLabels: { app: 'r' } }) + job('shop', 'app: r'), []],
    ['source labels of nobody here', route({ sourceLabels: { app: 'x' } }) + job('shop', R_OFF), []],
    [
      'source labels and another namespace',
      route({ sourceLabels: { app: 'r' }, sourceNamespace: 'batch' }) + job('shop', R_OFF),
      [],
    ],
    ['whom the route is not told to', route({ sourceLabels: { app: 'r' } }, { exportTo: ['batch'] }) + job('shop', R_OFF), []],
    ['source labels at a gateway', route({ sourceLabels: { app: 'r' } }, { gateways: ['gw'] }) + job('shop', R_OFF), []],
    ['a match that names the sidecars', route({ sourceLabels: { app: 'r' }, gateways: ['mesh'] }) + job('shop', R_OFF), []],
  ])('%s', (_, yaml, expected) => {
    expect(found('MESH167', yaml)).toEqual(expected);
  });
});
