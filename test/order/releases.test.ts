import { manifestOf } from '../../src/manifests/manifest';
import { phasesOf } from '../../src/order/phases';
import { gaps, host, manifest, routes, service, shown } from './support';

// What a release does, phase by phase; that nothing is missing in between is looked at with each.
const of = (live: Parameters<typeof gaps>[0], desired: Parameters<typeof gaps>[0]) => {
  const made = phasesOf({ live, desired });
  expect(gaps(live, made, (n) => n - 1)).toEqual([]);
  expect(made.knots).toEqual([]);
  return { lines: shown(made), made };
};

describe('mutual TLS', () => {
  const servers = (mode: string, more: object = {}) =>
    manifest('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode }, ...more });
  const clients = (mode: string) =>
    manifest('networking.istio.io/v1', 'DestinationRule', 'web', { host: host('web'), trafficPolicy: { tls: { mode } } });
  const pods = manifest('apps/v1', 'Deployment', 'web', { template: { metadata: { labels: { app: 'web' } } } });
  const common = [service('web'), pods];

  test.each([
    ['DISABLE', 'STRICT', 'ISTIO_MUTUAL'],
    ['STRICT', 'DISABLE', 'DISABLE'],
  ])('from %s to %s: the servers take both while the clients change', (from, to, tls) => {
    const before = clients(tls === 'DISABLE' ? 'ISTIO_MUTUAL' : 'DISABLE');
    const { lines, made } = of([...common, servers(from), before], [...common, servers(to), clients(tls)]);
    expect(lines).toEqual([
      ['change PeerAuthentication default (wide)'],
      ['change DestinationRule web'],
      ['change PeerAuthentication default'],
    ]);
    expect(made.phases[0]!.writes[0]!.object.object.spec.mtls).toEqual({ mode: 'PERMISSIVE' });
    // the proxies have to have heard of each
    expect(made.phases.map((p) => p.settles)).toEqual([true, true, false]);
  });

  test('a port that stays as it is stays so in between', () => {
    const port = { portLevelMtls: { 9000: { mode: 'DISABLE' } } };
    const { made } = of([...common, servers('DISABLE', port)], [...common, servers('STRICT', port)]);
    expect(made.phases[0]!.writes[0]!.object.object.spec).toEqual({
      mtls: { mode: 'PERMISSIVE' },
      portLevelMtls: { 9000: { mode: 'DISABLE' } },
    });
  });

  test('from both to one, and back, is one write', () => {
    expect(of([...common, servers('PERMISSIVE')], [...common, servers('STRICT')]).lines).toEqual([
      ['change PeerAuthentication default'],
    ]);
    expect(of([...common, servers('STRICT')], [...common, servers('PERMISSIVE')]).lines).toEqual([
      ['change PeerAuthentication default'],
    ]);
    expect(of([...common, servers('STRICT')], common).lines).toEqual([['delete PeerAuthentication default']]);
  });
});

describe('ports of a Service', () => {
  const web = (...ports: object[]) => manifest('v1', 'Service', 'web', { selector: { app: 'web' }, ports });
  const to = (port: number) =>
    manifest('networking.istio.io/v1', 'VirtualService', 'edge', {
      hosts: ['a.example.com'],
      http: [{ route: [{ destination: { host: host('web'), port: { number: port } } }] }],
    });

  test('one that moves is there twice while routes follow, under another name', () => {
    const { lines, made } = of([web({ name: 'http', port: 80 }), to(80)], [web({ name: 'http', port: 8080 }), to(8080)]);
    expect(lines).toEqual([['change Service web (wide)'], ['change VirtualService edge'], ['change Service web']]);
    expect(made.phases[0]!.writes[0]!.object.object.spec.ports).toEqual([
      { name: 'http', port: 8080 },
      { name: 'http-80', port: 80 },
    ]);
  });

  test('without names there is no such form, and the plan says so', () => {
    const made = phasesOf({ live: [web({ port: 80 }), to(80)], desired: [web({ port: 8080 }), to(8080)] });
    expect(made.knots.map((k) => k.key).sort()).toEqual(['/Service shop/web', 'networking.istio.io/VirtualService shop/edge']);
  });
});

test('what guards a namespace that nobody is in yet is there first, and nobody waits', () => {
  const desired = [
    manifest('v1', 'Namespace', 'shop', {}, ''),
    manifest('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } }),
    manifest('security.istio.io/v1', 'AuthorizationPolicy', 'deny-by-default', {}),
    service('web'),
    manifest('apps/v1', 'Deployment', 'web', { template: { metadata: { labels: { app: 'web' } } } }),
    routes('web', 'web'),
  ];
  const { lines, made } = of([], desired);
  const at = (line: string) => lines.findIndex((phase) => phase.includes(line));
  expect(at('create Namespace shop')).toBe(0);
  expect(at('create PeerAuthentication default')).toBeLessThanOrEqual(at('create Deployment web'));
  expect(at('create AuthorizationPolicy deny-by-default')).toBeLessThan(at('create Deployment web'));
  expect(made.phases.some((p) => p.settles)).toBe(false);
});

test.each([
  ['team.example/name', false],
  ['istio.io/rev', true],
])('a label %s of all objects is waited for: %s', (label, isWaitedFor) => {
  const labelled = (value: string) =>
    [
      manifest('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } }),
      manifest('security.istio.io/v1', 'AuthorizationPolicy', 'deny-by-default', {}),
      manifest('networking.istio.io/v1', 'Sidecar', 'default', { egress: [{ hosts: ['./*'] }] }),
      manifest('networking.istio.io/v1', 'DestinationRule', 'web', { host: host('web') }),
      service('web'),
      manifest('apps/v1', 'Deployment', 'web', { template: { metadata: { labels: { app: 'web' } } } }),
      routes('web', 'web'),
    ].map((m) => manifestOf({ ...m.object, metadata: { ...m.object.metadata, labels: { [label]: value } } }, m.place));
  const { made } = of(labelled('a'), labelled('b'));
  expect(made.phases.flatMap((p) => p.writes)).not.toEqual([]);
  expect(made.phases.some((p) => p.settles)).toBe(isWaitedFor);
});

test('of a first install nobody waits for proxies: nobody is there whom a policy, or a rule to pods with policies, could matter to', () => {
  const policy = (name: string, spec: object) => manifest('security.istio.io/v1', 'AuthorizationPolicy', name, spec);
  const allow = (app: string) =>
    policy(app, {
      selector: { matchLabels: { app } },
      rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/page'] } }] }],
    });
  const pods = (app: string) =>
    manifest('apps/v1', 'Deployment', app, { template: { metadata: { labels: { app } }, spec: { containers: [] } } });
  const desired = [
    manifest('v1', 'Namespace', 'shop', {}, ''),
    manifest('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } }),
    policy('deny-by-default', {}),
    ...['web', 'api'].flatMap((app) => [service(app), pods(app), allow(app)]),
    routes('web', 'api'),
  ];
  const { lines, made } = of([], desired);
  expect(made.phases.some((p) => p.settles)).toBe(false);
  const at = (line: string) => lines.findIndex((phase) => phase.includes(line));
  for (const name of ['deny-by-default', 'web', 'api'])
    expect(at(`create AuthorizationPolicy ${name}`)).toBeLessThan(at('create Deployment web'));
});
