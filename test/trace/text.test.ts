import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo, type TraceRequest } from '../../src/trace/request';
import { traceText } from '../../src/trace/steps-text';
import { traceJson } from '../../src/trace/trace-json';

const BASE = `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: a}, spec: {selector: {app: other}, ports: [{name: http, port: 80}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web, sidecar.istio.io/inject: "true"}}, spec: {containers: []}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: other, namespace: a}, spec: {template: {metadata: {labels: {app: other, sidecar.istio.io/inject: "true"}}, spec: {containers: []}}}}
---
`;
const traced = (objects: string, how: Partial<TraceRequest> = {}, meshConfig = {}, host = 'web.a', port = 80) => {
  const { manifests, unreadable } = parseManifests(BASE + objects, 'mesh.yaml');
  expect(unreadable).toEqual([]);
  const model = new MeshModel(manifests, { meshConfig });
  return trace(model, findClient(model, 'a/other'), requestTo(host, port, how));
};
const rule = (fields: string) =>
  `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: a}, spec: {hosts: [web], http: [{${fields}}]}}`;
const route = 'route: [{destination: {host: web}}]';
const split = (first: string) =>
  `route: [{destination: {host: web}, weight: 10, ${first}}, {destination: {host: other}, weight: 90}]`;

describe('what a rule does to a request is in the text', () => {
  test.each([
    [
      'a rewritten path',
      `match: [{uri: {prefix: /api}}], rewrite: {uri: /v2}, ${route}`,
      { path: '/api/1?q=2' },
      ['path becomes /v2/1?q=2'],
    ],
    ['a rewritten host', `rewrite: {authority: x.example.com}, ${route}`, {}, ['host becomes x.example.com']],
    [
      'a redirect',
      'redirect: {uri: /new, redirectCode: 308}',
      {},
      ['sent to http://web.a/new', '100 %  308  the proxy of a/other  sent to http://web.a/new'],
    ],
    [
      'an answer',
      'directResponse: {status: 418, body: {string: teapot}}',
      {},
      ['answered with "teapot"', '418  the proxy of a/other  the route answers it'],
    ],
    [
      'headers',
      `headers: {request: {set: {x-a: b}, remove: [x-c]}, response: {add: {x-d: e}, remove: [x-f]}}, ${route}`,
      { headers: { 'x-c': ['1'] } },
      ['gets x-a: b, no x-c', 'answers with no x-f, x-d: e besides'],
    ],
    ['headers of a share', split('headers: {request: {set: {x-a: b}}}'), {}, ['web.a.svc.cluster.local:80: gets x-a: b']],
    [
      'CORS',
      `corsPolicy: {allowOrigins: [{exact: "https://a.com"}], allowMethods: [GET]}, ${route}`,
      {},
      ['CORS for https://a.com (GET)'],
    ],
    [
      'a copy',
      `mirrors: [{destination: {host: other}, percentage: {value: 5}}], ${route}`,
      {},
      ['a copy of 5 % goes to other.a.svc.cluster.local:80', 'VirtualService a/web spec.http[0].mirrors[0]  mesh.yaml:'],
    ],
    [
      'a copy for nobody',
      `mirror: {host: web, subset: v9}, mirrorPercentage: {value: 10}, ${route}`,
      {},
      ['a copy of 10 % goes to web.a.svc.cluster.local:80 v9, which is not there', 'spec.http[0].mirror  mesh.yaml:'],
    ],
  ] as const)('%s', (_name, fields, how, says) => {
    const text = traceText(traced(rule(fields), how));
    for (const part of says) expect(text).toContain(part);
  });

  test('and nothing where there is nothing', () =>
    expect(traceText(traced(rule(route)))).not.toMatch(/becomes|gets|answers|CORS|copy|sent/));
});

describe('who turns a request away', () => {
  const policy = (kind: string, spec: string) =>
    `{apiVersion: security.istio.io/v1, kind: ${kind}, metadata: {name: p, namespace: a}, spec: ${spec}}`;
  const jwt = policy('RequestAuthentication', '{jwtRules: [{issuer: us, jwks: "{}"}]}');
  test.each([
    ['no route', rule(`match: [{uri: {exact: /x}}], ${route}`), {}, '404 NR'],
    ['no policy that allows it', policy('AuthorizationPolicy', '{}'), {}, '403 RBAC'],
    ['a token that is none', jwt, { headers: { authorization: ['Bearer x'] } }, '401 JWT'],
  ] as const)('%s', (_name, object, how, flags) => {
    const t = traced(object, how);
    expect(traceText(t)).toContain(`100 %  ${flags}  `);
    expect(traceJson(t)).toMatchObject({ endings: [{ status: Number(flags.split(' ')[0]), flags: flags.split(' ')[1] }] });
  });
});

test('what the proxy knows nothing of is closed, and not handed on', () => {
  const text = traceText(
    traced('', { alpn: [] }, { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } }, 'elsewhere.example.com', 81),
  );
  expect(text).toContain('the proxy knows nothing of the address: it closes the connection');
  expect(text).not.toContain('handed on');
});
