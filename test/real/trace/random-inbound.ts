import type { OracleRequest } from '../oracle';
import { randomAuthorizations, randomUnknownProvider } from './random-authorizations';
import { randomTokens, type Tokens } from './random-tokens';
import { add, age, type RandomCase, ROOT, type World } from './world';

const SERVER = { app: 'web', version: 'v1' };
const principal = (domain: string, ns: string, sa: string) => `${domain}/ns/${ns}/sa/${sa}`;
/** Who may call, by the identity that mutual TLS proves. */
const CALLERS = [
  principal('cluster.local', 'foo', 'a'),
  principal('cluster.local', 'bar', 'b'),
  principal('cluster.local', 'bar', 'a'),
  principal('cluster.local', 'foo', 'z'),
  principal('old.example', 'foo', 'a'),
  principal('cluster.local', 'foobar', 'ba'),
];
const PATHS = [
  '/a',
  '/a/',
  '/a/x',
  '/b',
  '/bx',
  '/x.html',
  '/api/v1',
  '/api/v2',
  '/t/1/x',
  '/t/1/2/x',
  '/u/1/2',
  '/u',
  '/u/',
  '/admin',
  '/',
  '/A',
  '/a?q=1',
  '/b/../a',
  '/%61',
  '//a',
  '/a%2Fx',
  '/v/1/2/3.ts',
];

/** A workload that is called: what it takes, who may, and whose tokens. */
export function randomInbound(id: string, w: World, count: number): RandomCase {
  const { dice } = w;
  services(w);
  const tokens = randomTokens(w);
  randomAuthorizations(w);
  const outside = dice.chance(0.1);
  if (outside) randomUnknownProvider(w);
  peers(w);
  if (dice.chance(0.08)) ingress(w);
  return {
    id,
    objects: w.objects,
    meshConfig: {
      ...dice.maybe(0.15, 'trustDomainAliases', () => ['old.example']),
      ...(outside ? { extensionProviders: [] } : {}),
    },
    client: { kind: 'sidecar', namespace: 'foo', name: 'web-pod', labels: SERVER },
    requests: dice.many(count, count, () => request(w, tokens)),
  };
}

function services(w: World): void {
  const { dice } = w;
  const named = dice.chance(0.3);
  add(w, 'Service', 'foo', 'web', {
    selector: { app: 'web' },
    ports: [
      { name: dice.pick(['http', 'http', 'http', 'grpc', 'http2', 'web']), port: 80, targetPort: named ? 'main' : 8080 },
      { name: dice.pick(['http-b', 'tcp-b', 'tcp-b', 'tls-b', 'custom']), port: 9090 },
      ...(dice.chance(0.2) ? [{ name: 'mysql', port: 3306 }] : []),
    ],
  });
  if (dice.chance(0.15))
    add(
      w,
      'Service',
      'foo',
      'second',
      { selector: { app: 'web' }, ports: [{ name: 'tcp', port: 81, targetPort: 8080 }] },
      age(w),
    );
  add(w, 'Deployment', 'foo', 'web', {
    selector: { matchLabels: SERVER },
    template: {
      metadata: { labels: SERVER },
      spec: {
        containers: [
          { name: 'c', image: 'app', ...(named ? { ports: [{ name: 'main', containerPort: 8080, protocol: 'TCP' }] } : {}) },
        ],
      },
    },
  });
}

function peers(w: World): void {
  const { dice } = w;
  if (dice.chance(0.5)) return;
  dice.many(1, 3, (i) => {
    const selects = dice.chance(0.45);
    add(
      w,
      'PeerAuthentication',
      dice.pick(['foo', 'foo', 'foo', ROOT, 'bar']),
      `peer-${i}`,
      {
        ...(selects ? { selector: { matchLabels: dice.pick([{ app: 'web' }, { app: 'no' }, SERVER]) } } : {}),
        ...dice.maybe(0.9, 'mtls', () => ({ mode: dice.pick(['STRICT', 'STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET']) })),
        ...(selects
          ? dice.maybe(0.5, 'portLevelMtls', () => ({
              [dice.pick([8080, 9090, 80])]: { mode: dice.pick(['STRICT', 'DISABLE', 'PERMISSIVE', 'UNSET']) },
            }))
          : {}),
      },
      age(w),
    );
  });
}

/** A Sidecar that says itself what it takes in. */
function ingress(w: World): void {
  const { dice } = w;
  add(w, 'Sidecar', 'foo', 'in', {
    workloadSelector: { labels: { app: 'web' } },
    ingress: [
      {
        port: { number: dice.pick([8080, 9090]), protocol: dice.pick(['HTTP', 'TCP', 'HTTP2']), name: 'in' },
        defaultEndpoint: '127.0.0.1:8080',
      },
    ],
    egress: [{ hosts: ['./*'] }],
  });
}

function request(w: World, tokens: Tokens): OracleRequest {
  const { dice } = w;
  const who = dice.chance(0.7) ? dice.pick(CALLERS) : undefined;
  const token = tokens.issued.length > 0 && dice.chance(0.75) ? dice.pick(tokens.issued) : undefined;
  const placed = token ? place(w, token) : { headers: {}, query: '' };
  const path = dice.pick(PATHS);
  return {
    inbound: true,
    port: dice.pick([8080, 8080, 8080, 8080, 9090, 3306, 7777]),
    method: dice.pick(['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']),
    path: placed.query ? `${path}${path.includes('?') ? '&' : '?'}${placed.query}` : path,
    host: dice.pick(['web.foo', 'web.foo', 'web.foo:8080', 'WEB.foo', 'other.com', 'x.y', 'web.foo.svc.cluster.local']),
    headers: {
      ...placed.headers,
      ...dice.maybe(0.4, 'x-t', () => dice.pick<string | string[]>(['v1', 'v2', 'x', '', 'V1', 'v12', ['zz', 'v1']])),
      ...dice.maybe(0.15, 'x-forwarded-for', () => dice.pick(['10.1.2.3', '9.9.9.9', '10.1.2.3, 9.9.9.9', '9.9.9.9, 10.1.2.3'])),
      ...dice.maybe(0.05, 'x-role', () => 'spoof'),
      ...dice.maybe(0.08, 'content-type', () => 'application/grpc'),
      ...(dice.chance(0.04) ? { origin: 'http://a.b', 'access-control-request-method': 'GET' } : {}),
    } as OracleRequest['headers'] & object,
    ...(who ? { principal: who } : {}),
    ...(who ? {} : dice.maybe(0.04, 'tls', () => true)),
    ...dice.maybe(0.15, 'alpn', () => (who ? ['istio-h2', 'istio', 'h2'] : dice.pick([['h2c'], ['h2c'], []]))),
  };
}

/** A token where some rule may look for it. */
export function place({ dice }: World, token: string): { headers: Record<string, string>; query: string } {
  return dice.oneOf<{ headers: Record<string, string>; query: string }>(
    () => ({ headers: { authorization: `Bearer ${token}` }, query: '' }),
    () => ({ headers: { authorization: `Bearer ${token}` }, query: '' }),
    () => ({ headers: { authorization: `Bearer ${token}` }, query: '' }),
    () => ({ headers: { authorization: `${dice.pick(['Basic', 'bearer'])} ${token}` }, query: '' }),
    () => ({ headers: { 'x-jwt': `tok ${token}` }, query: '' }),
    () => ({ headers: { 'x-jwt': token }, query: '' }),
    () => ({ headers: { cookie: `jar=${token}; x=1` }, query: '' }),
    () => ({ headers: {}, query: `access_token=${token}` }),
    () => ({ headers: {}, query: `t=${token}` }),
  );
}
