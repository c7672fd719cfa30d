import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { ageDoubts } from '../../src/trace/age-doubts';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo, type TraceRequest } from '../../src/trace/request';
import { endingLine } from '../../src/trace/steps-text';

const BASE = `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}, {name: tcp, port: 90}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: a}, spec: {selector: {app: other}, ports: [{name: http, port: 80}, {name: tcp, port: 90}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web, version: v1, sidecar.istio.io/inject: "true"}}, spec: {containers: []}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: other, namespace: a}, spec: {template: {metadata: {labels: {app: other, sidecar.istio.io/inject: "true"}}, spec: {containers: []}}}}
`;
const GATEWAY =
  '{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge, namespace: a}, spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}}';

const net = (kind: string, name: string, spec: string, created = '') =>
  `{apiVersion: ${kind.endsWith('Authentication') ? 'security' : 'networking'}.istio.io/v1, kind: ${kind}, metadata: {name: ${name}, namespace: a${created && `, creationTimestamp: "${created}"`}}, spec: ${spec}}`;

interface Asked {
  readonly from?: string;
  readonly request?: Partial<TraceRequest>;
}

/** The doubts, as `older < younger: how it would end`. */
function doubts(objects: readonly string[], { from = 'a/web', request = {} }: Asked = {}): string[] {
  const { manifests, unreadable } = parseManifests([BASE, ...objects].join('\n---\n'), 'mesh.yaml');
  expect(unreadable).toEqual([]);
  const model = new MeshModel(manifests);
  const t = trace(model, findClient(model, from), requestTo('web.a', 80, request));
  return ageDoubts(model, t).map((d) => {
    const ends = d.otherwise.endings.map((e) =>
      endingLine(e)
        .trim()
        .replace(/ {2}(the proxy of|gateway a\/edge).*/, ''),
    );
    return `${d.older.kind} ${d.older.name} < ${d.younger.name}: ${ends.join('; ')}`;
  });
}

const respond = (status: number, match = '') => `{${match}directResponse: {status: ${status}}}`;
const vs = (name: string, http: string, { gateways = 'mesh', created = '' } = {}) =>
  net('VirtualService', name, `{hosts: [web.a.svc.cluster.local], gateways: [${gateways}], http: [${http}]}`, created);

describe('VirtualServices of one host', () => {
  test('at a sidecar the oldest alone is obeyed', () => {
    expect(doubts([vs('one', respond(201)), vs('two', respond(202))])).toEqual(['VirtualService one < two: 100 %  202']);
  });

  test('also where it takes no request of this path', () => {
    const one = vs('one', respond(201, 'match: [{uri: {exact: /x}}], '));
    expect(doubts([one, vs('two', respond(202))])).toEqual(['VirtualService one < two: 100 %  202']);
  });

  test.each([
    ['both say the same', [vs('one', respond(201)), vs('two', respond(201))]],
    ['there is one', [vs('one', respond(201))]],
    ['they are for other proxies', [vs('one', respond(201)), vs('two', respond(202), { gateways: 'a/edge' })]],
    [
      'their ages are said',
      [
        vs('one', respond(201), { created: '2026-01-02T00:00:00Z' }),
        vs('two', respond(202), { created: '2026-01-01T00:00:00Z' }),
      ],
    ],
    [
      'they were made in one second: then their names decide',
      [
        vs('one', respond(201), { created: '2026-01-02T00:00:00Z' }),
        vs('two', respond(202), { created: '2026-01-02T00:00:00Z' }),
      ],
    ],
  ])('no doubt where %s', (_, objects) => expect(doubts(objects)).toEqual([]));

  test('one whose age is not said is the younger, and may be the older', () => {
    const dated = vs('two', respond(202), { created: '2026-01-02T00:00:00Z' });
    expect(doubts([vs('one', respond(201)), dated])).toEqual(['VirtualService two < one: 100 %  201']);
    const both = [vs('one', respond(201), { created: '2026-01-03T00:00:00Z' }), dated];
    expect(doubts(both)).toEqual([]);
  });

  test('a third one is found behind one that says the same', () => {
    expect(doubts([vs('one', respond(201)), vs('two', respond(201)), vs('zero', respond(202))])).toEqual([
      'VirtualService one < zero: 100 %  202',
    ]);
  });

  const edge = (one: string, two: string, path = '/') =>
    doubts([GATEWAY, vs('one', one, { gateways: 'a/edge' }), vs('two', two, { gateways: 'a/edge' })], {
      from: 'gateway:a/edge',
      request: { host: 'web.a.svc.cluster.local', path },
    });
  const prefix = (p: string) => `match: [{uri: {prefix: ${p}}}], `;

  test('at a gateway their routes are in the order of their ages', () => {
    expect(edge(respond(201, prefix('/a')), respond(202, prefix('/a/b')), '/a/b')).toEqual([
      'VirtualService one < two: 100 %  202',
    ]);
  });

  test.each([
    ['the request is for one alone', '/a/c', respond(202, prefix('/a/b'))],
    ['what takes everything goes last at all events', '/a/b', respond(202)],
  ])('no doubt at a gateway where %s', (_, path, two) => expect(edge(respond(201, prefix('/a')), two, path)).toEqual([]));

  test('connections', () => {
    const tcp = (name: string, to: string) =>
      net(
        'VirtualService',
        name,
        `{hosts: [web.a.svc.cluster.local], tcp: [{route: [{destination: {host: ${to}, port: {number: 90}}}]}]}`,
      );
    expect(doubts([tcp('one', 'web'), tcp('two', 'other')], { request: { port: 90 } })).toEqual([
      'VirtualService one < two: 100 %  connected  a/other',
    ]);
    expect(doubts([tcp('one', 'web'), tcp('two', 'web')], { request: { port: 90 } })).toEqual([]);
  });
});

describe('DestinationRules of one host and namespace', () => {
  const rule = (name: string, more: string) => net('DestinationRule', name, `{host: web.a.svc.cluster.local, ${more}}`);

  test('the first trafficPolicy holds', () => {
    const [one, two] = [
      rule('one', 'trafficPolicy: {tls: {mode: DISABLE}}'),
      rule('two', 'trafficPolicy: {tls: {mode: SIMPLE}}'),
    ];
    expect(doubts([one, two])).toEqual([expect.stringMatching(/^DestinationRule one < two: 100 % {2}503 /)]);
  });

  test('also where only the settings on the way differ', () => {
    const policy = (lb: string) => `trafficPolicy: {loadBalancer: {simple: ${lb}}}`;
    expect(doubts([rule('one', policy('RANDOM')), rule('two', policy('LEAST_REQUEST'))])).toEqual([
      'DestinationRule one < two: 100 %  200  a/web',
    ]);
    expect(doubts([rule('one', policy('RANDOM')), rule('two', policy('RANDOM'))])).toEqual([]);
  });

  test('of subsets of one name the first counts', () => {
    const route = vs('route', '{route: [{destination: {host: web, subset: s}}]}');
    const subset = (version: string) => `subsets: [{name: s, labels: {version: ${version}}}]`;
    expect(doubts([route, rule('one', subset('v1')), rule('two', subset('v2'))])).toEqual([
      expect.stringMatching(/^DestinationRule one < two: 100 % {2}503 UH/),
    ]);
    expect(doubts([route, rule('one', subset('v1')), rule('two', 'subsets: [{name: t, labels: {version: v2}}]')])).toEqual([]);
    // nobody asks for the subset
    expect(doubts([rule('one', subset('v1')), rule('two', subset('v2'))])).toEqual([]);
  });
});

test('Sidecars of one workload, and of one namespace', () => {
  const scope = (name: string, host: string, selector = '') =>
    net(
      'Sidecar',
      name,
      `{${selector}egress: [{hosts: ["./${host}.a.svc.cluster.local"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}`,
    );
  const app = (name: string) => `workloadSelector: {labels: {app: ${name}}}, `;
  expect(doubts([scope('one', 'web'), scope('two', 'other')])).toEqual(['Sidecar one < two: 100 %  502']);
  expect(doubts([scope('one', 'web', app('web')), scope('two', 'other', app('web'))])).toEqual(['Sidecar one < two: 100 %  502']);
  expect(doubts([scope('one', 'web', app('web')), scope('two', 'other', app('other'))])).toEqual([]);
  expect(doubts([scope('one', 'web', app('web')), scope('two', 'other')])).toEqual([]);
});

test('PeerAuthentications of one level', () => {
  const peer = (name: string, mode: string, selector = '') =>
    net('PeerAuthentication', name, `{${selector}mtls: {mode: ${mode}}}`);
  const web = 'selector: {matchLabels: {app: web}}, ';
  const outside = { from: 'outside' };
  expect(doubts([peer('one', 'STRICT'), peer('two', 'PERMISSIVE')], outside)).toEqual([
    'PeerAuthentication one < two: 100 %  200  a/web',
  ]);
  expect(doubts([peer('one', 'STRICT', web), peer('two', 'DISABLE', web)], outside)).toEqual([
    'PeerAuthentication one < two: 100 %  200  a/web',
  ]);
  expect(doubts([peer('one', 'STRICT', web), peer('two', 'PERMISSIVE')], outside)).toEqual([]);
  expect(doubts([peer('one', 'STRICT'), peer('two', 'PERMISSIVE')])).toEqual([]);
});

test('Gateways of one proxy', () => {
  const gateway = (name: string, port: string, host = '*') =>
    net('Gateway', name, `{selector: {istio: edge}, servers: [{port: ${port}, hosts: ["${host}"]}]}`);
  const [http, tcp] = ['{number: 80, name: http, protocol: HTTP}', '{number: 80, name: tcp, protocol: TCP}'];
  const route = vs('route', respond(201), { gateways: 'a/one, a/two' });
  const asked = { from: 'gateway:a/one', request: { host: 'web.a.svc.cluster.local' } };
  expect(doubts([gateway('one', http), gateway('two', tcp), route], asked)).toEqual([
    expect.stringMatching(/^Gateway one < two: /),
  ]);
  expect(doubts([gateway('one', http), gateway('two', http), route], asked)).toEqual([]);
  // a server of another host keeps the one that is asked from the port
  const bytes = net(
    'VirtualService',
    'bytes',
    '{hosts: ["*"], gateways: [a/two], tcp: [{route: [{destination: {host: web, port: {number: 80}}}]}]}',
  );
  expect(doubts([gateway('one', http, 'other.example.com'), gateway('two', tcp), bytes], asked)).toEqual([
    expect.stringMatching(/^Gateway one < two: /),
  ]);
});

test('ServiceEntries of one host', () => {
  const entry = (name: string, resolution: string, address: string) =>
    net(
      'ServiceEntry',
      name,
      `{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: ${resolution}, endpoints: [{address: ${address}}]}`,
    );
  const asked = { request: { host: 'api.example.com' } };
  expect(doubts([entry('one', 'STATIC', '1.1.1.1'), entry('two', 'DNS', 'b.example.com')], asked)).toEqual([
    expect.stringMatching(/^ServiceEntry one < two: /),
  ]);
  expect(doubts([entry('one', 'STATIC', '1.1.1.1'), entry('two', 'STATIC', '1.1.1.1')], asked)).toEqual([]);
});

test('RequestAuthentications with one issuer: the first that takes the token says what becomes of it', () => {
  const tokens = (name: string, issuer: string, forward: boolean) =>
    net(
      'RequestAuthentication',
      name,
      `{jwtRules: [{issuer: ${issuer}, jwksUri: "https://keys.example.com", forwardOriginalToken: ${forward}}]}`,
    );
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bearer = [`Bearer ${part({ alg: 'RS256' })}.${part({ iss: 'x' })}.${part({})}`];
  const asked = { request: { headers: { authorization: bearer } } };
  const [one, two] = [tokens('one', 'x', true), tokens('two', 'x', false)];
  expect(doubts([one, two], asked)).toEqual(['RequestAuthentication one < two: 100 %  200  a/web']);
  expect(doubts([one, two])).toEqual([]);
  expect(doubts([one, tokens('two', 'z', false)], asked)).toEqual([]);
});
