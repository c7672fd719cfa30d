import { createSign, generateKeyPairSync } from 'node:crypto';
import type { Chart } from 'cdk8s';
import {
  AccessPolicy,
  CanaryRelease,
  claim,
  IngressGateway,
  JwtPolicy,
  type JwtPolicyProps,
  MeshService,
  Port,
  path,
  SecureNamespace,
} from '../../src';
import { meshOf } from '../../src/testing/mesh';
import { newChart, object, service, yamlOf } from './support';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] });
const issuer = 'https://login.example.com';
const b64 = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');
/** A token that is good for ever, signed with the key. */
const token = (claims: object = {}) => {
  const text = `${b64({ alg: 'RS256', kid: 'k' })}.${b64({ iss: issuer, sub: 'alice', exp: 4_102_444_800, ...claims })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
};

const image = { image: 'x:1' };
const policy = (c: Chart, target: JwtPolicyProps['target'], o: Partial<JwtPolicyProps> = {}) =>
  new JwtPolicy(c, 'Users', { target, issuers: [{ issuer, jwks }], ...o });
const orders = (c: Chart, ports: readonly Port<any>[] = [Port.http(80)]) =>
  new MeshService(c, 'Orders', { ports, versions: { v1: image }, calls: [] }) as MeshService<'v1', 'http'>;
const web = (c: Chart, calls: readonly MeshService<any, any>[]) =>
  new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls });

/** The status that a request gets. */
const status = (
  c: Chart,
  from: string,
  to: string,
  o: { headers?: Record<string, string>; path?: string; method?: string } = {},
) => {
  const { endings } = meshOf(c).request({ from, to, ...o });
  return endings.map((e) => e.status).join();
};
const bearer = (t: string) => ({ headers: { authorization: `Bearer ${t}` } });

test('a pair of objects', () => {
  const c = newChart();
  policy(c, orders(c), {
    issuers: [{ issuer, jwksUri: 'https://login.example.com/keys', audiences: ['orders'], claimsToHeaders: { 'x-user': 'sub' } }],
    exceptPaths: ['/healthz'],
  });
  expect(yamlOf(c, 'RequestAuthentication', 'AuthorizationPolicy')).toMatchSnapshot();
});

test('nobody gets in without a token, or with a bad one, and a token lets in nobody who may not call', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const service = orders(c);
  web(c, [service]);
  new MeshService(c, 'Other', { port: Port.http(80), versions: { v1: image }, calls: [] });
  policy(c, service, { exceptPaths: ['/open/*'], exceptMethods: ['OPTIONS'] });
  const asked = (o: object = {}, from = 'shop/web') => status(c, from, 'orders', o);
  expect(asked()).toBe('403');
  expect(asked(bearer(token()))).toBe('200');
  expect(asked(bearer(token({ iss: 'https://evil.example.com' })))).toBe('401');
  expect(asked(bearer(token({ exp: 1 })))).toBe('401');
  expect(asked(bearer(`${token().slice(0, -4)}AAAA`))).toBe('401');
  expect(asked({ path: '/open/a' })).toBe('200');
  expect(asked({ path: '/opening' })).toBe('403');
  expect(asked({ method: 'OPTIONS' })).toBe('200');
});

test('access is decided as before for those who have one', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const service = orders(c);
  const client = web(c, [service]);
  new AccessPolicy(c, 'No', { service, deny: [client], methods: ['DELETE'] });
  policy(c, service);
  expect(status(c, 'shop/web', 'orders', { ...bearer(token()), method: 'GET' })).toBe('200');
  expect(status(c, 'shop/web', 'orders', { ...bearer(token()), method: 'DELETE' })).toBe('403');
});

test("access by claims: who has the caller's identity and a token that says so", () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const service = orders(c);
  const client = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [] });
  client.mayCall(service, { claims: { group: ['admin', 'ops*'], 'realm.role': ['x'] } });
  policy(c, service);
  const asked = (claims: object) => status(c, 'shop/web', 'orders', bearer(token(claims)));
  expect(object(c, 'AuthorizationPolicy', 'orders').spec.rules).toEqual([
    {
      from: [{ source: { principals: ['cluster.local/ns/shop/sa/web'] } }],
      when: [
        { key: 'request.auth.claims[group]', values: ['admin', 'ops*'] },
        { key: 'request.auth.claims[realm][role]', values: ['x'] },
      ],
    },
  ]);
  const realm = { role: 'x' };
  expect([
    asked({ group: 'admin', realm }),
    asked({ group: ['a', 'ops-1'], realm }),
    asked({ group: 'admin' }),
    asked({}),
  ]).toEqual(['200', '200', '403', '403']);
});

test('users of a gateway that may do all but what asks for claims', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace');
  const service = orders(c, [Port.http(80), Port.tcp(5432)]);
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'], deploy: true }).route(path.prefix('/'), service);
  policy(c, edge, { issuers: [{ issuer, jwks, forward: true }] });
  new JwtPolicy(c, 'Inside', { target: service, issuers: [{ issuer, jwks }], missing: 'accepted' });
  const unlessClaims = { 'realm.role': ['x'], group: ['admin', 'ops*'] };
  new AccessPolicy(c, 'Admins', { service, deny: [edge], paths: ['/admin', '/admin/*'], unlessClaims });
  expect(
    yamlOf(c, 'AuthorizationPolicy')
      .split('---')
      .find((y) => /orders-deny/.test(y)),
  ).toMatchSnapshot();
  const asked = (path: string, claims: object) =>
    status(c, 'gateway:shop/edge', 'shop.example.com', { path, ...bearer(token(claims)) });
  const realm = { role: 'x' };
  expect([
    asked('/', {}),
    asked('/admin', {}),
    asked('/admin/a', { group: 'admin' }),
    asked('/admin/a', { realm }),
    asked('/admin/a', { group: ['a', 'b'], realm }),
    asked('/admin/a', { group: ['a', 'ops-1'], realm }),
  ]).toEqual(['200', '403', '403', '403', '403', '200']);
  expect(service.access.summary().denied).toEqual([
    'cluster.local/ns/shop/sa/edge (/admin /admin/* unless realm.role x unless group admin|ops*)',
  ]);
  expect(() => new AccessPolicy(c, 'Nobody', { service, allow: [edge], unlessClaims })).toThrow(
    '"chart/Nobody" has unlessClaims and denies nobody: say who is kept out (deny, denyNamespaces, denyIpBlocks); who is let in by claims is said with claims',
  );
  expect(() => new AccessPolicy(c, 'None', { service, deny: [edge], unlessClaims: {} })).toThrow(
    'claims for gateway "edge" are empty: name at least one, or leave claims out',
  );
});

test('who has no identity is let in, or kept out, by address', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace', { mtls: 'PERMISSIVE' });
  const service = orders(c);
  new AccessPolicy(c, 'Office', { service, allowIpBlocks: ['203.0.113.0/24'] });
  new AccessPolicy(c, 'No', { service, denyIpBlocks: ['203.0.113.7'] });
  const asked = (address: string) =>
    meshOf(c)
      .request({ from: 'outside', to: 'orders.shop', address })
      .endings.map((e) => e.status)
      .join();
  expect([asked('203.0.113.1'), asked('203.0.113.7'), asked('198.51.100.1')]).toEqual(['200', '403', '403']);
});

test('requests without a token are taken where that is said, bad ones never', () => {
  const c = newChart();
  const service = orders(c);
  web(c, [service]);
  policy(c, service, { missing: 'accepted' });
  expect(status(c, 'shop/web', 'orders')).toBe('200');
  expect(status(c, 'shop/web', 'orders', bearer(token({ exp: 1 })))).toBe('401');
  expect(c.toJson().filter((o: any) => o.metadata.name === 'orders-token-missing')).toEqual([]);
});

test('connections of a TCP port go on', () => {
  const c = newChart();
  policy(c, orders(c, [Port.http(80), Port.tcp(5432)]));
  const [rule] = object(c, 'AuthorizationPolicy', 'orders-token-missing').spec.rules;
  expect(rule.to).toEqual([{ operation: { notPorts: ['5432'] } }]);
});

describe('at a gateway', () => {
  const edge = (c: Chart, o: object = {}) => {
    const gateway = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'], ...o });
    gateway.route(path.prefix('/'), orders(c));
    policy(c, gateway);
    return gateway;
  };

  test('its own hosts alone are meant, by whatever port they are named, in the namespace of the pods', () => {
    const c = newChart();
    edge(c);
    const { metadata, spec } = object(c, 'AuthorizationPolicy', 'edge-token-missing');
    expect([metadata.namespace, spec.selector, spec.rules[0].to]).toEqual([
      'istio-system',
      { matchLabels: { istio: 'ingressgateway' } },
      [{ operation: { hosts: ['shop.example.com', 'shop.example.com:*'] } }],
    ]);
    expect(object(c, 'RequestAuthentication', 'edge-tokens').metadata.namespace).toBe('istio-system');
  });

  test('pods of its own are meant whole', () => {
    const c = newChart();
    edge(c, { deploy: true, hosts: ['*.example.com'] });
    const { metadata, spec } = object(c, 'AuthorizationPolicy', 'edge-token-missing');
    const source = { notRequestPrincipals: [`${issuer}/*`] };
    expect([metadata.namespace, spec.rules]).toEqual(['shop', [{ from: [{ source }] }]]);
  });

  test('a token of one gateway opens no other on the same pods', () => {
    const c = newChart();
    edge(c);
    const other = new IngressGateway(c, 'Other', { hosts: ['other.example.com'] }).route(path.prefix('/'), service(c, 'Their'));
    const theirs = 'https://other.example.com';
    new JwtPolicy(c, 'Theirs', { target: other, issuers: [{ issuer: theirs, jwks }] });
    const asked = (host: string, iss: string) => status(c, 'gateway:shop/edge', host, bearer(token({ iss })));
    expect([asked('other.example.com', issuer), asked('shop.example.com', theirs)]).toEqual(['403', '403']);
    expect([asked('other.example.com', theirs), asked('shop.example.com', issuer)]).toEqual(['200', '200']);
  });

  test('nobody comes in without a token', () => {
    const c = newChart();
    edge(c);
    const asked = (o: object, host = 'shop.example.com') => status(c, 'gateway:shop/edge', host, o);
    expect([asked({}), asked(bearer(token())), asked({ headers: { host: 'shop.example.com:80' } })]).toEqual([
      '403',
      '200',
      '403',
    ]);
  });

  test('routes by claim, of which one value of a list may do; the rest is as it was, canaries too', () => {
    const c = newChart();
    const [shop, beta] = [service(c, 'Shop'), service(c, 'Beta', { versions: { v1: image }, defaultVersion: undefined })];
    new CanaryRelease(c, 'Canary', { service: shop, stable: 'v1', canary: 'v2', percent: 100 });
    const gateway = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] });
    gateway.route(claim('groups').is('beta').or(claim('realm.Role').startsWith('dev-')), beta);
    gateway.route(path.prefix('/in').and(claim('groups').matches('b.*')), beta, { name: 'in' });
    gateway.route(claim('groups').isNot('blocked'), shop);
    policy(c, gateway, { missing: 'accepted' });
    const goesTo = (claims: object | undefined, path = '/') =>
      meshOf(c)
        .request({ from: 'gateway:shop/edge', to: 'shop.example.com', path, ...(claims ? bearer(token(claims)) : {}) })
        .endings.map((e) => (e.status === 200 ? e.where : e.status))
        .join();
    expect([
      goesTo({ groups: 'beta' }),
      goesTo({ groups: ['a', 'beta'] }),
      goesTo({ realm: { Role: 'dev-1' } }),
      goesTo({ realm: { role: 'dev-1' } }),
      goesTo({ groups: ['b2'] }, '/in/x'),
      goesTo({ groups: ['blocked', 'x'] }),
      goesTo({ groups: 5 }),
      goesTo(undefined),
    ]).toEqual([
      'shop/beta-v1',
      'shop/beta-v1',
      'shop/beta-v1',
      'shop/shop-v2',
      'shop/beta-v1',
      '404',
      'shop/shop-v2',
      'shop/shop-v2',
    ]);
  });

  test('connections that its own pods hand on go on, and no client needs a token for them', () => {
    const c = newChart();
    const gateway = edge(c, { deploy: true });
    const db = new MeshService(c, 'Db', { port: Port.tcp(5432), versions: { v1: image }, calls: [] });
    gateway.tcp(5432, db);
    expect(object(c, 'AuthorizationPolicy', 'edge-token-missing').spec.rules[0].to).toEqual([
      { operation: { notPorts: ['5432'] } },
    ]);
    const { endings } = meshOf(c).request({ from: 'gateway:shop/edge', to: 'db.example.com', port: 5432, alpn: [] });
    expect(endings.map((e) => e.where)).toEqual(['shop/db-v1']);
    expect(status(c, 'gateway:shop/edge', 'shop.example.com')).toBe('403');
  });
});
