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
  svc,
  TWO_VERSIONS,
  to,
  vs,
  WEB,
} from './objects';

// Releases in which subsets, and what they mean, move.

const TCP = { ports: [{ name: 'tcp', port: 80, targetPort: 8080 }] };
const TRIED = [...BASE, dep('web-v2'), dep('web-v3')];
const tried = (stable: number, canary: number) =>
  net('VirtualService', 'web', { hosts: [WEB], http: [{ route: [to('web/stable', stable), to('web/canary', canary)] }] });

const BOTH = [...OTHER, ...BASE, dep('web-v2'), svc('api'), dep('api-v1')];
const ofApi = (name: string, more = {}) => dr(name, { v1: 'v1' }, { host: fqdn('api'), ...more });
const forPodsOf = (app: string) => ({ workloadSelector: { matchLabels: { app } } });

const ROWS: readonly Row[] = [
  [
    'a DestinationRule has another name, and routes leave a subset of it',
    [...BASE, dr('web', { v1: 'v1' }), http('e', { '/b': 'web/v1', '/': 'web' })],
    [...BASE, dr('web-rules', { v1: 'v1' }), http('e', { '/b': 'web', '/': 'web' })],
  ],
  [
    'subsets have other names, by a short host',
    [...BASE, dr('web', { s: 'v1' }, { host: 'web' }), vs('web', ['web'], 'web/s')],
    [...BASE, dr('web', { t: 'v1' }, { host: 'web' }), vs('web', ['web'], 'web/t')],
  ],
  [
    'subsets have other names, by a short host of another namespace',
    [namespace('b'), ...BASE, dr('web', { s: 'v1' }, { host: 'web' }), vs('web', ['web.a'], 'web.a/s', { ns: 'b' })],
    [namespace('b'), ...BASE, dr('web', { t: 'v1' }, { host: 'web' }), vs('web', ['web.a'], 'web.a/t', { ns: 'b' })],
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
    'another DestinationRule means other pods, which come, by a subset of one name',
    [...BASE, dep('web-v2', { replicas: 0 }), dr('web-rules', { s: 'v1' })],
    [...BASE, dep('web-v2'), dr('web', { s: 'v2' }), vs('web', [WEB], 'web/s')],
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
    'a Service is of the pods of a subset alone, and rules lead to it without the subset',
    [...TWO_VERSIONS, svc('web'), vs('web', [WEB], 'web/v2')],
    [...TWO_VERSIONS, svc('web', NARROW), vs('web', [WEB], 'web')],
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
    'connections are led to a Service that becomes narrower',
    [...TWO_VERSIONS, svc('web', TCP), net('VirtualService', 'web', { hosts: [WEB], tcp: [{ route: [to('web/v2')] }] })],
    [
      ...TWO_VERSIONS,
      svc('web', { ...TCP, ...NARROW }),
      net('VirtualService', 'web', { hosts: [WEB], tcp: [{ route: [to('web')] }] }),
    ],
  ],
  [
    'a host inside comes to have the pods of a subset alone',
    [...TWO_VERSIONS, ...inside({ app: 'web' }), vs('e', [CLIENT], 'in.com/v2')],
    [...TWO_VERSIONS, ...inside({ app: 'web', version: 'v2' }), vs('e', [CLIENT], 'in.com')],
  ],
  [
    'rules come to lead to a subset that is another now, and a namespace had its own of that name',
    [...BOTH, dr('web', { s: 'v1' }), dr('web-b', { s: 'v1' }, { ns: 'b' })],
    [...BOTH, dr('web', { s: 'v2' }), vs('e', ['api'], 'web/s')],
  ],
  [
    'a DestinationRule for some pods alone comes to be for others, and that of the rest is shown to more',
    [...BOTH, vs('e', ['web'], 'api/v1'), ofApi('api', { exportTo: ['.'] }), ofApi('api-some', forPodsOf('client'))],
    [...BOTH, vs('e', ['web'], 'api/v1'), ofApi('api'), ofApi('api-some', forPodsOf('web'))],
  ],
];

movesIn(ROWS);
