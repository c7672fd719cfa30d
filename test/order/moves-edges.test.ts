import type { Manifest } from '../../src/manifests/manifest';
import { movesIn, type Row } from './moves';
import { BASE, CLIENT, dep, dr, fqdn, gw, http, NARROW, net, OTHER, plain, svc, TWO_VERSIONS, to, vs, WEB } from './objects';

// Releases in which what Gateways let in, and where it is led, moves.

const open = (...hosts: string[]) => gw('g1', hosts);
const at = (name: string, hosts: string[], gateways = ['g1'], more = {}) => vs(name, hosts, 'web', { gateways, ...more });
const created = (at: number, m: Manifest): Manifest => ({ ...m, created: at });
const gateway = dep('gw', { ns: 'istio-system', labels: { istio: 'ingressgateway' } });
const EDGE = { hosts: ['x.com'], gateways: ['g1'] };
const CERTIFIED = [...BASE, plain('Secret', 'c1', 'istio-system'), gateway];
const secure = (name: string, ...hosts: string[]) => gw(name, hosts, { port: 443, credential: 'c1' });
const SECURED = [...CERTIFIED, secure('g1', 'x.com'), at('e', ['x.com'])];
/** Rules that delegate are seen from two namespaces, of which each has subsets of its own. */
const DELEGATED = [...BASE, ...OTHER, svc('api'), dep('api-v1'), gateway, open('x.com')];
const WEB_FROM_B = dr('web-b', { t: 'v1' }, { ns: 'b' });
const delegate = (dest: string) => net('VirtualService', 'd', { http: [{ route: [to(dest)] }] });
const delegating = (of: object) => net('VirtualService', 'e', { ...of, http: [{ delegate: { name: 'd' } }] });

/** Gateways of the same pods, both open for all. */
const SWAPPED = [...BASE, svc('api'), dep('api-v1'), gateway, open('*.com'), gw('g2', ['*'])];
const rulesOf = (name: string, hosts: string[], dest: string, gateway: string) => vs(name, hosts, dest, { gateways: [gateway] });

const ROWS: readonly Row[] = [
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
    'a host moves to other rules at a Gateway',
    [...BASE, open('x.com', 'y.com'), at('e', ['x.com', 'y.com'])],
    [...BASE, open('x.com', 'y.com'), at('e', ['x.com']), at('f', ['y.com'])],
  ],
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
    'rules go to a Gateway, and those to whom they delegate lead to a subset that their callers in the mesh do not have',
    [...DELEGATED, dr('web', { t: 'v1' }), WEB_FROM_B, delegate('web/t'), delegating({ hosts: [fqdn('api')] })],
    [...DELEGATED, dr('web', { t: 'v1', u: 'v1' }), WEB_FROM_B, delegate('web/u'), delegating(EDGE)],
  ],
  [
    'rules at a Gateway lead to a Service that becomes narrower',
    [...TWO_VERSIONS, gateway, open('x.com'), svc('web'), vs('e', ['x.com'], 'web/v2', { gateways: ['g1'] })],
    [...TWO_VERSIONS, gateway, open('x.com'), svc('web', NARROW), vs('e', ['x.com'], 'web', { gateways: ['g1'] })],
  ],
  [
    'rules of two Gateways take a host from each other, and lead elsewhere',
    [...SWAPPED, rulesOf('e', ['x.com', 'z.com'], 'web', 'g1'), rulesOf('f', ['y.com'], 'client', 'g2')],
    [...SWAPPED, rulesOf('e', ['y.com', 'z.com'], 'api', 'g1'), rulesOf('f', ['x.com'], 'client', 'g2')],
  ],
];

movesIn(ROWS);
