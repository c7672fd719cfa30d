import { diff } from '../../src/diff/diff';
import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { deployment, istio, lines, linesOf, meshOf, type Obj, routes, service, subsets, to } from './support';

const shop: readonly Obj[] = [
  service('page'),
  service('reviews'),
  deployment('page', 'v1'),
  deployment('reviews', 'v1'),
  deployment('reviews', 'v2'),
  subsets('reviews'),
];
const canary = (percent: number) => [{ route: [to('reviews', 'v1', 100 - percent), to('reviews', 'v2', percent)] }];
const V1 = { route: [to('reviews', 'v1')] };
const V2 = { route: [to('reviews', 'v2')] };
const alice = { match: [{ headers: { 'end-user': { exact: 'alice' } } }] };
const EVERY = 'shop/page-v1, shop/reviews-v1, shop/reviews-v2';

describe('where requests go', () => {
  const vs = (old: readonly Obj[], now: readonly Obj[]) =>
    lines([...shop, routes('reviews', old)], [...shop, routes('reviews', now)]);
  test.each<[string, readonly Obj[], readonly Obj[], readonly string[]]>([
    ['shares', canary(10), canary(25), [`${EVERY} -> reviews.shop: v1 90 % -> 75 %, v2 10 % -> 25 %`]],
    ['another version', [V1], [V2], [`${EVERY} -> reviews.shop: v1 -> v2`]],
    ['a canary begins', [V1], canary(10), [`${EVERY} -> reviews.shop: v1 -> 90 % v1, 10 % v2`]],
    [
      'a fault for some',
      [V1],
      [{ ...alice, ...V1, fault: { abort: { httpStatus: 500, percentage: { value: 100 } } } }, V1],
      [`${EVERY} -> reviews.shop, header end-user alice: v1 -> 500 (a fault answers it)`],
    ],
    [
      'a fault for a share',
      [V1],
      [{ ...V1, fault: { abort: { httpStatus: 503, percentage: { value: 10 } } } }],
      [`${EVERY} -> reviews.shop: v1 -> 90 % v1, 10 % 503 (a fault answers it)`],
    ],
    [
      'a delay',
      [V1],
      [{ ...V1, fault: { delay: { fixedDelay: '7s', percentage: { value: 50 } } } }],
      [`${EVERY} -> reviews.shop: fault none -> 7s late for 50 %`],
    ],
    [
      'a path that no longer matches',
      [{ match: [{ uri: { prefix: '/api' } }, { uri: { prefix: '/web' } }], ...V1 }],
      [{ match: [{ uri: { prefix: '/web' } }], ...V1 }],
      [`${EVERY} -> reviews.shop, path /api: v1 -> 404 (no route of the host takes the request)`],
    ],
    [
      'a regex that takes less',
      [{ match: [{ uri: { regex: '/v[0-9]+/.*' } }], ...V2 }, V1],
      [{ match: [{ uri: { regex: '/v[0-9]/.*' } }], ...V2 }, V1],
      [expect.stringMatching(/reviews\.shop, path \/v\d\d\/.*: v2 -> v1$/) as unknown as string],
    ],
    ['a timeout', [{ ...V1, timeout: '5s' }], [{ ...V1, timeout: '2s' }], [`${EVERY} -> reviews.shop: timeout 5s -> 2s`]],
    [
      'retries',
      [V1],
      [{ ...V1, retries: { attempts: 0 } }],
      [expect.stringMatching(/reviews\.shop: retries 2 on .* -> none$/) as unknown as string],
    ],
    [
      'a mirror',
      [V1],
      [{ ...V1, mirror: { host: 'reviews', subset: 'v2' } }],
      [`${EVERY} -> reviews.shop: copies none -> 100 % to reviews.shop v2`],
    ],
    ['a rewrite', [V1], [{ ...V1, rewrite: { uri: '/new' } }], [`${EVERY} -> reviews.shop: reviews.shop v1 gets path / -> /new`]],
    [
      'a header for the service',
      [V1],
      [{ ...V1, headers: { request: { set: { x: '1' } } } }],
      [`${EVERY} -> reviews.shop: reviews.shop v1 gets headers none -> x: 1`],
    ],
    [
      'a header of the answer',
      [V1],
      [{ ...V1, headers: { response: { remove: ['server'] } } }],
      [`${EVERY} -> reviews.shop: reviews.shop v1 answers with headers none -> remove server`],
    ],
    [
      'CORS',
      [V1],
      [{ ...V1, corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }] } }],
      [`${EVERY} -> reviews.shop: CORS none -> for https://a.example`],
    ],
    [
      'a redirect',
      [{ redirect: { uri: '/a' } }],
      [{ redirect: { uri: '/b' } }],
      [
        `${EVERY} -> reviews.shop: 301 to http://reviews.shop.svc.cluster.local/a -> 301 to http://reviews.shop.svc.cluster.local/b`,
      ],
    ],
    [
      'an answer of the proxy itself',
      [V1],
      [{ directResponse: { status: 200 } }],
      [`${EVERY} -> reviews.shop: v1 -> 200 (the proxy answers itself)`],
    ],
    [
      'a subset that is not there',
      [V1],
      [{ route: [to('reviews', 'v9')] }],
      [`${EVERY} -> reviews.shop: v1 -> 503 (there is no cluster outbound|80|v9|reviews.shop.svc.cluster.local)`],
    ],
    [
      'the order of rules that meet',
      [{ ...alice, ...V2 }, { match: [{ uri: { prefix: '/a' } }], ...V1 }, V1],
      [{ match: [{ uri: { prefix: '/a' } }], ...V1 }, { ...alice, ...V2 }, V1],
      [
        expect.stringMatching(
          /reviews\.shop, path \/a, header end-user alice: v2 -> v1$|reviews\.shop, header end-user alice, path \/a: v2 -> v1$/,
        ) as unknown as string,
      ],
    ],
    [
      'the order of rules that do not',
      [{ ...alice, ...V2 }, { match: [{ headers: { 'end-user': { exact: 'bob' } } }], ...V1 }, V1],
      [{ match: [{ headers: { 'end-user': { exact: 'bob' } } }], ...V1 }, { ...alice, ...V2 }, V1],
      [],
    ],
    ['a rule behind one that takes everything', [V1], [V1, { ...alice, ...V2 }], []],
    [
      'a rule whose requests another one takes first',
      [{ match: [{ uri: { prefix: '/a' } }], ...V2 }, V1],
      [{ match: [{ uri: { prefix: '/a' } }], ...V2 }, { match: [{ uri: { exact: '/a/b' } }], ...V1 }, V1],
      [],
    ],
    [
      'a prefix said as a regex',
      [{ match: [{ headers: { h: { prefix: 'a' } } }], ...V2 }, V1],
      [{ match: [{ headers: { h: { prefix: 'a' } }, uri: { prefix: '/' } }], ...V2 }, V1],
      [],
    ],
  ])('%s', (_, old, now, expected) => expect(vs(old, now)).toEqual(expected));

  test('a regex of which no example is known may change', () =>
    expect(
      vs(
        [{ match: [{ uri: { regex: '/\\pL{3}\\pN' } }], ...V2 }, V1],
        [{ match: [{ uri: { regex: '/\\pL{4}\\pN' } }], ...V2 }, V1],
      ),
    ).toEqual([
      `${EVERY} -> reviews.shop: may change: a rule with the regex /\\pL{3}\\pN differs, and no request that shows it was found`,
      `${EVERY} -> reviews.shop: may change: a rule with the regex /\\pL{4}\\pN differs, and no request that shows it was found`,
    ]));

  test('the order of regexes that no sample is of both may matter, of others it does not', () => {
    const rules = (...uris: readonly string[]) => [
      ...uris.map((regex, i) => ({ match: [{ uri: { regex } }], ...(regex.includes('x') ? V1 : V2), name: `${i}` })),
      V1,
    ];
    expect(vs(rules('/a[0-9]+', '/b/x'), rules('/b/x', '/a[0-9]+'))).toEqual([]);
    expect(vs(rules('/.*7x', '/q{7}.*'), rules('/q{7}.*', '/.*7x'))).toEqual(
      ['/q{7}.*', '/.*7x'].map(
        (r) => `${EVERY} -> reviews.shop: may change: a rule with the regex ${r} differs, and no request that shows it was found`,
      ),
    );
  });

  test('rules for some clients are told for these', () =>
    expect(vs([V1], [{ match: [{ sourceLabels: { app: 'page' } }], ...V2 }, V1])).toEqual([
      'shop/page-v1 -> reviews.shop: v1 -> v2',
    ]));

  test('a host of VirtualServices alone', () => {
    const legacy = (subset: string) =>
      istio('VirtualService', 'legacy', { hosts: ['legacy.example'], http: [{ route: [to('reviews', subset)] }] });
    expect(lines([...shop, legacy('v1')], [...shop, legacy('v2')])).toEqual([
      `${EVERY} -> legacy.example: shop/reviews-v1 (v1) -> shop/reviews-v2 (v2)`,
    ]);
  });

  test('the fields that decided are told, with their places', () => {
    const [d] = diff(
      meshOf([...shop, routes('reviews', canary(10))], 'old.yaml'),
      meshOf([...shop, routes('reviews', canary(25))], 'new.yaml'),
    );
    expect(d!.places.old.map((r) => [r.manifest.kind, r.path, r.manifest.place(r.path).file])).toEqual([
      ['VirtualService', ['spec', 'http', 0], 'old.yaml'],
    ]);
    expect(d!.places.now.map((r) => [r.manifest.kind, r.path, r.manifest.place(r.path).file])).toEqual([
      ['VirtualService', ['spec', 'http', 0], 'new.yaml'],
    ]);
    expect(d!.witness).toMatchObject({
      client: 'shop/page-v1',
      request: { host: 'reviews.shop.svc.cluster.local', port: 80, path: '/' },
    });
  });
});

describe('how destinations are called', () => {
  const rule = (trafficPolicy: Obj) => lines(shop, [...shop.slice(0, -1), subsets('reviews', { trafficPolicy })]);
  test.each<[string, Obj, string]>([
    [
      'a circuit breaker',
      { connectionPool: { tcp: { maxConnections: 5 } } },
      `${EVERY} -> reviews.shop: circuit breaker of reviews.shop none -> max_connections 5`,
    ],
    [
      'a load balancer',
      { loadBalancer: { simple: 'RANDOM' } },
      `${EVERY} -> reviews.shop: load balancer of reviews.shop LEAST_REQUEST -> RANDOM`,
    ],
    [
      'outlier detection',
      { outlierDetection: { consecutive5xxErrors: 3 } },
      `${EVERY} -> reviews.shop: outlier detection of reviews.shop none -> enforcing_success_rate 0, consecutive_5xx 3, enforcing_consecutive_5xx 100`,
    ],
  ])('%s', (_, policy, expected) => expect(rule(policy)).toEqual([expected]));

  test('TLS that is switched off: requests travel in plain text', () =>
    expect(rule({ tls: { mode: 'DISABLE' } })).toEqual([
      `${EVERY} -> reviews.shop: by mutual TLS -> in plain text`,
      `${EVERY} -> reviews.shop: TLS of reviews.shop automatic -> none`,
    ]));
});

describe('who is let in', () => {
  const allow = (rules: readonly Obj[], action = 'ALLOW') =>
    istio('AuthorizationPolicy', 'reviews', { selector: { matchLabels: { app: 'reviews' } }, action, rules });
  const page = { from: [{ source: { principals: ['cluster.local/ns/shop/sa/page'] } }] };
  const denied = '403 (no rule allows it, and there is one that allows others)';

  test('a policy begins to let in one alone', () =>
    expect(lines(shop, [...shop, allow([page])])).toEqual([
      `shop/reviews-v1, shop/reviews-v2, outside -> reviews.shop: 200 -> ${denied}`,
    ]));

  test('a path that is let in no longer', () =>
    expect(
      lines(
        [...shop, allow([{ to: [{ operation: { paths: ['/a/*', '/b'] } }] }])],
        [...shop, allow([{ to: [{ operation: { paths: ['/a/*'] } }] }])],
      ),
    ).toEqual([`every client -> reviews.shop, path /b: 200 -> ${denied}`]));

  test('a method that is denied, but for one path', () =>
    expect(
      lines(shop, [...shop, allow([{ to: [{ operation: { methods: ['DELETE'], notPaths: ['/trash'] } }] }], 'DENY')]),
    ).toEqual(['every client -> reviews.shop, method DELETE: 200 -> 403 (a rule denies it)']));

  test('a path behind a rewrite', () => {
    const rewritten = routes('reviews', [
      { match: [{ uri: { prefix: '/old/' } }], rewrite: { uri: '/' }, route: [to('reviews')] },
    ]);
    const found = lines(
      [...shop, rewritten, allow([{ to: [{ operation: { paths: ['/x', '/y'] } }] }])],
      [...shop, rewritten, allow([{ to: [{ operation: { paths: ['/x'] } }] }])],
    );
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${EVERY} -> reviews\\.shop, path /old/y: .* -> 403`)));
  });

  test('a token that is wanted', () => {
    const jwt = istio('RequestAuthentication', 'reviews', {
      selector: { matchLabels: { app: 'reviews' } },
      jwtRules: [{ issuer: 'me', jwks: '{}' }],
    });
    const staff = allow([{ when: [{ key: 'request.auth.claims[role]', values: ['staff'] }] }]);
    const boss = allow([{ when: [{ key: 'request.auth.claims[role]', values: ['boss'] }] }]);
    expect(lines([...shop, jwt, staff], [...shop, jwt, boss])).toEqual([
      `every client -> reviews.shop, a token of me with role staff: 200 -> ${denied}`,
      'every client -> reviews.shop, a token of me with role boss: 403 -> 200',
    ]);
    expect(lines(shop, [...shop, jwt])).toEqual([
      expect.stringMatching(/^every client -> reviews\.shop, a token that is none: 200 -> 401/),
      'every client -> reviews.shop, a token of me: the server gets headers none -> no authorization',
    ]);
  });

  test('mutual TLS that becomes strict closes those without a sidecar', () => {
    const plain = deployment('cron', 'v1', 'shop', false);
    const strict = istio('PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } });
    expect(lines([...shop, plain], [...shop, plain, strict])).toEqual([
      'shop/cron-v1, outside -> page.shop, reviews.shop: mutual TLS PERMISSIVE -> STRICT: 200 -> closed (the port takes mutual TLS alone)',
    ]);
  });

  test('a client that gets another service account', () =>
    expect(
      lines(
        [...shop, allow([page])],
        [...shop.filter((o) => o.metadata.name !== 'page-v1'), deployment('page', 'v1', 'shop', true, 'other'), allow([page])],
      ),
    ).toEqual([`shop/page-v1 -> reviews.shop: 200 -> ${denied}`]));

  test('a client that loses its sidecar comes in plain text', () =>
    expect(
      lines(shop, [...shop.filter((o) => o.metadata.name !== 'page-v1'), deployment('page', 'v1', 'shop', false)]),
    ).toContainEqual(expect.stringMatching(/^shop\/page-v1 -> .*: by mutual TLS -> in plain text$/)));
});

describe('what is new or gone', () => {
  test('is said once', () =>
    expect(lines(shop, [...shop, service('ratings'), deployment('ratings', 'v1')])).toEqual([
      'Service shop/ratings is new',
      'Deployment shop/ratings-v1 is new',
    ]));
  test('a port of a service', () =>
    expect(
      lines(shop, [
        service('page', [
          { name: 'http', port: 80 },
          { name: 'http-admin', port: 81 },
        ]),
        ...shop.slice(1),
      ]),
    ).toEqual(['port 81 of Service shop/page is new']));
  test('a version that goes takes its share along', () => {
    const all = [...shop, routes('reviews', canary(10))];
    expect(
      lines(
        all,
        all.filter((o) => o.metadata.name !== 'reviews-v2'),
      ),
    ).toEqual([
      'Deployment shop/reviews-v2 is gone',
      expect.stringMatching(/-> reviews\.shop: 90 % v1, 10 % v2 -> 90 % v1, 10 % 503 \(no pod is behind/),
      expect.stringMatching(/^outside -> reviews\.shop: shop\/reviews-v1, shop\/reviews-v2 -> shop\/reviews-v1$/),
    ]);
  });
});

test('what is not understood is told when it differs', () => {
  const filter = (n: number) => istio('EnvoyFilter', 'lua', { configPatches: [{ n }] });
  expect(lines([...shop, filter(1)], [...shop, filter(1)])).toEqual([]);
  expect(lines([...shop, filter(1)], [...shop, filter(2)])).toEqual([
    'EnvoyFilter shop/lua differs, and may change requests: it is not understood here',
  ]);
  expect(
    lines(shop, [...shop, istio('AuthorizationPolicy', 'ask', { action: 'CUSTOM', provider: { name: 'p' }, rules: [{}] })]),
  ).toEqual(['AuthorizationPolicy shop/ask is new, and may change requests: it is not understood here']);
});

describe('who may ask whom', () => {
  const scope = (hosts: readonly string[], mode = 'REGISTRY_ONLY') =>
    istio('Sidecar', 'default', { egress: [{ hosts }], outboundTrafficPolicy: { mode } });
  test('a Sidecar that leaves a service out', () =>
    expect(lines([...shop, scope(['./*'])], [...shop, scope(['./page.shop.svc.cluster.local'])])).toEqual([
      expect.stringMatching(/-> reviews\.shop: .* -> 502/),
    ]));
  test('hosts that nobody knows', () =>
    expect(lines([...shop, scope(['./*'], 'ALLOW_ANY')], [...shop, scope(['./*'])])).toEqual([
      expect.stringMatching(/-> hosts that nobody knows: unknown\.invalid, outside the mesh -> 502/),
      expect.stringMatching(/-> hosts that nobody knows, by TLS: /),
    ]));
});

describe('a gateway', () => {
  const edge = (hosts: readonly string[], tls = false) =>
    istio('Gateway', 'edge', {
      selector: { istio: 'ingressgateway' },
      servers: [
        tls
          ? { port: { number: 443, name: 'https', protocol: 'HTTPS' }, tls: { mode: 'SIMPLE', credentialName: 'c' }, hosts }
          : { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts },
      ],
    });
  const entry = (subset: string, hosts = ['a.example.com']) =>
    istio('VirtualService', 'entry', {
      hosts,
      gateways: ['edge'],
      http: [{ match: [{ uri: { prefix: '/api' } }], route: [to('reviews', subset)] }],
    });
  test('another version for a path', () =>
    expect(lines([...shop, edge(['*']), entry('v1')], [...shop, edge(['*']), entry('v2')])).toEqual([
      expect.stringMatching(/^gateway shop\/edge -> a\.example\.com, path \/api: .*v1.* -> .*v2/),
    ]));
  test('a host that is served no more', () =>
    expect(
      lines([...shop, edge(['*']), entry('v1', ['a.example.com', 'b.example.com'])], [...shop, edge(['*']), entry('v1')]),
    ).toEqual([
      expect.stringMatching(
        /^gateway shop\/edge -> b\.example\.com.*: 404|^gateway shop\/edge -> b\.example\.com, path \/api: .* -> 404/,
      ),
    ]));
  test('by TLS', () =>
    expect(lines([...shop, edge(['*'], true), entry('v1')], [...shop, edge(['*'], true), entry('v2')])).toEqual([
      expect.stringMatching(/^gateway shop\/edge -> a\.example\.com, path \/api: .*v1.* -> .*v2/),
    ]));
});

test('connections that are not looked into', () => {
  const tcp = [service('db', [{ name: 'tcp', port: 5432 }]), deployment('db', 'v1'), deployment('db', 'v2'), subsets('db')];
  const split = (n: number) =>
    istio('VirtualService', 'db', { hosts: ['db'], tcp: [{ route: [to('db', 'v1', 100 - n), to('db', 'v2', n)] }] });
  expect(lines([...shop, ...tcp, split(10)], [...shop, ...tcp, split(20)])).toEqual([
    expect.stringMatching(/-> db\.shop: v1 90 % -> 80 %, v2 10 % -> 20 %$/),
  ]);
});

test('the same in another format is no difference', () => {
  const json = parseManifests(
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...shop, routes('reviews', canary(10))] }),
    'list.json',
  );
  expect(json.unreadable).toEqual([]);
  expect(diff(meshOf([...shop, routes('reviews', canary(10))]), new MeshModel(json.manifests))).toEqual([]);
});

test('a provider that MeshConfig no longer has: what it was to decide is denied, and nothing else', () => {
  const ask = istio('AuthorizationPolicy', 'ask', {
    selector: { matchLabels: { app: 'reviews' } },
    action: 'CUSTOM',
    provider: { name: 'opa' },
    rules: [{ to: [{ operation: { paths: ['/secret'] } }] }],
  });
  const { manifests } = parseManifests(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...shop, ask] }), 'list.json');
  const told = (name: string) =>
    new MeshModel(manifests, { meshConfig: { extensionProviders: [{ name, envoyExtAuthzHttp: { service: 'opa', port: 80 } }] } });
  expect(diff(told('opa'), told('opa'))).toEqual([]);
  expect(linesOf(diff(told('opa'), told('other')))).toEqual([
    'every client -> reviews.shop, path /secret: 200 -> 403 (provider "opa" is to decide, and MeshConfig has none of that name: all that it is about is denied)',
  ]);
});

test('who gets past a gateway', () => {
  const edge = [
    ...shop,
    istio('Gateway', 'edge', {
      selector: { app: 'edge' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['a.example.com'] }],
    }),
    istio('VirtualService', 'edge', { hosts: ['a.example.com'], gateways: ['edge'], http: [V1] }),
  ];
  const asks = istio(
    'AuthorizationPolicy',
    'tokens',
    {
      selector: { matchLabels: { app: 'edge' } },
      action: 'DENY',
      rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }],
    },
    'istio-system',
  );
  expect(lines(edge, [...edge, asks])).toContainEqual(
    expect.stringMatching(/^gateway shop\/edge -> a\.example\.com: .* -> 403 \(a rule denies it\)$/),
  );
});
