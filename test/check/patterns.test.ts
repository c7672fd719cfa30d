import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';

const object = (apiVersion: string, kind: string, spec: object) =>
  `${JSON.stringify({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec })}\n---\n`;
const hints = (rule: string, yaml: string) =>
  check(parseManifests(yaml, 'mesh.yaml'))
    .diagnostics.filter((d) => d.rule === rule)
    .map((d) => d.hint);
const route = (match: object) =>
  object('networking.istio.io/v1', 'VirtualService', {
    hosts: ['web'],
    http: [{ match: [match], route: [{ destination: { host: 'web' } }] }],
  });
const policy = (operation: object) => object('security.istio.io/v1', 'AuthorizationPolicy', { rules: [{ to: [{ operation }] }] });

test.each<[match: object, hint: string | undefined]>([
  [{ uri: { prefix: '/api/*' } }, 'prefix: /api/'],
  [{ uri: { prefix: '/api/.*' } }, 'prefix: /api/'],
  [{ uri: { exact: '/api/**' } }, 'prefix: /api/'],
  [{ uri: { exact: '/users/{id}' } }, 'regex: /users/[^/]+'],
  [{ uri: { prefix: '/users/{id}/orders' } }, 'regex: /users/[^/]+/orders.*'],
  [{ uri: { exact: '/a/*/b' } }, 'regex: /a/[^/]*/b'],
  [{ uri: { prefix: '/v[12]/' } }, 'regex: /v[12]/.*'],
  [{ uri: { prefix: '/a|/b' } }, 'regex: (?:/a|/b).*'],
  [{ authority: { exact: '*.example.com' } }, 'regex: .*\\.example\\.com'],
  [{ method: { exact: 'GET|POST' } }, 'regex: GET|POST'],
  [{ headers: { 'user-agent': { exact: '.*Chrome.*' } } }, 'regex: .*Chrome.*'],
  [{ headers: { 'user-agent': { prefix: 'Mozilla*' } } }, 'prefix: Mozilla'],
  [{ queryParams: { id: { exact: '\\d+' } } }, 'regex: \\d+'],
  [{ uri: { prefix: '/api/' } }, undefined],
  [{ uri: { regex: '/api/.*' } }, undefined],
  [{ uri: { exact: '/Products(1)/$value;v=1.0+b,c~d' } }, undefined],
  [{ headers: { accept: { exact: '*/*' } } }, undefined],
  [{ headers: { 'if-none-match': { exact: '*' } } }, undefined],
  [{ headers: { 'x-flags': { exact: 'a|b[0]{c}' } } }, undefined],
  [{ headers: { 'x-version': { exact: '1.2.3' } } }, undefined],
])('in a route %j', (match, hint) => {
  expect(hints('pattern-in-text', route(match))).toEqual(hint === undefined ? [] : [hint]);
});

test.each<[path: string, hint: string | undefined]>([
  ['/api/.*', 'write "/api/*"'],
  ['/x/**', 'write "/x/*"'],
  ['/a/*/b', 'write "/a/{*}/b"'],
  ['/a/*/b/*', 'write "/a/{*}/b/{**}"'],
  ['*/admin/*', 'write "{*}/admin/{**}"'],
  ['/v[12]/x', 'write "/v{*}/x"'],
  ['/api/*', undefined],
  ['*.html', undefined],
  ['*', undefined],
  ['/a/{*}/b', undefined],
])('in a policy %s', (path, hint) => {
  expect(hints('pattern-in-text', policy({ paths: [path] }))).toEqual(hint === undefined ? [] : [hint]);
});

test.each<[method: string, hints: (string | undefined)[]]>([
  ['get', ['methods are compared letter by letter: write "GET"']],
  ['POST', []],
  ['GTE', ['did you mean "GET"?']],
])('the method %s of a route', (method, expected) => {
  const found = check(parseManifests(route({ method: { exact: method } }), 'mesh.yaml')).diagnostics.filter(
    (d) => d.rule === 'http-method-unknown',
  );
  expect(found.map((d) => d.hint)).toEqual(expected);
  // Kiali does not look at routes
  expect(found.flatMap((d) => d.codes)).toEqual([]);
});

test.each<[value: string, severity: string[]]>([
  ['enabled', []],
  ['disabled', []],
  ['true', ['warning']],
])('istio-injection: %s', (value, severity) => {
  const yaml = `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { istio-injection: "${value}" } }\n`;
  const found = check(parseManifests(yaml, 'mesh.yaml')).diagnostics.filter((d) => d.rule === 'namespace-not-injected');
  expect(found.map((d) => d.severity)).toEqual(severity);
  expect(found.flatMap((d) => d.codes)).toEqual([]);
});

const cors = (corsPolicy: object) =>
  object('networking.istio.io/v1', 'VirtualService', {
    hosts: ['web'],
    http: [{ corsPolicy, route: [{ destination: { host: 'web' } }] }],
  });

test.each<[origin: object, hint: string | undefined]>([
  [{ exact: 'https://a.example.com/' }, 'write "https://a.example.com"'],
  [{ prefix: 'https://a.example.com/' }, 'write "https://a.example.com"'],
  [{ exact: 'a.example.com' }, 'write "https://a.example.com"'],
  [{ exact: '*.example.com' }, 'regex: https://[^/]+\\.example\\.com'],
  [{ exact: 'https://*.example.com' }, 'regex: https://[^/]+\\.example\\.com'],
  [{ exact: 'https://A.example.com' }, 'write "https://a.example.com"'],
  [{ exact: 'https://a.example.com:443' }, 'write "https://a.example.com"'],
  [{ exact: 'https://a.example.com' }, undefined],
  [{ exact: 'http://localhost:3000' }, undefined],
  [{ exact: 'capacitor://localhost' }, undefined],
  [{ exact: 'null' }, undefined],
  [{ exact: '*' }, undefined],
  [{ prefix: 'https' }, undefined],
  [{ prefix: 'https://a.' }, undefined],
  [{ regex: 'https://.*\\.example\\.com' }, undefined],
])('the origin %j', (origin, hint) => {
  expect(hints('cors-origin-never-sent', cors({ allowOrigins: [origin] }))).toEqual(hint === undefined ? [] : [hint]);
});

test.each<[policy: object, found: number]>([
  [{ allowOrigins: [{ exact: '*' }], allowCredentials: true }, 1],
  [{ allowOrigins: [{ regex: '.*' }], allowCredentials: true }, 1],
  [{ allowOrigins: [{ exact: '*' }] }, 0],
  [{ allowOrigins: [{ exact: '*' }], allowCredentials: false }, 0],
  [{ allowOrigins: [{ regex: 'https://[^/]+\\.example\\.com' }], allowCredentials: true }, 0],
])('credentials with %j', (policy, found) => {
  expect(hints('cors-credentials-for-all', cors(policy))).toHaveLength(found);
});

test('of a ServiceEntry the hint is about its port', () => {
  const yaml =
    object('networking.istio.io/v1', 'ServiceEntry', {
      hosts: ['web'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: 443, name: 'https', protocol: 'HTTPS' }],
    }).replaceAll('"web"]', '"api.example.com"]') + route({ uri: { prefix: '/' } }).replaceAll('"web"', '"api.example.com"');
  expect(hints('rules-not-for-port', yaml)).toEqual([expect.stringMatching(/tls mode SIMPLE/)]);
});
