import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo } from '../../src/trace/request';

const PAGE = `
apiVersion: v1
kind: Pod
metadata: { name: page, namespace: shop, labels: { app: page, security.istio.io/tlsMode: istio } }
spec: { containers: [{ name: a, image: a }] }
---
apiVersion: v1
kind: Service
metadata: { name: page, namespace: shop }
spec: { selector: { app: page }, ports: [{ name: http, port: 80 }] }
`;
const ask = (yaml: string, host: string, headers: Record<string, string[]> = {}, from = 'shop/page') => {
  const model = new MeshModel(parseManifests(PAGE + yaml, 'x').manifests);
  return trace(model, findClient(model, from), requestTo(host, 80, { headers }));
};
const unknown = (...args: Parameters<typeof ask>) => ask(...args).unknown.map((u) => u.reason);

test('a Service whose pods are not here is not known, where no pods of its namespace are', () => {
  const service = (namespace: string) => `---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${namespace} }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
`;
  expect(unknown(service('other'), 'web.other')).toEqual([
    expect.stringContaining('no pods of namespace "other" are among these objects'),
  ]);
  expect(unknown(service('shop'), 'web.shop')).toEqual([]);
});

describe('a key that is not here', () => {
  const rules = (more: string) => `---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt, namespace: shop }
spec: { jwtRules: [{ issuer: a, jwksUri: https://a.example.com/keys${more} }] }
`;
  const said = [expect.stringContaining('keys are at a jwksUri')];
  test.each<[string, string, Record<string, string[]>, unknown[]]>([
    ['no token', '', {}, []],
    ['a token that is none', '', { authorization: ['Bearer junk'] }, []],
    ['a token', '', { authorization: [`Bearer ${token()}`] }, said],
    ['a token that may be in another header', ', fromHeaders: [{ name: x-jwt }]', {}, said],
  ])('%s', (_what, more, headers, reasons) => expect(unknown(rules(more), 'page', headers)).toEqual(reasons));

  function token(): string {
    const part = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');
    return `${part({ alg: 'RS256', kid: 'k' })}.${part({ iss: 'a', sub: 'b', exp: 4_000_000_000 })}.${part({})}`;
  }
});

test('AUTO_PASSTHROUGH is said', () => {
  const gateway = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: g, namespace: shop }
spec:
  selector: { istio: edge }
  servers: [{ port: { number: 80, name: tls, protocol: TLS }, tls: { mode: AUTO_PASSTHROUGH }, hosts: ['*'] }]
`;
  expect(unknown(gateway, 'page.shop', {}, 'gateway:shop/g')).toEqual(['AUTO_PASSTHROUGH is not understood']);
});

test('a VirtualService that comes to nothing is among what was passed over, with the reason', () => {
  const delegating = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: root, namespace: shop }
spec: { hosts: [page], http: [{ delegate: { name: gone } }] }
`;
  const { outbound } = ask(delegating, 'page');
  expect(outbound?.steps.at(-1)).toMatchObject({
    text: "the service's own default route takes it",
    passedOver: [{ reason: 'there is no delegate VirtualService shop/gone' }],
  });
});

test('a Rollout that runs the pods of a Deployment has them', () => {
  const rollout = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { replicas: 0, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: a, image: a }] } } }
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web, namespace: shop }
spec: { workloadRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
`;
  expect(ask(rollout, 'web').endings.map((e) => [e.status, e.where])).toEqual([[200, 'shop/web']]);
});

test('a service of a namespace of which nothing is here may be there', () => {
  const to = (host: string) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: shop }
spec: { hosts: [page], http: [{ route: [{ destination: { host: ${host}, port: { number: 443 } } }] }] }
`;
  expect(unknown(to('egress.gateways.svc.cluster.local'), 'page')).toEqual([
    expect.stringMatching(
      /^no Services of namespace "gateways" are among these objects: whether egress\.gateways\.svc\.cluster\.local is there/,
    ),
  ]);
  // of this one there are others
  expect(unknown(to('gone.shop.svc.cluster.local'), 'page')).toEqual([]);
  expect(unknown(to('gone.example.com'), 'page')).toEqual([]);
});
