import {
  allow,
  app,
  BLUE,
  each,
  GREEN,
  gateway,
  hostOf,
  ISTIO,
  namespace,
  object,
  type Release,
  routes,
  SECURITY,
  service,
  teamOf,
  workload,
} from './objects';

/** Releases that change so many of something. */
export const RELEASES: Readonly<Record<string, Release>> = {
  'Services that move between two sets of pods': each(
    (i, isNew) => [service('shop', `s${i}`, isNew ? GREEN : BLUE)],
    () => [namespace('shop'), workload('shop', 'blue', BLUE), workload('shop', 'green', GREEN)],
  ),
  'such Services, and who may call the pods': each(
    (i, isNew) => [service('shop', `s${i}`, isNew ? GREEN : BLUE)],
    (isNew) => [
      namespace('shop'),
      workload('shop', 'blue', BLUE),
      workload('shop', 'green', GREEN),
      allow('shop', 'blue', BLUE, 'web'),
      allow('shop', 'green', GREEN, isNew ? 'front' : 'web'),
    ],
  ),
  'such Services, of pods of their own': each((i, isNew) => [
    service(teamOf(i), `s${i}`, { app: `s${i}`, ...(isNew ? GREEN : BLUE) }),
    workload(teamOf(i), `s${i}-blue`, { app: `s${i}`, ...BLUE }),
    workload(teamOf(i), `s${i}-green`, { app: `s${i}`, ...GREEN }),
    allow(teamOf(i), `s${i}`, { app: `s${i}` }, 'web'),
  ]),
  'rules for wildcards, with hosts beneath': each(
    (i, isNew) => [
      object(ISTIO, 'ServiceEntry', 'shop', `e${i}`, {
        hosts: [`a.team${i}.example.com`, `b.team${i}.example.com`],
        ports: [{ number: 443, name: 'http', protocol: 'HTTP' }],
        resolution: 'DNS',
      }),
      routes('shop', `w${i}`, [`*.team${i}.example.com`], { host: `${isNew ? 'b' : 'a'}.team${i}.example.com` }),
    ],
    () => [namespace('shop')],
  ),
  'rules for wildcards, with hosts beneath, and who may call': each((i, isNew) => [
    service(`team-${i}`, 'web', { app: 'web' }),
    service(`team-${i}`, 'api', { app: 'api' }),
    workload(`team-${i}`, 'web', { app: 'web' }),
    workload(`team-${i}`, 'api', { app: 'api' }),
    allow(`team-${i}`, 'web', { app: 'web' }, 'a'),
    allow(`team-${i}`, 'api', { app: 'api' }, 'b'),
    object(ISTIO, 'ServiceEntry', `team-${i}`, 'out', {
      hosts: [`a.team${i}.example.com`, `b.team${i}.example.com`],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      resolution: 'DNS',
    }),
    routes(`team-${i}`, 'wild', [`*.team${i}.example.com`], { host: hostOf(`team-${i}`, isNew ? 'api' : 'web') }),
    routes(`team-${i}`, 'own', [`${isNew ? 'b' : 'a'}.team${i}.example.com`], { host: hostOf(`team-${i}`, 'web') }),
  ]),
  'rules for the hosts of a namespace, where Services move': each((i, isNew) => [
    service(`team-${i}`, 'web', isNew ? GREEN : BLUE),
    service(`team-${i}`, 'api', { app: 'api' }),
    workload(`team-${i}`, 'blue', BLUE),
    workload(`team-${i}`, 'green', GREEN),
    workload(`team-${i}`, 'api', { app: 'api' }),
    allow(`team-${i}`, 'web', BLUE, 'a'),
    allow(`team-${i}`, 'api', { app: 'api' }, 'b'),
    routes(`team-${i}`, 'wild', [`*.team-${i}.svc.cluster.local`], { host: hostOf(`team-${i}`, isNew ? 'api' : 'web') }),
  ]),
  'rules for wildcards, with Services beneath that move': each((i, isNew) => [
    service(teamOf(i), `s${i}`, { app: `s${i}`, ...(isNew ? GREEN : BLUE) }),
    workload(teamOf(i), `s${i}-blue`, { app: `s${i}`, ...BLUE }),
    workload(teamOf(i), `s${i}-green`, { app: `s${i}`, ...GREEN }),
    allow(teamOf(i), `s${i}`, { app: `s${i}` }, 'web'),
    routes(teamOf(i), `w${i}`, [`*.team${i}.example.com`], { host: hostOf(teamOf(i), `s${isNew ? i : i + 1}`) }),
    routes(teamOf(i), `r${i}`, [`a.team${i}.example.com`], { host: hostOf(teamOf(i), `s${i}`) }),
  ]),
  'Services with a policy each': each((i, isNew) => [
    ...app(teamOf(i), `s${i}`),
    allow(teamOf(i), `s${i}`, { app: `s${i}` }, isNew ? `s${i + 2}` : `s${i + 1}`),
  ]),
  'Services with a policy and rules each': each((i, isNew) => [
    ...app(teamOf(i), `s${i}`),
    allow(teamOf(i), `s${i}`, { app: `s${i}` }, isNew ? `s${i + 2}` : `s${i + 1}`),
    routes(teamOf(i), `s${i}`, [hostOf(teamOf(i), `s${i}`)], { host: hostOf(teamOf(i), `s${isNew ? i : i + 1}`) }),
  ]),
  'ServiceEntries, of which the hosts change': each(
    (i, isNew) => [
      object(ISTIO, 'ServiceEntry', 'shop', `e${i}`, {
        hosts: isNew ? [`a${i}.example.com`, `c${i}.example.com`] : [`a${i}.example.com`, `b${i}.example.com`],
        ports: [{ number: isNew ? 8443 : 443, name: 'https', protocol: 'HTTPS' }],
        resolution: 'DNS',
        exportTo: ['.'],
      }),
      routes('shop', `e${i}`, [`a${i}.example.com`], { host: `${isNew ? 'c' : 'b'}${i}.example.com` }),
    ],
    () => [namespace('shop')],
  ),
  'DestinationRules, of which all subsets are replaced': each((i, isNew) => {
    const [ns, name, version] = [teamOf(i), `s${i}`, isNew ? 'v2' : 'v1'];
    return [
      service(ns, name, { app: name }),
      workload(ns, `${name}-v1`, { app: name, version: 'v1' }),
      workload(ns, `${name}-v2`, { app: name, version: 'v2' }),
      object(ISTIO, 'DestinationRule', ns, name, {
        host: hostOf(ns, name),
        subsets: [{ name: version, labels: { version } }],
      }),
      routes(ns, name, [hostOf(ns, name)], { host: hostOf(ns, name), subset: version }),
    ];
  }),
  'subsets of one name that come to mean other pods': each((i, isNew) => {
    const [ns, name] = [teamOf(i), `s${i}`];
    return [
      service(ns, name, { app: name }),
      workload(ns, `${name}-v1`, { app: name, version: 'v1' }),
      workload(ns, `${name}-v2`, { app: name, version: 'v2' }),
      object(ISTIO, 'DestinationRule', ns, name, {
        host: hostOf(ns, name),
        subsets: [{ name: 'main', labels: { version: isNew ? 'v2' : 'v1' } }],
      }),
      routes(ns, name, [hostOf(ns, name)], { host: hostOf(ns, name), ...(isNew ? {} : { subset: 'main' }) }),
    ];
  }),
  'namespaces with a Sidecar each': each((i, isNew) => [
    namespace(`ns-${i}`),
    ...app(`ns-${i}`, 'web'),
    object(ISTIO, 'Sidecar', `ns-${i}`, 'default', {
      egress: [{ hosts: ['./*', `ns-${isNew ? i + 1 : i + 2}/*`] }],
    }),
    routes(`ns-${i}`, 'web', [hostOf(`ns-${i}`, 'web')], { host: hostOf(`ns-${isNew ? i + 1 : i + 2}`, 'web') }),
  ]),
  'namespaces with a Sidecar each, and rules for other hosts': each((i, isNew) => [
    namespace(`ns-${i}`),
    ...app(`ns-${i}`, 'web'),
    object(ISTIO, 'Sidecar', `ns-${i}`, 'default', {
      egress: [{ hosts: ['./*', `ns-${i + 1}/*`, ...(isNew ? [`ns-${i + 2}/*`] : [])] }],
    }),
    routes(
      `ns-${i}`,
      'web',
      [hostOf(`ns-${i}`, 'web'), ...(isNew ? [] : [`old.ns-${i}.example.com`])],
      { host: hostOf(`ns-${i}`, 'web') },
      isNew ? { exportTo: ['.'] } : {},
    ),
  ]),
  'hosts of one Gateway, with rules each': each(
    (i, isNew) => [
      ...app('shop', `s${i}`),
      routes(
        'shop',
        `s${i}`,
        [`h${i}.example.com`],
        { host: hostOf('shop', `s${isNew ? i : i + 1}`) },
        { gateways: ['shop/edge'] },
      ),
    ],
    () => [namespace('shop'), gateway('shop', 'edge', 'ingress', ['*.example.com'])],
  ),
  'hosts that move from one Gateway to another': each(
    (i, isNew) => [
      ...app('shop', `s${i}`),
      routes(
        'shop',
        `s${i}`,
        [`h${i}.example.com`],
        { host: hostOf('shop', `s${i}`) },
        { gateways: [isNew ? 'shop/next' : 'shop/edge'] },
      ),
    ],
    () => [namespace('shop'), ...['edge', 'next'].map((name) => gateway('shop', name, name, ['*.example.com']))],
  ),
  'Gateways of the same pods, of which the servers change': each((i, isNew) => [
    ...app(teamOf(i), `s${i}`),
    gateway(teamOf(i), `g${i}`, 'ingress', [`h${i}.example.com`, ...(isNew ? [`n${i}.example.com`] : [])]),
    routes(
      teamOf(i),
      `s${i}`,
      [`h${i}.example.com`, ...(isNew ? [`n${i}.example.com`] : [])],
      { host: hostOf(teamOf(i), `s${i}`) },
      { gateways: [`g${i}`] },
    ),
  ]),
  'PeerAuthentications with modes by port': each((i, isNew) => [
    ...app(teamOf(i), `s${i}`),
    object(SECURITY, 'PeerAuthentication', teamOf(i), `s${i}`, {
      selector: { matchLabels: { app: `s${i}` } },
      mtls: { mode: isNew ? 'STRICT' : 'PERMISSIVE' },
      portLevelMtls: { 8080: { mode: isNew ? 'PERMISSIVE' : 'STRICT' } },
    }),
  ]),
  'PeerAuthentications and DestinationRules with TLS': each((i, isNew) => [
    ...app(teamOf(i), `s${i}`),
    object(SECURITY, 'PeerAuthentication', teamOf(i), `s${i}`, {
      selector: { matchLabels: { app: `s${i}` } },
      mtls: { mode: isNew ? 'STRICT' : 'DISABLE' },
    }),
    object(ISTIO, 'DestinationRule', teamOf(i), `s${i}`, {
      host: hostOf(teamOf(i), `s${i}`),
      trafficPolicy: { tls: { mode: isNew ? 'ISTIO_MUTUAL' : 'DISABLE' } },
    }),
  ]),
  'hosts of one VirtualService, which leads elsewhere': (size) => {
    const state = (isNew: boolean) => [
      namespace('shop'),
      service('shop', 'web', { app: 'web' }),
      service('shop', 'api', { app: 'api' }),
      workload('shop', 'web', { app: 'web' }),
      workload('shop', 'api', { app: 'api' }),
      allow('shop', 'web', { app: 'web' }, 'a'),
      routes(
        'shop',
        'all',
        Array.from({ length: size }, (_, i) => `h${i}.example.com`),
        {
          host: hostOf('shop', isNew ? 'api' : 'web'),
        },
      ),
    ];
    return { live: state(false), desired: state(true) };
  },
  'rules that come to be shown to their namespace alone': each((i, isNew) => [
    service(`team-${i}`, 'web', { app: 'web' }),
    service(`team-${i}`, 'api', { app: 'api' }),
    workload(`team-${i}`, 'web', { app: 'web' }),
    workload(`team-${i}`, 'api', { app: 'api' }),
    allow(`team-${i}`, 'web', { app: 'web' }, 'a'),
    routes(
      `team-${i}`,
      'web',
      [hostOf(`team-${i}`, 'web')],
      { host: hostOf(`team-${i}`, isNew ? 'api' : 'web') },
      isNew ? { exportTo: ['.'] } : {},
    ),
  ]),
  'DestinationRules for wildcards': each((i, isNew) => [
    service(`team-${i}`, 'web', { app: 'web' }),
    workload(`team-${i}`, 'v1', { app: 'web', version: 'v1' }),
    workload(`team-${i}`, 'v2', { app: 'web', version: 'v2' }),
    allow(`team-${i}`, 'web', { app: 'web' }, 'a'),
    object(ISTIO, 'DestinationRule', `team-${i}`, 'all', {
      host: `*.team-${i}.svc.cluster.local`,
      trafficPolicy: { tls: { mode: isNew ? 'ISTIO_MUTUAL' : 'DISABLE' } },
      subsets: [{ name: isNew ? 'v2' : 'v1', labels: { version: isNew ? 'v2' : 'v1' } }],
    }),
    routes(`team-${i}`, 'web', [hostOf(`team-${i}`, 'web')], { host: hostOf(`team-${i}`, 'web'), subset: isNew ? 'v2' : 'v1' }),
  ]),
  'ServiceEntries of pods, which move': each((i, isNew) => [
    namespace(`team-${i}`),
    object(ISTIO, 'ServiceEntry', `team-${i}`, 'own', {
      hosts: [`a.team${i}.example.com`],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      resolution: 'STATIC',
      location: 'MESH_INTERNAL',
      workloadSelector: { labels: isNew ? GREEN : BLUE },
      exportTo: isNew ? ['.'] : ['.', 'shop'],
    }),
    workload(`team-${i}`, 'blue', BLUE),
    workload(`team-${i}`, 'green', GREEN),
    allow(`team-${i}`, 'blue', BLUE, 'a'),
  ]),
  'objects of one kind and more': each((i, isNew) => [
    object('v1', 'ConfigMap', 'shop', `c${i}-${isNew ? 'b' : 'a'}`, {}),
    object('policy/v1', 'PodDisruptionBudget', 'shop', `b${i}`, {
      selector: { matchLabels: { app: `s${i}` } },
      minAvailable: isNew ? 1 : 0,
    }),
    object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'shop', `f${i}`, {
      workloadSelector: { labels: { app: `s${i}` } },
      configPatches: [{ patch: { value: `outbound|80||${hostOf('shop', `s${isNew ? i : i + 1}`)}` } }],
    }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', `s${i}`, {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `s${i}` },
      maxReplicas: isNew ? 4 : 3,
    }),
    service('shop', `s${i}`, { app: `s${i}` }),
    workload('shop', `s${i}`, { app: `s${i}`, ...(isNew ? { track: 'next' } : {}) }),
  ]),
  'callers, of which the accounts change': each((i, isNew) => [
    service(teamOf(i), `s${i}`, { app: `s${i}` }),
    {
      ...workload(teamOf(i), `s${i}`, { app: `s${i}` }),
      spec: {
        ...workload(teamOf(i), `s${i}`, { app: `s${i}` }).spec,
        template: {
          metadata: { labels: { app: `s${i}` } },
          spec: { serviceAccountName: `s${i}${isNew ? '-next' : ''}`, containers: [{ name: 'app', image: 'app:1' }] },
        },
      },
    },
    object('v1', 'ServiceAccount', teamOf(i), `s${i}${isNew ? '-next' : ''}`, {}),
    allow(teamOf(i), `s${i}`, { app: `s${i}` }, `s${i ^ 1}${isNew ? '-next' : ''}`),
  ]),
  'workloads, blue and green': each((i, isNew) => {
    const [ns, name, version] = [teamOf(i), `s${i}`, isNew ? 'v2' : 'v1'];
    return [
      service(ns, name, { app: name }),
      workload(ns, `${name}-${version}`, { app: name, version }),
      object('v1', 'ServiceAccount', ns, `${name}-${version}`, {}),
      object(ISTIO, 'DestinationRule', ns, name, {
        host: hostOf(ns, name),
        subsets: [{ name: version, labels: { version } }],
      }),
      routes(ns, name, [hostOf(ns, name)], { host: hostOf(ns, name), subset: version }),
      allow(ns, name, { app: name }, 'web'),
    ];
  }),
  'workloads, blue and green, whose callers are of other accounts': each((i, isNew) => {
    const [ns, name, version] = [teamOf(i), `s${i}`, isNew ? 'v2' : 'v1'];
    return [
      service(ns, name, { app: name }),
      workload(ns, `${name}-${version}`, { app: name, version }),
      object('v1', 'ServiceAccount', ns, `${name}-${version}`, {}),
      allow(ns, name, { app: name, version }, `s${i + 1}-${version}`),
    ];
  }),
  'VirtualServices that come to delegate': each((i, isNew) => {
    const [ns, name] = [teamOf(i), `s${i}`];
    return [
      ...app(ns, name),
      allow(ns, name, { app: name }, 'web'),
      ...(isNew
        ? [
            object(ISTIO, 'VirtualService', ns, name, {
              hosts: [hostOf(ns, name)],
              http: [{ match: [{ uri: { prefix: '/a' } }], delegate: { name: `${name}-d`, namespace: ns } }],
            }),
            object(ISTIO, 'VirtualService', ns, `${name}-d`, {
              http: [{ route: [{ destination: { host: hostOf(ns, name) } }] }],
            }),
          ]
        : [routes(ns, name, [hostOf(ns, name)], { host: hostOf(ns, name) })]),
    ];
  }),
};
