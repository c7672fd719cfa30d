import fc from 'fast-check';
import { diff } from '../../src/diff/diff';
import type { MeshModel } from '../../src/model/mesh-model';
import { clusterAnswer } from '../../src/trace/answer';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { helloTo, requestTo, type TraceRequest } from '../../src/trace/request';
import { callerOf } from './caller';
import { deployment, istio, linesOf, meshOf, type Obj, service, subsets } from './support';

// TLS, bytes and tokens, in small alphabets: how connections are routed, taken, and let in.

const FULL = 'b.shop.svc.cluster.local';
const maybe = <T>(a: fc.Arbitrary<T>, freq = 2) => fc.option(a, { nil: undefined, freq });
const dense = (o: Obj): Obj => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
const record = (o: Readonly<Record<string, fc.Arbitrary<unknown>>>) => fc.record(o).map(dense);

const to = (subset: string, port: number, weight?: number): Obj => ({
  destination: { host: 'b', subset, port: { number: port } },
  ...(weight ? { weight } : {}),
});
const way = (port: number) =>
  fc.constantFrom([to('v1', port)], [to('v2', port)], [to('v1', port, 70), to('v2', port, 30)], [to('none', port)]);
const from = {
  sourceLabels: maybe(fc.constantFrom({ app: 'page' }, { app: 'third' }), 6),
  gateways: maybe(fc.constantFrom(['mesh'], ['edge']), 6),
};
const tcpRule = record({
  match: maybe(fc.array(record({ port: maybe(fc.constantFrom(90, 70)), ...from }), { minLength: 1, maxLength: 2 }), 3),
  route: way(90),
});
const tlsRule = record({
  match: fc.array(
    record({
      sniHosts: fc.constantFrom([FULL], ['*.example.com'], [FULL, 'a.example.com']),
      port: maybe(fc.constantFrom(443, 8443)),
      ...from,
    }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  route: way(443),
});
const mode = fc.constantFrom('STRICT', 'PERMISSIVE', 'DISABLE');
const tls = fc.constantFrom<Obj>({ mode: 'ISTIO_MUTUAL' }, { mode: 'DISABLE' }, { mode: 'SIMPLE', sni: 'x' });
const trafficPolicy = record({
  tls: maybe(tls),
  loadBalancer: maybe(fc.constantFrom({ simple: 'RANDOM' }, { simple: 'PASSTHROUGH' }), 5),
  connectionPool: maybe(fc.constant({ tcp: { maxConnections: 3 } }), 5),
  portLevelSettings: maybe(
    fc.tuple(fc.constantFrom(80, 90, 443), tls).map(([number, t]) => [{ port: { number }, tls: t }]),
    3,
  ),
});
const peer = record({
  mtls: mode.map((m) => ({ mode: m })),
  portLevelMtls: maybe(
    fc.tuple(fc.constantFrom(80, 90, 443), mode).map(([p, m]) => ({ [p]: { mode: m } })),
    3,
  ),
});
const jwtRule = record({
  issuer: fc.constantFrom('one', 'two'),
  jwksUri: fc.constant('https://keys.example.com'),
  audiences: maybe(fc.constantFrom(['web'], ['web', 'app'])),
  forwardOriginalToken: maybe(fc.constant(true)),
  fromHeaders: maybe(fc.constant([{ name: 'x-token' }]), 5),
  outputClaimToHeaders: maybe(fc.constant([{ header: 'x-group', claim: 'group' }]), 5),
});
const source = fc.constantFrom<Obj>(
  { principals: ['cluster.local/ns/shop/sa/page'] },
  { notPrincipals: ['*/sa/third'] },
  { namespaces: ['shop'] },
  { requestPrincipals: ['*'] },
  { requestPrincipals: ['one/*'] },
  { notRequestPrincipals: ['two/user'] },
);
const operation = fc.constantFrom<Obj>({ ports: ['80'] }, { ports: ['90', '443'] }, { notPorts: ['90'] }, { methods: ['GET'] });
const when = fc.constantFrom<Obj>(
  { key: 'request.auth.claims[group]', values: ['admin'] },
  { key: 'request.auth.claims[group]', notValues: ['admin', 'x*'] },
  { key: 'request.auth.audiences', values: ['web'] },
  { key: 'connection.sni', values: ['outbound_.80_*'] },
  { key: 'connection.sni', notValues: [`*_.${FULL}`] },
  { key: 'destination.port', values: ['443'] },
);
const access = record({
  from: maybe(source.map((s) => [{ source: s }])),
  to: maybe(
    operation.map((o) => [{ operation: o }]),
    3,
  ),
  when: maybe(fc.array(when, { minLength: 1, maxLength: 2 }), 2),
});
const policy = fc.tuple(
  fc.constantFrom('ALLOW', 'DENY'),
  fc.array(access, { minLength: 1, maxLength: 2 }),
  maybe(fc.constant('v1')),
);

interface Mesh {
  readonly tcp: readonly Obj[];
  readonly tls: readonly Obj[];
  readonly rule: Obj;
  readonly peers: readonly Obj[];
  readonly jwt: readonly Obj[];
  readonly policies: readonly (readonly [string, readonly Obj[], string | undefined])[];
  readonly ends: string;
}
const parts = {
  tcp: fc.array(tcpRule, { maxLength: 2 }),
  tls: fc.array(tlsRule, { maxLength: 2 }),
  rule: trafficPolicy,
  peers: fc.array(peer, { maxLength: 2 }),
  jwt: fc.array(jwtRule, { maxLength: 2 }),
  policies: fc.array(policy, { maxLength: 2 }),
  ends: fc.constantFrom('SIMPLE', 'PASSTHROUGH'),
};
const mesh = fc.record(parts) as fc.Arbitrary<Mesh>;

/** One part is another, or its lists are in another order: that often means nothing. */
const changed = (m: Mesh): fc.Arbitrary<Mesh> =>
  fc.oneof(
    ...(Object.keys(parts) as (keyof Mesh)[]).map((k) =>
      (parts[k] as fc.Arbitrary<unknown>).map((v) => ({ ...m, [k]: v }) as Mesh),
    ),
    fc.constant({ ...m, tcp: [...m.tcp].reverse(), policies: [...m.policies].reverse(), jwt: [...m.jwt].reverse() }),
    fc.constant({ ...m, tcp: [...m.tcp, ...m.tcp], tls: [...m.tls, ...m.tls], policies: [...m.policies, ...m.policies] }),
  );

const PORTS = [
  { name: 'http', port: 80 },
  { name: 'tcp', port: 90 },
  { name: 'tls', port: 443 },
  { name: 'any', port: 70, appProtocol: 'unknown' },
];
const selector = { matchLabels: { app: 'b' } };
const objects = (m: Mesh): Obj[] => [
  service('page'),
  service('b', PORTS),
  deployment('page', 'v1'),
  deployment('other', 'v1', 'shop', false),
  deployment('third', 'v1', 'side'),
  deployment('b', 'v1'),
  deployment('b', 'v2'),
  subsets('b', { trafficPolicy: m.rule }),
  istio('Gateway', 'edge', {
    selector: { istio: 'ingressgateway' },
    servers: [
      { port: { number: 90, name: 'tcp', protocol: 'TCP' }, hosts: ['*'] },
      {
        port: { number: 443, name: 'tls', protocol: m.ends === 'SIMPLE' ? 'HTTPS' : 'TLS' },
        hosts: ['*.example.com'],
        tls: m.ends === 'SIMPLE' ? { mode: 'SIMPLE', credentialName: 'c' } : { mode: 'PASSTHROUGH' },
      },
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.example.com'] },
    ],
  }),
  istio('VirtualService', 'b', {
    hosts: ['b', '*.example.com'],
    gateways: ['mesh', 'edge'],
    http: [{ route: [{ destination: { host: 'b', port: { number: 80 } } }] }],
    ...(m.tcp.length > 0 ? { tcp: m.tcp } : {}),
    ...(m.tls.length > 0 ? { tls: m.tls } : {}),
  }),
  ...m.peers.map((p, i) =>
    // port levels are for workloads alone
    istio('PeerAuthentication', `p${i}`, p.portLevelMtls ? { ...p, selector } : p),
  ),
  ...(m.jwt.length > 0 ? [istio('RequestAuthentication', 'tokens', { selector, jwtRules: m.jwt })] : []),
  ...m.policies.map(([action, rules, version], i) =>
    istio('AuthorizationPolicy', `p${i}`, {
      action,
      rules,
      selector: { matchLabels: { app: 'b', ...(version ? { version } : {}) } },
    }),
  ),
];

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = fc
  .record({
    iss: fc.constantFrom('one', 'two', 'three'),
    sub: fc.constantFrom('user', 'me'),
    aud: maybe(fc.constantFrom('web', 'app', 'other')),
    group: maybe(fc.constantFrom('admin', 'x1', 'y')),
  })
  .map((claims) => `${part({ alg: 'none' })}.${part(dense(claims))}.${part({})}`);
const sent = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Obj>({}) },
  { weight: 4, arbitrary: token.map((t): Obj => ({ authorization: [`Bearer ${t}`] })) },
  { weight: 1, arbitrary: token.map((t): Obj => ({ 'x-token': [t] })) },
  { weight: 1, arbitrary: fc.constant<Obj>({ authorization: ['Bearer nonsense'] }) },
);
const asked = fc.record({
  client: fc.constantFrom('shop/page-v1', 'shop/other-v1', 'side/third-v1', 'outside', 'gateway shop/edge'),
  how: fc.constantFrom('http', 'http', 'http', 'tls', 'bytes', 'unknown', 'unknown by TLS', 'unknown bytes'),
  method: fc.constantFrom('GET', 'POST'),
  headers: sent,
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

function requestOf({ client, how, method, headers }: Asked): TraceRequest {
  const host = client.startsWith('gateway') ? 'x.example.com' : FULL;
  if (how === 'tls') return requestTo(host, 443, helloTo(host));
  if (how === 'bytes') return requestTo(host, 90, { alpn: [] });
  const port = how === 'http' ? 80 : 70;
  if (how === 'unknown by TLS') return requestTo(host, port, helloTo(host));
  return requestTo(host, port, how === 'unknown bytes' ? { alpn: [] } : { method, headers: headers as TraceRequest['headers'] });
}

/** All of a trace that a client or a server sees, told apart here on its own. */
function seen(model: MeshModel, client: string, request: TraceRequest): string {
  const t = trace(model, findClient(model, client.replace('gateway ', 'gateway:')), request);
  const o = t.outbound;
  const texts = (list: readonly unknown[]) => [...new Set(list.map((x) => JSON.stringify(x)))].sort();
  const { ends, letIn, gets, arrivals } = callerOf(t, (e) => [e.status ?? true, e.where.split(', ').sort(), e.subset]);
  return JSON.stringify([
    ends,
    texts(t.arrivals.map((a) => (a.outcome?.local ? a.outcome.body : '')).filter(Boolean)),
    o && letIn && [o.timeoutMs, o.retry],
    o?.action === 'route' &&
      o.destinations
        ?.filter((d) => gets(d.cluster))
        .map((d) => [d.cluster, d.path, d.host, d.requestHeaders, d.requestHeadersRemoved]),
    texts(
      t.clusters
        .filter((c) => gets(c.name))
        .map((c) => ({
          ...clusterAnswer(c),
          endpoints: 0,
          config: 0,
          tls: c.tls && ('mode' in c.tls ? c.tls.mode : 'auto'),
        })),
    ),
    texts(
      arrivals.map((a) => {
        const d = a.outcome?.destinations?.[0];
        return [
          a.cluster,
          a.endpoint.workload?.config.name,
          a.mutualTls,
          a.outcome?.status,
          a.outcome?.body,
          d?.requestHeaders,
          d?.requestHeadersRemoved,
        ];
      }),
    ),
  ]);
}

const RUNS = Number(process.env.DIFF_RUNS ?? 50);
const REQUESTS = 40;

test('TLS, bytes and tokens: whatever differs is told, and what is told differs', () => {
  const count = { asked: 0, empty: 0, differ: { http: 0, tls: 0, bytes: 0, unknown: 0 } as Record<string, number> };
  const told = new Map<string, number>();
  fc.assert(
    fc.property(
      mesh.chain((m) => fc.tuple(fc.constant(m), changed(m))),
      fc.array(asked, { minLength: REQUESTS, maxLength: REQUESTS }),
      ([a, b], requests) => {
        const [old, now] = [meshOf(objects(a)), meshOf(objects(b))];
        const differences = diff(old, now);
        if (differences.length === 0) count.empty++;
        for (const { witness: w, aspect, text } of differences) {
          if (!w) continue;
          const kind = `${aspect}${w.request.tls ? ' by TLS' : w.request.alpn.length === 0 ? ' of bytes' : ''}${Object.keys(w.request.headers).length > 0 ? ' with headers' : ''}`;
          told.set(kind, (told.get(kind) ?? 0) + 1);
          if (seen(old, w.client, w.request) === seen(now, w.client, w.request))
            throw new Error(`told, and the same: ${w.client} ${text} ${JSON.stringify(w.request)}`);
        }
        for (const r of requests) {
          count.asked++;
          const request = requestOf(r);
          if (seen(old, r.client, request) === seen(now, r.client, request)) continue;
          const how = r.how.split(' ')[0]!;
          count.differ[how] = (count.differ[how] ?? 0) + 1;
          const isAbout = (host: string) =>
            r.client.startsWith('gateway')
              ? host.endsWith(`:${request.port}`)
              : host === `b.shop:${request.port}${request.tls ? ' by TLS' : ''}`;
          if (differences.some((d) => d.clients.includes(r.client) && d.hosts.some(isAbout))) continue;
          throw new Error(
            `${JSON.stringify(r)}\n${seen(old, r.client, request)}\n${seen(now, r.client, request)}\n${linesOf(differences).join('\n')}`,
          );
        }
      },
    ),
    {
      numRuns: RUNS,
      interruptAfterTimeLimit: Number(process.env.DIFF_MS ?? 600_000),
      endOnFailure: process.env.DIFF_MS !== undefined,
      seed: Number(process.env.DIFF_SEED ?? 20261122),
    },
  );
  // all of it was there, so the property means something
  expect(count.empty).toBeGreaterThan(RUNS / 20);
  for (const n of Object.values(count.differ)) expect(n).toBeGreaterThan(RUNS / 10);
  const kinds = ['ends', 'ends with headers', 'ends by TLS', 'ends of bytes', 'mutual TLS', 'destination', 'destination by TLS'];
  expect(kinds.filter((kind) => (told.get(kind) ?? 0) < RUNS / 50)).toEqual([]);
});
