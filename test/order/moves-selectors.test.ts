import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { podFacts } from '../../src/order/facts/pods-behind';
import { phasesOf } from '../../src/order/phases';
import { movesIn, type Row } from './moves';
import { account, ap, BASE, deny, dep, dr, fqdn, from, gw, net, pa, se, svc, vs, without } from './objects';
import { shown } from './support';

// Releases in which a host comes to mean other pods, because a Service or a ServiceEntry chooses others.

const BOTH = [...BASE, dep('api-v1')];
const NEXT = [...BASE, dep('web-v2')];
const front = (app: string, more = {}) => svc('front', { app, ...more });
const inside = (app: string) =>
  se('inside', 'in.com', { resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels: { app } } });
const machine = (more = {}) => net('WorkloadEntry', 'vm', { address: '10.0.0.1', labels: { app: 'vm' }, ...more });
const admin = deny({ to: [{ operation: { paths: ['/admin'] } }] });
const somebody = from(account('somebody'));
/** Subsets of a host. */
const versions = (name: string) => dr('front', { v1: 'v1', v2: 'v2' }, { host: fqdn(name) });
const plain = dr('front', {}, { host: fqdn('front'), trafficPolicy: { tls: { mode: 'DISABLE' } } });
const ofVersion = (version: string) => front('web', { selector: { app: 'web', version } });
/** Both versions of web, and a Gateway. */
const EDGE = [...NEXT, dep('ingress', { ns: 'istio-system', labels: { istio: 'ingressgateway' } }), gw('g', ['y.com', 'y.org'])];
const v2 = { selector: { matchLabels: { app: 'web', version: 'v2' } } };
const ofV2 = (spec: object) => ap('v2', undefined, { ...v2, ...spec });

/** As a chart writes it that labels what it makes with its version. */
const labelled = (all: readonly Manifest[], chart: string) =>
  all.map((m) =>
    m.kind === 'Namespace' ? m : manifestOf({ ...m.object, metadata: { ...m.object.metadata, labels: { chart } } }, m.place),
  );

/** A workload that rolls from version to version, and its Service, which asks for the version. */
const rolled = (version: string, spec: object = {}) => [
  ...BASE.filter((m) => m.namespace !== 'a' || (m.name !== 'web' && m.name !== 'web-v1')),
  dep('web', { version }),
  svc('web', { selector: { app: 'web', version }, ...spec }),
];
const ports = [
  { name: 'http', port: 80, targetPort: 8080 },
  { name: 'http-b', port: 81, targetPort: 8080 },
];

const rows: Row[] = [
  ['a workload rolls from version to version, and its Service asks for the version', rolled('v1'), rolled('v2')],
  ['and comes to have a port', rolled('v1'), rolled('v2', { ports })],
  [
    'while rules lead there',
    [...rolled('v1'), vs('e', [fqdn('client')], 'web')],
    [...rolled('v2'), vs('e', [fqdn('client')], 'web')],
  ],
  [
    'a Service comes to ask for no version, and rules to lead to a subset of another one',
    [...EDGE, ofVersion('v2'), vs('e', ['y.com'], 'front', { gateways: ['g'] })],
    [...EDGE, front('web'), versions('front'), vs('e', ['y.com'], 'front/v1', { gateways: ['g'] })],
  ],
  [
    'and other rules, which come, while yet others lead away',
    [
      ...EDGE,
      ofVersion('v2'),
      vs('e', ['y.com'], 'front', { gateways: ['g'] }),
      vs('k', ['y.org'], 'front', { gateways: ['g'] }),
    ],
    [
      ...EDGE,
      front('web'),
      versions('front'),
      vs('f', ['y.com'], 'front/v1', { gateways: ['g'], rule: { match: [{ uri: { prefix: '/b' } }] } }),
      vs('k', ['y.org'], 'client', { gateways: ['g'] }),
    ],
  ],
  [
    'a Service comes to ask for another version, and rules to lead to its subset',
    [...EDGE, ofVersion('v1'), versions('front'), vs('e', ['y.com'], 'front/v1', { gateways: ['g'] })],
    [...EDGE, ofVersion('v2'), versions('front'), vs('e', ['y.com'], 'front/v2', { gateways: ['g'] })],
  ],
  [
    'a Service comes to be of pods that a policy leaves',
    [...BOTH, front('web'), ap('p', 'api', somebody)],
    [...BOTH, front('api')],
  ],
  [
    'a Service changes between pods, each with a policy that lets nobody in at times',
    [...BOTH, front('web'), ap('p', 'api', somebody)],
    [...BOTH, front('api'), ap('q', 'web', somebody)],
  ],
  [
    'a Service that is called in plain text comes to be of pods that took mutual TLS alone',
    [...BOTH, front('web'), plain, pa('STRICT', { app: 'api' })],
    [...BOTH, front('api'), plain],
  ],
  [
    'a Service comes to be of pods that anybody might call until now',
    [...BOTH, front('web'), ap('p', 'web', somebody)],
    [...BOTH, front('api'), ap('p', 'web', somebody), ap('q', 'api', somebody)],
  ],
  [
    'nobody may call /admin, wherever it is',
    [...BOTH, front('web'), ap('p', 'web', admin)],
    [...BOTH, front('api'), ap('q', 'api', admin)],
  ],
  [
    'a Service comes to be of one version, as the other comes to be for others',
    [...NEXT, front('web'), ofV2(from(account()))],
    [...NEXT, front('web', { selector: { app: 'web', version: 'v1' } }), ofV2(somebody)],
  ],
  [
    'pods come and take the place of others, whose policies come and go with them',
    [...BASE, front('web'), ap('p', 'web', admin)],
    [...BASE.filter((m) => m.name !== 'web-v1'), dep('api-v1'), front('api'), ap('q', 'api', admin)],
  ],
  [
    'a ServiceEntry changes between pods, each with a policy that lets nobody in at times',
    [...BOTH, inside('web'), ap('p', 'api', somebody)],
    [...BOTH, inside('api'), ap('q', 'web', somebody)],
  ],
  [
    'nobody may call /admin, wherever a ServiceEntry leads',
    [...BOTH, inside('web'), ap('p', 'web', admin)],
    [...BOTH, inside('api'), ap('q', 'api', admin)],
  ],
  [
    'a ServiceEntry changes between a machine, where no policy holds, and pods',
    [...BOTH, machine(), inside('vm'), ap('p', undefined, somebody)],
    [...BOTH, inside('api')],
  ],
  [
    'a ServiceEntry changes between a machine with a sidecar and pods',
    [...BOTH, machine({ serviceAccount: 'vm' }), inside('vm'), ap('p', 'vm', admin)],
    [...BOTH, inside('api'), ap('q', 'api', admin)],
  ],
  [
    'rules lead to a ServiceEntry that changes between pods',
    [...BOTH, inside('web'), vs('r', ['in.com'], 'in.com'), ap('p', 'api', somebody)],
    [...BOTH, inside('api'), vs('r', ['in.com'], 'in.com', { rule: { timeout: '1s' } }), ap('q', 'web', somebody)],
  ],
  [
    'pods that two Services serve come to ask who calls, and one of the two was called in plain text',
    [...BASE, front('web'), plain],
    [...BASE, front('web'), ap('p', 'web', from(account()))],
  ],
  [
    'every object comes to have another label, and rules and a Service lead elsewhere',
    labelled([...BOTH, front('web'), vs('r', [fqdn('front')], 'front'), ap('p', 'api', somebody)], '1'),
    labelled([...BOTH, front('api'), vs('r', [fqdn('front')], 'front'), ap('q', 'web', somebody)], '2'),
  ],
  [
    'a Service comes to be of other pods, and a version of the old ones goes with the rules that led there',
    [...NEXT, front('web'), versions('front'), vs('web', ['web'], 'front/v1')],
    [...without('web-v1', NEXT), dep('api-v1'), front('api')],
  ],
];
movesIn(rows);

test('a Service chooses the pods of before and after for a while, where one workload has the ones and then the others', () => {
  const of = (more: readonly Manifest[]) => podFacts([...rolled('v1'), ...more, ...rolled('v2'), ...more], 'cluster.local');
  const made = phasesOf({ live: rolled('v1'), desired: rolled('v2') }, 'cluster.local', of([]));
  expect(made.phases.map((p) => p.writes.map((w) => [w.object.kind, w.object.object.spec.selector]))).toEqual([
    [['Service', { app: 'web' }]],
    [['Deployment', undefined]],
    [['Service', { app: 'web', version: 'v2' }]],
  ]);
  // which would be pods of others, too
  const others = [dep('web-v3')];
  const knotted = phasesOf(
    { live: [...rolled('v1'), ...others], desired: [...rolled('v2'), ...others] },
    'cluster.local',
    of(others),
  );
  expect(knotted.knots.map((k) => k.key)).toEqual(['apps/Deployment a/web', '/Service a/web']);
});

test('policies come before pods are chosen, and go after that', () => {
  const live = [...BOTH, front('web'), ap('p', 'web', admin)];
  const desired = [...BOTH, front('api'), ap('q', 'api', admin)];
  expect(shown(phasesOf({ live, desired }))).toEqual([
    ['create AuthorizationPolicy q'],
    ['change Service front'],
    ['delete AuthorizationPolicy p'],
  ]);
});
