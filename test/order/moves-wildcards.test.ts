import { movesIn, type Row } from './moves';
import { BASE, dep, gw, net, svc, to, vs } from './objects';

// Releases in which a host comes to have rules of its own, or loses them, while those of a wildcard that it is within change.

const ALL = [...BASE, dep('api-v1'), svc('api'), dep('ingress', { ns: 'istio-system', labels: { istio: 'ingressgateway' } })];
const OPEN = [...ALL, gw('g', ['*.com'])];
const at = { gateways: ['g'] };
const first = net('VirtualService', 'all', {
  hosts: ['*.com'],
  gateways: ['g'],
  http: [{ match: [{ headers: { who: { exact: 'me' } } }], route: [to('api')] }, { route: [to('web')] }],
});

const rows: Row[] = [
  [
    'the rules of a wildcard lead elsewhere',
    [...OPEN, vs('all', ['*.com'], 'web', at)],
    [...OPEN, vs('all', ['*.com'], 'api', at), vs('x', ['x.com'], 'web', at)],
  ],
  [
    'the rules of a wildcard lead elsewhere, and become those of one host',
    [...OPEN, vs('all', ['*.com'], 'web', at)],
    [...OPEN, vs('all', ['y.com'], 'api', at), vs('x', ['x.com'], 'web', at)],
  ],
  [
    'some requests by a wildcard lead elsewhere',
    [...OPEN, vs('all', ['*.com'], 'web', at)],
    [...OPEN, first, vs('x', ['x.com'], 'web', at)],
  ],
  [
    'a wildcard takes the place of another that is wider',
    [...OPEN, vs('all', ['*'], 'web', at)],
    [...OPEN, vs('all', ['*'], 'api', at), vs('com', ['*.com'], 'web', at)],
  ],
  [
    'in the mesh',
    [...ALL, vs('all', ['*.a.svc.cluster.local'], 'web')],
    [...ALL, vs('all', ['*.a.svc.cluster.local'], 'api'), vs('web', ['web'], 'web')],
  ],
];

movesIn(rows);
