import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { movesIn, type Row } from './moves';
import {
  BASE,
  CLIENT,
  dep,
  dr,
  fqdn,
  http,
  inside,
  NARROW,
  namespace,
  net,
  OTHER,
  plain,
  se,
  svc,
  TWO_VERSIONS,
  to,
  vs,
  WEB,
  without,
} from './objects';

// Releases in which what is called, and where it is, moves.

const sidecar = (...hosts: string[]) =>
  net('Sidecar', 'default', {
    egress: [{ hosts: hosts.map((h) => `./${h}`) }],
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  });
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
const hidden = (name: string) => [...without(name), ...OTHER, shownTo('.', svc(name))];
const TWO_PORTS = [80, 81].map((port) => ({ name: `http-${port}`, port, targetPort: 8080 }));
const machine = (version: string) =>
  net('WorkloadEntry', `vm-${version}`, { address: '10.0.0.1', labels: { app: 'vm', version } });

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
    'copies are sent no more',
    [...BASE, dr('web', { s: 'v1', m: 'v1' }), vs('web', [WEB], 'web/s', { rule: { mirrors: [to('web/m')] } })],
    [...BASE, dr('web', { s: 'v1' }), vs('web', [WEB], 'web/s')],
  ],
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
  ['an old version is scaled down, without routes', BASE, [...without('web-v1'), dep('web-v1', { replicas: 0 }), dep('web-v2')]],
  [
    'a ConfigMap has another name',
    [...BASE, plain('ConfigMap', 'c1'), mount('c1')],
    [...BASE, plain('ConfigMap', 'c2'), mount('c2')],
  ],
  [
    'a host moves to other rules in the mesh',
    [...BASE, vs('e', [WEB, CLIENT], 'web')],
    [...BASE, vs('e', [WEB], 'web'), vs('f', [CLIENT], 'web')],
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
    'a Service is shown to some, where rules for it named it to all',
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...BASE, vs('web', [WEB], 'client')],
    [namespace('b'), dep('c-v1', { ns: 'b' }), ...without('web'), shownTo('a,b', svc('web'))],
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
  [
    'a Service is hidden from some, whom rules lead there for other paths to the end',
    [...two, svc('x'), dep('x-v1'), http('web', { '/b': 'x', '/': 'x' })],
    [...two, shownTo('.', svc('x')), dep('x-v1'), http('web', { '/b': 'x', '/': 'client' })],
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
    'another machine takes the place of one',
    [...BASE, ...inside({ app: 'vm' }), machine('v1')],
    [...BASE, ...inside({ app: 'vm' }), machine('v2')],
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
];

movesIn(ROWS);
