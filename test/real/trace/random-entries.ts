import { add, exportTo, type RandomService, type World } from './world';

const PROTOCOLS: readonly (readonly [string, 'http' | 'tls' | 'tcp', number])[] = [
  ['HTTP', 'http', 80],
  ['HTTP', 'http', 80],
  ['HTTP', 'http', 8080],
  ['HTTP2', 'http', 8080],
  ['GRPC', 'http', 9080],
  ['TLS', 'tls', 443],
  ['HTTPS', 'tls', 443],
  ['TCP', 'tcp', 7000],
  ['TCP', 'tcp', 9000],
  ['MONGO', 'tcp', 27017],
];

/** ServiceEntries: hosts outside and inside the mesh, found by DNS, by address, by selector, or not at all. */
export function randomEntries(w: World): void {
  const { dice } = w;
  if (dice.chance(0.55)) return;
  dice.many(1, 3, (i) => entry(w, i));
}

function entry(w: World, i: number): void {
  const { dice } = w;
  const namespace = dice.pick(w.namespaces);
  const resolution = dice.pick(['NONE', 'NONE', 'DNS', 'DNS', 'DNS_ROUND_ROBIN', 'STATIC', 'STATIC']);
  const inside = dice.chance(0.35);
  const wild = (resolution === 'NONE' && dice.chance(0.4)) || dice.chance(0.02);
  const taken = dice.chance(0.06) ? dice.pick(w.services) : undefined;
  const hosts = taken
    ? [taken.host]
    : wild
      ? [dice.pick(['*.wild.org', '*.org', '*.deep.wild.org'])]
      : dice.some(['ext.example.com', 'db.example.com', 'api.ext.net', 'v.wild.org', 'inner.mesh'], dice.chance(0.2) ? 2 : 1);
  const ports = dice
    .some(PROTOCOLS, dice.chance(0.25) ? 2 : 1)
    .filter(([, , n], j, all) => all.findIndex(([, , m]) => m === n) === j)
    .map(([protocol, kind, number], j) => ({
      kind,
      given: { number, name: `p${j}`, protocol, ...dice.maybe(0.15, 'targetPort', () => 8200 + j) },
    }));
  const addresses = dice.chance(0.35)
    ? dice.some(['203.0.113.7', '203.0.113.8', '198.51.100.0/24', '203.0.113.9/32'], dice.int(1, 2))
    : [];
  const selects = resolution === 'STATIC' && dice.chance(0.45);
  const address = (n: number) => (resolution.startsWith('DNS') ? `up${n}.example.net` : `192.0.2.${10 * i + n + 1}`);
  const endpoints =
    resolution === 'NONE' || selects || (resolution !== 'STATIC' && dice.chance(0.6))
      ? []
      : dice.many(1, resolution === 'DNS_ROUND_ROBIN' ? 1 : 3, (n) => ({
          address: address(n),
          ...dice.maybe(0.7, 'labels', () => ({
            version: dice.pick(['v1', 'v2']),
            ...(dice.chance(0.2) ? { 'security.istio.io/tlsMode': 'istio' } : {}),
          })),
          ...dice.maybe(0.3, 'ports', () => ({ p0: 8300 + n })),
          ...dice.maybe(0.2, 'serviceAccount', () => 'outside'),
        }));
  const spec = {
    hosts,
    ...(addresses.length > 0 ? { addresses } : {}),
    ports: ports.map((p) => p.given),
    resolution,
    ...dice.maybe(0.8, 'location', () => (inside ? 'MESH_INTERNAL' : 'MESH_EXTERNAL')),
    ...(endpoints.length > 0 ? { endpoints } : {}),
    ...(selects ? { workloadSelector: { labels: { app: `outside-${i}` } } } : {}),
    ...exportTo(w, 0.15),
  };
  // of equally old ones with one host istiod takes any
  const age = 8 * i + dice.int(2, 4);
  add(w, 'ServiceEntry', namespace, `entry-${i}`, spec, { age });
  if (dice.chance(0.15)) {
    // the same again, but for one thing by which two do not become one
    const other = dice.oneOf<Record<string, unknown>>(
      () => ({ exportTo: dice.pick([['*'], ['.'], [namespace]]) }),
      () =>
        selects
          ? { workloadSelector: { labels: { app: 'client' } } }
          : { resolution: dice.pick(['NONE', 'DNS']), endpoints: undefined },
    );
    const more = [{ number: dice.pick([81, 82]), name: 'more', protocol: dice.pick(['HTTP', 'TCP']) }];
    add(
      w,
      'ServiceEntry',
      namespace,
      `twin-${i}`,
      { ...spec, ports: [...spec.ports, ...more], ...other },
      { age: age + dice.pick([-1, 3]) },
    );
    for (const p of more) ports.push({ kind: p.protocol === 'HTTP' ? 'http' : 'tcp', given: p });
  }
  if (selects) workloads(w, namespace, i);
  for (const host of hosts) {
    const service: RandomService = {
      name: host,
      namespace,
      host,
      versions: ['v1', 'v2'],
      ports: ports.map(({ given, kind }) => ({ port: given.number, name: given.name, kind })),
      addresses: addresses.map((a) => a.replace('/32', '').replace('.0/24', `.${dice.int(1, 9)}`)),
      kind: 'entry',
    };
    w.services.push(service);
  }
}

/** What a ServiceEntry's selector finds: machines, and pods. */
function workloads(w: World, namespace: string, i: number): void {
  const { dice } = w;
  dice.many(0, 2, (n) => {
    const labels = { app: `outside-${i}`, version: dice.pick(['v1', 'v2']) };
    add(
      w,
      'WorkloadEntry',
      dice.chance(0.9) ? namespace : dice.pick(w.namespaces),
      `machine-${i}-${n}`,
      {
        address: `192.0.2.${100 + 10 * i + n}`,
        ...(dice.chance(0.7) ? { labels } : {}),
        ...dice.maybe(0.4, 'ports', () => ({ p0: 8400 + n })),
        ...dice.maybe(0.4, 'serviceAccount', () => 'machine'),
      },
      { ...(dice.chance(0.4) ? { labels } : {}) },
    );
  });
  if (dice.chance(0.4))
    add(w, 'Deployment', namespace, `outside-${i}`, {
      selector: { matchLabels: { app: `outside-${i}` } },
      template: {
        metadata: { labels: { app: `outside-${i}`, version: 'v1' } },
        spec: { containers: [{ name: 'c', image: 'app' }] },
      },
    });
}
