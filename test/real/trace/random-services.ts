import { add, age, exportTo, type RandomService, type World } from './world';

type Port = RandomService['ports'][number];

/** Names of ports with what they speak; the last ones are sniffed. */
const PORT_NAMES: readonly (readonly [string, Port['kind']])[] = [
  ['http', 'http'],
  ['http', 'http'],
  ['http', 'http'],
  ['http-x', 'http'],
  ['http2', 'http'],
  ['grpc', 'http'],
  ['grpc-web', 'http'],
  ['tcp', 'tcp'],
  ['tcp-x', 'tcp'],
  ['tls', 'tls'],
  ['https', 'tls'],
  ['mongo', 'tcp'],
  ['mysql', 'tcp'],
  ['redis-x', 'tcp'],
  ['web', 'http'],
  ['custom-x', 'http'],
  ['', 'http'],
];
const APP_PROTOCOLS: readonly (readonly [string, Port['kind']])[] = [
  ['http', 'http'],
  ['kubernetes.io/h2c', 'http'],
  ['kubernetes.io/ws', 'http'],
  ['kubernetes.io/wss', 'tls'],
  ['https', 'tls'],
  ['tcp', 'tcp'],
  ['grpc', 'http'],
  ['example.com/own', 'http'],
];
const PORTS = [80, 80, 80, 9080, 9080, 8080, 7000, 443, 3306];

/** Services and their workloads: of every sort of port, headless, without pods, other names of others. */
export function randomServices(w: World): void {
  const { dice } = w;
  const plain = dice.chance(0.5);
  for (const name of dice.some(['reviews', 'ratings', 'details', 'cart', 'users'], dice.int(2, 5))) service(w, name, plain);
  if (dice.chance(0.1) && w.namespaces.length > 1) {
    const first = w.services[0]!;
    service(
      w,
      first.name,
      plain,
      w.namespaces.find((n) => n !== first.namespace),
    );
  }
  if (dice.chance(0.15)) externalName(w);
}

function service(w: World, name: string, plain: boolean, at?: string): void {
  const { dice } = w;
  const namespace = at ?? dice.pick(w.namespaces);
  const versions = dice.some(['v1', 'v2', 'v3'], dice.int(1, 3)).sort();
  const headless = dice.chance(0.08);
  const ports = [...new Set(dice.many(1, dice.chance(0.3) ? 2 : 1, () => dice.pick(PORTS)))].map((port, i) =>
    servicePort(w, port, i, plain),
  );
  const host = `${name}.${namespace}.svc.cluster.local`;
  w.services.push({
    name,
    namespace,
    host,
    versions,
    ports: ports.map(({ given, kind }) => ({ port: given.port, name: given.name ?? '', kind })),
    addresses: [],
    kind: headless ? 'headless' : 'service',
  });
  const selects = !dice.chance(0.06);
  const annotations = exportTo(w, 0.08).exportTo as string[] | undefined;
  add(
    w,
    'Service',
    namespace,
    name,
    {
      ...(headless ? { clusterIP: 'None' } : {}),
      ...(selects ? { selector: { app: name } } : {}),
      ports: ports.map((p) => p.given),
    },
    {
      ...(dice.chance(0.3) ? age(w) : {}),
      ...(annotations ? { annotations: { 'networking.istio.io/exportTo': annotations.join(',') } } : {}),
    },
  );
  if (!selects && dice.chance(0.7))
    writtenEndpoints(
      w,
      namespace,
      name,
      ports.map((p) => p.given),
    );
  const named = ports
    .filter((p) => typeof p.given.targetPort === 'string')
    .map((p) => ({ name: p.given.targetPort, containerPort: 8100 + (p.given.port % 100), protocol: 'TCP' }));
  for (const version of versions)
    if (dice.chance(0.93))
      add(w, 'Deployment', namespace, `${name}-${version}`, {
        selector: { matchLabels: { app: name, version } },
        template: {
          metadata: {
            labels: { app: name, version },
            ...dice.maybe(0.1, 'annotations', () => ({ 'sidecar.istio.io/inject': 'false' })),
          },
          spec: {
            ...dice.maybe(0.2, 'serviceAccountName', () => name),
            containers: [{ name: 'c', image: 'app', ...(named.length > 0 ? { ports: named } : {}) }],
          },
        },
      });
}

/** Addresses of a Service by hand: some not ready, for a port of another name, twice, or of a pod that is not there. */
function writtenEndpoints({ dice, objects }: World, namespace: string, name: string, ports: readonly any[]): void {
  const address = () => `192.0.2.${dice.int(1, 9)}`;
  const port = (p: any) => ({
    name: dice.chance(0.1) ? 'other' : (p.name ?? ''),
    port: dice.chance(0.5) ? 8500 : p.port,
    protocol: 'TCP',
  });
  if (dice.chance(0.4)) {
    const subsets = [{ addresses: dice.many(1, 2, () => ({ ip: address() })), ports: ports.map(port) }];
    objects.push({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace }, subsets });
    return;
  }
  objects.push({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-own`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: dice.many(1, 3, () => ({
      addresses: [address()],
      // of one that may be ending istiod says now this, now that: it hangs on what it hears of first
      ...dice.maybe(0.2, 'conditions', () => ({ ready: false, terminating: false })),
      ...dice.maybe(0.1, 'targetRef', () => ({ kind: 'Pod', name: 'gone', namespace })),
    })),
    ports: ports.map(port),
  });
}

function servicePort(w: World, port: number, i: number, plain: boolean): { given: any; kind: Port['kind'] } {
  const { dice } = w;
  let [name, kind] = plain && dice.chance(0.8) ? (['http', 'http'] as const) : dice.pick(PORT_NAMES);
  if (i > 0) name = name === '' ? 'second' : `${name}-${i}`;
  const given: any = { ...(name ? { name } : {}), port };
  if (!plain && dice.chance(0.15)) [given.appProtocol, kind] = dice.pick(APP_PROTOCOLS);
  if (dice.chance(0.06)) given.protocol = 'UDP';
  if (dice.chance(0.25)) given.targetPort = dice.chance(0.4) ? `named-${i}` : 8000 + i;
  if (kind === 'http' && [3306].includes(port) && !name.startsWith('http')) kind = 'tcp';
  return { given, kind };
}

function externalName(w: World): void {
  const { dice } = w;
  const namespace = dice.pick(w.namespaces);
  const to = dice.chance(0.6) ? dice.pick(w.services).host : 'ext.example.com';
  const port = dice.pick([80, 9080]);
  const host = `alias.${namespace}.svc.cluster.local`;
  add(w, 'Service', namespace, 'alias', { type: 'ExternalName', externalName: to, ports: [{ name: 'http', port }] });
  w.services.push({
    name: 'alias',
    namespace,
    host,
    versions: ['v1'],
    ports: [{ port, name: 'http', kind: 'http' }],
    addresses: [],
    kind: 'externalName',
  });
}
