import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { podFacts } from '../../src/order/facts/pods-behind';
import { phasesOf } from '../../src/order/phases';
import { Dice } from '../real/trace/dice';
import { harm } from './harm';
import { movesIn, type Row } from './moves';
import { account, ap, BASE, deny, dep, dr, fqdn, from, gw, net, pa, ra, se, svc, tls, vs } from './objects';
import { manifest, shown } from './support';

// Releases in which pods come to have a proxy, or have none any more.

const NO = { 'sidecar.istio.io/inject': 'false' };
const bare = (name: string) => {
  const [app, version] = name.split('-');
  return dep(name, { labels: { app, version, ...NO } });
};
const WEB = BASE.filter((m) => m.name !== 'client-v1');
const CLIENT = BASE.filter((m) => m.name !== 'web-v1');
const somebody = from(account('somebody'));
const admin = deny({ to: [{ operation: { paths: ['/admin'] } }] });
const API = dep('api-v1');
const ingress = dep('ingress', { ns: 'istio-system', labels: { istio: 'ingressgateway' } });

const INSIDE = se('inside', 'in.com', {
  resolution: 'STATIC',
  location: 'MESH_INTERNAL',
  workloadSelector: { labels: { app: 'web' } },
});

/** Rules that put something before each path. */
const LONGER = vs('web', ['web'], 'web', { rule: { rewrite: { uri: '/b' } } });

/** What pods with a proxy may call. */
const knowing = (...hosts: string[]) =>
  net('Sidecar', 'default', { egress: [{ hosts }], outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } });
/** Rules for web that lead the pods of one app alone anywhere. */
const onlyFor = (app: string) => vs('e', ['web'], 'api', { rule: { match: [{ sourceLabels: { app } }] } });

const BOTH_PORTS = [
  { name: 'http', port: 80, targetPort: 8080 },
  { name: 'http-b', port: 81, targetPort: 8080 },
];

const rows: Row[] = [
  ['a caller gets a proxy, and its server takes mutual TLS alone', [...WEB, bare('client-v1')], [...BASE, pa('STRICT')]],
  ['a caller gets a proxy, and a policy names it', [...WEB, bare('client-v1')], [...BASE, ap('p', 'web')]],
  [
    'a caller loses its proxy, a policy comes to name it, and mutual TLS goes, which told who it is',
    [...BASE, ap('p', 'web', { rules: [{ from: [{ source: { requestPrincipals: ['i1/*'] } }] }] })],
    [...WEB, bare('client-v1'), ap('p', 'web'), pa('DISABLE')],
  ],
  [
    'rules come to lead to a Service that comes, of pods that get a proxy, and are guarded then',
    [...CLIENT, svc('api'), API, bare('web-v1'), ap('q', undefined, {})],
    [...BASE, svc('api'), API, ap('q', undefined, {}), svc('front', { selector: { app: 'web' } }), vs('e', ['api'], 'front')],
  ],
  [
    'and to a host of such pods by a ServiceEntry',
    [...CLIENT, svc('api'), API, bare('web-v1'), ap('q', undefined, {})],
    [...BASE, svc('api'), API, ap('q', undefined, {}), INSIDE, vs('e', ['api'], 'in.com')],
  ],
  ['a server gets a proxy, and a policy that let nobody in goes', [...CLIENT, bare('web-v1'), ap('p', 'web', somebody)], BASE],
  [
    'a server gets a proxy, and a policy lets others in',
    [...CLIENT, bare('web-v1'), ap('p', 'web', somebody)],
    [...BASE, ap('p', 'web')],
  ],
  [
    'a server that takes mutual TLS alone gets its proxy, and who called it in plain text does so no more',
    [...CLIENT, bare('web-v1'), pa('STRICT'), tls('DISABLE')],
    [...BASE, pa('STRICT')],
  ],
  ['a server gets a proxy, and is called by mutual TLS', [...CLIENT, bare('web-v1')], [...BASE, tls('ISTIO_MUTUAL')]],
  [
    'both get a proxy, and the mesh is closed',
    [...WEB.filter((m) => m.name !== 'web-v1'), bare('web-v1'), bare('client-v1')],
    [...BASE, pa('STRICT'), ap('p', 'web')],
  ],
  [
    'pods with a proxy take the place of pods without one',
    [...CLIENT, bare('web-v1'), ap('p', 'web', somebody)],
    [...CLIENT, dep('web-v2'), ap('p', 'web', admin)],
  ],
  [
    'those without one are scaled to none',
    [...CLIENT, bare('web-v1'), dep('web-v2'), tls('DISABLE')],
    [...CLIENT, dep('web-v1', { replicas: 0, labels: { app: 'web', version: 'v1', ...NO } }), dep('web-v2'), tls('ISTIO_MUTUAL')],
  ],
  [
    'rules lead to the version that has a proxy, and a policy goes from there',
    [...BASE, bare('web-v2'), dr('web', { v1: 'v1', v2: 'v2' }), vs('web', ['web'], 'web/v2'), ap('p', 'web', somebody)],
    [...BASE, bare('web-v2'), dr('web', { v1: 'v1', v2: 'v2' }), vs('web', ['web'], 'web/v1')],
  ],
  [
    'a Gateway leads to pods without a proxy, and to others with a policy',
    [
      ...BASE,
      ingress,
      bare('api-v1'),
      svc('api'),
      gw('g', ['x.com']),
      vs('x', ['x.com'], 'api', { gateways: ['g'] }),
      ap('p', 'web', somebody),
      ap('q', 'api', somebody),
    ],
    [
      ...BASE,
      ingress,
      bare('api-v1'),
      svc('api'),
      gw('g', ['x.com']),
      vs('x', ['x.com'], 'web', { gateways: ['g'] }),
      ap('q', 'api', somebody),
    ],
  ],
  [
    'tokens are looked at where they were not',
    [
      ...CLIENT,
      bare('web-v1'),
      ra('j', 'web', 'i1'),
      ap('p', 'web', { rules: [{ from: [{ source: { requestPrincipals: ['i1/*'] } }] }] }),
    ],
    [...BASE, ra('j', 'web', 'i1')],
  ],
  [
    'a caller that is refused where rules lead has its proxy no more, and is refused by the pods themselves',
    [...BASE, API, svc('api'), vs('e', ['web'], 'api'), ap('p', 'api', deny(from(account()).rules[0])), ap('q', 'web', somebody)],
    [
      ...WEB,
      bare('client-v1'),
      API,
      svc('api'),
      vs('e', ['web'], 'api', { rule: { rewrite: { uri: '/b' } } }),
      ap('q', 'web', somebody),
    ],
  ],
  [
    'a caller loses its proxy, and the Sidecar of its namespace lets the others know less',
    [...BASE, se('ext', 'ext.com'), knowing('./*')],
    [...WEB, bare('client-v1'), se('ext', 'ext.com'), knowing(`./${fqdn('web')}`)],
  ],
  [
    'a caller loses its proxy, and rules come that lead the others alone somewhere',
    [...BASE, API, svc('api')],
    [...WEB, bare('client-v1'), API, svc('api'), onlyFor('web')],
  ],
  [
    'a caller loses its proxy, and a Service gets a port that rules alone answered for',
    [...BASE, API, svc('api', { ports: BOTH_PORTS }), vs('e', [fqdn('web'), fqdn('api')], 'api:81')],
    [...WEB.filter((m) => m.kind !== 'Service' || m.name !== 'web'), bare('client-v1'), API, svc('web', { ports: BOTH_PORTS })],
  ],
  [
    'a caller loses its proxy, and a Service comes that is of it alone, and only then',
    BASE,
    [
      ...WEB,
      dep('client-v1', { labels: { app: 'client', version: 'v1', role: 'front', ...NO } }),
      svc('front', { selector: { role: 'front' } }),
    ],
  ],
  [
    'two lose their proxies, and to each comes a Service that is of it alone, and only then',
    [...BASE, API],
    [
      ...BASE.filter((m) => m.kind !== 'Deployment'),
      dep('client-v1', { labels: { app: 'client', version: 'v1', role: 'front', ...NO } }),
      dep('web-v1'),
      dep('api-v1', { labels: { app: 'api', version: 'v1', role: 'back', ...NO } }),
      svc('front', { selector: { role: 'front' } }),
      svc('back', { selector: { role: 'back' } }),
    ],
  ],
  [
    'the rules that lead the others alone go, and a caller loses its proxy for other rules',
    [...BASE, API, svc('api'), vs('e', ['web'], 'web')],
    [...WEB, bare('client-v1'), API, svc('api'), onlyFor('web')],
  ],
];

movesIn(rows);

const phasesFrom = (live: readonly Manifest[], desired: readonly Manifest[]) =>
  phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));

test('pods are made when their namespace asks for proxies', () => {
  const silent = manifest('v1', 'Namespace', 'a', {}, '');
  const asking = manifestOf(
    { ...silent.object, metadata: { name: 'a', labels: { 'istio-injection': 'enabled' } } },
    silent.place,
  );
  const others = BASE.filter((m) => m.kind !== 'Namespace');
  const anew = others.map((m) => {
    if (m.kind !== 'Deployment') return m;
    const object = structuredClone(m.object);
    object.spec.template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
    return manifestOf(object, m.place);
  });
  const made = phasesFrom([silent, ...others], [asking, ...anew, pa('STRICT')]);
  expect(made.knots).toEqual([]);
  expect(shown(made)).toMatchInlineSnapshot(`
[
  [
    "change Namespace a",
  ],
  [
    "change Deployment client-v1",
    "change Deployment web-v1",
  ],
  [
    "create PeerAuthentication default",
  ],
]
`);
  expect(made.phases.map((p) => p.pods.map((m) => m.name))).toEqual([[], ['web-v1', 'client-v1'], []]);
});

test('a namespace that says nothing is taken to have proxies, as all are guarded', () => {
  const silent = manifest('v1', 'Namespace', 'a', {}, '');
  const others = BASE.filter((m) => m.kind !== 'Namespace' && m.name !== 'web-v1');
  const { phases } = phasesFrom([silent, ...others], [silent, ...BASE.slice(1), ap('p', 'web')]);
  expect(phases.findIndex((p) => p.writes.some((w) => w.object.name === 'p'))).toBeLessThan(
    phases.findIndex((p) => p.writes.some((w) => w.object.name === 'web-v1')),
  );
});

test.each([
  ['loses', false],
  ['gets', true],
])('a caller %s its proxy, and with that the rules by which its path is another: nobody is let in meanwhile', (_, back) => {
  const longer = [...BASE, ap('q', 'web', { rules: [{ to: [{ operation: { paths: ['/b'] } }] }] }), LONGER, pa('STRICT')];
  const direct = [...WEB, bare('client-v1'), ap('p', 'web')];
  const dice = new Dice(1);
  const { lines } = harm(back ? direct : longer, back ? longer : direct, (n) => dice.int(0, n - 1), 10);
  expect(lines).toEqual([]);
});
