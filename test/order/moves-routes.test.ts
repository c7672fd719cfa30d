import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { movesIn, type Row } from './moves';
import { BASE, dep, dr, fqdn, gw, namespace, net, plain, se, svc, to, vs } from './objects';

// Releases in which what is called, and where it is, moves.

const WEB = fqdn('web');
const CLIENT = fqdn('client');
const without = (name: string, all = BASE) => all.filter((m) => m.name !== name);
const open = (...hosts: string[]) => gw('g1', hosts);
const at = (name: string, hosts: string[], gateways = ['g1'], more = {}) => vs(name, hosts, 'web', { gateways, ...more });
const sidecar = (...hosts: string[]) =>
  net('Sidecar', 'default', {
    egress: [{ hosts: hosts.map((h) => `./${h}`) }],
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  });
const created = (at: number, m: Manifest): Manifest => ({ ...m, created: at });
const gateway = dep('gw', { ns: 'istio-system', labels: { istio: 'ingressgateway' } });
const http = (name: string, paths: Readonly<Record<string, string>>, more: object = {}) =>
  net('VirtualService', name, {
    hosts: [WEB],
    ...more,
    http: Object.entries(paths).map(([prefix, dest]) => ({ match: [{ uri: { prefix } }], route: [to(dest)] })),
  });
const EDGE = { hosts: ['x.com'], gateways: ['g1'] };
const CERTIFIED = [...BASE, plain('Secret', 'c1', 'istio-system'), gateway];
const secure = (name: string, ...hosts: string[]) => gw(name, hosts, { port: 443, credential: 'c1' });
const SECURED = [...CERTIFIED, secure('g1', 'x.com'), at('e', ['x.com'])];
const mount = (name: string) => dep('y-v1', { volumes: [{ name: 'v', configMap: { name } }] });

const shownTo = (namespaces: string, m: Manifest): Manifest =>
  manifestOf(
    { ...m.object, metadata: { ...m.object.metadata, annotations: { 'networking.istio.io/exportTo': namespaces } } },
    m.place,
  );
const PORTS = {
  ports: [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'http-b', port: 81, targetPort: 8080 },
  ],
};
const two = [namespace('a'), svc('web', PORTS), dep('web-v1'), dep('client-v1'), svc('client')];

/** Seen from another namespace. */
const OTHER = [namespace('b'), dep('other-v1', { ns: 'b' })];
const hidden = (name: string) => [...without(name), ...OTHER, shownTo('.', svc(name))];

const TWO_PORTS = [80, 81].map((port) => ({ name: `http-${port}`, port, targetPort: 8080 }));

/** Two versions of web, without its Service. */
const TWO_VERSIONS = [...without('web'), dep('web-v2'), dr('web', { v1: 'v1', v2: 'v2' })];
const NARROW = { selector: { app: 'web', version: 'v2' } };
const TCP = { ports: [{ name: 'tcp', port: 80, targetPort: 8080 }] };
const TRIED = [...BASE, dep('web-v2'), dep('web-v3')];
const tried = (stable: number, canary: number) =>
  net('VirtualService', 'web', { hosts: [WEB], http: [{ route: [to('web/stable', stable), to('web/canary', canary)] }] });
const machine = (version: string) =>
  net('WorkloadEntry', `vm-${version}`, { address: '10.0.0.1', labels: { app: 'vm', version } });
const inside = (labels: object) => [
  se('in', 'in.com', { resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels } }),
  dr('in', { v1: 'v1', v2: 'v2' }, { host: 'in.com' }),
];

const ROWS: readonly Row[] = [
  [
    'rules lead to a Service as it is shown to others, and some of them did in vain',
    [
      ...hidden('web'),
      svc('api'),
      dep('api-v1'),
      net('VirtualService', 'e', {
        hosts: [CLIENT],
        http: [{ match: [{ uri: { prefix: '/b' } }], route: [to('web')] }, { route: [to('api')] }],
      }),
    ],
    [...BASE, ...OTHER, svc('api'), dep('api-v1'), vs('e', [CLIENT], 'web')],
  ],
  [
    'a Service is hidden from those for whom a delegate leads there',
    [
      ...BASE,
      ...OTHER,
      svc('api'),
      dep('api-v1'),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
      net('VirtualService', 'e', { hosts: [CLIENT], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...hidden('web'),
      svc('api'),
      dep('api-v1'),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
      vs('f', [CLIENT], 'api'),
    ],
  ],
  [
    'a DestinationRule has another name, and routes leave a subset of it',
    [...BASE, dr('web', { v1: 'v1' }), http('e', { '/b': 'web/v1', '/': 'web' })],
    [...BASE, dr('web-rules', { v1: 'v1' }), http('e', { '/b': 'web', '/': 'web' })],
  ],
  [
    'rules give up a host that a Sidecar comes to know',
    [...BASE, svc('api'), dep('api-v1'), sidecar('api.a.svc.cluster.local'), vs('e', [WEB, fqdn('api')], 'api')],
    [...BASE, svc('api'), dep('api-v1'), sidecar('api.a.svc.cluster.local', WEB), vs('e', [fqdn('api')], 'api')],
  ],
  [
    'Sidecars of some pods come with that of their namespace',
    [...BASE, svc('api'), dep('api-v1')],
    [
      ...BASE,
      svc('api'),
      dep('api-v1'),
      sidecar('api.a.svc.cluster.local'),
      net('Sidecar', 'client', {
        workloadSelector: { labels: { app: 'client' } },
        egress: [{ hosts: ['./*'] }],
      }),
    ],
  ],
  [
    'a Service comes to have more ports, and rules to say which',
    [...BASE.filter((m) => m.name !== 'web'), svc('web', { port: 8080 }), gateway, open('x.com'), at('x', ['x.com'])],
    [
      ...BASE.filter((m) => m.name !== 'web'),
      svc('web', {
        ports: [
          { name: 'http', port: 8080, targetPort: 8080 },
          { name: 'http-b', port: 9090, targetPort: 8080 },
        ],
      }),
      gateway,
      open('x.com'),
      vs('x', ['x.com'], 'web:8080', { gateways: ['g1'] }),
    ],
  ],
  [
    'a Gateway has another name',
    [...BASE, open('x.com'), at('e', ['x.com'])],
    [...BASE, gw('g2', ['x.com']), at('e', ['x.com'], ['g2'])],
  ],
  [
    'a Gateway that takes TLS has another name',
    SECURED,
    [
      ...BASE,
      plain('Secret', 'c1', 'istio-system'),
      gateway,
      gw('g2', ['*.com'], { port: 443, credential: 'c1' }),
      at('e', ['x.com'], ['g2']),
    ],
  ],
  [
    'a certificate has another name',
    SECURED,
    [
      ...BASE,
      plain('Secret', 'c2', 'istio-system'),
      gateway,
      gw('g1', ['x.com'], { port: 443, credential: 'c2' }),
      at('e', ['x.com']),
    ],
  ],
  ['a Gateway serves another host', [...BASE, open('x.com'), at('e', ['x.com'])], [...BASE, open('y.com'), at('e', ['y.com'])]],
  [
    'a Gateway is of other pods',
    [...BASE, open('x.com'), at('e', ['x.com'])],
    [...BASE, gw('g1', ['x.com'], { pods: 'other' }), at('e', ['x.com'])],
  ],
  [
    'a Gateway listens elsewhere',
    [...BASE, open('x.com'), at('e', ['x.com'])],
    [...BASE, gw('g1', ['x.com'], { port: 8080 }), at('e', ['x.com'])],
  ],
  [
    'a host outside has another name',
    [...BASE, se('e', 'old.com'), vs('web', [WEB], 'old.com')],
    [...BASE, se('e', 'new.com'), vs('web', [WEB], 'new.com')],
  ],
  [
    'other endpoints of a host outside',
    [...BASE, se('e', 'v.com', { resolution: 'STATIC', endpoints: [{ address: '1.1.1.1' }] })],
    [...BASE, se('e', 'v.com', { resolution: 'STATIC', endpoints: [{ address: '2.2.2.2' }] })],
  ],
  [
    'TLS to a host outside, before requests go there',
    [...BASE, se('e', 'ext.com'), vs('web', [WEB], 'web')],
    [
      ...BASE,
      se('e', 'ext.com'),
      dr('ext', {}, { host: 'ext.com', trafficPolicy: { tls: { mode: 'SIMPLE' } } }),
      vs('web', [WEB], 'ext.com'),
    ],
  ],
  [
    'a delegate has another name',
    [
      ...BASE,
      open('x.com'),
      at('e', ['x.com'], ['g1'], { http: [{ delegate: { name: 'd1' } }] }),
      net('VirtualService', 'd1', { http: [{ route: [to('web')] }] }),
    ],
    [
      ...BASE,
      open('x.com'),
      at('e', ['x.com'], ['g1'], { http: [{ delegate: { name: 'd2' } }] }),
      net('VirtualService', 'd2', { http: [{ route: [to('web')] }] }),
    ],
  ],
  [
    'a route becomes a delegate',
    [...BASE, open('x.com'), at('e', ['x.com'])],
    [
      ...BASE,
      open('x.com'),
      at('e', ['x.com'], ['g1'], { http: [{ delegate: { name: 'd' } }] }),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
    ],
  ],
  [
    'a Sidecar knows another host',
    [...BASE, svc('x'), dep('x-v1'), sidecar(WEB, CLIENT), vs('client', [CLIENT], 'web')],
    [...BASE, svc('x'), dep('x-v1'), sidecar(fqdn('x'), CLIENT), vs('client', [CLIENT], 'x')],
  ],
  [
    'hosts outside are listed',
    [
      ...BASE,
      se('e', 'ext.com'),
      net('Sidecar', 'default', { egress: [{ hosts: ['./*'] }], outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }),
    ],
    [
      ...BASE,
      se('e', 'ext.com'),
      se('f', 'new.com'),
      net('Sidecar', 'default', { egress: [{ hosts: ['./*'] }], outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } }),
    ],
  ],
  [
    'all moves to another namespace',
    [
      namespace('a'),
      namespace('b'),
      svc('web'),
      dep('web-v1'),
      dr('web', { s: 'v1' }),
      dep('client-v1'),
      svc('client'),
      vs('client', [CLIENT], 'web/s'),
    ],
    [
      namespace('a'),
      namespace('b'),
      svc('web', { ns: 'b' }),
      dep('web-v1', { ns: 'b' }),
      dr('web', { s: 'v1' }, { host: fqdn('web', 'b'), ns: 'b' }),
      dep('client-v1'),
      svc('client'),
      vs('client', [CLIENT], `${fqdn('web', 'b')}/s`),
    ],
  ],
  [
    'subsets have other names, by a short host',
    [...BASE, dr('web', { s: 'v1' }, { host: 'web' }), vs('web', ['web'], 'web/s')],
    [...BASE, dr('web', { t: 'v1' }, { host: 'web' }), vs('web', ['web'], 'web/t')],
  ],
  [
    'of another namespace',
    [namespace('b'), ...BASE, dr('web', { s: 'v1' }, { host: 'web' }), vs('web', ['web.a'], 'web.a/s', { ns: 'b' })],
    [namespace('b'), ...BASE, dr('web', { t: 'v1' }, { host: 'web' }), vs('web', ['web.a'], 'web.a/t', { ns: 'b' })],
  ],
  [
    'copies are sent no more',
    [...BASE, dr('web', { s: 'v1', m: 'v1' }), vs('web', [WEB], 'web/s', { rule: { mirrors: [to('web/m')] } })],
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
  ],
  [
    'a DestinationRule in the namespace of some clients',
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      dr('web', { s: 'v1' }),
      dr('web', { z: 'v1' }, { ns: 'b' }),
      vs('web', [WEB], 'web/s'),
    ],
  ],
  [
    'a DestinationRule has another name',
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [...BASE, dr('web2', { s: 'v1' }), vs('web', [WEB], 'web/s')],
  ],
  ['subsets are given up', [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')], BASE],
  [
    'a port moves',
    [...BASE, vs('web', [WEB], 'web:80')],
    [...without('web'), svc('web', { port: 8080 }), vs('web', [WEB], 'web:8080')],
  ],
  [
    'a Service asks for other pods',
    BASE,
    [...BASE.filter((m) => !/^web/.test(m.name)), svc('web', { app: 'new' }), dep('new-v1')],
  ],
  ['a Deployment has another name', BASE, [...without('web-v1'), dep('web-main', { app: 'web' })]],
  ['a Deployment becomes a StatefulSet', BASE, [...without('web-v1'), dep('web-v1', { kind: 'StatefulSet' })]],
  [
    'a version takes the place of another',
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [...without('web-v1'), dep('web-v2'), dr('web', { s: 'v1', n: 'v2' }), vs('web', [WEB], 'web/n')],
  ],
  [
    'an old version is scaled down',
    [...BASE, dr('web', { s: 'v1', t: 'v2' }), vs('web', [WEB], 'web/s')],
    [
      ...without('web-v1'),
      dep('web-v1', { replicas: 0 }),
      dep('web-v2'),
      dr('web', { s: 'v1', t: 'v2' }),
      vs('web', [WEB], 'web/t'),
    ],
  ],
  ['without routes', BASE, [...without('web-v1'), dep('web-v1', { replicas: 0 }), dep('web-v2')]],
  [
    'a ConfigMap has another name',
    [...BASE, plain('ConfigMap', 'c1'), mount('c1')],
    [...BASE, plain('ConfigMap', 'c2'), mount('c2')],
  ],
  [
    'a host moves to other rules at a Gateway',
    [...BASE, open('x.com', 'y.com'), at('e', ['x.com', 'y.com'])],
    [...BASE, open('x.com', 'y.com'), at('e', ['x.com']), at('f', ['y.com'])],
  ],
  ['in the mesh', [...BASE, vs('e', [WEB, CLIENT], 'web')], [...BASE, vs('e', [WEB], 'web'), vs('f', [CLIENT], 'web')]],
  [
    'rules of a wildcard become those of one host',
    [...BASE, open('*.x.com'), at('e', ['*.x.com']), at('f', ['y.x.com'])],
    [...BASE, open('*.x.com'), at('e', ['*.x.com'])],
  ],
  [
    'a host moves to another Gateway of the same pods',
    [...BASE, open('x.com', 'y.com'), at('e', ['x.com']), at('f', ['y.com'])],
    [...BASE, open('x.com'), gw('g2', ['y.com']), at('e', ['x.com']), at('f', ['y.com'], ['g2'])],
  ],
  [
    'rules have another name, and lead elsewhere',
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [...without('web-v1'), dep('web-v2'), dr('web', { t: 'v2' }), vs('webb', [WEB], 'web/t')],
  ],
  [
    'a Service becomes one of a ServiceEntry',
    BASE,
    [
      ...without('web'),
      se('web', WEB, { resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels: { app: 'web' } } }),
    ],
  ],
  [
    'a DestinationRule of a wildcard has the subset',
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [...BASE, dr('all', { s: 'v1' }, { host: '*.a.svc.cluster.local' }), vs('web', [WEB], 'web/s')],
  ],
  [
    'a DestinationRule is shown to its namespace alone',
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      dr('web', { s: 'v1' }),
      vs('web', [WEB], 'web/s', { ns: 'b', exportTo: ['.'] }),
    ],
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      dr('web', { s: 'v1' }, { exportTo: ['.'] }),
      vs('web', [WEB], 'web', { ns: 'b', exportTo: ['.'] }),
    ],
  ],
  // found by random releases
  [
    'a DestinationRule gives way to one of a wildcard that it hid, and routes go by the other',
    [...BASE, dep('web-v2'), dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [...BASE, dep('web-v2'), dr('all', { v2: 'v2' }, { host: '*.a.svc.cluster.local' }), vs('web', [WEB], 'web/v2')],
  ],
  [
    'one of a client hides that of the host',
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      dr('web', { t: 'v1' }),
      dr('web-b', { t: 'v1' }, { ns: 'b' }),
      vs('web', [WEB], 'web/t'),
    ],
  ],
  [
    'a short host becomes the same in full, with other subsets',
    [...BASE, dr('web', { s: 'v1' }, { host: 'web' }), vs('web', [WEB], 'web/s')],
    [...BASE, dr('web', { t: 'v1' }), vs('web', [WEB], 'web/t')],
  ],
  [
    'a Service is shown to some, where rules for it named it to all',
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...BASE, vs('web', [WEB], 'client')],
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...without('web'), shownTo('a,b', svc('web')), dep('web-v1')],
  ],
  [
    'a Service is shown to others, with other ports',
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      shownTo('a', svc('x', { app: 'web', port: 80 })),
      vs('web', [WEB], 'x', { exportTo: ['a'] }),
    ],
    [
      namespace('b'),
      dep('c-v1', { ns: 'b' }),
      ...BASE,
      shownTo('b', svc('x', { app: 'web', port: 80 })),
      vs('web', [WEB], 'x', { exportTo: ['b'] }),
    ],
  ],
  [
    'a delegate that comes leads to pods that come',
    [...BASE, vs('web', [WEB], 'web')],
    [
      ...BASE,
      dep('web-v2'),
      dr('web', { n: 'v2' }),
      net('VirtualService', 'd', { http: [{ route: [to('web/n')] }] }),
      net('VirtualService', 'web', { hosts: [WEB], http: [{ delegate: { name: 'd' } }] }),
    ],
  ],
  [
    'a host that routes lead to listens at one port more',
    [...two, svc('x'), dep('x-v1'), vs('web', [WEB], 'x', { exportTo: ['b'] })],
    [...two, svc('x', PORTS), dep('x-v1'), vs('web', [WEB], 'x')],
  ],
  // found by random releases
  [
    'a Service is hidden from some, whom rules lead there for other paths to the end',
    [...two, svc('x'), dep('x-v1'), http('web', { '/b': 'x', '/': 'x' })],
    [...two, shownTo('.', svc('x')), dep('x-v1'), http('web', { '/b': 'x', '/': 'client' })],
  ],
  [
    'another DestinationRule means other pods, which come, by a subset of one name',
    [...BASE, dep('web-v2', { replicas: 0 }), dr('web-rules', { s: 'v1' })],
    [...BASE, dep('web-v2'), dr('web', { s: 'v2' }), vs('web', [WEB], 'web/s')],
  ],
  [
    'rules go to a Gateway that comes to listen at their port',
    [...BASE, gateway, open('*'), gw('g2', ['*.com'], { port: 8080 }), at('e', ['x.com', 'y.com'])],
    [...BASE, gateway, gw('g2', ['x.com']), at('e', ['x.com', 'y.com'], ['g2'])],
  ],
  [
    'a host has rules of its own no more, and those of its wildcard are others',
    [...BASE, gateway, open('*.com'), at('e', ['x.com']), at('f', ['*.com'])],
    [...BASE, gateway, open('*'), vs('e', [CLIENT], 'web'), vs('f', [CLIENT], 'web', { exportTo: ['b'] }), at('h', ['*.com'])],
  ],
  [
    'another Gateway takes TLS for hosts, of which it gets one',
    [...CERTIFIED, secure('g1', '*'), at('e', ['x.com', 'y.com'])],
    [
      ...CERTIFIED,
      secure('g1', 'x.com'),
      created(1, secure('g2', 'x.com', 'y.com')),
      vs('e', ['x.com', 'y.com'], 'client', { gateways: ['g1'] }),
    ],
  ],
  [
    'a Gateway has the hosts of another that takes TLS, for rules of its namespace',
    [...CERTIFIED, created(1, secure('g1', 'x.com')), created(0, gw('g2', ['x.com'])), at('e', ['x.com'], ['g1', 'g2'])],
    [...CERTIFIED, created(0, secure('g2', 'a/x.com')), at('e', ['x.com'], ['g2'])],
  ],
  [
    'rules take the host of others, which come to be for a wildcard and lead where their Gateway knows no way',
    [...BASE, ...OTHER, gateway, dr('web', { s: 'v1' }), open('x.com', 'y.com'), at('e', ['x.com']), at('h', ['y.com'])],
    [
      ...BASE,
      ...OTHER,
      gateway,
      dr('web', { s: 'v1', t: 'v1' }, { exportTo: ['b'] }),
      open('*.com'),
      vs('e', ['*.com'], 'web/t', { gateways: ['g1'] }),
      at('h', ['x.com']),
    ],
  ],
  [
    'rules leave a delegate that changes, and what it leads to is hidden from their callers',
    [
      ...BASE,
      ...OTHER,
      gateway,
      open('x.com'),
      dr('web', { t: 'v1' }, { exportTo: ['b'] }),
      net('VirtualService', 'd', { http: [{ route: [to('web/t', 50), to('web', 50)] }] }),
      net('VirtualService', 'e', { hosts: [WEB], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...BASE,
      ...OTHER,
      gateway,
      open('x.com'),
      dr('web', { t: 'v1' }, { exportTo: ['.'] }),
      net('VirtualService', 'd', { http: [{ route: [to('web', 50), to('web/t', 50)] }] }),
      at('e', ['x.com'], ['g1'], { http: [{ delegate: { name: 'd' } }] }),
    ],
  ],
  [
    'two DestinationRules go, of which the one for all of the namespace has what neither has alone',
    [
      ...BASE,
      dr('web', { v1: 'v1' }),
      dr('more', { x: 'v1' }),
      dr('all', { v1: 'v1' }, { host: '*.a.svc.cluster.local' }),
      vs('e', [WEB], 'web/v1'),
    ],
    [...BASE, dr('all', { v1: 'v1' }, { host: '*.a.svc.cluster.local' }), vs('e', [WEB], 'web')],
  ],
  [
    'rules are shown to fewer, and those to whom they delegate lead to a Service without a port of theirs',
    [
      ...BASE,
      ...OTHER,
      svc('api', { ports: TWO_PORTS }),
      dep('api-v1'),
      net('VirtualService', 'd', { http: [{ route: [to('api')] }] }),
      net('VirtualService', 'e', { hosts: [fqdn('api')], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...BASE,
      ...OTHER,
      svc('api', { ports: TWO_PORTS }),
      dep('api-v1'),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
      net('VirtualService', 'e', { hosts: [fqdn('api')], http: [{ delegate: { name: 'd' } }], exportTo: ['b'] }),
    ],
  ],
  [
    'a path at a Gateway goes from some rules of its host to others',
    [...BASE, gateway, open('x.com'), http('e', { '/a': 'web', '/b': 'web' }, EDGE), http('f', { '/c': 'web' }, EDGE)],
    [...BASE, gateway, open('x.com'), http('e', { '/a': 'web' }, EDGE), http('f', { '/c': 'web', '/b': 'web' }, EDGE)],
  ],
  [
    'some of the rules of a host at a Gateway have another name',
    [...BASE, gateway, open('x.com'), http('e', { '/a': 'web' }, EDGE), http('f', { '/c': 'web' }, EDGE)],
    [...BASE, gateway, open('x.com'), http('g', { '/a': 'web' }, EDGE), http('f', { '/c': 'web' }, EDGE)],
  ],
  [
    'rules give up a host, and the Sidecar goes that knew it by them alone',
    [...BASE, svc('api'), dep('api-v1'), sidecar(fqdn('api')), vs('e', [WEB, fqdn('api')], 'api')],
    [...BASE, svc('api'), dep('api-v1'), vs('e', [fqdn('api')], 'api')],
  ],
  [
    'rules go, and with them the Sidecar of some pods that knew a host by them alone',
    [
      ...BASE,
      svc('api'),
      dep('api-v1'),
      net('Sidecar', 'client', { workloadSelector: { labels: { app: 'client' } }, egress: [{ hosts: [`./${fqdn('api')}`] }] }),
      vs('e', [WEB, fqdn('api')], 'api'),
    ],
    [...BASE, svc('api'), dep('api-v1')],
  ],
  [
    'rules go to a Gateway, and those to whom they delegate lead to a subset that their callers in the mesh do not have',
    [
      ...BASE,
      ...OTHER,
      svc('api'),
      dep('api-v1'),
      gateway,
      open('x.com'),
      dr('web', { t: 'v1' }),
      dr('web-b', { t: 'v1' }, { ns: 'b' }),
      net('VirtualService', 'd', { http: [{ route: [to('web/t')] }] }),
      net('VirtualService', 'e', { hosts: [fqdn('api')], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...BASE,
      ...OTHER,
      svc('api'),
      dep('api-v1'),
      gateway,
      open('x.com'),
      dr('web', { t: 'v1', u: 'v1' }),
      dr('web-b', { t: 'v1' }, { ns: 'b' }),
      net('VirtualService', 'd', { http: [{ route: [to('web/u')] }] }),
      net('VirtualService', 'e', { hosts: ['x.com'], gateways: ['g1'], http: [{ delegate: { name: 'd' } }] }),
    ],
  ],
  [
    'another machine takes the place of one',
    [...BASE, ...inside({ app: 'vm' }), machine('v1')],
    [...BASE, ...inside({ app: 'vm' }), machine('v2')],
  ],
  [
    'a Service is of the pods of a subset alone, and rules lead to it without the subset',
    [...TWO_VERSIONS, svc('web'), vs('web', [WEB], 'web/v2')],
    [...TWO_VERSIONS, svc('web', NARROW), vs('web', [WEB], 'web')],
  ],
  [
    'rules of some paths and headers, and those of the rest',
    [
      ...TWO_VERSIONS,
      svc('web'),
      net('VirtualService', 'web', {
        hosts: [WEB],
        http: [
          { match: [{ uri: { prefix: '/b' }, headers: { who: { exact: 'me' } } }], route: [to('client')] },
          { match: [{ uri: { prefix: '/b' } }], route: [to('web/v2')] },
          { route: [to('web/v2', 90), to('client', 10)] },
        ],
      }),
    ],
    [
      ...TWO_VERSIONS,
      svc('web', NARROW),
      net('VirtualService', 'web', {
        hosts: [WEB],
        http: [
          { match: [{ uri: { prefix: '/b' }, headers: { who: { exact: 'me' } } }], route: [to('web')] },
          { match: [{ uri: { prefix: '/b' } }], route: [to('web')] },
          { route: [to('web', 90), to('client', 10)] },
        ],
      }),
    ],
  ],
  [
    'the rules and the DestinationRule go where a Service comes to be of the pods of a subset',
    [...TWO_VERSIONS, svc('web'), vs('web', [WEB], 'web/v2')],
    [...TWO_VERSIONS.filter((m) => m.kind !== 'DestinationRule'), svc('web', NARROW)],
  ],
  [
    'rules leave a subset that a Service comes to have no pods of',
    [...TWO_VERSIONS, svc('web'), vs('web', [WEB], 'web/v1')],
    [...TWO_VERSIONS, svc('web', NARROW), vs('web', [WEB], 'web')],
  ],
  [
    'a subset means the pods that a Service comes to mean',
    [...TWO_VERSIONS.filter((m) => m.kind !== 'DestinationRule'), svc('web'), dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
    [
      ...TWO_VERSIONS.filter((m) => m.kind !== 'DestinationRule'),
      svc('web', NARROW),
      dr('web', { s: 'v2' }),
      vs('web', [WEB], 'web/s'),
    ],
  ],
  [
    'what was tried is stable, and what is tried next has its name',
    [...TRIED, dr('web', { stable: 'v1', canary: 'v2' }), tried(80, 20)],
    [...TRIED, dr('web', { stable: 'v2', canary: 'v3' }), tried(100, 0)],
  ],
  [
    'a delegate leads to a Service that becomes narrower',
    [
      ...TWO_VERSIONS,
      svc('web'),
      net('VirtualService', 'd', { http: [{ route: [to('web/v2')] }] }),
      net('VirtualService', 'web', { hosts: [WEB], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...TWO_VERSIONS,
      svc('web', NARROW),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
      net('VirtualService', 'web', { hosts: [WEB], http: [{ delegate: { name: 'd' } }] }),
    ],
  ],
  [
    'rules at a Gateway',
    [...TWO_VERSIONS, gateway, open('x.com'), svc('web'), vs('e', ['x.com'], 'web/v2', { gateways: ['g1'] })],
    [...TWO_VERSIONS, gateway, open('x.com'), svc('web', NARROW), vs('e', ['x.com'], 'web', { gateways: ['g1'] })],
  ],
  [
    'connections',
    [...TWO_VERSIONS, svc('web', TCP), net('VirtualService', 'web', { hosts: [WEB], tcp: [{ route: [to('web/v2')] }] })],
    [
      ...TWO_VERSIONS,
      svc('web', { ...TCP, ...NARROW }),
      net('VirtualService', 'web', { hosts: [WEB], tcp: [{ route: [to('web')] }] }),
    ],
  ],
  [
    'the pods of a host inside',
    [...TWO_VERSIONS, ...inside({ app: 'web' }), vs('e', [CLIENT], 'in.com/v2')],
    [...TWO_VERSIONS, ...inside({ app: 'web', version: 'v2' }), vs('e', [CLIENT], 'in.com')],
  ],
];

movesIn(ROWS);
