import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endingsText, meshOf } from '../../src/testing/jest';

// What a matcher must not pass over: each of these was green once.

const service = (name: string, ports = '[{name: http, port: 80}]') => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {selector: {app: ${name}}, ports: ${ports}}`;
const workload = (name: string, labels: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec: {selector: {matchLabels: ${labels}}, template: {metadata: {labels: ${labels}}, spec: {containers: [{name: c, image: x}]}}}`;
const istio = (kind: string, name: string, spec: string, group = 'networking') => `
apiVersion: ${group}.istio.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec: ${spec}`;

const SHOP = [
  service('orders'),
  service('orders-db'),
  service('archive'),
  workload('orders', '{app: orders, version: v1}'),
  workload('orders-v3', '{app: orders, version: v3}'),
  workload('orders-db', '{app: orders-db, version: v1}'),
  workload('archive', '{app: archive, version: v1}'),
  workload('page', '{app: page}'),
  workload('batch', '{app: batch}'),
  istio(
    'DestinationRule',
    'o',
    '{host: orders, subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]}',
  ),
  istio(
    'VirtualService',
    'o',
    `
  hosts: [orders]
  http:
  - match: [{headers: {x-dev: {regex: "^(dev|test)-[0-9]+$"}}}]
    route: [{destination: {host: orders, subset: v3}}]
  - match: [{headers: {h1: {exact: a}, h2: {exact: b}, h3: {exact: c}, h4: {exact: d}, h5: {exact: e}}, uri: {exact: /deep/x}}]
    route: [{destination: {host: orders-db}}]
  - route: [{destination: {host: orders, subset: v1}}]`,
  ),
];

function shop(...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'strict-'));
  writeFileSync(join(folder, 'm.yaml'), [...SHOP, ...more].join('\n---'));
  return meshOf(folder);
}
const mesh = shop();
const page = { from: 'shop/page' };

describe('a place is the pods behind it, whatever they are called', () => {
  const db = mesh.request({ ...page, to: 'orders-db' });
  test('a service whose name another begins with', () => {
    expect(() => expect(db).toReach('shop/orders')).toThrow('reaches shop/orders');
    expect(() => expect(db).toReach('orders')).toThrow('reaches orders');
    expect(db).not.toReach('shop/orders');
    expect(db).toReach('orders-db.shop.svc.cluster.local');
    expect(() => expect(db).toSplit({ orders: 100 })).toThrow('splits');
  });
  test('a workload is of the services that select it', () => {
    const v3 = mesh.request({ ...page, to: 'orders', headers: { 'x-dev': 'dev-1' } });
    expect(v3).toReach('shop/orders-v3');
    expect(v3).toReach('orders.shop');
    expect(v3).toReach('orders@v3');
    expect(v3).not.toReach('orders@v1');
    expect(() => expect(v3).not.toReach('orders')).toThrow('does not: reaches orders');
  });
  test('who is kept out at its door is not there', () => {
    const denied = shop(istio('AuthorizationPolicy', 'none', '{selector: {matchLabels: {app: orders-db}}}', 'security'));
    const t = denied.request({ ...page, to: 'orders-db' });
    expect(t).toBeDenied();
    expect(t).not.toReach('orders-db');
  });
});

describe('.not is about every share', () => {
  const half = shop(
    istio(
      'VirtualService',
      'archive',
      `
  hosts: [archive]
  http:
  - fault: {abort: {httpStatus: 500, percentage: {value: 20}}, delay: {fixedDelay: 2s, percentage: {value: 10}}}
    mirrors: [{destination: {host: orders}, percentage: {value: 5}}]
    route: [{destination: {host: archive}}]`,
    ),
  ).request({ ...page, to: 'archive' });
  test.each([
    ['toAnswer', (e: any) => e.toAnswer(500)],
    ['toAbort', (e: any) => e.toAbort(500)],
    ['toBeDelayed', (e: any) => e.toBeDelayed('2s')],
    ['toMirrorTo', (e: any) => e.toMirrorTo('orders')],
  ])('%s', (_name, asks) => {
    expect(() => asks(expect(half).not)).toThrow('does not: ');
    expect(() => asks(expect(half))).toThrow('expected that');
  });
  test('of another share that is said', () => {
    expect(half).toAbort(500, 20);
    expect(half).not.toAbort(500, 100);
    expect(half).toMirrorTo('orders', 5);
    expect(half).not.toMirrorTo('orders-db');
  });
});

describe('an answer with a doubt passes nothing', () => {
  const filter = istio('EnvoyFilter', 'f', '{configPatches: []}');
  const ask = (m: ReturnType<typeof shop>, more = {}) => m.request({ ...page, to: 'orders', ...more });

  test.each([
    ['toReach', (e: any) => e.toReach('orders@v1')],
    ['.not.toReach', (e: any) => e.not.toReach('orders-db')],
    ['.not.toBeDenied', (e: any) => e.not.toBeDenied()],
    ['toUseMutualTls', (e: any) => e.toUseMutualTls()],
  ])('what is not understood: %s', (_name, asks) => {
    asks(expect(ask(mesh)));
    const m = shop(filter);
    expect(() => asks(expect(ask(m)))).toThrow(/which cannot be told:\n {2}not understood: an EnvoyFilter .*m\.yaml:\d+/);
    asks(expect(ask(m, { acceptDoubts: true })));
  });

  test('what is wrong without the doubt is told as wrong', () => {
    expect(() => expect(ask(shop(filter))).toReach('orders-db')).toThrow(/reaches orders-db\n\n/);
  });

  test('an age that nobody says', () => {
    const m = shop(istio('VirtualService', 'p', '{hosts: [orders], http: [{route: [{destination: {host: orders-db}}]}]}'));
    const says = /depends on which is older: VirtualService shop\/o counts as older than VirtualService shop\/p/;
    expect(ask(m).ageDoubts).toHaveLength(1);
    expect(() => expect(ask(m)).toReach('orders@v1')).toThrow(says);
    expect(() => expect(ask(m)).not.toReach('orders-db')).toThrow(says);
    expect(() => expect(m.flow({ ...page, to: 'orders', next: ['archive'] })).toReach('archive')).toThrow(says);
    expect(() => expect(m.requests({ ...page, to: 'orders', path: '/' }, { count: 1 })).not.toReach('archive')).toThrow(says);
    expect(ask(m, { acceptDoubts: true })).toReach('orders@v1');
  });

  test('a host that is likely misspelt, and a port that is not there', () => {
    expect(() => mesh.request({ ...page, to: 'ordres' })).toThrow(
      'no service is called "ordres" in namespace "shop" (did you mean "orders"',
    );
    expect(() => mesh.flow({ ...page, to: 'orders', next: ['ordres'] })).toThrow('no service is called "ordres"');
    expect(() => mesh.routes({ ...page, to: 'ordres' })).toThrow('no service is called "ordres"');
    const near = mesh.request({ ...page, to: 'ordres.shop' });
    expect(() => expect(near).not.toReach('orders')).toThrow('nobody here is "ordres.shop" (did you mean "orders.shop"');
    expect(() => expect(mesh.request({ ...page, to: 'orders', port: 81 })).not.toReach('orders')).toThrow('has no port 81');
    expect(mesh.request({ ...page, to: 'ordres.shop', acceptDoubts: true })).not.toReach('orders');
  });
});

test('names of pods behind a headless Service are those that Kubernetes writes', () => {
  const set = (spec: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {${spec}, template: {metadata: {labels: {app: db}}, spec: {containers: []}}}`;
  const headless = service('db', '[{name: tcp, port: 3306}]').replace('spec: {', 'spec: {clusterIP: None, ');
  const ask = (host: string, pods: string) => {
    const m = shop(headless, pods);
    return () => expect(m.request({ from: 'shop/page', to: host, port: 3306 })).not.toReach('orders');
  };
  const db = set('serviceName: db, replicas: 2, ordinals: {start: 5}');
  expect(ask('db-5.db', db)).not.toThrow();
  expect(ask('db-6.db.shop', db)).not.toThrow();
  expect(ask('db-4.db.shop', db)).toThrow('no pod is called "db-4" at "db.shop": there are db-5 to db-6');
  expect(ask('db-7.db.shop', db)).toThrow('no pod is called "db-7"');
  expect(ask('db-7.db.shop', set('serviceName: db'))).not.toThrow(); // the cluster knows how many
  expect(ask('db-0.db.shop', set('serviceName: other, replicas: 2'))).toThrow('its pods have no names there');
  const named = workload('x', '{app: db}').replace('spec: {containers', 'spec: {hostname: primary, subdomain: db, containers');
  expect(ask('primary.db.shop', named)).not.toThrow();
  expect(ask('second.db.shop', named)).toThrow('no pod is called "second"');
});

describe('all that can be asked', () => {
  const all = (r: object, o = {}) => mesh.requests({ ...page, to: 'orders', ...r }, { count: 1, ...o });
  const ends = (list: readonly any[]) => new Set(list.map(endingsText));

  test('regexes and several headers at once', () => {
    expect(ends(all({}))).toEqual(
      new Set(['100 %  200  shop/orders (v1)', '100 %  200  shop/orders-v3 (v3)', '100 %  200  shop/orders-db']),
    );
    expect(() => expect(all({})).not.toReach('v3')).toThrow(/x-dev: (dev|test)-\d/);
    expect(() => expect(all({})).not.toReach('orders-db')).toThrow('h5: e');
  });

  test('what is said stays', () => {
    expect(ends(all({ headers: { h3: 'other' } }))).toHaveProperty('size', 2);
    expect(ends(all({ path: '/elsewhere' }))).toHaveProperty('size', 2);
    expect(all({ method: 'PUT' }, { count: 50 }).every((t) => t.request.method === 'PUT')).toBe(true);
    expect(ends(all({ headers: { 'x-dev': 'dev-7' } }))).toEqual(new Set(['100 %  200  shop/orders-v3 (v3)']));
  });

  test('what policies ask', () => {
    const rules =
      '[{to: [{operation: {methods: [DELETE], paths: [/admin/*]}}], when: [{key: "request.headers[x-key]", values: [k]}]}]';
    const m = shop(istio('AuthorizationPolicy', 'a', `{selector: {matchLabels: {app: archive}}, rules: ${rules}}`, 'security'));
    const list = m.requests({ ...page, to: 'archive' }, { count: 1 });
    expect(() => expect(list).not.toReach('archive')).toThrow('x-key: k');
    expect(() => expect(list).toReach('archive')).toThrow('403');
  });

  test('tokens that policies ask count as signed', () => {
    const m = shop(
      istio('RequestAuthentication', 'r', '{jwtRules: [{issuer: us, jwks: "{\\"keys\\": []}"}]}', 'security'),
      istio(
        'AuthorizationPolicy',
        'a',
        '{selector: {matchLabels: {app: archive}}, rules: [{from: [{source: {requestPrincipals: ["us/*"]}}]}]}',
        'security',
      ),
    );
    const list = m.requests({ ...page, to: 'archive' }, { count: 1 });
    expect(() => expect(list).not.toReach('archive')).toThrow('authorization: Bearer');
  });

  test('a regex of which no example is known is a doubt', () => {
    const m = shop(
      istio(
        'VirtualService',
        'a',
        '{hosts: [archive], http: [{match: [{headers: {x: {regex: "\\\\p{Greek}+"}}}], route: [{destination: {host: orders-db}}]}, {route: [{destination: {host: archive}}]}]}',
      ),
    );
    const list = m.requests({ ...page, to: 'archive' }, { count: 1 });
    expect(() => expect(list).not.toReach('orders-db')).toThrow('no example of what the regex \\p{Greek}+ takes is known');
  });

  test('over several hops, and from every client', () => {
    const m = shop(
      istio(
        'VirtualService',
        'a',
        `
  hosts: [archive]
  http:
  - match: [{headers: {x-dev: {prefix: dev-}}}]
    route: [{destination: {host: orders-db}}]
  - route: [{destination: {host: archive}}]`,
      ),
    );
    const flows = (o: object) => m.requests({ ...page, to: 'orders', next: ['archive'], ...o }, { count: 1 });
    expect(() => expect(flows({ propagate: ['x-dev'] })).not.toReach('orders-db')).toThrow('x-dev: dev-');
    expect(ends(flows({ propagate: ['X-Dev'] }).filter((f) => f.hops[1]!.trace.client.name === 'shop/orders-v3')).size).toBe(2);
    expect(flows({ propagate: [] })).not.toReach('orders-db');
    expect(m.clients).toEqual([
      'shop/archive',
      'shop/batch',
      'shop/orders',
      'shop/orders-db',
      'shop/orders-v3',
      'shop/page',
      'outside',
    ]);
    const reach = (from: string) =>
      m.requests({ from, to: 'archive.shop' }, { count: 1 }).some((t) => endingsText(t).includes('orders-db'));
    expect(m.clients.filter(reach)).toEqual([
      'shop/archive',
      'shop/batch',
      'shop/orders',
      'shop/orders-db',
      'shop/orders-v3',
      'shop/page',
    ]);
  });
});

describe('what is no value is an error', () => {
  const t = mesh.request({ ...page, to: 'orders' });
  const any = expect as (x: unknown) => any;
  test.each([
    [
      'a misspelt option',
      () => mesh.requests({ ...page, to: 'orders' }, { cuont: 3 } as never),
      'no property "cuont" (did you mean "count"',
    ],
    ['no request', () => mesh.requests({ ...page, to: 'orders' }, { count: 0 }), 'at least 1'],
    ['less than none', () => mesh.requests({ ...page, to: 'orders' }, { count: -1 }), 'at least 1'],
    ['no number of requests', () => mesh.requests({ ...page, to: 'orders' }, { count: Number.NaN }), 'at least 1'],
    ['a broken seed', () => mesh.requests({ ...page, to: 'orders' }, { seed: 0.5 }), 'a whole number'],
    ['a misspelt question for routes', () => mesh.routes({ ...page, to: 'orders', prot: 80 } as never), 'no property "prot"'],
    [
      'a header that is a number',
      () => mesh.request({ ...page, to: 'orders', headers: { 'x-dev': 5 as never } }),
      'header "x-dev" of the request is 5',
    ],
    [
      'a header that is none',
      () => mesh.request({ ...page, to: 'orders', headers: { 'x dev': 'a' } }),
      '"x dev" is no name of a header',
    ],
    [
      'a header with a line break',
      () => mesh.request({ ...page, to: 'orders', headers: { 'x-dev': 'a\nb' } }),
      'has a line break',
    ],
    ['a method that is none', () => mesh.request({ ...page, to: 'orders', method: 'G T' }), 'method "G T" is none'],
    ['a path without a slash', () => mesh.request({ ...page, to: 'orders', path: 'deep/x' }), 'does not begin with "/"'],
    ['a path with a blank', () => mesh.request({ ...page, to: 'orders', path: '/a b' }), 'escape it, as in /a%20b'],
    ['a port that is none', () => mesh.request({ ...page, to: 'orders', port: 0 }), 'from 1 to 65535'],
    ['an address that is none', () => mesh.request({ ...page, to: 'orders', address: '10.0.0' }), 'is no IP address'],
    ['no host', () => mesh.request({ ...page, to: {} as never }), 'an object is no host'],
    ['no client', () => mesh.request({ from: 5 as never, to: 'orders' }), '5 is no workload'],
    [
      'headers of another kind to pass on',
      () => mesh.flow({ ...page, to: 'orders', next: [], propagate: [5 as never] }),
      'it is a list of texts',
    ],
    ['a status that is text', () => any(t).not.toAnswer('200'), 'the status is "200"'],
    ['a fault that is text', () => any(t).not.toAbort('500'), 'the status is "500"'],
    ['a percentage that is text', () => any(t).not.toAbort(500, '5'), 'the percentage is "5"'],
    ['more than all', () => any(t).not.toBeDelayed('5s', 500), 'from 0 to 100'],
    ['a time that is none', () => any(t).not.toBeDelayed('5 s'), 'not a duration'],
    ['retries that are text', () => any(t).not.toRetry('2'), 'the number of retries is "2"'],
    ['a location that is none', () => any(t).not.toRedirectTo(undefined), 'the location is undefined'],
    ['no place', () => any(t).not.toReach(), 'nothing is no workload'],
    ['an empty place', () => any(t).not.toReach(''), 'is empty text'],
    ['no shares', () => any(t).not.toSplit(), 'the shares are undefined'],
    ['a share of nothing that is there', () => any(t).toSplit({ v1: 100, v7: 0 }), 'there is no "v7" in this mesh'],
    ['a share that is text', () => any(t).not.toSplit({ v1: '100' }), 'the percentage is "100"'],
    ['no answers', () => any([]).not.toReach('v1'), 'this matcher is for traces'],
  ])('%s', (_name, asks, says) => expect(asks).toThrow(says));
});

test('who is refused says where it is', () => {
  expect(() =>
    shop(
      istio('VirtualService', 'bad', '{hosts: [x], http: [{match: [{uri: {regex: "("}}], route: [{destination: {host: x}}]}]}'),
    ),
  ).toThrow(/strict-.*m\.yaml:\d+:\d+ VirtualService "bad" would be refused/);
});

test('the protocol, the name in TLS and the address of a client', () => {
  const m = shop(
    istio(
      'AuthorizationPolicy',
      'a',
      '{selector: {matchLabels: {app: archive}}, rules: [{from: [{source: {ipBlocks: [198.51.100.0/24]}}]}]}',
      'security',
    ),
  );
  expect(m.request({ to: 'archive.shop', address: '198.51.100.7' })).toReach('archive');
  expect(m.request({ to: 'archive.shop' })).toBeDenied();
  expect(mesh.request({ ...page, to: 'orders', alpn: ['h2c'] }).request.alpn).toEqual(['h2c']);
  expect(mesh.request({ ...page, to: 'orders', tls: true, sni: 'a.b', port: 80 }).request.sni).toBe('a.b');
});
