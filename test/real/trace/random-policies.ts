import { add, age, exportTo, type RandomService, ROOT, type World } from './world';

function pool({ dice }: World): any {
  return {
    ...dice.maybe(0.7, 'tcp', () => ({
      maxConnections: dice.int(1, 99),
      ...dice.maybe(0.4, 'connectTimeout', () => dice.pick(['1s', '9s', '1.5s'])),
    })),
    ...dice.maybe(0.5, 'http', () => ({
      ...dice.maybe(0.6, 'http1MaxPendingRequests', () => dice.int(1, 99)),
      ...dice.maybe(0.5, 'http2MaxRequests', () => dice.int(1, 99)),
      ...dice.maybe(0.4, 'maxRequestsPerConnection', () => dice.int(1, 9)),
      ...dice.maybe(0.4, 'maxRetries', () => dice.int(1, 9)),
      ...dice.maybe(0.2, 'idleTimeout', () => '30s'),
      ...dice.maybe(0.2, 'h2UpgradePolicy', () => dice.pick(['UPGRADE', 'DO_NOT_UPGRADE'])),
      ...dice.maybe(0.1, 'useClientProtocol', () => true),
    })),
  };
}

const HASHES = [
  { httpHeaderName: 'x-u' },
  { useSourceIp: true },
  { httpQueryParameterName: 'q' },
  { httpCookie: { name: 'c', ttl: '0s' } },
  { httpCookie: { name: 'c', path: '/p', ttl: '60s' } },
  { httpHeaderName: 'x-u', minimumRingSize: 64 },
  { httpHeaderName: 'x-u', ringHash: { minimumRingSize: 128 } },
  { httpHeaderName: 'x-u', maglev: { tableSize: 65537 } },
];

const balancer = ({ dice }: World): any =>
  dice.chance(0.6)
    ? { simple: dice.pick(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'LEAST_CONN', dice.chance(0.4) ? 'PASSTHROUGH' : 'RANDOM']) }
    : { consistentHash: dice.pick(HASHES) };

function outlier({ dice }: World): any {
  return {
    ...dice.maybe(0.7, 'consecutive5xxErrors', () => dice.int(0, 9)),
    ...dice.maybe(0.3, 'consecutiveGatewayErrors', () => dice.int(0, 9)),
    ...dice.maybe(0.4, 'interval', () => `${dice.int(1, 30)}s`),
    ...dice.maybe(0.4, 'baseEjectionTime', () => `${dice.int(1, 90)}s`),
    ...dice.maybe(0.4, 'maxEjectionPercent', () => dice.int(1, 100)),
    ...dice.maybe(0.2, 'minHealthPercent', () => dice.int(1, 50)),
    ...(dice.chance(0.1) ? { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: dice.int(1, 5) } : {}),
  };
}

function tls({ dice }: World): any {
  const mode = dice.pick(['DISABLE', 'ISTIO_MUTUAL', 'ISTIO_MUTUAL', 'SIMPLE', 'MUTUAL']);
  return {
    mode,
    ...(mode === 'MUTUAL' && dice.chance(0.95)
      ? { clientCertificate: '/c.pem', privateKey: '/k.pem', caCertificates: '/ca.pem' }
      : {}),
    ...(mode === 'SIMPLE' || mode === 'ISTIO_MUTUAL' ? dice.maybe(0.4, 'sni', () => 'sni.example.com') : {}),
  };
}

function level(w: World): any {
  const { dice } = w;
  const made: any = {
    ...dice.maybe(0.5, 'connectionPool', () => pool(w)),
    ...dice.maybe(0.4, 'loadBalancer', () => balancer(w)),
    ...dice.maybe(0.35, 'outlierDetection', () => outlier(w)),
    ...dice.maybe(0.3, 'tls', () => tls(w)),
  };
  for (const field of Object.keys(made)) if (Object.keys(made[field]).length === 0) delete made[field];
  return Object.keys(made).length > 0 ? made : { loadBalancer: { simple: 'RANDOM' } };
}

function policy(w: World, ports: readonly number[]): any {
  const { dice } = w;
  return {
    ...level(w),
    ...dice.maybe(0.35, 'portLevelSettings', () =>
      dice.some(ports, dice.int(1, 2)).map((number) => ({ port: { number }, ...level(w) })),
    ),
    ...dice.maybe(0.08, 'retryBudget', () => ({ percent: dice.pick([10, 25.5]), minRetryConcurrency: dice.int(1, 9) })),
  };
}

/** DestinationRules of all tiers. `rate` is how many policies they have: routes need subsets, not pools. */
export function randomDestinationRules(w: World, rate: number): void {
  const { dice } = w;
  for (const [i, s] of w.services.entries()) {
    if (dice.chance(0.8))
      rule(w, s, `rule-${i}`, rate, dice.chance(0.8) ? s.namespace : dice.pick([...w.namespaces, ROOT]), false);
    if (dice.chance(0.15 + rate / 2))
      rule(w, s, `again-${i}`, rate, dice.chance(0.5) ? s.namespace : dice.pick([...w.namespaces, ROOT]), true);
    if (dice.chance(rate / 2)) rule(w, s, `more-${i}`, rate, dice.pick([...w.namespaces, ROOT]), true);
  }
}

function rule(w: World, s: RandomService, name: string, rate: number, namespace: string, odd: boolean): void {
  const { dice } = w;
  const wide = [`*.${s.namespace}.svc.cluster.local`, '*.svc.cluster.local', '*.local', '*', '*.org', '*.example.com'];
  const host =
    odd && dice.chance(0.35)
      ? dice.pick(wide)
      : namespace === s.namespace && s.kind !== 'entry' && dice.chance(0.4)
        ? s.name
        : s.host;
  const versions = odd
    ? dice.some(['v1', 'v2', 'v3', 'v9'], dice.int(0, 3))
    : dice.chance(0.9)
      ? s.versions
      : s.versions.slice(0, 1);
  const ports = [...new Set([...s.ports.map((p) => p.port), 80])];
  const selects = dice.chance(odd ? 0.4 : 0.05);
  add(
    w,
    'DestinationRule',
    namespace,
    name,
    {
      host,
      ...dice.maybe(rate, 'trafficPolicy', () => policy(w, ports)),
      ...(versions.length > 0
        ? {
            subsets: versions.map((v) => ({
              name: v,
              labels: { version: dice.chance(0.95) ? v : 'v1' },
              ...dice.maybe(rate * 0.7, 'trafficPolicy', () => policy(w, ports)),
            })),
          }
        : {}),
      ...(selects ? { workloadSelector: { matchLabels: { app: dice.pick(['client', 'client', 'other']) } } } : {}),
      ...(selects && dice.chance(0.8) ? {} : exportTo(w, 0.17)),
    },
    age(w),
  );
}

/** PeerAuthentications of all levels, as clients see them. */
export function randomPeers(w: World, p: number): void {
  const { dice } = w;
  if (!dice.chance(p)) return;
  dice.many(1, 3, (i) => {
    const namespace = dice.pick([...w.namespaces, ...w.namespaces, ROOT]);
    const app = dice.pick(w.services).name;
    const selects = dice.chance(0.3);
    add(
      w,
      'PeerAuthentication',
      namespace,
      `peer-${i}`,
      {
        ...(selects ? { selector: { matchLabels: { app } } } : {}),
        ...dice.maybe(0.93, 'mtls', () => ({ mode: dice.pick(['STRICT', 'DISABLE', 'PERMISSIVE', 'UNSET']) })),
        ...(selects ? dice.maybe(0.4, 'portLevelMtls', () => ({ 80: { mode: dice.pick(['DISABLE', 'STRICT']) } })) : {}),
      },
      age(w),
    );
  });
}
