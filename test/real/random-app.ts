// Random apps for the real lane: every construct meets every other, seeded, so that a failure can be made again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import {
  AccessPolicy,
  ApplicationMetrics,
  CanaryRelease,
  type Condition,
  cookie,
  ExternalService,
  FaultInjection,
  GrafanaDashboard,
  HeaderRoutedDevEnv,
  header,
  IngressGateway,
  ignoreFinding,
  LoadBalancer,
  Mesh,
  MeshService,
  method,
  Observability,
  Port,
  path,
  query,
  RateLimit,
  RateLimitService,
  SecureNamespace,
  StranglerMigration,
  TrafficMirror,
} from '../../src';
import type { Request } from '../../src/routing/request';
import type { HttpTable } from '../../src/routing/table';
import { randomEgress } from './random-egress';
import { randomMachines } from './random-machines';
import { randomReleases } from './random-releases';
import { blueGreen, type Chance, decidedOutside, experiment, inGroup, PROVIDERS, users } from './random-users';
import { randomWorkloads } from './random-workloads';

/** Constructs, and ways to use them, whose occurrences, and those of each pair, are counted. */
export const CONSTRUCTS = [
  'Mesh',
  'MeshService',
  'CanaryRelease',
  'HeaderRoutedDevEnv',
  'FaultInjection',
  'TrafficMirror',
  'IngressGateway',
  'ExternalService',
  'StranglerMigration',
  'AccessPolicy',
  'SecureNamespace',
  'MeshService.adopt',
  'HeaderRoutedDevEnv.fromFiles',
  'portPolicy',
  'cors',
  'a second gateway',
  'Experiment',
  'BlueGreenRelease',
  'JwtPolicy',
  'ExternalAuthorization',
  'RateLimit',
  'Observability',
  'release by Flagger',
  'release by Argo Rollouts',
  'EgressGateway',
  'StatefulService',
  'HeadlessGrpcService',
  'MeshJob',
  'VmWorkload',
] as const;
export type ConstructName = (typeof CONSTRUCTS)[number];

/** One question to Envoy, with the table that has to decide it. */
export interface Question {
  readonly client: { kind: 'sidecar' | 'gateway'; namespace: string; labels: Record<string, string>; name: string };
  readonly host: string;
  readonly table: HttpTable;
  readonly request: Request;
  /** TLS that the client begins itself, with its name, and the certificate of the mesh that it shows. */
  readonly hello?: { readonly sni: string; readonly principal?: string } | undefined;
  /** What nobody looks into, and where it has to go: share in percent by Envoy cluster. */
  readonly connection?: { readonly shares: Readonly<Record<string, number>> } | undefined;
  /** The workload whose pod the client dials by its address, as DNS tells it of a headless Service. */
  readonly pod?: { readonly namespace: string; readonly name: string } | undefined;
}

/** What may be asked about a host. */
export type Ask = Pick<Question, 'client' | 'host' | 'table' | 'hello' | 'connection' | 'pod'> & { readonly port: number };

export interface RandomApp {
  readonly id: string;
  readonly objects: Record<string, unknown>[];
  readonly used: readonly ConstructName[];
  readonly questions: readonly Question[];
}

/** mulberry32: small, seeded, good enough to choose with. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const USERS = ['alice', 'bob', 'jason'];
const PATHS = ['/', '/api', '/api/x', '/apix', '/login', '/static/a.css', '/r/1'];

/** An app of a few services with a random choice of constructs, and questions about where requests go. */
export function randomApp(seed: number, questions: number): RandomApp {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const maybe = (p: number) => next() < p;
  const id = `r${seed}`;
  const used = new Set<ConstructName>(['MeshService']);
  const use = (name: ConstructName, p: number) => maybe(p) && used.add(name) !== undefined;

  const app = new App();
  const hasMesh = use('Mesh', 0.75);
  if (hasMesh)
    new Mesh(app, 'Mesh', {
      istioVersion: pick(['1.29', '1.30', '1.31']),
      ...(maybe(0.3) ? { revision: 'stable' } : {}),
      meshConfig: { extensionProviders: PROVIDERS },
    });
  const chart = new Chart(app, 'front', { namespace: `${id}-a` });
  const other = maybe(0.5) ? new Chart(app, 'back', { namespace: `${id}-b` }) : chart;
  for (const c of new Set([chart, other])) {
    if (use('SecureNamespace', 0.6))
      new SecureNamespace(c, 'Namespace', {
        ...(maybe(0.2) ? { mtls: 'PERMISSIVE' } : {}),
        ...(maybe(0.3) ? { egress: 'ALLOW_ANY' } : {}),
      });
    else
      new ApiObject(c, 'Namespace', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: c.namespace!, labels: { 'istio-injection': 'enabled' } },
      }).addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }

  const condition = (): Condition =>
    pick([
      () => header('end-user').is(pick(USERS)),
      () => header('x-beta').present(),
      () => header('end-user').startsWith('a'),
      () => header('user-agent').matches('.*Firefox.*'),
      () => cookie('group').is(pick(['a', 'b'])),
      () => path.prefix(pick(['/api', '/static'])),
      () => path.exact('/login'),
      () => method('POST'),
      () => query('debug').is('1'),
      () => header('end-user').is('jason').and(path.prefix('/api')),
    ])();

  const chance: Chance = { pick, maybe, use, condition };

  const ratings = new MeshService(other, 'Ratings', {
    port: Port.http(9080),
    versions: { v1: { image: 'ratings:1' } },
    calls: [],
  });
  const reviews = new MeshService(other, 'Reviews', {
    port: pick([Port.http(9080), Port.grpc(9080), Port.http2(9080)]),
    versions: { v1: { image: 'reviews:1' }, v2: { image: 'reviews:2', serviceAccount: 'own' }, v3: { image: 'reviews:3' } },
    defaultVersion: 'v1',
    ...(maybe(0.6) ? { calls: [ratings] } : {}),
    ...(maybe(0.5)
      ? {
          callPolicy: {
            timeout: '3s',
            retries: { attempts: 2, perTryTimeout: '1s', on: ['5xx', 'reset'] },
            circuitBreaker: { maxConnections: 50, eject: { after: 3, every: '5s' } },
          },
        }
      : {}),
  });
  const store = maybe(0.4)
    ? new MeshService(other, 'Store', {
        port: pick([Port.redis(6379), Port.mysql(3306), Port.mongo(27017), Port.tcp(7000), Port.kafka(9092)]),
        versions: { v1: { image: 'store:1' }, v2: { image: 'store:2' } },
        defaultVersion: 'v1',
        calls: [],
      })
    : undefined;
  const vault = maybe(0.4)
    ? new MeshService(other, 'Vault', {
        port: pick([Port.tls(8200), Port.https(8200)]),
        versions: { v1: { image: 'vault:1' }, v2: { image: 'vault:2' } },
        defaultVersion: 'v1',
        calls: [],
      })
    : undefined;
  const legacy = use('MeshService.adopt', 0.6) ? adopted(other) : undefined;
  if (legacy && maybe(0.6))
    new CanaryRelease(other, 'LegacyCanary', { service: legacy, stable: 'blue', canary: 'green', percent: pick([5, 50]) });
  const vaultShare = pick([undefined, 0, 20, 100]);
  if (vault && vaultShare !== undefined && use('CanaryRelease', 1))
    new CanaryRelease(other, 'VaultCanary', { service: vault, stable: 'v1', canary: 'v2', percent: vaultShare });
  const cart = blueGreen(other, chance);
  const admin = maybe(0.3) ? [Port.http(8080), Port.http(8081, { name: 'http-admin' })] : [Port.http(8080)];
  const page = new MeshService(chart, 'Page', {
    ports: admin,
    versions: { v1: { image: 'page:1' }, v2: { image: 'page:2' } },
    defaultVersion: 'v1',
    calls: [
      reviews,
      ...(legacy ? [legacy] : []),
      ...(cart ? [cart] : []),
      ...(store ? [store] : []),
      ...(vault ? [vault] : []),
      ...(maybe(0.5) ? [ratings] : []),
    ],
  });

  if (use('portPolicy', 0.5)) {
    const limits = { circuitBreaker: { maxConnections: pick([5, 50]) } };
    page.portPolicy(admin[0]!, maybe(0.5) ? { ...limits, loadBalancer: LoadBalancer.leastRequest } : limits);
  }

  let old: ExternalService<'http'> | undefined;
  if (use('ExternalService', 0.7)) {
    old = new ExternalService(chart, 'Old', {
      hosts: ['old.example.com', ...(maybe(0.5) ? ['older.example.com'] : [])],
      port: Port.http(80),
      ...(maybe(0.5) ? { callPolicy: { timeout: '10s' } } : {}),
    });
    page.mayCall(old);
    if (maybe(0.3))
      page.mayCall(new ExternalService(chart, 'Pay', { host: 'pay.example.com', port: Port.http(80), originateTls: {} }));
    if (maybe(0.3)) page.mayCall(new ExternalService(chart, 'Any', { host: '*.cdn.example.com', port: Port.https(443) }));
    if (maybe(0.3))
      page.mayCall(
        new ExternalService(chart, 'Db', { host: 'db.example.com', port: Port.mysql(3306), addresses: ['203.0.113.7'] }),
      );
    if (use('StranglerMigration', 0.7))
      new StranglerMigration(chart, 'Moving', {
        from: old,
        to: pick([ratings, reviews]) as never,
        percent: pick([0, 5, 50, 95, 100]),
      });
  }
  if (use('CanaryRelease', 0.6)) {
    new CanaryRelease(other, 'Canary', {
      service: reviews,
      stable: 'v1',
      canary: 'v2',
      ...(maybe(0.5) ? { percent: pick([0, 1, 10, 50, 99.5]) } : { steps: [5, 25, 50], step: pick([0, 1, 2]) }),
      state: pick(['running', 'running', 'running', 'promoted', 'aborted']),
      ...(maybe(0.3) ? { audience: condition() } : {}),
      ...(maybe(0.3) ? { sticky: { cookie: 'group' } } : {}),
      ...(maybe(0.2) ? { from: page.version('v2') } : {}),
    } as never);
  }
  if (maybe(0.4)) reviews.routeTo('v3', condition(), 'chosen');
  experiment(other, reviews, chance);
  if (use('HeaderRoutedDevEnv', 0.8)) {
    const carrier = pick([{ header: 'x-env' }, { baggage: 'env' }]);
    const names = maybe(0.5) ? ['dev1', 'dev10'] : ['dev1'];
    if (use('HeaderRoutedDevEnv.fromFiles', 0.7)) {
      const folder = mkdtempSync(join(tmpdir(), 'mesh-environments-'));
      for (const name of names)
        writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\nforks:\n  reviews:\n    image: reviews:${name}\n`);
      HeaderRoutedDevEnv.fromFiles(chart, folder, { reviews }, carrier);
      rmSync(folder, { recursive: true });
    } else
      for (const name of names) {
        new HeaderRoutedDevEnv(chart, `Env-${name}`, {
          ...carrier,
          name,
          forks: [reviews.fork({ image: `reviews:${name}` }), ...(maybe(0.4) ? [page.fork({ image: `page:${name}` })] : [])],
        });
      }
  }
  if (use('FaultInjection', 0.6)) {
    new FaultInjection(chart, 'Alice', {
      service: pick([reviews, page]) as never,
      when: header('end-user').is('alice'),
      abort: { status: 500 },
      over: pick(['base', 'everything']),
    });
    if (maybe(0.5))
      new FaultInjection(chart, 'Slow', {
        service: reviews as never,
        percent: pick([1, 10, 100]),
        delay: pick(['2s', '250ms']),
        until: '2027-01-01',
      });
  }
  if (use('TrafficMirror', 0.5))
    new TrafficMirror(chart, 'Copy', {
      service: page as never,
      to: page,
      version: 'v2',
      percent: pick([5, 100]),
      ...(maybe(0.5) ? { when: condition() } : {}),
    } as never);
  if (use('AccessPolicy', 0.5)) {
    new AccessPolicy(other, 'Readers', {
      service: reviews,
      allow: [ratings],
      methods: ['GET'],
      paths: ['/api/*', '/'],
      dryRun: maybe(0.3),
    });
    if (maybe(0.5)) new AccessPolicy(other, 'NotV2', { service: ratings, deny: [reviews.version('v2')], dryRun: maybe(0.3) });
  }
  if (maybe(0.4)) reviews.callPolicyFrom(page.version('v2'), { timeout: '1s', loadBalancer: LoadBalancer.random });
  let gateway: IngressGateway | undefined;
  let [deployed, passed] = [false, false];
  if (use('IngressGateway', 0.7)) {
    deployed = maybe(0.5);
    gateway = new IngressGateway(chart, 'Edge', { hosts: [`${id}.example.com`], deploy: deployed });
    if (vault && maybe(0.6)) {
      gateway.passthrough([`vault.${id}.example.com`], vault);
      passed = true;
    }
    gateway.route(path.prefix('/api'), reviews as never, {
      ...(maybe(0.4) ? { rewrite: { replacePrefix: '/api', with: '/' } } : {}),
      ...(maybe(0.4) ? { timeout: '2s' } : {}),
      ...(use('cors', 0.8)
        ? { cors: { allowOrigins: [{ exact: 'https://shop.example.com' }], allowMethods: ['GET', 'POST'], maxAge: '1h' } }
        : {}),
    });
    if (legacy) gateway.route(path.prefix('/legacy'), legacy as never);
    if (use('a second gateway', 0.8)) {
      const side = new IngressGateway(chart, 'Side', { hosts: [`side.${id}.example.com`], deploy: maybe(0.3) });
      const where = pick([path.prefix('/'), path.prefix('/r')]);
      if (maybe(0.5)) side.route(where, page as never, { port: 8080 });
      else side.route(where, reviews as never);
    }
    gateway.route(pick([path.prefix('/'), path.exact('/login').or(path.startsWith('/static'))]), page as never, { port: 8080 });
    if (maybe(0.3)) gateway.redirect(path.exact('/old'), { uri: '/new', code: 302 });
    if (maybe(0.2)) gateway.respond(503, 'closed', header('x-closed').present());
    if (store && maybe(0.5)) gateway.tcp(31400, store);
  }

  const tokens = users(chart, [reviews, ...(cart ? [cart] : [])], gateway, chance);
  if (hasMesh) decidedOutside(chart, [reviews, ratings, ...(cart ? [cart] : [])], chance);
  if (use('RateLimit', 0.5)) {
    // so many that no question is answered 429
    const many = { requests: 1_000_000, per: pick(['second', 'minute', 'hour', 'day'] as const) };
    const target = gateway && maybe(0.5) ? gateway : (pick([reviews, page]) as typeof ratings);
    const limits = {
      all: many,
      some: { ...many, when: pick([path.prefix('/api'), method('POST'), header('x-beta').present()]) },
      each: { ...many, each: pick(['client', { header: 'end-user' }] as const) },
    };
    const global = maybe(0.5) && {
      service: new RateLimitService(other, 'Limits', { image: 'ratelimit:1', redis: { image: 'redis:1' } }),
      limits,
    };
    const limit = new RateLimit(chart, 'Limit', { target, local: limits, ...(global ? { global } : {}) });
    ignoreFinding(limit, { rule: 'istio-warning', reason: 'there is no other way' });
  }
  if (use('Observability', 0.5)) {
    new Observability(other, 'Logs', { accessLogs: pick(['off', 'errors', 'all', { filter: 'response.code >= 500' }] as const) });
    if (maybe(0.5)) new Observability(other, 'Tags', { metricTags: { request_host: 'request.host', request_protocol: false } });
    if (maybe(0.3)) new Observability(chart, 'Mesh', { scope: 'mesh', accessLogs: 'off', tracing: 'off' });
    new ApplicationMetrics(other, 'Metrics', { service: ratings, port: pick([9080, 9090]) });
    new GrafanaDashboard(chart, 'Board');
  }
  const pod = (s: MeshService<any, any>, version: string) => ({
    kind: 'sidecar' as const,
    namespace: s.namespace,
    labels: { app: s.name, version, 'app.kubernetes.io/name': s.name, 'app.kubernetes.io/version': version },
    name: `${s.name}-${version}`,
  });
  const released = randomReleases({
    chart: other,
    page,
    gateway,
    caller: pod(page, 'v1'),
    next: random(seed ^ 0x7e1ea5e),
    use: (name) => used.add(name),
  });
  const out = randomEgress({
    chart,
    home: other,
    page,
    alone: old === undefined,
    caller: pod(page, 'v1'),
    next: random(seed ^ 0xe69e55),
    use: (name) => used.add(name),
  });

  const run = randomWorkloads({
    chart: other,
    page,
    ratings,
    caller: pod(page, 'v1'),
    next: random(seed ^ 0x57a7ef),
    use: (name) => used.add(name),
  });

  const machines = randomMachines({
    chart: other,
    page,
    caller: pod(page, 'v1'),
    ratings,
    next: random(seed ^ 0x3ac41e5),
    use: (name) => used.add(name),
  });
  const objects = app.charts.flatMap((c) => c.toJson() as Record<string, unknown>[]);
  const edge = deployed
    ? { kind: 'gateway' as const, namespace: `${id}-a`, labels: { app: 'edge', istio: `edge.${id}-a` }, name: 'edge' }
    : {
        kind: 'gateway' as const,
        namespace: 'istio-system',
        labels: { istio: 'ingressgateway' },
        name: 'istio-ingressgateway',
      };
  const connections: Question[] = [];
  if (vault) {
    const to = (subset: string, share: number) => (share > 0 ? { [`outbound|8200|${subset}|${vault.host}`]: share } : {});
    const shares = { ...to('v1', 100 - (vaultShare ?? 0)), ...to('v2', vaultShare ?? 0) };
    const ask = (client: Question['client'], port: number, host: string, sni: string): Question =>
      connecting({ client, host, table: vault.routes.table(), port, hello: { sni }, connection: { shares } });
    connections.push(ask(pod(page, 'v1'), 8200, vault.host, pick([vault.host, `vault.${vault.namespace}`, 'vault'])));
    if (passed) connections.push(ask(edge, 443, `vault.${id}.example.com`, `vault.${id}.example.com`));
  }
  connections.push(...[...out, ...run].filter((t) => t.connection).map(connecting));
  const targets: Ask[] = [
    ...[...out, ...run].filter((t) => !t.connection),
    ...machines,
    ...released,
    ...['v1', 'v2'].map((v) => ({ client: pod(page, v), host: reviews.host, table: reviews.routes.table(), port: 9080 })),
    ...(cart ? [{ client: pod(page, 'v1'), host: cart.host, table: cart.routes.table(), port: 9080 }] : []),
    ...(old ?? { tables: [] }).tables.map((t) => ({
      client: pod(page, 'v1'),
      host: t.facts.host,
      table: t.table(),
      port: 80,
    })),
    ...(gateway
      ? [1, 2].map(() => ({
          client: edge,
          host: `${id}.example.com`,
          table: gateway.table(),
          port: 80,
        }))
      : []),
  ];
  return {
    id,
    objects,
    used: [...used],
    questions: Array.from({ length: questions }, (_, i) => {
      const connection = connections[i];
      if (connection) return connection;
      const t = pick(targets);
      const headers: Record<string, string[]> = {};
      if (maybe(0.5)) headers['end-user'] = [pick([...USERS, 'carol'])];
      if (maybe(0.3)) headers['x-env'] = [pick(['dev1', 'dev10', 'dev2'])];
      if (maybe(0.3)) headers.baggage = [pick(['env=dev1', 'a=1,env=dev10;ttl=3', 'env=dev1 , x=y', 'xenv=dev1'])];
      if (maybe(0.2)) headers.cookie = [pick(['group=a', 'x=1; group=v2', 'group=v1; y=2', 'subgroup=a'])];
      if (maybe(0.2)) headers['x-beta'] = ['1'];
      if (maybe(0.1)) headers['user-agent'] = ['Mozilla Firefox 5'];
      if (maybe(0.1)) headers['x-closed'] = ['1'];
      if (tokens && t.client.kind === 'gateway' && maybe(0.5)) Object.assign(headers, inGroup(pick(['beta', 'other'])));
      const request: Request = {
        path: pick([...PATHS, '/old']),
        method: pick(['GET', 'GET', 'POST']),
        scheme: 'http',
        authority: t.host,
        port: t.port,
        headers,
        query: maybe(0.2) ? { debug: pick(['1', '0']) } : {},
        source: { labels: t.client.labels, namespace: t.client.namespace },
      };
      return { client: t.client, host: t.host, table: t.table, request, hello: t.hello };
    }),
  };
}

/** A connection that no proxy looks into. */
const connecting = ({ port, ...asked }: Ask): Question => ({
  ...asked,
  request: {
    path: '/',
    method: 'GET',
    scheme: 'https',
    authority: asked.host,
    port,
    headers: {},
    query: {},
    source: { labels: asked.client.labels, namespace: asked.client.namespace },
  },
});

/** A service whose objects somebody else made. */
function adopted(chart: Chart) {
  const app = 'legacy';
  new ApiObject(chart, 'LegacyService', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app },
    spec: { selector: { app }, ports: [{ name: 'http', port: 8080 }] },
  });
  for (const track of ['blue', 'green'])
    new ApiObject(chart, `Legacy-${track}`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${app}-${track}` },
      spec: {
        selector: { matchLabels: { app, track } },
        template: { metadata: { labels: { app, track } }, spec: { containers: [{ name: app, image: `${app}:${track}` }] } },
      },
    });
  return MeshService.adopt(chart, 'Legacy', {
    port: Port.http(8080),
    podLabels: { app },
    versions: { blue: { track: 'blue' }, green: { track: 'green' } },
    defaultVersion: 'blue',
  });
}
