import type { Manifest } from '../../src/manifests/manifest';
import type { Phase } from '../../src/order/phase';
import { phasesOf } from '../../src/order/phases';
import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { movesIn, type Row } from './moves';
import {
  account,
  ap,
  BASE,
  deny,
  dep,
  dr,
  fqdn,
  from,
  gw,
  namespace,
  net,
  pa,
  plain,
  ra,
  se,
  sec,
  svc,
  tls,
  to,
  vs,
  WEB,
  without,
} from './objects';
import { strangers } from './strangers';

// Releases in which it changes who may, and how.

const admin = { to: [{ operation: { paths: ['/admin'] } }] };
const ALL = [...BASE, svc('api'), dep('api-v1')];
const SHOWN = [...ALL, namespace('b'), dep('other-v1', { ns: 'b' }), ap('w', 'web', from(account('s1')))];
const OTHER = [...BASE, namespace('b'), dep('other-v1', { ns: 'b' })];
const EGRESS = [
  ...BASE,
  se('ext', 'ext.com'),
  dep('egress', { ns: 'istio-system', labels: { istio: 'egressgateway' } }),
  svc('egress', { ns: 'istio-system', selector: { istio: 'egressgateway' } }),
];
const paths = (...all: string[]) => ({ rules: [{ to: [{ operation: { paths: all } }] }] });
const mesh = (mode: string) => pa(mode, { ns: 'istio-system' });
const tokens = (issuer: string) => ({
  rules: [{ from: [{ source: { requestPrincipals: [issuer === '*' ? '*' : `${issuer}/*`] } }] }],
});

const dry = (m: Manifest): Manifest => ({ ...m, annotations: { 'istio.io/dry-run': 'true' } });
const onPort = (app: string, mode: string) =>
  sec('PeerAuthentication', app, { selector: { matchLabels: { app } }, portLevelMtls: { 8080: { mode } } });

const byToken = deny({ from: [{ source: { requestPrincipals: ['i1/*'] } }] });
const byName = deny({ from: [{ source: { namespaces: ['a'] } }] });

const INGRESS = { labels: { istio: 'ingressgateway' }, selector: { istio: 'ingressgateway' }, ns: 'istio-system' };
const DOOR = [dep('ingress', INGRESS), svc('ingress', INGRESS)];
const EDGE = [...BASE, ...DOOR, gw('g1', ['x.com']), vs('e', ['x.com'], 'web', { gateways: ['g1'] })];
const atDoor = (name: string, spec: Readonly<Record<string, any>>) =>
  sec('AuthorizationPolicy', name, { selector: { matchLabels: INGRESS.labels }, ...spec }, 'istio-system');
/** Rules at a Gateway come to lead to other pods, whose policies come and go with it. */
const swap = (more: readonly Manifest[] = [], after = more): readonly [Manifest[], Manifest[]] => [
  [...ALL, ...more, gw('g1', ['x.com']), vs('e', ['x.com'], 'web', { gateways: ['g1'] }), ap('q', 'api', {})],
  [...ALL, ...after, gw('g1', ['x.com']), vs('e', ['x.com'], 'api', { gateways: ['g1'] }), ap('p', 'web', {})],
];
const forwarding = sec(
  'RequestAuthentication',
  'door',
  { selector: { matchLabels: INGRESS.labels }, jwtRules: [{ issuer: 'i1', jwks: '{"keys":[]}', forwardOriginalToken: true }] },
  INGRESS.ns,
);
const tiered = sec('AuthorizationPolicy', 't', { selector: { matchLabels: { ...INGRESS.labels, tier: 'old' } } }, INGRESS.ns);
const manyHosts = deny({ to: [{ operation: { hosts: Array.from({ length: 100 }, (_, i) => `h${i}.com`) } }] });
const forX = { rules: [{ to: [{ operation: { hosts: ['x.com'] } }] }] };
const aged = (m: Manifest, created: number): Manifest => ({ ...m, created });
const rewritten = (path: string) => [
  vs('e', ['x.com'], 'web', { gateways: ['g1'], rule: { match: [{ uri: { prefix: '/b' } }], rewrite: { uri: path } } }),
  ap('d', 'web', deny({ to: [{ operation: { paths: [path] } }] })),
];
const notB = { rules: [{ to: [{ operation: { notPaths: ['/b'] } }] }] };

const ROWS: readonly Row[] = [
  ['clients choose mutual TLS or plain text by themselves', [...BASE, pa('STRICT', { app: 'web' })], [...BASE, pa('DISABLE')]],
  [
    'tokens of another issuer are taken, and who has them is denied in their place',
    [...ALL, ra('j', 'api', 'i1'), ap('q', 'web', deny({}))],
    [...ALL, ra('j', 'api', 'i2'), ap('q', 'api', deny({}))],
  ],
  ['a denial by tokens that nobody looks at goes', [...BASE, ap('d', 'web', byToken)], [...BASE, ra('j', 'web', 'i1')]],
  ['a denial of those who have no identity goes', [...BASE, pa('DISABLE'), ap('d', 'web', byName)], [...BASE, pa('STRICT')]],
  [
    'a denial of those who speak plain text goes',
    [...BASE, tls('DISABLE'), ap('d', 'web', byName)],
    [...BASE, tls('ISTIO_MUTUAL')],
  ],
  [
    'tokens are looked at no more, and who might call with one may not',
    [...OTHER, ra('j', 'web', 'i1'), ap('q', 'web'), ap('r', 'web', paths('/b'))],
    [...OTHER, ap('q', 'web')],
  ],
  ['a namespace takes mutual TLS alone', [...BASE, pa('DISABLE'), tls('DISABLE')], [...BASE, pa('STRICT'), tls('ISTIO_MUTUAL')]],
  ['with a short name', [...BASE, pa('DISABLE'), tls('DISABLE', 'web')], [...BASE, pa('STRICT'), tls('ISTIO_MUTUAL', 'web')]],
  [
    'pods have another identity',
    [
      ...without('client-v1'),
      plain('ServiceAccount', 's1'),
      dep('client-v1', { serviceAccountName: 's1' }),
      ap('web', 'web', from(account('s1'))),
    ],
    [
      ...without('client-v1'),
      plain('ServiceAccount', 's2'),
      dep('client-v1', { serviceAccountName: 's2' }),
      ap('web', 'web', from(account('s2'))),
    ],
  ],
  ['an ALLOW has another name', [...BASE, ap('p1', 'web')], [...BASE, ap('p2', 'web')]],
  ['a DENY has another name', [...BASE, ap('d1', undefined, deny(admin))], [...BASE, ap('d2', undefined, deny(admin))]],
  [
    'a DENY of others becomes an ALLOW',
    [...BASE, ap('c', undefined, deny({ from: [{ source: { notPrincipals: [account('x')] } }] }))],
    [...BASE, ap('c2', 'web', from(account('x')))],
  ],
  [
    'under one name',
    [...BASE, ap('d', undefined, deny(admin))],
    [...BASE, ap('d', undefined, { rules: [{ to: [{ operation: { notPaths: ['/admin'] } }] }] })],
  ],
  [
    'another issuer of tokens',
    [...BASE, ra('j', 'web', 'i1'), ap('tok', 'web', tokens('i1'))],
    [...BASE, ra('j', 'web', 'i2'), ap('tok', 'web', tokens('i2'))],
  ],
  [
    'an ALLOW for all pods becomes one for each',
    [...ALL, ap('deny', undefined, {}), ap('p', undefined)],
    [...ALL, ap('deny', undefined, {}), ap('p', 'web'), ap('q', 'api'), ap('r', 'client')],
  ],
  [
    'one of several becomes that of others',
    [...ALL, ap('deny', undefined, {}), ap('p', 'web'), ap('q', 'api')],
    [...ALL, ap('deny', undefined, {}), ap('p', undefined)],
  ],
  [
    'an ALLOW becomes a DENY, and another an ALLOW',
    [...ALL, ap('deny', undefined, {}), ap('p', 'web')],
    [...ALL, ap('deny', undefined, {}), ap('p', 'web', deny(admin)), ap('q', 'web')],
  ],
  [
    'with other rules',
    [...ALL, ap('p', 'web')],
    [
      ...ALL,
      ap('p', 'web', deny({ to: [{ operation: { methods: ['PUT'] } }] })),
      ap('q', 'web', { rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }),
    ],
  ],
  [
    'who has no token is denied',
    BASE,
    [...BASE, ra('j', 'web', 'i1'), ap('tok', 'web', deny({ from: [{ source: { notRequestPrincipals: ['*'] } }] }))],
  ],
  ['who has a token is allowed', BASE, [...BASE, ra('j', 'web', 'i1'), ap('tok', 'web', tokens('*'))]],
  [
    'tokens are looked at by another',
    [...BASE, ra('j', 'web', 'i1'), ap('tok', 'web', tokens('i1'))],
    [...BASE, ra('j2', 'web', 'i1'), ap('tok', 'web', tokens('i1'))],
  ],
  ['a namespace is closed, but for some', BASE, [...BASE, pa('STRICT'), ap('deny', undefined, {}), ap('web', 'web')]],
  [
    'some pods take mutual TLS alone',
    [...BASE, pa('DISABLE', { app: 'web' }), tls('DISABLE')],
    [...BASE, pa('STRICT', { app: 'web' }), tls('ISTIO_MUTUAL')],
  ],
  ['all of the mesh do', [...BASE, mesh('DISABLE'), tls('DISABLE')], [...BASE, mesh('STRICT'), tls('ISTIO_MUTUAL')]],
  [
    'for clients of a wildcard',
    [...BASE, pa('DISABLE'), tls('DISABLE', '*.local')],
    [...BASE, pa('STRICT'), tls('ISTIO_MUTUAL', '*.local')],
  ],
  [
    'a namespace has what the mesh has',
    [...BASE, mesh('STRICT'), pa('DISABLE'), tls('DISABLE')],
    [...BASE, mesh('STRICT'), tls('ISTIO_MUTUAL')],
  ],
  [
    'pods have what their namespace has',
    [...BASE, pa('DISABLE'), pa('STRICT', { app: 'web' }), tls('ISTIO_MUTUAL')],
    [...BASE, pa('DISABLE'), tls('DISABLE')],
  ],
  [
    'a mesh of both, and a DestinationRule goes',
    [...BASE, mesh('PERMISSIVE'), tls('DISABLE')],
    [...BASE, mesh('PERMISSIVE'), pa('STRICT')],
  ],
  [
    'several come to say who may',
    BASE,
    [...BASE, ap('p', 'web'), ap('q', 'web', { rules: [{ to: [{ operation: { paths: ['/admin'] } }] }] })],
  ],
  [
    'pods come to have another identity, which is let in nowhere else, and who may is said for others',
    [
      ...ALL.filter((m) => m.name !== 'client-v1'),
      plain('ServiceAccount', 's1'),
      dep('client-v1', { serviceAccountName: 's1' }),
      ap('z', 'api', from(account('x'))),
      ap('r', 'web', deny({ from: [{ source: { principals: [account('default', 'b')] } }] })),
    ],
    [...ALL, plain('ServiceAccount', 's1'), ap('z', 'api', from(account('x'))), ap('r', 'web', from(account('default', 'b')))],
  ],
  [
    'pods come to have another identity, and are known by mutual TLS no more',
    [...BASE, plain('ServiceAccount', 's1'), ap('p', 'web', from(account()))],
    [
      ...without('client-v1'),
      plain('ServiceAccount', 's1'),
      dep('client-v1', { serviceAccountName: 's1' }),
      pa('DISABLE'),
      ap('p', 'web', { rules: [{}] }),
    ],
  ],
  // found by random releases
  ['a mesh takes mutual TLS alone, and a namespace plain text', BASE, [...BASE, mesh('STRICT'), pa('DISABLE')]],
  ['clients come to have an identity, and are let in by it', [...BASE, tls('DISABLE')], [...BASE, ap('web', 'web')]],
  [
    'rules come to lead to pods whose policy goes',
    [...ALL, ap('api', 'api', from(account('s1'))), vs('web', [fqdn('web')], 'web')],
    [...ALL, vs('web', [fqdn('web')], 'api')],
  ],
  [
    'clients have another identity, which was denied',
    [
      ...without('client-v1'),
      plain('ServiceAccount', 's1'),
      dep('client-v1', { serviceAccountName: 's1' }),
      ap('q', 'web', deny(from(account()).rules[0])),
    ],
    [
      ...without('client-v1'),
      plain('ServiceAccount', 's1'),
      dep('client-v1'),
      ap('q2', 'web', deny(from(account('s1')).rules[0])),
    ],
  ],
  [
    'rules are shown to others, so that some come to pods which deny them',
    [...SHOWN, vs('api', [fqdn('api')], 'web')],
    [...SHOWN, vs('api', [fqdn('api')], 'web', { exportTo: ['b'] }), ap('d', 'api', deny(from(account()).rules[0]))],
  ],
  ['more may, but not all of it', [...OTHER, ap('p', 'web')], [...OTHER, ap('p', 'web', from('*')), ap('d', 'web', deny(admin))]],
  [
    'others may, but not the same of it',
    [...OTHER, ap('p', 'web'), ap('d', 'web', deny(admin))],
    [...OTHER, ap('p', 'web', from(account('default', 'b'))), ap('d', 'web', deny({ to: [{ operation: { paths: ['/b'] } }] }))],
  ],
  [
    'a policy comes that lets all in, beside one that lets in others',
    [...OTHER, ap('r', 'web', from('*'))],
    [...OTHER, ap('r', 'web', { rules: [{ to: [{ operation: { paths: ['/b'] } }] }] }), ap('q', undefined, { rules: [{}] })],
  ],
  [
    'denials move from one policy to another',
    [...OTHER, ap('d', 'web', deny(admin)), ap('e', 'web', deny({ to: [{ operation: { paths: ['/b'] } }] }))],
    [...OTHER, ap('d', 'web', deny({ to: [{ operation: { paths: ['/b'] } }] })), ap('e', 'web', deny(admin))],
  ],
  [
    'the last that says who may goes, and some of it is denied',
    [...OTHER, ap('p', 'web')],
    [...OTHER, ap('d', 'web', deny(admin))],
  ],
  [
    'rules lead elsewhere, and a policy of all changes',
    [...ALL, ap('p', undefined), vs('web', [fqdn('web')], 'web')],
    [...ALL, ap('p', undefined, from('*')), vs('web', [fqdn('web')], 'api')],
  ],
  [
    'a path is rewritten, and a policy comes to ask for it',
    [...BASE, vs('web', [fqdn('web')], 'web')],
    [...BASE, vs('web', [fqdn('web')], 'web', { rule: { rewrite: { uri: '/b' } } }), ap('p', 'web', paths('/b'))],
  ],
  [
    'a policy is for other pods, while the one that lets nobody in goes',
    [...ALL, ap('deny', undefined, {}), ap('q', undefined, paths('/b'))],
    [...ALL, ap('q', 'api', paths('/b'))],
  ],
  [
    'a policy lets nobody in any more, and another comes to let in some of those',
    [...ALL, ap('p', 'web', paths('/b'))],
    [...ALL, ap('p', 'web', {}), ap('r', undefined)],
  ],
  [
    'a policy by tokens that nobody looks at goes, beside one that lets nobody in',
    [...ALL, ap('none', 'api', {}), ap('r', 'api', tokens('i1'))],
    [...ALL, ap('none', 'api', {}), ra('k', 'api', 'i1')],
  ],
  [
    'tokens are looked at elsewhere, and a policy comes to ask for them where they were',
    [...ALL, ra('j', 'web', 'i1'), ap('p', 'web', {})],
    [...ALL, ra('j', 'api', 'i1'), ap('p', 'web', tokens('i1'))],
  ],
  [
    'clients have an identity no more, and are let in by their tokens',
    [...OTHER, ap('r', undefined)],
    [...OTHER, ap('r', undefined), tls('DISABLE'), ra('j', 'web', 'i1'), ap('q', 'web', tokens('i1'))],
  ],
  [
    'a port takes both by itself, and then by its namespace',
    [...BASE, pa('STRICT'), onPort('web', 'PERMISSIVE')],
    [...BASE, pa('PERMISSIVE')],
  ],
  [
    'a policy that only logged decides, beside one that lets nobody in',
    [...ALL, ap('p', undefined, {}), dry(ap('r', undefined, from('*')))],
    [...ALL, ap('p', 'api', {}), ap('r', undefined, from(account('s1')))],
  ],
  [
    'a policy that lets all in comes to pods that let nobody in, and rules lead elsewhere',
    [...ALL, ap('none', 'web', {}), ap('p', 'api', from(account('s1'))), vs('web', [fqdn('web')], 'web')],
    [
      ...ALL,
      ap('none', 'web', {}),
      ap('q', 'web', { rules: [{}] }),
      ap('p', 'api', from(account('s1'))),
      vs('web', [fqdn('web')], 'api'),
    ],
  ],
  [
    'a path is rewritten, which one policy asks for, and another comes to let in the same callers',
    [...BASE, ap('p', 'web', paths('/b')), vs('web', [fqdn('client')], 'web')],
    [...BASE, ap('p', 'web', paths('/b')), ap('q', 'web'), vs('web', [fqdn('web')], 'web', { rule: { rewrite: { uri: '/c' } } })],
  ],
  [
    'pods that nobody reaches as they are take plain text again, and rules come to lead there',
    [...ALL, pa('DISABLE'), onPort('api', 'STRICT'), vs('web', [fqdn('web')], 'web')],
    [...ALL, pa('DISABLE'), vs('web', [fqdn('web')], 'api')],
  ],
  [
    'tokens of another issuer are taken elsewhere, and more may there who show none',
    [...ALL, ra('k', 'api', 'i2'), ap('q', 'web', from(account('s1')))],
    [...ALL, ra('k', 'web', 'i1'), ap('q', 'web', from('*'))],
  ],
  [
    'a host outside is reached by a gateway that let nobody in',
    [...EGRESS, ap('none', undefined, {}, 'istio-system')],
    [...EGRESS, vs('out', ['ext.com'], fqdn('egress', 'istio-system'))],
  ],
  [
    'a denial moves to the Gateway',
    [...EDGE, ap('d', 'web', deny(paths('/b').rules[0]!))],
    [...EDGE, atDoor('d', deny(paths('/b').rules[0]!))],
  ],
  [
    'an ALLOW that leaves out a path gives way to a denial at the Gateway',
    [...EDGE, ap('p', 'web', notB)],
    [...EDGE, ap('p', 'web', { rules: [{}] }), atDoor('d', deny(paths('/b').rules[0]!))],
  ],
  ['an ALLOW gives way to one at the Gateway', [...EDGE, ap('p', 'web', notB)], [...EDGE, atDoor('p', notB)]],
  [
    'rules lead elsewhere at another Gateway of the same pods, and nobody is let in where they led',
    [
      ...ALL,
      ...DOOR,
      gw('g1', ['x.com']),
      vs('e', ['x.com'], 'web', { gateways: ['g1'] }),
      ap('p', 'web', from(account('default', 'istio-system'))),
    ],
    [...ALL, ...DOOR, gw('g2', ['x.com']), vs('f', ['x.com'], 'api', { gateways: ['g2'] }), ap('p', 'web', {})],
  ],
  [
    'rules and policies at a Gateway turn, in a mesh of mutual TLS alone',
    ...swap([...DOOR, pa('STRICT', { ns: 'istio-system' })]),
  ],
  ['with a policy for pods of the Gateway that are not there', ...swap([...DOOR, tiered])],
  [
    'with tokens that the Gateway hands on',
    ...swap([...DOOR, forwarding, ra('w', 'web', 'i1'), ra('a', 'api', 'i1'), atDoor('t', tokens('i1'))]),
  ],
  [
    'with another identity of the Gateway',
    ...swap(DOOR, [dep('ingress', { ...INGRESS, serviceAccountName: 's1' }), svc('ingress', INGRESS)]),
  ],
  [
    'policies about a host turn, behind a Gateway that denies many others',
    [...EDGE, svc('api'), dep('api-v1'), atDoor('t', manyHosts), ap('p', 'web', forX), ap('q', 'api', {})],
    [
      ...EDGE.filter((m) => m.name !== 'e'),
      svc('api'),
      dep('api-v1'),
      atDoor('t', manyHosts),
      vs('e', ['x.com'], 'api', { gateways: ['g1'] }),
      ap('p', 'web', {}),
      ap('q', 'api', forX),
    ],
  ],
  [
    'the path that rules make of another, and that is denied behind them',
    [...EDGE.filter((m) => m.name !== 'e'), ...rewritten('/c')],
    [...EDGE.filter((m) => m.name !== 'e'), ...rewritten('/d')],
  ],
  [
    'the older of two rules goes, and the other leads where it led',
    [...ALL, aged(vs('e', [WEB], 'web'), 1), aged(vs('f', [WEB], 'api'), 2), ap('q', 'api', {})],
    [...ALL, aged(vs('f', [WEB], 'web'), 2), ap('q', 'api', {})],
  ],
  [
    'rules for one namespace lead elsewhere, and its pods have another identity',
    [...OTHER, svc('api'), dep('api-v1'), vs('e', [WEB], 'web', { exportTo: ['b'] }), ap('q', 'api', {})],
    [
      ...BASE,
      namespace('b'),
      dep('other-v1', { ns: 'b', serviceAccountName: 's1' }),
      svc('api'),
      dep('api-v1'),
      vs('e', [WEB], 'api', { exportTo: ['b'] }),
      ap('p', 'web', {}),
    ],
  ],
  [
    'a new Service with pods of an identity of its own takes the place of one that lets in others',
    [...BASE, ap('p', 'web', from(account('c'))), vs('e', [WEB], 'web')],
    [
      ...BASE,
      ap('p', 'web', from(account('c'))),
      svc('web2'),
      dep('web2-v1', { serviceAccountName: 's2' }),
      vs('e', [WEB], 'web2'),
    ],
  ],
  [
    'denials at the Gateway and behind it change places',
    [...EDGE, ap('d', 'web', deny(paths('/b').rules[0]!)), atDoor('d', deny(admin))],
    [...EDGE, ap('d', 'web', deny(admin)), atDoor('d', deny(paths('/b').rules[0]!))],
  ],
  [
    'rules go, where the policy behind them comes to let in all, and one at the Gateway nobody',
    [...EDGE.filter((m) => m.name !== 'e'), ap('p', 'web', notB), vs('f', ['x.com'], 'web', { gateways: ['g1'] })],
    [...EDGE.filter((m) => m.name !== 'e'), ap('p', 'web', { rules: [{}] }), atDoor('d', {})],
  ],
  [
    'rules are for another host, and those to whom they delegate lead to pods that come to let in more',
    [
      ...ALL,
      namespace('b'),
      dep('other-v1', { ns: 'b' }),
      ap('p', 'web'),
      net('VirtualService', 'd', { http: [{ route: [to('api')] }] }),
      net('VirtualService', 'e', { hosts: [fqdn('api')], http: [{ delegate: { name: 'd' } }] }),
    ],
    [
      ...ALL,
      namespace('b'),
      dep('other-v1', { ns: 'b' }),
      ap('p', 'web', { rules: [{}] }),
      net('VirtualService', 'd', { http: [{ route: [to('web')] }] }),
      net('VirtualService', 'e', { hosts: [fqdn('client')], http: [{ delegate: { name: 'd' } }] }),
    ],
  ],
  [
    'rules that a namespace shows to itself come for such as all see, and nobody refuses where they lead',
    [...ALL, ap('r', 'web', {}), vs('e', [fqdn('api')], 'api')],
    [...ALL, vs('h', [fqdn('api')], 'web', { exportTo: ['.'] })],
  ],
  [
    'a Service is of the pods of a subset alone, rules leave the subset, and who may call them changes',
    [...ALL, dep('web-v2'), dr('web', { v2: 'v2' }), ap('p', 'web'), vs('web', [WEB], 'web/v2')],
    [
      ...without('web', ALL),
      svc('web', { selector: { app: 'web', version: 'v2' } }),
      dep('web-v2'),
      ap('p', 'web', from(account(), account('s1'))),
      vs('web', [WEB], 'web'),
    ],
  ],
  [
    'rules leave the pods of a ServiceEntry, and these come to refuse',
    [
      ...ALL,
      net('ServiceEntry', 'inside', {
        hosts: ['in.com'],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        resolution: 'STATIC',
        location: 'MESH_INTERNAL',
        workloadSelector: { labels: { app: 'web' } },
      }),
      net('VirtualService', 'e', { hosts: [fqdn('api')], http: [{ route: [{ destination: { host: 'in.com' } }] }] }),
    ],
    [...ALL, ap('p', 'web', from(account('s1')))],
  ],
  ['some pods of those go that take mutual TLS alone, and the others take plain text, too', [...ALL, pa('STRICT')], BASE],
  [
    'pods have another identity, and rules lead where the old one is denied',
    [
      ...without('client-v1', ALL),
      dep('client-v1', { serviceAccountName: 's1' }),
      ap('q', 'api', deny(from(account('s1')).rules[0])),
      vs('e', [WEB], 'web'),
    ],
    [...ALL, ap('q', 'api', deny(from(account('s1')).rules[0])), vs('e', [WEB], 'api')],
  ],
  [
    'some pods alone have a rule by which they are not refused, and it goes with what refuses them',
    [
      ...BASE,
      ...['b-v1', 'c-v1', 'job-v1', 'z-v1'].map((name) => dep(name)),
      tls('DISABLE'),
      dr('some', {}, { workloadSelector: { matchLabels: { app: 'job' } } }),
      pa('DISABLE', { app: 'web' }),
      ap('q', 'web', deny({ from: [{ source: { principals: ['*'] } }] })),
    ],
    [...BASE, ...['b-v1', 'c-v1', 'job-v1', 'z-v1'].map((name) => dep(name)), tls('DISABLE')],
  ],
];

movesIn(ROWS);

test.each<[string, boolean, Manifest[], Manifest[]]>([
  [
    'a policy moves from pods that rules leave to those where they come to lead',
    true,
    [...ALL, ap('p', 'web', from(account('s1'))), vs('x', [fqdn('client')], 'web')],
    [...ALL, ap('p', 'api', from(account('s1'))), vs('x', [fqdn('client')], 'api')],
  ],
  [
    'rules come to pods where others are let in than before',
    false,
    [...ALL, ap('p', 'web'), ap('q', 'api', from(account('s1'))), vs('x', [fqdn('client')], 'api')],
    [...ALL, ap('p', 'web', from(account('s1'))), vs('x', [fqdn('client')], 'web')],
  ],
  [
    'rules come to pods whose policy changes, and leave them for others',
    false,
    [...ALL, ap('p', 'web', from(account('s1'))), vs('x', [fqdn('client')], 'api'), vs('y', [fqdn('api')], 'web')],
    [...ALL, ap('p', 'web'), vs('x', [fqdn('client')], 'web')],
  ],
])('%s: nobody is let in for a moment whom both states refuse (refused: %s)', (_, isRefused, live, desired) => {
  const dice = new Dice(1);
  const { lines, phases } = harm(live, desired, (n) => dice.int(0, n - 1), 10);
  expect(lines).toEqual([]);
  expect(phases.knots.some((k) => k.key === 'security.istio.io/AuthorizationPolicy a/p')).toBe(isRefused);
});

test.each<[string, Manifest[], Manifest[]]>([
  [
    'of a namespace',
    [...ALL, namespace('b'), dep('other-v1', { ns: 'b' }), ap('p', undefined), ap('q', undefined, from(account('s1')))],
    [namespace('a'), namespace('b'), dep('other-v1', { ns: 'b' })],
  ],
  [
    'of one workload, while others stay',
    [...ALL, ap('p', 'api', from(account('s1'))), ap('q', 'api', from(account('s2')))],
    BASE,
  ],
  [
    'whose Service stays',
    [...ALL, ap('p', 'api', from(account('s1'))), ap('q', 'api', from(account('s2')))],
    [...BASE, svc('api')],
  ],
  ['of a namespace that takes mutual TLS alone', [...ALL, pa('STRICT')], [namespace('a')]],
  ['of one workload that does', [...ALL, pa('STRICT', { app: 'api' })], BASE],
  ['of one that does, whose Service stays', [...ALL, pa('STRICT', { app: 'api' })], [...BASE, svc('api')]],
])('pods go, or come, with all that says who may call them, %s: nobody else does meanwhile', (_, some, others) => {
  for (const [live, desired] of [
    [some, others],
    [others, some],
  ] as const) {
    const { looked, lines } = strangers(live, desired, some);
    expect(lines).toEqual([]);
    expect(looked).toBeGreaterThan(0);
  }
});

// The trace asks who takes mutual TLS at the moment of the request: what clients know before servers do shows in the waits alone.
test.each<[string, Manifest[], Manifest[]]>([
  ['is deleted', [...BASE, pa('DISABLE'), tls('DISABLE')], [...BASE, pa('STRICT')]],
  ['says nothing of TLS any more', [...BASE, pa('DISABLE'), tls('DISABLE')], [...BASE, pa('PERMISSIVE'), dr('web', {})]],
  ['is deleted, of all hosts', [...BASE, pa('DISABLE'), tls('DISABLE', '*.local')], [...BASE, pa('PERMISSIVE')]],
])('a DestinationRule with plain text %s: servers have heard of mutual TLS before its clients speak it', (_, a, b) => {
  const isRuleWritten = (p: Phase) => p.writes.some((w) => w.object.kind === 'DestinationRule');
  const isTakenWritten = (p: Phase) => p.writes.some((w) => w.object.kind === 'PeerAuthentication');
  const there = phasesOf({ live: a, desired: b }).phases;
  const at = there.findIndex(isRuleWritten);
  expect(there.slice(0, at).some(isTakenWritten)).toBe(true);
  expect(there[at - 1]!.settles).toBe(true);
  expect(isTakenWritten(there[at]!)).toBe(false);
  const back = phasesOf({ live: b, desired: a }).phases;
  const spoken = back.findIndex(isRuleWritten);
  const last = back.findLastIndex(isTakenWritten);
  expect(last).toBeGreaterThan(spoken);
  expect(back.slice(spoken, last).some((p) => p.settles)).toBe(true);
});
